//! `mem::forget` of every handle, at every point: what was lent is home all the same, and nothing breaks but memory
//! that is never freed.

#![allow(clippy::forget_non_drop, reason = "whether a handle has a `Drop` is nothing its user should have to know")]

use drust::boxed::TBox;
use drust::node::NodeId;
use drust::{Box, Portable, Ref, RefMut, node, testing, thread};
use std::mem::forget;

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}

fn remote(value: u64) -> Box<u64> {
    thread::spawn_on(on(1), (value,), |(value,)| Box::new(value)).join().unwrap()
}

/// The heap still works, here and there.
fn check_on() {
    let mut boxed = remote(1);
    *boxed += 1;
    let boxed = thread::spawn_on(on(2), (boxed,), |(mut boxed,)| {
        *boxed *= 10;
        boxed
    });
    assert_eq!(*boxed.join().unwrap(), 20);
}

#[drust::test(nodes = 3)]
fn boxes() {
    testing::allow_leaks();
    forget(Box::new(1_u64));
    forget(remote(2));
    let read = remote(3);
    assert_eq!(*read, 3);
    forget(read);
    let mut written = remote(4);
    *written += 1;
    forget(written);
    thread::spawn_on(on(1), (Box::new(5_u64), remote(6)), |(here, there)| {
        assert_eq!(*here + *there, 11);
        forget((here, there));
    })
    .join()
    .unwrap();
    forget(Box::<[Box<u64>]>::from([remote(7), Box::new(8)]));
    check_on();
}

#[derive(Portable)]
struct Tied {
    inner: Option<TBox<Tied>>,
    value: Box<u64>,
}

#[drust::test(nodes = 3)]
fn tied_boxes() {
    testing::allow_leaks();
    forget(TBox::new(1_u64));
    let make =
        |()| Box::new(Tied { inner: Some(TBox::new(Tied { inner: None, value: Box::new(1) })), value: Box::new(2) });
    let mut tied = thread::spawn_on(on(1), (), make).join().unwrap();
    assert_eq!(*tied.value + *tied.inner.as_ref().unwrap().value, 3);
    forget(tied.inner.take());
    *tied.value += 1;
    let tied = thread::spawn_on(on(2), (tied,), |(tied,)| tied).join().unwrap();
    assert_eq!((*tied.value, tied.inner.is_none()), (3, true));
    forget(tied);
    check_on();
}

#[drust::test(nodes = 3)]
fn guards() {
    testing::allow_leaks();
    let mut boxed = remote(5);
    let guard = Box::read(&boxed);
    assert_eq!(*guard, 5);
    forget(guard.clone());
    forget(Ref::map(guard, |value| value));
    // The forgotten guards' pins stay, so the writer may not take the copy over, and fetches.
    *boxed += 1;
    assert_eq!(*boxed, 6);
    forget(Ref::new(&boxed));
    *boxed += 1;
    forget(RefMut::new(&mut boxed));
    forget(RefMut::new(&mut *boxed));
    let boxed = thread::spawn_on(on(1), (boxed,), |(boxed,)| boxed).join().unwrap();
    assert_eq!(*boxed, 7);
    check_on();
}

#[drust::test(nodes = 3)]
fn borrows_in_tasks() {
    testing::allow_leaks();
    for index in 0..3 {
        let mut shared = remote(5);
        let mut own = [Box::new(1_u64), remote(2)];
        thread::scope(|s| {
            s.spawn_on(on(index), (Ref::new(&shared), Ref::of(&7_u64)), |(shared, seven)| {
                assert_eq!(*shared + *seven, 12);
                forget((shared, seven));
            });
        });
        *shared += 1;
        assert_eq!(*shared, 6);
        thread::scope(|s| {
            s.spawn_on(on(index), (RefMut::new(&mut shared), RefMut::new(&mut own[..])), |(mut shared, mut own)| {
                **shared += 1;
                own.swap(0, 1);
                *own[0] += 10;
                own[1] = Box::new(3);
                forget((shared, own));
            });
        });
        assert_eq!((*shared, *own[0], *own[1]), (7, 12, 3));
        *shared += 1;
        own[0] = remote(1);
        assert_eq!((*shared, *own[0]), (8, 1));
    }
    check_on();
}

#[drust::test(nodes = 3)]
fn what_was_lent_before_a_panic_and_forgotten() {
    testing::allow_leaks();
    for index in 0..3 {
        let mut own = (Box::new(1_u64), remote(2));
        let end = thread::scope(|s| {
            s.spawn_on(on(index), (RefMut::new(&mut own), remote(3)), |(mut own, three)| -> u64 {
                *own.0 += *three;
                *own.1 += *three;
                forget((own, three));
                panic!("after it forgot");
            })
            .join()
        });
        assert!(end.is_err());
        assert_eq!((*own.0, *own.1), (4, 5));
        *own.1 += 1;
    }
    check_on();
}

#[drust::test(nodes = 3)]
fn handles_of_tasks() {
    testing::allow_leaks();
    for index in 0..3 {
        forget(thread::spawn_on(on(index), (remote(1),), |(boxed,)| boxed));
        let done = thread::spawn_on(on(index), (remote(2),), |(boxed,)| boxed);
        while !done.is_finished() {
            thread::yield_now();
        }
        forget(done);
        forget(thread::spawn_on(on(index), (), |()| -> u64 { panic!("nobody asks") }));
    }
    check_on();
}

#[drust::test(nodes = 3)]
#[cfg_attr(miri, ignore = "2 ms are long there, where threads nap for 50 us")]
fn handles_of_scoped_tasks() {
    testing::allow_leaks();
    for index in 0..3 {
        let mut lent = Box::new(1_u64);
        let shared = remote(4);
        let returned = thread::scope(|s| {
            forget(s.spawn_on(on(index), (RefMut::new(&mut lent), Ref::new(&shared)), |(mut lent, shared)| {
                thread::sleep(std::time::Duration::from_millis(2));
                **lent += *shared;
                Box::new(9_u64)
            }));
            s.spawn_on(on(index + 1), (), |()| Box::new(5_u64)).join()
        });
        assert_eq!(*lent, 5);
        forget(returned);
        *lent += 1;
        drop((lent, shared));
    }
    check_on();
}

#[drust::test(nodes = 3)]
fn relent_and_forgotten_on_the_way() {
    testing::allow_leaks();
    let mut own = [Box::new(1_u64), remote(2)];
    thread::scope(|s| {
        s.spawn_on(on(1), (RefMut::new(&mut own[..]),), |(mut own,)| {
            thread::scope(|s| {
                forget(s.spawn_on(on(2), (RefMut::new(&mut own[1]),), |(mut second,)| {
                    **second += 40;
                    forget(second);
                }));
            });
            *own[0] += 1;
            forget(own);
        });
    });
    assert_eq!((*own[0], *own[1]), (2, 42));
    *own[1] += 1;
    check_on();
}
