//! `Mutex` as std documents its own, with threads on one node and on several.

use crate::counted::{Counted, drops, panic_of};
use crate::dice::Dice;
use crate::{live, on, start};
use drust::sync::{Arc, Mutex};
use drust::{Box, Portable, String, Vec, node, stats, thread, vec};
use std::sync::TryLockError;
use std::time::Duration;

type Shared<T> = Arc<Mutex<T>>;

fn shared<T: Portable>(value: T) -> Shared<T> {
    Arc::new(Mutex::new(value))
}

fn add<const TIMES: u64>((sum,): (Shared<u64>,)) {
    for _ in 0..TIMES {
        *sum.lock().unwrap() += 1;
    }
}

#[drust::test(nodes = 3)]
fn one_thread_at_a_time_has_the_value() {
    let sum = shared(0);
    let tasks = (0..12).map(|task| start(task % 3, (sum.clone(),), add::<200>));
    let tasks: std::vec::Vec<_> = tasks.collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(*sum.lock().unwrap(), 2400);
}

#[drust::test(nodes = 3)]
fn many_more_wait_than_there_are_workers() {
    let sum = shared(0);
    let guard = sum.lock().unwrap();
    let tasks: std::vec::Vec<_> = (0..60).map(|task| start(task % 3, (sum.clone(),), add::<2>)).collect();
    thread::sleep(Duration::from_millis(30));
    drop(guard);
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(*sum.lock().unwrap(), 120);
}

#[drust::test(nodes = 3)]
fn what_is_owned_comes_along() {
    let before = live();
    let words = shared(vec![Box::new(String::from("the first, and too long to be kept inline in its handle"))]);
    for turn in 0..9 {
        on(turn % 3, (words.clone(), turn), |(words, turn)| {
            let mut words = words.lock().unwrap();
            assert_eq!(words.len(), turn + 1);
            assert!(words[0].starts_with("the first"));
            words.push(Box::new(drust::String::from(format!("turn {turn}, made there"))));
            words[0].push('!');
        });
    }
    let words = Arc::into_inner(words).unwrap().into_inner().unwrap();
    assert_eq!((words.len(), &**words[9]), (10, "turn 8, made there"));
    assert!(words[0].ends_with("!!!!!!!!!"));
    drop(words);
    assert_eq!(live(), before);
}

#[drust::test(nodes = 3)]
fn counted_handles_inside_go_from_node_to_node() {
    let before = live();
    let value = Arc::new(7);
    let kept = shared(vec![value.clone()]);
    for turn in 0..6 {
        on(turn % 3, (kept.clone(),), |(kept,)| {
            let mut kept = kept.lock().unwrap();
            let last = kept.last().unwrap().clone();
            assert_eq!(*last, 7);
            kept.push(last);
        });
    }
    // Idle, and packed where a message asks for it.
    assert_eq!(Arc::strong_count(&value), 8);
    drop(kept);
    assert_eq!(Arc::strong_count(&value), 1);
    drop(value);
    assert_eq!(live(), before);
}

/// The messages between nodes while `body` runs.
fn messages(body: impl FnOnce()) -> u64 {
    let ((), counts) = stats::count(body);
    crate::messages(&counts)
}

#[drust::test(nodes = 3)]
fn it_costs_what_its_page_says() {
    let value = shared([1_u64, 2]);
    on(1, (value.clone(),), |(value,)| {
        // The handle's bytes are fetched once.
        let _ = Arc::strong_count(&value);
        let lock = |value: &Shared<[u64; 2]>| drop(value.lock().unwrap());
        lock(&value);
        assert_eq!(messages(|| (0..10).for_each(|_| lock(&value))), 0, "it is here");
        let other = start(0, (value.clone(),), |(value,)| drop(value.lock().unwrap()));
        other.join().unwrap();
        assert_eq!(messages(|| lock(&value)), 2, "a request, and the grant");
        on(2, (value.clone(),), |(value,)| {
            let _ = value.is_poisoned();
            let lock = || drop(value.lock().unwrap());
            assert_eq!(messages(lock), 3, "a request, the word to the last, and the grant");
            assert_eq!(messages(lock), 0);
        });
    });
    let local = Mutex::new(1);
    assert_eq!(messages(|| (0..10).for_each(|_| *local.lock().unwrap() += 1)), 0);
}

#[drust::test(nodes = 3)]
fn whoever_would_not_wait_is_told_that_it_is_held() {
    let value = shared(1);
    let tries = |(value,): (Shared<i32>,)| matches!(value.try_lock(), Err(TryLockError::WouldBlock));
    let guard = value.lock().unwrap();
    for turn in [1, 2, 1, 2, 0, 2, 2] {
        assert!(on(turn, (value.clone(),), tries), "on node {turn}");
    }
    let timed = |(value,): (Shared<i32>,)| value.lock_timeout(Duration::from_millis(5)).is_err();
    for turn in [1, 2, 0, 1] {
        assert!(on(turn, (value.clone(),), timed), "on node {turn}");
        assert!(on(3 - turn.max(1), (value.clone(),), tries));
    }
    drop(guard);
    let takes = |(value,): (Shared<i32>,)| *value.try_lock().expect("it is free");
    for turn in [2, 1, 0, 0, 2, 1] {
        assert_eq!(on(turn, (value.clone(),), takes), 1);
    }
    let long = |(value,): (Shared<i32>,)| *value.lock_timeout(Duration::from_secs(60)).expect("it is free");
    assert_eq!((on(2, (value.clone(),), long), on(0, (value.clone(),), long)), (1, 1));
    assert!(value.lock_timeout(Duration::MAX).is_ok());
}

