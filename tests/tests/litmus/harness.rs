//! Runs a program's threads on all nodes at once, many times, and looks at what they saw.

use drust::node::NodeId;
use drust::{Portable, Ref, Vec, node, thread};
use drust_tests::clock::Clock;
use drust_tests::kill::Dice;
use std::collections::BTreeMap;
use std::fmt;

/// A program of a few threads, run once for each value it is dealt.
pub trait Litmus {
    /// What all threads use.
    type Shared: Portable;
    /// What one thread is given to keep.
    type End: Portable;
    /// How many threads there are.
    const THREADS: usize;
    /// At least so many things are seen: programs whose threads never meet try nothing.
    const OUTCOMES: usize = 2;

    /// Makes the value, and what each thread gets. Where `home` goes round, the value's words may be told apart by it.
    fn deal(home: usize) -> (Self::Shared, std::vec::Vec<Self::End>);

    /// What the thread of this number does, and what it saw.
    fn run(thread: usize, shared: &Self::Shared, end: Self::End) -> u64;

    /// Whether some order of all that the threads did lets them see this.
    fn is_allowed(saw: &[u64]) -> bool;
}

/// What threads must not see.
pub struct Forbidden {
    saw: std::vec::Vec<u64>,
    /// What they saw up to then, and how often.
    others: Seen,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no order lets the threads see {:?}; before they saw {:?}", self.saw, self.others)
    }
}

/// What a test that unwraps it shows.
impl fmt::Debug for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What threads saw, and how often.
pub type Seen = BTreeMap<std::vec::Vec<u64>, usize>;

/// Where a thread sits.
#[derive(Clone, Debug, Portable)]
struct Seat {
    thread: usize,
    clock: Clock,
    begin: u64,
    seed: u64,
}

const ROUNDS: usize = 12;
/// Values of a round, which cost one task for each thread.
const VALUES: usize = 12;
/// How long threads wait for each other at the beginning of a round, in nanoseconds.
const GATHER: u64 = 1_000_000;
/// The time for one value, in nanoseconds.
const TURN: u64 = 100_000;
/// Threads begin with a value no more apart than that.
const SKEW: usize = 4_000;

/// Runs the program over and over.
///
/// # Errors
/// The first that was seen and is forbidden.
///
/// # Panics
/// Where a thread does, or too little was seen.
pub fn run<L: Litmus>(clock: Clock) -> Result<Seen, Forbidden> {
    let mut seen = Seen::new();
    for round in 0..ROUNDS {
        for saw in play::<L>(clock, round) {
            if !L::is_allowed(&saw) {
                return Err(Forbidden { saw, others: seen });
            }
            *seen.entry(saw).or_default() += 1;
        }
    }
    assert!(seen.len() >= L::OUTCOMES, "the threads have not met: {seen:?}");
    Ok(seen)
}

/// A node: that of this number in a circle of all.
pub fn nth(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("an index below the count")
}

/// What the threads saw of each value of a round.
fn play<L: Litmus>(clock: Clock, round: usize) -> std::vec::Vec<std::vec::Vec<u64>> {
    let mut shared = Vec::new();
    let mut ends: std::vec::Vec<Vec<L::End>> = (0..L::THREADS).map(|_| Vec::new()).collect();
    for value in 0..VALUES {
        let (one, each) = L::deal(round + value);
        shared.push(one);
        ends.iter_mut().zip(each).for_each(|(ends, end)| ends.push(end));
    }
    let begin = clock.now() + GATHER;
    let threads: std::vec::Vec<Vec<u64>> = thread::scope(|scope| {
        let mut tasks = std::vec::Vec::new();
        for (thread, ends) in ends.into_iter().enumerate() {
            let seat = Seat { thread, clock, begin, seed: (round * L::THREADS + thread) as u64 };
            // The threads go round too, so that each is once beside a value and once far from it.
            tasks.push(scope.spawn_on(nth(thread + round), (Ref::new(&shared), ends, seat), |(shared, ends, seat)| {
                sit::<L>(&shared, ends, &seat)
            }));
        }
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    (0..VALUES).map(|value| threads.iter().map(|saw| saw[value]).collect()).collect()
}

/// A thread's part in a round.
fn sit<L: Litmus>(shared: &[L::Shared], ends: Vec<L::End>, seat: &Seat) -> Vec<u64> {
    let mut dice = Dice::new(seat.seed);
    let mut turn = seat.begin;
    let values = shared.iter().zip(ends);
    let saw = values.map(|(shared, end)| {
        turn += TURN;
        seat.clock.wait_until(turn + dice.below(SKEW) as u64);
        L::run(seat.thread, shared, end)
    });
    saw.collect()
}
