//! `Arc` and `Weak`: who is counted, whoever clones and drops.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat};
use crate::spec::{Count, Counting};
use drust::sync::{Arc, Weak};
use drust::{Box, Vec};

/// One counted value; the first threads begin with a clone, and all with a pointer that is not counted.
struct Counted;

impl Game for Counted {
    type Shared = u8;
    type End = (Option<Arc<Box<u64>>>, Weak<Box<u64>>);
    type Op = Counting;
    type Spec = Count<3>;
    const ROUNDS: usize = 24;

    fn deal(threads: usize) -> (u8, Vec<Self::End>) {
        let first = Arc::new(Box::new(7));
        let ends = (0..threads).map(|thread| ((thread < 3).then(|| first.clone()), Arc::downgrade(&first)));
        (0, ends.collect())
    }

    fn play(_: &u8, (first, weak): Self::End, seat: Seat, notes: &mut Notes<Counting>) {
        let mut dice = seat.dice();
        let mut own: std::vec::Vec<Arc<Box<u64>>> = first.into_iter().collect();
        for _ in 0..6 {
            let kind = dice.below(6);
            if kind < 2 {
                let upgraded = notes.note(|| {
                    let upgraded = weak.upgrade();
                    (Counting::Upgrade(upgraded.is_some()), upgraded)
                });
                own.extend(upgraded);
            } else if let Some(one) = own.pop() {
                assert_eq!(**one, 7);
                own.extend(change(one, kind, notes));
            }
        }
        for one in own {
            change(one, usize::MAX, notes);
        }
    }
}

/// Does something with one that is counted; those that are left of it.
fn change(one: Arc<Box<u64>>, kind: usize, notes: &mut Notes<Counting>) -> std::vec::Vec<Arc<Box<u64>>> {
    match kind {
        2 => notes.note(|| {
            let other = one.clone();
            (Counting::Clone, vec![one, other])
        }),
        3 => notes.note(|| match Arc::try_unwrap(one) {
            Ok(value) => {
                assert_eq!(*value, 7);
                (Counting::Unwrap(true), vec![])
            }
            Err(one) => (Counting::Unwrap(false), vec![one]),
        }),
        _ => {
            notes.tell(|| {
                drop(one);
                Counting::Drop
            });
            vec![]
        }
    }
}

everywhere!(counted: Counted);
