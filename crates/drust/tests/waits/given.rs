//! Storms of scoped tasks that nobody placed: they are run, given, handed on and cancelled, in random order, with what
//! they were lent; that comes home whatever became of them.

use super::on;
use drust::thread::{self, Builder, CancellationToken, JoinError};
use drust::{Box, Ref, RefMut, Vec, stats};
use std::ops::Range;
use std::time::Duration;

/// xorshift64 (Marsaglia).
fn dice(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

const TASKS: usize = 24;
const NUMBERS: usize = 8;

type Work<'a> = (RefMut<'a, [Box<u64>]>, Ref<'a, u64>, CancellationToken, u64);

/// Adds to each number once, in this task and in others.
fn work((mut numbers, factor, token, mut seed): Work<'_>) {
    if dice(&mut seed).is_multiple_of(3) {
        thread::sleep(Duration::from_micros(dice(&mut seed) % 300));
    }
    if numbers.len() > 2 {
        let (left, right) = numbers.split_at_mut(NUMBERS / 2);
        thread::scope(|s| {
            for (part, seed) in [(left, dice(&mut seed) | 1), (right, dice(&mut seed) | 1)] {
                let args = (RefMut::new(part), factor.clone(), token.clone(), seed);
                let builder = if seed.is_multiple_of(5) { Builder::new() } else { Builder::new().cancelled_by(&token) };
                let task = builder.spawn_scoped(s, args, add).expect("no queue is full");
                match seed % 3 {
                    0 => drop(task),
                    1 => std::mem::forget(task),
                    _ => drop(task.join_timeout(Duration::from_micros(seed % 500))),
                }
            }
        });
    } else {
        add((numbers, factor, token, seed));
    }
}

fn add((mut numbers, factor, _, mut seed): Work<'_>) {
    for number in numbers.iter_mut() {
        let more = *factor;
        **number += more;
        if dice(&mut seed).is_multiple_of(2) {
            thread::sleep(Duration::from_micros(dice(&mut seed) % 100));
        }
    }
}

/// How many tasks were cancelled.
fn storm(seed: u64) -> usize {
    let mut seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut numbers: Vec<Box<u64>> = (0..TASKS * NUMBERS).map(|_| Box::new(0)).collect();
    let factor = thread::spawn_on(on(1), (), |()| Box::new(1_u64)).join().unwrap();
    let tokens: std::vec::Vec<_> =
        (0..3).map(|index| thread::spawn_on(on(index), (), |()| CancellationToken::new()).join().unwrap()).collect();
    let mut cancelled = 0;
    thread::scope(|s| {
        let start = |(index, numbers): (usize, _)| {
            let token = &tokens[index % 3];
            let args = (RefMut::new(numbers), Ref::new(&factor), token.clone(), dice(&mut seed) | 1);
            Builder::new().cancelled_by(token).spawn_scoped(s, args, work).expect("no queue is full")
        };
        let tasks: std::vec::Vec<_> = numbers.chunks_mut(NUMBERS).enumerate().map(start).collect();
        for token in &tokens[..2] {
            thread::sleep(Duration::from_micros(dice(&mut seed) % 1_500));
            thread::spawn_on(on(seed as usize >> 8), (token.clone(),), |(token,)| token.cancel()).join().unwrap();
        }
        for (index, task) in tasks.into_iter().enumerate() {
            match task.join() {
                Ok(()) => {}
                Err(JoinError::Cancelled { .. }) if index % 3 < 2 => cancelled += 1,
                Err(other) => panic!("{other}"),
            }
        }
    });
    for (index, numbers) in numbers.chunks(NUMBERS).enumerate() {
        let sums: std::vec::Vec<u64> = numbers.iter().map(|number| **number).collect();
        let whole = sums.iter().all(|sum| *sum == 1);
        assert!(whole || index % 3 < 2 && sums.iter().all(|sum| *sum <= 1), "{index}: {sums:?}, {cancelled} cancelled");
    }
    drop((numbers, factor, tokens));
    assert_eq!(stats::live(), []);
    cancelled
}

fn storms(seeds: Range<u64>) {
    let (cancelled, counts) = stats::count(|| seeds.map(storm).sum::<usize>());
    assert!(cancelled > 0 && counts.tasks_stolen > 0, "{cancelled} were cancelled, and of all {counts:?}");
}

/// A storm on each of these seeds.
macro_rules! storms {
    ($($name:ident = $seed:literal, $nodes:literal),*) => {$(
        #[drust::test(nodes = $nodes, seed = $seed)]
        fn $name() {
            storms(4 * $seed..4 * $seed + 4);
        }
    )*};
}

storms!(storm_1 = 1, 3, storm_2 = 2, 2, storm_3 = 3, 4, storm_4 = 4, 3, storm_5 = 5, 5, storm_6 = 6, 3);

#[drust::test(nodes = 3)]
fn storm_of_processes() {
    storms(100..120);
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn storm_over_tcp() {
    storms(200..215);
}
