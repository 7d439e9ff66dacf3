//! Storms: tasks of all nodes wait for each other in random ways, in random order, some for a time only, while tokens
//! end some of them; at the end everything adds up, and can be used.

use super::on;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use drust::sync::{Arc, Barrier, Condvar, Mutex, Resident, RwLock};
use drust::thread::{self, Builder, CancellationToken, JoinError};
use drust::{Portable, node};
use std::time::Duration;

/// What the tasks share.
#[derive(Portable)]
struct Shared {
    mutex: Mutex<u64>,
    lock: RwLock<u64>,
    open: (Mutex<u64>, Condvar),
    barrier: Barrier,
    resident: Resident<u64>,
    came: AtomicU64,
}

/// xorshift64 (Marsaglia).
fn dice(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

type Work = (Arc<Shared>, Sender<u64>, SyncSender<u64>, u64);

/// Rounds of each task.
const ROUNDS: u64 = 12;

/// What one task does until it ends or is ended; how often it has added to each of the things. It holds no lock when it
/// waits, so that none is poisoned.
fn work((shared, sender, bounded, mut seed): Work) -> [u64; 5] {
    let mut added = [0; 5];
    for _ in 0..ROUNDS {
        let short = Duration::from_micros(dice(&mut seed) % 300);
        let counts = match dice(&mut seed) % 9 {
            0 => {
                *shared.mutex.lock().unwrap() += 1;
                Some(0)
            }
            1 => shared.mutex.lock_timeout(short).ok().map(|mut guard| {
                *guard += 1;
                0
            }),
            2 => {
                *shared.lock.write().unwrap() += 1;
                Some(1)
            }
            3 => {
                drop(shared.lock.read().unwrap());
                None
            }
            4 => {
                drop(shared.open.1.wait_timeout(shared.open.0.lock().unwrap(), short).unwrap());
                None
            }
            5 => {
                let _ = shared.barrier.wait_timeout(short);
                None
            }
            6 => {
                shared.resident.with((), |value, ()| *value += 1);
                Some(2)
            }
            7 => sender.send(1).ok().map(|()| 3),
            _ => bounded.send_timeout(1, short).ok().map(|()| 4),
        };
        if let Some(which) = counts {
            added[which] += 1;
        }
        shared.open.1.notify_one();
    }
    added
}

fn receive((receiver, more): (Receiver<u64>, Receiver<u64>)) -> (u64, u64) {
    let bounded = more.iter().sum();
    (receiver.iter().sum(), bounded)
}

fn storm(seed: u64) {
    let mut seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let shared = Arc::new(Shared {
        mutex: Mutex::new(0),
        lock: RwLock::new(0),
        open: (Mutex::new(0), Condvar::new()),
        barrier: Barrier::new(3),
        resident: Resident::new(0),
        came: AtomicU64::new(0),
    });
    let ((sender, receiver), (bounded, more)) = (channel(), sync_channel(2));
    let receives = thread::spawn_on(on(seed as usize), (receiver, more), receive);
    let tokens: std::vec::Vec<_> =
        (0..3).map(|index| thread::spawn_on(on(index), (), |()| CancellationToken::new()).join().unwrap()).collect();
    let start = |index: usize| {
        let args = (shared.clone(), sender.clone(), bounded.clone(), dice(&mut seed));
        Builder::new().on(on(index)).cancelled_by(&tokens[index % 4 % 3]).spawn(args, work).unwrap()
    };
    let tasks: std::vec::Vec<_> = (0..12).map(start).collect();
    drop((sender, bounded));
    for token in &tokens[..2] {
        thread::sleep(Duration::from_micros(dice(&mut seed) % 2_000));
        thread::spawn_on(on(seed as usize >> 8), (token.clone(),), |(token,)| token.cancel()).join().unwrap();
    }
    let (mut added, mut cancelled) = ([0; 5], 0);
    for (index, task) in tasks.into_iter().enumerate() {
        match task.join() {
            Ok(more) => added.iter_mut().zip(more).for_each(|(sum, more)| *sum += more),
            Err(JoinError::Cancelled { .. }) if index % 4 % 3 < 2 => cancelled += 1,
            Err(other) => panic!("{other}"),
        }
    }
    let (sent, bounded) = receives.join().unwrap();
    let used = shared.resident.with((), |value, ()| *value);
    let found = [*shared.mutex.lock().unwrap(), *shared.lock.read().unwrap(), used, sent, bounded];
    // What a cancelled task had done stays done, and nobody else's is lost.
    let fits = |(found, added): (&u64, &u64)| (*added..=added + ROUNDS * cancelled).contains(found);
    assert!(found.iter().zip(&added).all(fits), "{found:?} with {cancelled} cancelled, and of the others {added:?}");
    all_can_be_used(&shared);
}

fn all_can_be_used(shared: &Arc<Shared>) {
    let tasks = node::all().map(|node| {
        thread::spawn_on(node, (shared.clone(),), |(shared,)| {
            *shared.mutex.lock().unwrap() += 1;
            *shared.lock.write().unwrap() += 1;
            shared.resident.with((), |value, ()| *value += 1);
            shared.barrier.wait();
            shared.came.fetch_add(1, Ordering::SeqCst);
        })
    });
    let tasks: std::vec::Vec<_> = tasks.collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    assert_eq!(shared.came.load(Ordering::SeqCst), 3, "the barrier let three through, and nobody who had left counts");
}

/// A storm on each of these seeds.
macro_rules! storms {
    ($($name:ident = $seed:literal),*) => {$(
        #[drust::test(nodes = 3, seed = $seed)]
        fn $name() {
            storm($seed);
        }
    )*};
}

storms!(storm_1 = 1, storm_2 = 2, storm_3 = 3, storm_4 = 4, storm_5 = 5, storm_6 = 6, storm_7 = 7, storm_8 = 8);

#[drust::test(nodes = 3)]
fn storm_of_processes() {
    (1..20).for_each(storm);
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn storm_over_tcp() {
    (20..30).for_each(storm);
}
