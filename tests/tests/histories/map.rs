//! `HashMap`, key by key: hot keys that are read from copies, and changed under them.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat};
use crate::spec::{Entry, Keyed, Op};
use drust::Vec;
use drust::collections::HashMap;

/// A map with few keys.
struct Few;

const KEYS: usize = 4;

impl Game for Few {
    type Shared = HashMap<u64, u64>;
    type End = ();
    type Op = Keyed;
    type Spec = Entry;

    fn deal(threads: usize) -> (HashMap<u64, u64>, Vec<()>) {
        (HashMap::new(), (0..threads).map(|_| ()).collect())
    }

    fn play(map: &HashMap<u64, u64>, (): (), seat: Seat, notes: &mut Notes<Keyed>) {
        let mut dice = seat.dice();
        for _ in 0..16 {
            let (kind, key, put) = (dice.below(12), dice.below(KEYS) as u64, dice.below(50) as u64);
            notes.note(|| {
                let op = match kind {
                    0 | 1 => Op::Insert { put, was: map.insert(key, put) },
                    2 => Op::Remove { was: map.remove(&key) },
                    3 => {
                        let add = |value: &mut u64, by: u64| {
                            let was = *value;
                            *value += by;
                            was
                        };
                        Op::Update { by: put, was: map.update(&key, put, add) }
                    }
                    4 => Op::Contains(map.contains_key(&key)),
                    _ => Op::Get(map.get(&key)),
                };
                (Keyed { key, op }, ())
            });
        }
    }

    fn part(keyed: &Keyed) -> u64 {
        keyed.key
    }
}

everywhere!(few: Few);
