//! Boxes homed on different nodes change places: swap, replace, take, rotate, and structs that hold them.

use super::world::*;

#[derive(Portable)]
struct Shelf {
    slots: [Option<Box<u32>>; 4],
    top: Box<u32>,
}

fn fill((start,): (u32,)) -> Box<Shelf> {
    let slot = |i| (i != 2).then(|| Box::new(start + i));
    Box::new(Shelf { slots: [0, 1, 2, 3].map(slot), top: Box::new(start + 9) })
}

fn mix((mut a, mut b): (Box<Shelf>, Box<Shelf>)) -> (Box<Shelf>, Box<Shelf>) {
    std::mem::swap(&mut a.top, &mut b.top);
    std::mem::swap(&mut a.slots[0], &mut b.slots[2]);
    a.slots.rotate_left(1);
    let taken = b.slots[3].take();
    b.slots[1] = a.slots[1].replace(Box::new(1000)).or(taken);
    if let Some(value) = &mut b.slots[1] {
        **value += 1;
    }
    std::mem::swap(&mut a, &mut b);
    (a, b)
}

pub fn run() -> String {
    let mut a = thread::spawn_on(nth(1), (10,), fill).join().unwrap();
    let mut b = thread::spawn_on(nth(2), (20,), fill).join().unwrap();
    let mut seen = Vec::new();
    for round in 0..7 {
        (a, b) = thread::spawn_on(nth(round), (a, b), mix).join().unwrap();
        if round % 2 == 0 {
            std::mem::swap(&mut a.top, &mut b.top);
            *a.top += 1;
        }
        seen.push(format!("{:?} {} {:?} {}", a.slots, a.top, b.slots, b.top));
    }
    seen.join("\n")
}
