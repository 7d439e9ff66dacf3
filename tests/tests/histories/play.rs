//! Games: what threads on all nodes do with a shared value, round after round, and their histories.

use crate::check::{Refused, check};
use crate::notes::{Noted, Notes};
use drust::node::NodeId;
use drust::{Portable, Ref, Vec, node, thread};
use drust_tests::clock::Clock;
use drust_tests::kill::Dice;
use std::collections::BTreeMap;
use std::fmt;
use todc_utils::Specification;

/// Something that threads do with a value, and what the value is to be in any order of that.
pub trait Game {
    /// The value, lent to every thread.
    type Shared: Portable;
    /// What is given to one thread, to keep.
    type End: Portable;
    /// One operation, with its arguments and results.
    type Op: Portable + Clone + fmt::Debug;
    /// The sequential value.
    type Spec: Specification<Operation = Self::Op>;
    /// As many values are played with, one after the other.
    const ROUNDS: usize = 12;
    /// Threads on each node.
    const THREADS: usize = 2;

    /// Makes the value, on the node that is to be its home, and the ends of so many threads.
    fn deal(threads: usize) -> (Self::Shared, Vec<Self::End>);

    /// What the thread of this number does.
    fn play(shared: &Self::Shared, end: Self::End, seat: Seat, notes: &mut Notes<Self::Op>);

    /// Which of several independent values an operation is of.
    fn part(_: &Self::Op) -> u64 {
        0
    }
}

/// Where a thread sits.
#[derive(Clone, Debug, Portable)]
pub struct Seat {
    pub thread: usize,
    seed: u64,
    clock: Clock,
    begin: u64,
}

impl Seat {
    /// What the thread throws.
    pub fn dice(&self) -> Dice {
        Dice::new(self.seed)
    }
}

/// How long threads wait for each other at the beginning, in nanoseconds.
const GATHER: u64 = 1_000_000;

/// Plays all rounds, and checks the history of each.
///
/// # Errors
/// The first that is refused.
///
/// # Panics
/// Where a thread does.
pub fn play<G: Game>(clock: Clock) -> Result<(), Refused> {
    for round in 0..G::ROUNDS {
        let mut parts = BTreeMap::<u64, std::vec::Vec<Noted<G::Op>>>::new();
        for noted in history::<G>(clock, round) {
            parts.entry(G::part(&noted.op)).or_default().push(noted);
        }
        parts.values().try_for_each(|noted| check::<G::Spec>(noted))?;
    }
    Ok(())
}

fn nth(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("an index below the count")
}

/// What all threads note down in a round.
fn history<G: Game>(clock: Clock, round: usize) -> std::vec::Vec<Noted<G::Op>> {
    let threads = G::THREADS * node::count();
    // The home goes round, so that all threads are once near and once far.
    let (shared, ends) = thread::spawn_on(nth(round), (threads,), |(threads,)| G::deal(threads)).join().unwrap();
    let begin = clock.now() + GATHER;
    thread::scope(|scope| {
        let mut tasks = std::vec::Vec::new();
        for (thread, end) in ends.into_iter().enumerate() {
            let seat = Seat { thread, seed: (round * threads + thread) as u64, clock, begin };
            tasks.push(scope.spawn_on(nth(thread), (Ref::of(&shared), end, seat), |(shared, end, seat)| {
                let mut notes = Notes::new(seat.clock);
                seat.clock.wait_until(seat.begin);
                G::play(&shared, end, seat, &mut notes);
                notes.into_noted()
            }));
        }
        tasks.into_iter().flat_map(|task| task.join().unwrap()).collect()
    })
}