#[drust::test(nodes = 3)]
fn a_panic_poisons_for_all_nodes() {
    let value = shared(5);
    let panics = |(value,): (Shared<i32>,)| {
        let mut guard = value.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *guard += 1;
        assert_eq!(*guard, 0, "with the lock");
    };
    for rank in [2, 0, 1] {
        let before = *value.lock().unwrap();
        start(rank, (value.clone(),), panics).join().unwrap_err();
        for looks in 0..3 {
            let look = |(value,): (Shared<i32>,)| {
                let error = value.lock().expect_err("it is poisoned");
                assert!(value.is_poisoned());
                let found = **error.get_ref();
                drop(error);
                (found, matches!(value.try_lock(), Err(TryLockError::Poisoned(_))))
            };
            assert_eq!(on(looks, (value.clone(),), look), (before + 1, true));
        }
        let clear = |(value,): (Shared<i32>,)| {
            let guard = value.lock().unwrap_err().into_inner();
            value.clear_poison();
            assert!(!value.is_poisoned());
            drop(guard);
            assert!(value.lock().is_ok());
        };
        on((rank + 1) % 3, (value.clone(),), clear);
        assert!(!value.is_poisoned() && value.lock().is_ok());
    }
    // Cleared by one that does not hold it.
    start(1, (value.clone(),), panics).join().unwrap_err();
    on(2, (value.clone(),), |(value,)| value.clear_poison());
    assert!(on(1, (value.clone(),), |(value,)| value.lock().is_ok()));
    let mut value = Arc::into_inner(value).unwrap();
    assert!(value.get_mut().is_ok());
    start(2, (shared(1),), panics).join().unwrap_err();
}

#[drust::test(nodes = 3)]
fn an_owner_has_the_value_wherever_it_was() {
    let before = live();
    for (made, used, owned) in [(0, 0, 0), (0, 1, 0), (1, 0, 2), (2, 1, 2), (1, 1, 0), (0, 2, 1)] {
        let value = on(made, (), |()| shared(vec![1_u32]));
        on(used, (value.clone(),), |(value,)| value.lock().unwrap().push(2));
        on(owned, (value,), |(value,)| {
            let mut value = Arc::into_inner(value).expect("it is alone");
            value.get_mut().unwrap().push(3);
            assert_eq!(*value.lock().unwrap(), [1, 2, 3]);
            assert_eq!(value.into_inner().unwrap(), [1, 2, 3]);
        });
    }
    for (made, used, dropped) in [(0, 1, 0), (1, 0, 2), (1, 2, 0), (2, 0, 0)] {
        let value = on(made, (), |()| shared(Counted(1)));
        on(used, (value.clone(),), |(value,)| assert_eq!(value.lock().unwrap().0, 1));
        assert_eq!(on(dropped, (value,), |(value,)| drops(|| drop(value))), 1, "on the thread that drops");
    }
    assert_eq!(live(), before);
}

#[drust::test(nodes = 3)]
fn who_gave_up_is_passed_by_when_the_owner_ends_it() {
    let before = live();
    for owner in 0..3 {
        let value = shared(vec![1]);
        let held = value.lock().unwrap();
        for rank in [1, 2, 1] {
            let gives_up =
                |(value,): (Shared<Vec<i32>>,)| assert!(value.lock_timeout(Duration::from_millis(1)).is_err());
            on(rank, (value.clone(),), gives_up);
        }
        drop(held);
        on(owner, (value,), |(value,)| assert_eq!(Arc::into_inner(value).unwrap().into_inner().unwrap(), [1]));
    }
    assert_eq!(live(), before);
}

#[drust::test(nodes = 3)]
fn a_forgotten_guard_keeps_no_owner_waiting() {
    let before = live();
    for (made, used, owned) in [(0, 0, 0), (0, 1, 0), (1, 0, 2), (1, 1, 2)] {
        let value = on(made, (), |()| shared(vec![1]));
        on(used, (value.clone(),), |(value,)| std::mem::forget(value.lock().unwrap()));
        on(owned, (value,), |(value,)| {
            let mut value = Arc::into_inner(value).expect("it is alone");
            value.get_mut().unwrap().push(2);
            assert_eq!(value.into_inner().unwrap(), [1, 2]);
        });
    }
    assert_eq!(live(), before);
}

