//! Parts of one variable's value, lent to tasks that lend them on; and guards kept while other things happen.

use super::super::part::{Part, see};
use super::super::program::{Room, run_body};
use super::super::tasks::{Hop, scope_of_tasks};
use super::super::world::*;
use super::{At, Kind, Values};

/// A variable's value is lent in parts to tasks that write.
#[derive(Clone, Debug)]
pub struct Lend {
    slot: usize,
    seed: u64,
    depth: u64,
}

impl Kind for Lend {
    const WEIGHT: usize = 14;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Lend> {
        Some(Lend { slot: room.slot(dice), seed: dice.number(), depth: 1 + dice.roll(4) as u64 })
    }

    fn run(&self, at: &mut At<'_>) {
        let hop = Hop::new(at.key, self.seed, self.depth);
        let value = &mut at.write()[self.slot];
        scope_of_tasks(hop, |tasks| value.lend(tasks));
    }
}

/// A variable's value is lent in parts to tasks that read.
#[derive(Clone, Debug)]
pub struct Peek {
    slot: usize,
    seed: u64,
    depth: u64,
}

impl Kind for Peek {
    const WEIGHT: usize = 12;
    const READS: bool = true;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Peek> {
        Some(Peek { slot: room.slot(dice), seed: dice.number(), depth: 1 + dice.roll(4) as u64 })
    }

    fn run(&self, at: &mut At<'_>) {
        let value = &at.read()[self.slot];
        scope_of_tasks(Hop::new(at.key, self.seed, self.depth), |tasks| value.share(tasks));
    }
}

/// A variable's value is read on some nodes, changed, and read on the same nodes again: what they keep of it from one
/// time must not be found the next.
#[derive(Clone, Debug)]
pub struct Follow {
    slot: usize,
    seed: u64,
    rounds: u64,
}

impl Kind for Follow {
    const WEIGHT: usize = 14;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Follow> {
        Some(Follow { slot: room.slot(dice), seed: dice.number(), rounds: 2 + dice.roll(4) as u64 })
    }

    fn run(&self, at: &mut At<'_>) {
        let mut dice = Dice::new(self.seed);
        for round in 0..self.rounds {
            let hop = |half| Hop::new(at.key + 2 * round + half, self.seed ^ half, 1 + self.seed % 2);
            let (reads, writes) = (hop(0), hop(1));
            let value = &mut at.write()[self.slot];
            scope_of_tasks(reads, |tasks| value.share(tasks));
            if dice.one_in(3) {
                scope_of_tasks(writes, |tasks| value.lend(tasks));
            } else {
                value.change(&mut dice);
            }
        }
    }
}

/// A guard of a variable's value is kept while all variables are read, and then looked through.
#[derive(Clone, Debug)]
pub struct Hold {
    slot: usize,
    forget: bool,
    body: u32,
}

impl Kind for Hold {
    const WEIGHT: usize = 6;
    const READS: bool = true;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Hold> {
        if !room.goes_on() {
            return None;
        }
        let types = room.types;
        Some(Hold { slot: room.slot(dice), forget: dice.one_in(4), body: room.body(dice, types, true) })
    }

    fn run(&self, at: &mut At<'_>) {
        let values = at.read();
        let mut eye = Eye::default();
        values[self.slot].hold(&mut || run_body(self.body, Values::Shared(values)), self.forget, &mut eye);
        see(at.key, eye);
    }
}
