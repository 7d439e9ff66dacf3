//! The collections as std documents its own, wherever they were made.

mod btree_map;
mod btree_random;
mod btree_set;
#[path = "../counted/mod.rs"]
mod counted;
#[path = "../dice/mod.rs"]
mod dice;
mod hash_map;
mod hash_map_left;
mod hash_set;
mod vec_deque;
#[path = "../wherever/mod.rs"]
mod wherever;

use dice::Dice;
use std::fmt::Debug;

/// Text that is short, or long enough for an object of its own.
fn text(dice: &mut Dice) -> std::string::String {
    let len = dice.below(50);
    (0..len).map(|_| char::from(b'a' + dice.below(3_u8))).collect()
}

/// What a random program does to two values, drust's and std's.
struct Program<O, S> {
    /// Less than so many edits at a time.
    edits: usize,
    edit: fn(&mut (O, S), &mut Dice),
    /// Takes drust's to other nodes, or shows it to them.
    wander: fn((O, S), &mut Dice) -> (O, S),
    same: fn(&O, &S) -> bool,
    lengths: fn(&O, &S) -> [usize; 2],
}

impl<O: Default + Debug, S: Default + Debug> Program<O, S> {
    /// Runs twenty such programs.
    fn run(self) {
        for seed in 1..=20 {
            let mut dice = Dice::new(seed);
            let mut twins = (O::default(), S::default());
            for step in 0..80 {
                for _ in 0..dice.below(self.edits) {
                    (self.edit)(&mut twins, &mut dice);
                    let [ours, stds] = (self.lengths)(&twins.0, &twins.1);
                    assert_eq!(ours, stds);
                }
                twins = (self.wander)(twins, &mut dice);
                let same = (self.same)(&twins.0, &twins.1);
                assert!(same, "seed {seed}, step {step}: {:?} is not {:?}", twins.0, twins.1);
            }
        }
    }
}
