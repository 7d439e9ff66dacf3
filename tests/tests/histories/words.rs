//! Atomic words and vectors of them.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{self, Game, Seat};
use crate::spec::{Word, Wording};
use drust::collections::AtomicVec;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::testing::planted::{Fault, plant};
use drust::{Portable, Vec};
use drust_tests::clock::Clock;
use drust_tests::kill::Dice;
use todc_utils::Specification;

const ORDER: Ordering = Ordering::SeqCst;

/// Some operation on a word.
fn some(word: &AtomicU64, dice: &mut Dice, notes: &mut Notes<Wording>) {
    let (kind, put) = (dice.below(8), dice.below(4) as u64);
    match kind {
        0 | 1 => notes.note(|| (Wording::Load(word.load(ORDER)), ())),
        2 => notes.note(|| {
            word.store(put, ORDER);
            (Wording::Store(put), ())
        }),
        3 => notes.note(|| (Wording::Swap { put, was: word.swap(put, ORDER) }, ())),
        4 => {
            let old = dice.below(4) as u64;
            notes.note(|| (Wording::Exchange { old, put, result: word.compare_exchange(old, put, ORDER, ORDER) }, ()));
        }
        5 => notes.note(|| (Wording::Max { with: put, was: word.fetch_max(put, ORDER) }, ())),
        6 => notes.note(|| (Wording::Add { by: put, was: word.fetch_add(put, ORDER) }, ())),
        _ => {
            notes.tell(|| {
                word.add(put);
                Wording::Tell { by: put }
            });
            return;
        }
    }
    // Each of these is a release, and waits for what was told before.
    notes.all_is_done();
}

/// One word.
struct One;

impl Game for One {
    type Shared = AtomicU64;
    type End = ();
    type Op = Wording;
    type Spec = Word;

    fn deal(threads: usize) -> (AtomicU64, Vec<()>) {
        (AtomicU64::new(0), (0..threads).map(|_| ()).collect())
    }

    fn play(word: &AtomicU64, (): (), seat: Seat, notes: &mut Notes<Wording>) {
        let mut dice = seat.dice();
        (0..9).for_each(|_| some(word, &mut dice, notes));
    }
}

/// An operation on one of several words.
#[derive(Clone, Debug, Portable)]
struct At {
    index: usize,
    op: Wording,
}

/// One of several words.
struct Element;

impl Specification for Element {
    type State = u64;
    type Operation = At;

    fn init() -> u64 {
        Word::init()
    }

    fn apply(at: &At, state: &u64) -> (bool, u64) {
        Word::apply(&at.op, state)
    }
}

/// A vector of words over all nodes.
struct Several;

impl Game for Several {
    type Shared = AtomicVec<u64>;
    type End = ();
    type Op = At;
    type Spec = Element;

    fn deal(threads: usize) -> (AtomicVec<u64>, Vec<()>) {
        (AtomicVec::new(5), (0..threads).map(|_| ()).collect())
    }

    fn play(words: &AtomicVec<u64>, (): (), seat: Seat, notes: &mut Notes<At>) {
        let mut dice = seat.dice();
        for _ in 0..14 {
            let (index, kind, by) = (dice.below(5), dice.below(4), dice.below(3) as u64);
            match kind {
                0 => notes.note(|| (At { index, op: Wording::Load(words.load(index, ORDER)) }, ())),
                1 => {
                    notes.note(|| (At { index, op: Wording::Swap { put: by, was: words.swap(index, by, ORDER) } }, ()))
                }
                2 => notes.note(|| (At { index, op: Wording::Add { by, was: words.fetch_add(index, by, ORDER) } }, ())),
                _ => {
                    notes.tell(|| {
                        words.add(index, by);
                        At { index, op: Wording::Tell { by } }
                    });
                    continue;
                }
            }
            notes.all_is_done();
        }
    }

    fn part(at: &At) -> u64 {
        at.index as u64
    }
}

everywhere! {
    one: One,
    several: Several,
}

#[drust::test(nodes = 3, seed = 2)]
fn a_lost_addition_is_seen() {
    assert!(plant(Fault::Addition), "this build has no faults");
    assert!(play::play::<One>(Clock::Counted).is_err());
}
