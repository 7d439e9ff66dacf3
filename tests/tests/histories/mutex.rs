//! `Mutex`, with a number in it or behind a pointer.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat};
use crate::spec::{Lock, Locking};
use drust::sync::{Mutex, MutexGuard};
use drust::{Box, Portable, Vec, thread};
use std::time::Duration;

/// A number, or what leads to one.
trait Number: Portable + Default {
    fn get(&self) -> u64;
    fn set(&mut self, value: u64);
}

impl Number for u64 {
    fn get(&self) -> u64 {
        *self
    }
    fn set(&mut self, value: u64) {
        *self = value;
    }
}

impl Number for Box<u64> {
    fn get(&self) -> u64 {
        **self
    }
    fn set(&mut self, value: u64) {
        **self = value;
    }
}

/// A lock that holds it.
struct Locks<N>(N);

/// Locks in some way, and notes down how that went.
fn lock<'a, N: Number>(lock: &'a Mutex<N>, way: usize, notes: &mut Notes<Locking>) -> Option<MutexGuard<'a, N>> {
    notes.note(|| match way {
        0 => {
            let guard = lock.try_lock().ok();
            (Locking::Try { saw: guard.as_ref().map(|guard| guard.get()) }, guard)
        }
        1 => match lock.lock_timeout(Duration::from_micros(30)) {
            Ok(guard) => (Locking::Lock { saw: guard.get() }, Some(guard)),
            Err(_) => (Locking::Late, None),
        },
        _ => {
            let guard = lock.lock().unwrap();
            (Locking::Lock { saw: guard.get() }, Some(guard))
        }
    })
}

impl<N: Number> Game for Locks<N> {
    type Shared = Mutex<N>;
    type End = ();
    type Op = Locking;
    type Spec = Lock;

    fn deal(threads: usize) -> (Mutex<N>, Vec<()>) {
        (Mutex::new(N::default()), (0..threads).map(|_| ()).collect())
    }

    fn play(shared: &Mutex<N>, (): (), seat: Seat, notes: &mut Notes<Locking>) {
        let mut dice = seat.dice();
        for step in 0..6 {
            let (way, left) = (dice.below(6), (100 * (seat.thread + 1) + step) as u64);
            if way == 2 {
                let add = |value: &mut N, left| {
                    let was = value.get();
                    value.set(left);
                    was
                };
                notes.note(|| (Locking::With { was: shared.with(left, add).unwrap(), left }, ()));
                continue;
            }
            let Some(mut guard) = lock(shared, way, notes) else { continue };
            if dice.below(3) == 0 {
                thread::yield_now();
            }
            notes.note(|| {
                guard.set(left);
                drop(guard);
                (Locking::Unlock { left }, ())
            });
        }
    }
}

everywhere! {
    of_a_number: Locks<u64>,
    of_a_pointer: Locks<Box<u64>>,
}