#[drust::test(nodes = 3)]
fn mutexes_end_with_what_owns_them() {
    let before = live();
    let owner = Box::new((vec![Mutex::new(Box::new(1)), Mutex::new(Box::new(2))], Mutex::new(String::from("x"))));
    let owner = on(1, (owner,), |(mut owner,)| {
        owner.0.push(Mutex::new(Box::new(3)));
        owner.1.lock().unwrap().push_str("y, and what makes it too long for its handle");
        owner
    });
    assert_eq!(owner.0.iter().map(|one| **one.lock().unwrap()).sum::<i32>(), 6);
    // The box is homed elsewhere: its home frees it, and ends the mutexes.
    drop(owner);
    assert_eq!(live(), before);
}

#[drust::test(nodes = 3)]
fn functions_go_to_the_value() {
    let value = shared(vec![1_u32]);
    let push = |(value, more): (Shared<Vec<u32>>, u32)| {
        let len = value.with((more,), |value, (more,)| {
            value.push(more);
            (value.len(), node::current().index())
        });
        len.unwrap()
    };
    assert_eq!(on(1, (value.clone(), 2), push), (2, 0), "it runs at home");
    assert_eq!(on(2, (value.clone(), 3), push), (3, 0));
    assert_eq!(push((value.clone(), 4)), (4, 0));
    on(2, (value.clone(),), |(value,)| value.lock().unwrap().push(5));
    assert_eq!(on(2, (value.clone(), 6), push), (6, 2), "it is there");
    let panics = |(value,): (Shared<Vec<u32>>,)| {
        let said = panic_of(|| {
            let _ = value.with((), |value, ()| assert!(value.is_empty(), "not empty"));
        });
        String::from(said)
    };
    let said = on(1, (value.clone(),), panics);
    assert!(said.contains("not empty"), "{said}");
    let error = value.with((), |value, ()| value.len()).unwrap_err();
    assert_eq!(error.into_inner(), 6);
    let error = on(1, (value,), |(value,)| value.with((), |value, ()| value.len()).unwrap_err().into_inner());
    assert_eq!(error, 6);
}

#[drust::test(nodes = 3)]
fn a_value_comes_to_the_one_node_that_sends_functions_to_it() {
    let value = shared(Vec::<usize>::new());
    let ran = |(value, calls): (Shared<Vec<usize>>, usize)| {
        let place = |value: &mut Vec<usize>, ()| {
            value.push(node::current().index());
            *value.last().expect("it was pushed")
        };
        (0..calls).map(|_| value.with((), place).unwrap()).collect::<Vec<usize>>()
    };
    let far = on(1, (value.clone(), 12), ran);
    assert_eq!(far, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], "eight calls, then it is there");
    assert_eq!(ran((value.clone(), 2)), [0, 0], "it comes back for who wants it");
    // Two that take turns leave it where it is.
    for _ in 0..10 {
        assert_eq!(on(1, (value.clone(), 1), ran), [0]);
        assert_eq!(on(2, (value.clone(), 1), ran), [0]);
    }
    let ((), counts) = stats::count(|| {
        on(1, (value.clone(), 8), ran);
        on(1, (value.clone(), 100), ran);
    });
    assert!(counts.tasks_sent <= 2 + 8, "{counts:?}");
    assert_eq!(value.lock().unwrap().len(), 12 + 2 + 20 + 108);
}

/// A small program whose threads lock, try, wait for a while and give up, in an order that a seed decides.
fn storm(seed: u64) {
    let sum = shared((0_u64, Box::new(0_u64)));
    let turns = |(sum, seed): (Shared<(u64, Box<u64>)>, u64)| {
        let mut dice = Dice::new(seed);
        let mut added = 0;
        for _ in 0..12 {
            let guard = match dice.below(4) {
                0 => sum.try_lock().ok(),
                1 => sum.lock_timeout(Duration::from_micros(dice.below(60))).ok(),
                _ => sum.lock().ok(),
            };
            let Some(mut guard) = guard else { continue };
            let (before, after) = (guard.0, guard.0 + 1);
            assert_eq!(*guard.1, before, "nobody else writes meanwhile");
            *guard.1 = after;
            thread::yield_now();
            guard.0 = after;
            added += 1;
        }
        added
    };
    let tasks = (0..8).map(|task| start(task % 3, (sum.clone(), seed * 8 + task as u64), turns));
    let tasks: std::vec::Vec<_> = tasks.collect();
    let added: u64 = tasks.into_iter().map(|task| task.join().unwrap()).sum();
    let sum = Arc::into_inner(sum).unwrap().into_inner().unwrap();
    assert_eq!((sum.0, *sum.1), (added, added));
}

#[drust::test(nodes = 3)]
fn all_that_is_added_is_there() {
    (0..4).for_each(storm);
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn all_that_is_added_is_there_over_a_network() {
    (0..4).for_each(storm);
}

#[drust::test(nodes = 3, seed = 1)]
fn all_that_is_added_is_there_in_a_simulation() {
    (0..20).for_each(storm);
}

#[drust::test(nodes = 3, seed = 2)]
fn and_in_another() {
    (20..40).for_each(storm);
}
