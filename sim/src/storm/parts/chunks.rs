//! Values in chunks on many nodes, looked at and changed by what runs on all of them.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;
use crate::dice::mix;

/// A number that says what becomes of it, and one behind a pointer.
type Entry = (u64, Box<u64>);

/// Entries in chunks.
#[derive(Portable, Clone, Debug, Default)]
pub struct Chunks(ChunkedVec<Entry>);

fn entry(seed: u64, index: usize) -> Entry {
    let number = mix(seed ^ mix(index as u64));
    (number % 40, Box::new(number))
}

fn made(dice: &mut Dice, most: usize) -> ChunkedVec<Entry> {
    ChunkedVec::from_fn(dice.roll(most), (dice.number(),), |(seed,), index| entry(*seed, index))
}

impl Chunks {
    /// Some indices, if there are any, the same one more than once.
    fn indices(&self, dice: &mut Dice) -> std::vec::Vec<usize> {
        let count = if self.0.is_empty() { 0 } else { dice.roll(60) };
        (0..count).map(|_| dice.roll(self.0.len())).collect()
    }

    /// What parallel iterators see.
    fn look_together(&self, eye: &mut Eye) {
        let all = || self.0.par_iter();
        let placed = all().enumerate().map(|(index, entry)| mix(index as u64 ^ mix(entry.0 ^ *entry.1)));
        eye.number(placed.reduce_with(u64::wrapping_add).unwrap_or(0));
        eye.number(all().filter(|entry| entry.0 % 3 == 1).count() as u64);
        eye.number(u64::from(all().any(|entry| entry.0 == 7)));
        for found in [all().cloned().min_by_key(|entry| entry.0), all().cloned().max_by_key(|entry| entry.0)] {
            eye.number(found.map_or(0, |entry| *entry.1));
        }
    }

    /// Changes by what runs on all nodes.
    fn change_together(&mut self, dice: &mut Dice) {
        let Chunks(values) = self;
        match dice.roll(8) {
            0 => values.spread(),
            1 => values.par_sort_by_key(|entry| entry.0),
            2 => values.par_sort_unstable_by_key(|entry| (entry.0 % 7, *entry.1)),
            3 => *values = values.par_iter().filter(|entry| entry.0 % 4 != 2).cloned().collect(),
            4 => {
                // Which key comes first is nobody's business.
                let keyed = std::mem::take(values).shuffle_by(|entry| entry.0 % 5);
                *values = keyed.par_iter().map(|pair| pair.1.clone()).collect();
                values.par_sort_by_key(|entry| (entry.0, *entry.1));
            }
            5 => {
                let one = |a: Box<u64>, b: Box<u64>| Box::new(a.wrapping_mul(31) ^ *b);
                let groups = std::mem::take(values).group_by_key();
                *values = groups.par_iter().map(|group| (group.0, Box::new(group.1.len() as u64))).collect();
                values.append(&mut groups.par_iter().map(|group| (group.0, group.1[0].clone())).collect());
                *values = std::mem::take(values).reduce_by_key(one);
                values.par_sort_by_key(|entry| entry.0);
            }
            _ => values.par_iter_mut().for_each_with(dice.number(), |more, entry| {
                *entry.1 = entry.1.wrapping_add(*more);
            }),
        }
    }

    /// Changes of some values, wherever they are.
    fn change_many(&mut self, dice: &mut Dice) {
        let indices = self.indices(dice);
        match dice.roll(3) {
            0 => self.0 = ChunkedVec::from(self.0.gather(&indices)),
            1 => {
                let entries: std::vec::Vec<Entry> = indices.iter().map(|_| entry(dice.number(), 0)).collect();
                self.0.scatter(&indices, &entries);
            }
            _ => {
                let args: std::vec::Vec<u64> = indices.iter().map(|_| dice.number()).collect();
                let change = |entry: &mut Entry, arg: &u64| *entry.1 = entry.1.wrapping_mul(3) ^ arg;
                self.0.update_each(&indices, &args, change);
            }
        }
    }
}

impl Part for Chunks {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(self.0.len() as u64);
        match way {
            Way::Guard => self.0.chunks().for_each(|chunk| {
                chunk.iter().for_each(|entry| eye.number(entry.0 ^ *Box::read(&entry.1)));
            }),
            Way::Twice => self.look_together(eye),
            _ => self.0.iter().rev().for_each(|entry| eye.number(entry.0 ^ *entry.1)),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        let at = dice.roll(self.0.len() + 1);
        match dice.roll(14) {
            0 => self.0.push(entry(dice.number(), at)),
            1 => drop(self.0.pop()),
            2 => self.0.extend((0..dice.roll(12)).map(|index| entry(dice.number(), index))),
            3 => self.0.truncate(at),
            4 if at > 0 => self.0.swap(at - 1, 0),
            5 => self.0.append(&mut made(dice, 20)),
            6 => self.0.iter_mut().rev().step_by(5).for_each(|entry| *entry.1 ^= at as u64),
            7 | 8 => self.change_many(dice),
            _ => self.change_together(dice),
        }
    }

    fn objects(&self) -> u64 {
        unreachable!("chunks are not forgotten: how many there are depends on the nodes")
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(self));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(self);
    }
}

impl Make for Chunks {
    fn make(dice: &mut Dice, size: usize) -> Chunks {
        let most = if dice.one_in(4) { 400 } else { 6 * size + 1 };
        Chunks(made(dice, most))
    }
}
