//! `RwLock`, whose readers keep what they were granted until a writer wants it.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat, play};
use crate::spec::{Guarding, RwLock as Spec};
use drust::sync::RwLock;
use drust::{Box, Vec, thread};
use drust_tests::clock::Clock;
use std::time::Duration;

/// A lock with a number behind a pointer.
struct Shelf;

type Lock = RwLock<Box<u64>>;

const SOON: Duration = Duration::from_micros(30);

fn read(lock: &Lock, way: usize, stay: bool, notes: &mut Notes<Guarding>) {
    let guard = notes.note(|| match way {
        0 => {
            let guard = lock.try_read().ok();
            (Guarding::TryRead { saw: guard.as_ref().map(|guard| ***guard) }, guard)
        }
        1 => match lock.read_timeout(SOON) {
            Ok(guard) => (Guarding::Read { saw: **guard }, Some(guard)),
            Err(_) => (Guarding::Late, None),
        },
        _ => {
            let guard = lock.read().unwrap();
            (Guarding::Read { saw: **guard }, Some(guard))
        }
    });
    let Some(guard) = guard else { return };
    if stay {
        thread::yield_now();
    }
    notes.note(|| {
        drop(guard);
        (Guarding::EndRead, ())
    });
}

fn write(lock: &Lock, way: usize, left: u64, notes: &mut Notes<Guarding>) {
    let guard = notes.note(|| match way {
        0 => {
            let guard = lock.try_write().ok();
            (Guarding::TryWrite { saw: guard.as_ref().map(|guard| ***guard) }, guard)
        }
        1 => match lock.write_timeout(SOON) {
            Ok(guard) => (Guarding::Write { saw: **guard }, Some(guard)),
            Err(_) => (Guarding::Late, None),
        },
        _ => {
            let guard = lock.write().unwrap();
            (Guarding::Write { saw: **guard }, Some(guard))
        }
    });
    let Some(mut guard) = guard else { return };
    notes.note(|| {
        **guard = left;
        drop(guard);
        (Guarding::EndWrite { left }, ())
    });
}

impl Game for Shelf {
    type Shared = Lock;
    type End = ();
    type Op = Guarding;
    type Spec = Spec;

    fn deal(threads: usize) -> (Lock, Vec<()>) {
        (RwLock::new(Box::new(0)), (0..threads).map(|_| ()).collect())
    }

    fn play(lock: &Lock, (): (), seat: Seat, notes: &mut Notes<Guarding>) {
        let mut dice = seat.dice();
        for step in 0..6 {
            let (way, stay) = (dice.below(5), dice.below(3) == 0);
            if dice.below(3) == 0 {
                write(lock, way, (100 * (seat.thread + 1) + step) as u64, notes);
            } else {
                read(lock, way, stay, notes);
            }
        }
    }
}

everywhere!(shelf: Shelf);

/// A waiter at the home that leaves makes room for the next, whose recall must not be taken back after it was sent.
#[drust::test(nodes = 2, seed = 102)]
fn what_is_recalled_comes_back_when_a_waiter_has_left() {
    play::<Shelf>(Clock::Counted).unwrap();
}
