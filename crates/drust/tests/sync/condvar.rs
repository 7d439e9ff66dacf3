//! `Condvar` as std documents its own, with threads on one node and on several.

use crate::dice::Dice;
use crate::start;
use drust::sync::{Arc, Condvar, Mutex};
use drust::{Portable, Vec, stats, thread};
use std::time::{Duration, Instant};

/// A value, and who waits for it to change.
type Watched<T> = Arc<(Mutex<T>, Condvar)>;

fn watched<T: Portable>(value: T) -> Watched<T> {
    Arc::new((Mutex::new(value), Condvar::new()))
}

/// Three threads that have turns, each on a node of its own, with one condition variable.
fn in_turn(rounds: usize) {
    let turn = watched(0);
    let play = |(turn, own, rounds): (Watched<usize>, usize, usize)| {
        for round in 0..rounds {
            let mut now = turn.1.wait_while(turn.0.lock().unwrap(), |now| *now != 3 * round + own).unwrap();
            *now += 1;
            drop(now);
            turn.1.notify_all();
        }
    };
    let players: std::vec::Vec<_> = (0..3).map(|own| start(own, (turn.clone(), own, rounds), play)).collect();
    players.into_iter().for_each(|player| player.join().unwrap());
    assert_eq!(*turn.0.lock().unwrap(), 3 * rounds);
}

#[drust::test(nodes = 3)]
fn threads_have_turns() {
    in_turn(30);
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn threads_have_turns_over_a_network() {
    in_turn(10);
}

/// Takers that wait for as long as they must, or for a moment, and makers that notify one for each thing they make: all
/// that is made is taken.
fn storm(seed: u64) {
    let things = watched((Vec::<u64>::new(), 0_usize));
    let take = |(things, seed): (Watched<(Vec<u64>, usize)>, u64)| {
        let mut dice = Dice::new(seed);
        let (mut sum, mut taken) = (0, 0);
        while taken < 6 {
            let guard = things.0.lock().unwrap();
            let mut guard = match dice.below(3) {
                0 => {
                    let moment = Duration::from_micros(dice.below(80));
                    things.1.wait_timeout_while(guard, moment, |things| things.0.is_empty()).unwrap().0
                }
                1 if guard.0.is_empty() => things.1.wait_timeout(guard, Duration::from_micros(30)).unwrap().0,
                _ => things.1.wait_while(guard, |things| things.0.is_empty()).unwrap(),
            };
            if let Some(thing) = guard.0.pop() {
                guard.1 += 1;
                (sum, taken) = (sum + thing, taken + 1);
            }
        }
        sum
    };
    let make = |(things, first): (Watched<(Vec<u64>, usize)>, u64)| {
        for thing in first..first + 8 {
            things.0.lock().unwrap().0.push(thing);
            thread::yield_now();
            things.1.notify_one();
        }
    };
    let takers = (0..4).map(|at| start(at % 3, (things.clone(), seed * 4 + at as u64), take));
    let takers: std::vec::Vec<_> = takers.collect();
    let makers = (0..3).map(|at| start((at + 1) % 3, (things.clone(), at as u64 * 8), make));
    makers.collect::<std::vec::Vec<_>>().into_iter().for_each(|maker| maker.join().unwrap());
    let sum: u64 = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
    assert_eq!((sum, things.0.lock().unwrap().1), ((0..24).sum(), 24));
}

#[drust::test(nodes = 3)]
fn all_that_is_made_is_taken() {
    (0..4).for_each(storm);
}

#[drust::test(nodes = 3, seed = 3)]
fn all_that_is_made_is_taken_in_a_simulation() {
    (0..15).for_each(storm);
}

#[drust::test(nodes = 3, seed = 4)]
fn and_in_another() {
    (15..30).for_each(storm);
}

#[drust::test(nodes = 3)]
fn many_more_wait_than_there_are_workers() {
    let gate = watched((false, 0));
    let wait = |(gate,): (Watched<(bool, u32)>,)| {
        gate.0.lock().unwrap().1 += 1;
        gate.1.wait_while(gate.0.lock().unwrap(), |(open, _)| !*open).unwrap().1
    };
    let tasks: std::vec::Vec<_> = (0..45).map(|task| start(task % 3, (gate.clone(),), wait)).collect();
    while gate.0.lock().unwrap().1 < 45 {
        thread::sleep(Duration::from_millis(1));
    }
    gate.0.lock().unwrap().0 = true;
    gate.1.notify_all();
    assert!(tasks.into_iter().all(|task| task.join().unwrap() == 45));
}

#[drust::test(nodes = 3)]
#[allow(clippy::disallowed_methods, reason = "these are real processes")]
fn a_wait_ends_when_its_time_is_up() {
    let pair = watched(5);
    for rank in 0..3 {
        let waits = |(pair,): (Watched<i32>,)| {
            let begun = Instant::now();
            let (guard, result) = pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(20)).unwrap();
            assert!(result.timed_out() && *guard == 5 && begun.elapsed() >= Duration::from_millis(20));
            let short = Duration::from_millis(3);
            let (guard, result) = pair.1.wait_timeout_while(guard, short, |value| *value == 5).unwrap();
            assert!(result.timed_out());
            let (guard, result) = pair.1.wait_timeout_while(guard, Duration::MAX, |value| *value != 5).unwrap();
            assert!(!result.timed_out() && *guard == 5);
        };
        start(rank, (pair.clone(),), waits).join().unwrap();
    }
}

#[drust::test(nodes = 3)]
fn a_panic_with_the_mutex_reaches_who_waits() {
    let pair = watched(false);
    let wait = |(pair,): (Watched<bool>,)| match pair.0.lock() {
        Ok(guard) => pair.1.wait_while(guard, |set| !*set).is_err(),
        Err(_) => true,
    };
    let waits = start(1, (pair.clone(),), wait);
    let panics = |(pair,): (Watched<bool>,)| {
        // The other waits by then, or finds the mutex poisoned.
        thread::sleep(Duration::from_millis(20));
        let mut set = pair.0.lock().unwrap();
        *set = true;
        pair.1.notify_all();
        assert!(!*set, "with the lock");
    };
    start(2, (pair.clone(),), panics).join().unwrap_err();
    assert!(waits.join().unwrap() && pair.0.is_poisoned());
}

#[drust::test(nodes = 3)]
fn it_costs_what_its_page_says() {
    let pair = watched(0);
    let messages = |body: &dyn Fn()| {
        let ((), counts) = stats::count(body);
        [counts.requests, counts.replies, counts.one_ways]
    };
    assert_eq!(messages(&|| pair.1.notify_all()), [0, 0, 0]);
    let moment = Duration::from_millis(1);
    let waits = || drop(pair.1.wait_timeout(pair.0.lock().unwrap(), moment).unwrap());
    assert_eq!(messages(&waits), [0, 0, 0]);
    let far = |(pair,): (Watched<i32>,)| {
        let messages = |body: &dyn Fn()| {
            let ((), counts) = stats::count(body);
            [counts.requests, counts.replies, counts.one_ways]
        };
        drop(pair.0.lock().unwrap());
        let timed = || drop(pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(1)).unwrap());
        assert_eq!(messages(&timed), [2, 2, 0], "on the list, and off");
        assert_eq!(messages(&|| pair.1.notify_one()), [0, 0, 1]);
    };
    start(2, (pair.clone(),), far).join().unwrap();
}
