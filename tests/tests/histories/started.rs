//! The harness itself, on values that exist without it: one that nobody writes, and one that each node has for itself.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat, play};
use crate::spec::{Word, Wording};
use drust::{Box, Vec};
use drust_tests::clock::Clock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A word in the heap that nobody writes.
struct Still;

impl Game for Still {
    type Shared = Box<u64>;
    type End = ();
    type Op = Wording;
    type Spec = Word;

    fn deal(threads: usize) -> (Box<u64>, Vec<()>) {
        (Box::new(0), (0..threads).map(|_| ()).collect())
    }

    fn play(shared: &Box<u64>, (): (), _: Seat, notes: &mut Notes<Wording>) {
        for _ in 0..4 {
            notes.note(|| (Wording::Load(**shared), ()));
            notes.tell(|| Wording::Max { with: 0, was: 0 });
        }
        notes.all_is_done();
    }
}

everywhere!(still: Still);

static OWN: AtomicU64 = AtomicU64::new(0);

/// A static, of which each node has its own, unless all are simulated in one process.
struct Static;

impl Game for Static {
    type Shared = u8;
    type End = ();
    type Op = Wording;
    type Spec = Word;

    fn deal(threads: usize) -> (u8, Vec<()>) {
        OWN.store(0, Ordering::SeqCst);
        (0, (0..threads).map(|_| ()).collect())
    }

    fn play(_: &u8, (): (), seat: Seat, notes: &mut Notes<Wording>) {
        let mut dice = seat.dice();
        for _ in 0..8 {
            let by = dice.below(5) as u64;
            notes.note(|| match by {
                0 => (Wording::Load(OWN.load(Ordering::SeqCst)), ()),
                _ => (Wording::Add { by, was: OWN.fetch_add(by, Ordering::SeqCst) }, ()),
            });
        }
    }
}

#[drust::test(nodes = 3, seed = 1)]
fn one_static_of_one_process_is_one_word() {
    play::<Static>(Clock::Counted).unwrap();
}

#[drust::test]
fn one_static_of_one_node_is_one_word() {
    play::<Static>(Clock::Monotonic).unwrap();
}

#[drust::test(nodes = 3, carrier = "shm")]
fn statics_of_several_nodes_are_not_one_word() {
    let refused = play::<Static>(Clock::Monotonic).unwrap_err().to_string();
    assert!(refused.contains("48 operations that no order explains"), "{refused}");
}
