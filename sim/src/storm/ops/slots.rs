//! Operations on variables, done where the body runs; and a few that have no variable.

use super::super::part::{Part, Way, look_at, panic_as_planned};
use super::super::program::Room;
use super::super::value::{Type, Value};
use super::super::world::*;
use super::{At, Kind, objects};
use std::time::Duration;

/// A variable gets a new value, made here or on some node.
#[derive(Clone, Debug)]
pub struct Make {
    slot: usize,
    of: Type,
    seed: u64,
    on: Option<usize>,
}

impl Make {
    /// A value for this variable, of its type.
    pub fn of(dice: &mut Dice, slot: usize, of: Type) -> Make {
        let on = (!dice.one_in(3)).then(|| dice.roll(60));
        Make { slot, of, seed: dice.number(), on }
    }
}

impl Kind for Make {
    const WEIGHT: usize = 14;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Make> {
        let slot = room.slot(dice);
        Some(Make::of(dice, slot, room.types[slot]))
    }

    fn run(&self, at: &mut At<'_>) {
        let make = |(index, seed): (u64, u64)| Type::ALL[index as usize].make(&mut Dice::new(seed), 5);
        let args = (Type::ALL.iter().position(|of| *of == self.of).expect("it is one of all") as u64, self.seed);
        at.write()[self.slot] = match self.on {
            Some(node) => match thread::spawn_on(nth(node), args, make).join() {
                Ok(value) => value,
                Err(error) => return planned(&error),
            },
            None => make(args),
        };
    }
}

/// A variable is looked at.
#[derive(Clone, Debug)]
pub struct Look {
    slot: usize,
    way: Way,
}

impl Kind for Look {
    const WEIGHT: usize = 14;
    const READS: bool = true;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Look> {
        Some(Look { slot: room.slot(dice), way: Way::roll(dice) })
    }

    fn run(&self, at: &mut At<'_>) {
        look_at(&at.read()[self.slot], self.way, at.key);
    }
}

/// A variable's value is changed a few times.
#[derive(Clone, Debug)]
pub struct Change {
    slot: usize,
    seed: u64,
    times: usize,
}

impl Kind for Change {
    const WEIGHT: usize = 16;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Change> {
        Some(Change { slot: room.slot(dice), seed: dice.number(), times: 1 + dice.roll(3) })
    }

    fn run(&self, at: &mut At<'_>) {
        let mut dice = Dice::new(self.seed);
        (0..self.times).for_each(|_| at.write()[self.slot].change(&mut dice));
    }
}

/// Two variables of one type, as numbers.
fn pair(dice: &mut Dice, room: &Room<'_>) -> Option<(usize, usize)> {
    let one = room.slot(dice);
    let same = |slot: &usize| *slot != one && room.types[*slot] == room.types[one];
    let others: std::vec::Vec<usize> = (0..room.types.len()).filter(same).collect();
    (!others.is_empty()).then(|| (one, others[dice.roll(others.len())]))
}

/// Two variables of one type exchange their values.
#[derive(Clone, Debug)]
pub struct Swap {
    slots: (usize, usize),
}

impl Kind for Swap {
    const WEIGHT: usize = 6;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Swap> {
        pair(dice, room).map(|slots| Swap { slots })
    }

    fn run(&self, at: &mut At<'_>) {
        at.write().swap(self.slots.0, self.slots.1);
    }
}

/// A variable gets a clone of another.
#[derive(Clone, Debug)]
pub struct Duplicate {
    slots: (usize, usize),
}

impl Kind for Duplicate {
    const WEIGHT: usize = 5;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Duplicate> {
        pair(dice, room).map(|slots| Duplicate { slots })
    }

    fn run(&self, at: &mut At<'_>) {
        let values = at.write();
        values[self.slots.0] = values[self.slots.1].clone();
    }
}

/// A variable's value is dropped.
#[derive(Clone, Debug)]
pub struct Discard {
    slot: usize,
}

impl Kind for Discard {
    const WEIGHT: usize = 4;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Discard> {
        Some(Discard { slot: room.slot(dice) })
    }

    fn run(&self, at: &mut At<'_>) {
        at.write()[self.slot] = Value::Empty;
    }
}

/// A variable's value is forgotten, and its objects lost.
#[derive(Clone, Debug)]
pub struct Forget {
    slot: usize,
}

impl Kind for Forget {
    const WEIGHT: usize = 2;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Forget> {
        let slot = room.slot(dice);
        (!room.types[slot].is_kept()).then_some(Forget { slot })
    }

    fn run(&self, at: &mut At<'_>) {
        let value = std::mem::take(&mut at.write()[self.slot]);
        BOOK.leak(objects(std::slice::from_ref(&value)));
        std::mem::forget(value);
    }
}

/// The thread lets others go first, or sleeps for a while.
#[derive(Clone, Debug)]
pub struct Pause {
    sleep: Option<Duration>,
}

impl Kind for Pause {
    const WEIGHT: usize = 3;
    const READS: bool = true;

    fn generate(dice: &mut Dice, _: &mut Room<'_>) -> Option<Pause> {
        Some(Pause { sleep: dice.one_in(2).then(|| Duration::from_micros(dice.roll(500) as u64)) })
    }

    fn run(&self, _: &mut At<'_>) {
        match self.sleep {
            Some(time) => thread::sleep(time),
            None => thread::yield_now(),
        }
    }
}

/// The task panics. What it wrote before is written.
#[derive(Clone, Debug)]
pub struct Panic;

impl Kind for Panic {
    const WEIGHT: usize = 1;
    const READS: bool = true;

    fn generate(_: &mut Dice, room: &mut Room<'_>) -> Option<Panic> {
        (room.depth > 0).then_some(Panic)
    }

    fn run(&self, _: &mut At<'_>) {
        panic_as_planned();
    }
}
