//! A user's `Drop` runs in std's order, on the thread that drops: fields, elements, nested boxes, remote ones.

use super::world::*;
use std::sync::Mutex;

static LOG: Mutex<Vec<u32>> = Mutex::new(Vec::new());

dropping! {
    struct Noisy {
        id: u32,
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        LOG.lock().unwrap().push(self.id);
    }
}

dropping! {
    struct Outer {
        id: u32,
        first: Box<Noisy>,
        second: Option<Box<Outer>>,
        third: (Noisy, Box<[Noisy]>),
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        LOG.lock().unwrap().push(self.id + *self.first.id_mut() + u32::from(self.second.is_some()) + self.third.0.id);
    }
}

impl Noisy {
    fn id_mut(&mut self) -> &mut u32 {
        self.id += 1000;
        &mut self.id
    }
}

#[derive(Portable)]
enum Either {
    Left(Noisy, Box<Noisy>),
    Right { list: [Box<Noisy>; 3], tied: TBox<Noisy> },
}

fn noisy(id: u32) -> Noisy {
    Noisy { id }
}

fn outer(id: u32, depth: u32) -> Outer {
    let second = (depth > 0).then(|| Box::new(outer(id + 100, depth - 1)));
    let third = (noisy(id + 2), [noisy(id + 3), noisy(id + 4)].into());
    Outer { id: id * 10_000, first: Box::new(noisy(id + 1)), second, third }
}

fn either(left: bool) -> Box<Either> {
    Box::new(if left {
        Either::Left(noisy(1), Box::new(noisy(2)))
    } else {
        Either::Right { list: [3, 4, 5].map(|id| Box::new(noisy(id))), tied: TBox::new(noisy(6)) }
    })
}

fn logged(what: impl FnOnce()) -> Vec<u32> {
    LOG.lock().unwrap().clear();
    what();
    std::mem::take(&mut LOG.lock().unwrap())
}

fn list((): ()) -> Box<[Box<Outer>]> {
    [Box::new(outer(10, 1)), Box::new(outer(20, 0))].into()
}

pub fn run() -> String {
    let local = logged(|| drop(outer(10, 2)));
    let boxed = logged(|| drop(Box::new(outer(10, 2))));
    let far = thread::spawn_on(nth(1), (10, 2), |(id, depth)| Box::new(outer(id, depth))).join().unwrap();
    let remote = logged(|| drop(far));
    let lists = [list(()), thread::spawn_on(nth(2), (), list).join().unwrap()].map(|list| logged(|| drop(list)));
    let eithers = [true, false].map(|left| {
        let near = either(left);
        let far = thread::spawn_on(nth(3), (left,), |(left,)| either(left)).join().unwrap();
        if let Either::Left(a, b) = &*far {
            assert_eq!(a.id + 1, b.id);
        }
        if let Either::Right { list, tied } = &*far {
            assert_eq!(list[2].id + 1, tied.id);
        }
        logged(|| drop(near)) == logged(|| drop(far))
    });
    let mut old = Box::new(noisy(1));
    let assigned = logged(|| {
        *old = noisy(2);
        std::hint::black_box(&old);
        *old = noisy(3);
    });
    let rest = logged(|| drop(old));
    assert!(local == boxed && boxed == remote && lists[0] == lists[1]);
    format!("{local:?} {lists:?} {eithers:?} {assigned:?} {rest:?}")
}
