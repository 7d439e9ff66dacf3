//! Boxes lent mutably: written, replaced, swapped, emptied and read elsewhere, and used at home afterwards.

use super::world::*;

fn write((mut boxed,): (RefMut<'_, Box<u64>>,)) -> u64 {
    **boxed += 1;
    **boxed
}

fn replace((mut boxed,): (RefMut<'_, Box<u64>>,)) {
    let old = **boxed;
    **boxed = old * 10;
}

fn only_read((boxed,): (RefMut<'_, Box<u64>>,)) -> u64 {
    **boxed
}

fn rotate((mut boxes,): (RefMut<'_, [Box<u64>]>,)) {
    boxes.rotate_left(1);
    let (first, rest) = boxes.split_first_mut().expect("boxes");
    std::mem::swap(first, &mut rest[0]);
    *rest[1] += 1000;
}

fn empty((mut slot,): (RefMut<'_, Option<Box<u64>>>,)) -> Option<Box<u64>> {
    slot.take()
}

fn fill((mut slot, value): (RefMut<'_, Option<Box<u64>>>, Box<u64>)) {
    *slot = Some(value);
}

pub fn run() -> String {
    let mut seen = Vec::new();
    let mut boxed = Box::new(1);
    for i in 0..6 {
        thread::scope(|s| {
            seen.push(s.spawn_on(nth(i), (RefMut::new(&mut boxed),), write).join().unwrap());
        });
        thread::scope(|s| {
            s.spawn_on(nth(i + 1), (RefMut::new(&mut boxed),), replace);
        });
        thread::scope(|s| {
            seen.push(s.spawn_on(nth(i + 2), (RefMut::new(&mut boxed),), only_read).join().unwrap());
        });
        *boxed += 3;
        seen.push(*boxed);
    }
    let mut boxes: Vec<Box<u64>> =
        (0..5).map(|i| thread::spawn_on(nth(i), (i as u64,), |(i,)| Box::new(i)).join().unwrap()).collect();
    for i in 0..5 {
        thread::scope(|s| {
            s.spawn_on(nth(i), (RefMut::new(&mut boxes[..]),), rotate);
        });
        *boxes[i] += 7;
    }
    let mut slot = Some(Box::new(5));
    for i in 0..4 {
        let taken = thread::scope(|s| s.spawn_on(nth(i), (RefMut::new(&mut slot),), empty).join().unwrap());
        let mut taken = taken.expect("it was full");
        *taken *= 3;
        thread::scope(|s| {
            s.spawn_on(nth(i + 1), (RefMut::new(&mut slot), taken), fill);
        });
    }
    format!("{seen:?} {boxes:?} {slot:?}")
}
