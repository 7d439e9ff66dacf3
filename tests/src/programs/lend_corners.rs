//! Corners of lending: handles that change places between two lends, borrows by value of what is written afterwards,
//! parts behind tied pointers, boxes that thread-locals drop.

use super::world::*;
use std::cell::RefCell;

fn far(node: usize, value: u64) -> Box<u64> {
    thread::spawn_on(nth(node), (value,), |(value,)| Box::new(value)).join().unwrap()
}

fn exchange((mut a, mut b): (RefMut<'_, Box<u64>>, RefMut<'_, [Box<u64>]>)) {
    std::mem::swap(&mut *a, &mut b[0]);
    **a += 1;
    *b[1] += 2;
}

fn by_value() -> Vec<u64> {
    let mut seen = Vec::new();
    let mut own = (Box::new(1_u64), [Box::new(2_u64), far(1, 3)]);
    for i in 0..8 {
        let sum = thread::scope(|s| {
            let task = s.spawn_on(nth(i), (Ref::of(&own),), |(own,)| *own.0 + 10 * *own.1[0] + 100 * *own.1[1]);
            task.join().unwrap()
        });
        seen.push(sum);
        *own.0 += 1;
        *own.1[i % 2] += 1;
        own.1.swap(0, 1);
    }
    seen
}

#[derive(Portable)]
struct Tied {
    id: u64,
    part: TBox<(u64, Box<u64>)>,
}

fn parts() -> Vec<u64> {
    let make = |()| Box::new(Tied { id: 1, part: TBox::new((5, Box::new(6))) });
    let mut tied = thread::spawn_on(nth(1), (), make).join().unwrap();
    let mut seen = Vec::new();
    for i in 0..6 {
        seen.push(thread::scope(|s| {
            let whole = s.spawn_on(nth(i), (Ref::new(&tied),), |(tied,)| tied.id + tied.part.0 + *tied.part.1);
            let part = Ref::map(Box::read(&tied), |tied| &*tied.part);
            let part = s.spawn_on(nth(i + 1), (part,), |(part,)| part.0 * 10 + *part.1);
            let inner = Ref::step(Box::read(&tied), |tied| &tied.part.1);
            let inner = s.spawn_on(nth(i + 2), (inner,), |(inner,)| *inner);
            whole.join().unwrap() + 100 * part.join().unwrap() + 10_000 * inner.join().unwrap()
        }));
        tied.part.0 += 1;
        *tied.part.1 += 1;
        thread::scope(|s| {
            let part = RefMut::new(&mut *tied.part);
            s.spawn_on(nth(i + 1), (part,), |(mut part,)| *part.1 += part.0);
        });
    }
    seen
}

thread_local! {
    static KEPT: RefCell<Vec<Box<u64>>> = const { RefCell::new(Vec::new()) };
}

fn dropped_by_a_thread_that_ends(node: usize) -> u64 {
    let boxes = [far(node, 4), Box::new(5), far(node + 1, 6)];
    let thread = thread::spawn_local(move || {
        KEPT.with_borrow_mut(|kept| kept.extend(boxes));
        KEPT.with_borrow(|kept| kept.iter().map(|boxed| **boxed).sum())
    });
    thread.join().unwrap()
}

pub fn run() -> String {
    let mut a = far(1, 10);
    let mut b = [Box::new(20), far(2, 30)];
    let mut seen = Vec::new();
    for i in 0..6 {
        thread::scope(|s| {
            s.spawn_on(nth(i), (RefMut::new(&mut a), RefMut::new(&mut b[..])), exchange);
        });
        *b[0] += 100;
        seen.extend([*a, *b[0], *b[1]]);
    }
    let ended: u64 = (0..3).map(dropped_by_a_thread_that_ends).sum();
    format!("{seen:?} {:?} {:?} {ended}", by_value(), parts())
}
