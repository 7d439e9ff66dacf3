//! Values that tasks are given for good, and give back as their result.

use super::super::program::{Room, run_body};
use super::super::value::{Type, Value};
use super::super::world::thread::JoinHandle;
use super::super::world::*;
use super::{At, Kind, Values, objects};
use std::time::Duration;

/// Where a task is to run.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// Wherever drust puts it.
    Any,
    /// On the nth node, counted round.
    On(usize),
    /// Beside a number of the body's that it is not given, where there is one.
    Beside,
}

impl Place {
    /// Any of them.
    pub fn roll(dice: &mut Dice) -> Place {
        match dice.roll(6) {
            0 => Place::Any,
            1 => Place::Beside,
            _ => Place::On(dice.roll(60)),
        }
    }
}

/// What becomes of a task's handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is joined, by a step or at the end of the body.
    Joined,
    /// It is dropped.
    Detached,
    /// It is forgotten, and the result with it.
    Forgotten,
}

impl Fate {
    /// Any of them that suits a task with values of these types.
    pub fn roll(dice: &mut Dice, types: &[Type]) -> Fate {
        match dice.roll(12) {
            0 => Fate::Detached,
            1 if !types.iter().any(Type::is_kept) => Fate::Forgotten,
            _ => Fate::Joined,
        }
    }

    /// Has it happen to a handle.
    pub fn befalls(self, task: Pending, at: &mut At<'_>) {
        match self {
            Fate::Joined => at.pending.push(task),
            Fate::Detached => drop(task.handle),
            Fate::Forgotten => std::mem::forget(task.handle),
        }
    }
}

/// A task is given some variables' values, works on them, and gives them back.
#[derive(Clone, Debug)]
pub struct Errand {
    first: usize,
    count: usize,
    place: Place,
    fate: Fate,
    body: u32,
}

impl Kind for Errand {
    const WEIGHT: usize = 14;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Errand> {
        if !room.goes_on() {
            return None;
        }
        let range = dice.range(room.types.len());
        let types = &room.types[range.clone()];
        let fate = Fate::roll(dice, types);
        let body = room.body(dice, types, false);
        Some(Errand { first: range.start, count: range.len(), place: Place::roll(dice), fate, body })
    }

    fn run(&self, at: &mut At<'_>) {
        let range = self.first..self.first + self.count;
        let given: Vec<Value> = at.write()[range].iter_mut().map(std::mem::take).collect();
        BOOK.errand_begins();
        let args = |given| (given, self.body, self.fate == Fate::Forgotten);
        let near = at.read().iter().find_map(|value| if let Value::Number(near) = value { Some(near) } else { None });
        let handle = match (self.place, near) {
            (Place::On(node), _) => thread::spawn_on(nth(node), args(given), run_errand),
            (Place::Beside, Some(near)) => thread::spawn_to(near, args(given), run_errand),
            (Place::Any | Place::Beside, _) => thread::spawn(args(given), run_errand),
        };
        self.fate.befalls(Pending::new(self.first, handle), at);
    }
}

/// Tells of a task's end, also by a panic.
pub struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        BOOK.errand_ends();
    }
}

fn run_errand((mut values, body, forgotten): (Vec<Value>, u32, bool)) -> Vec<Value> {
    let _ended = Ended;
    run_body(body, Values::Own(&mut values));
    if forgotten {
        BOOK.leak(objects(&values) + u64::from(values.capacity() > 0));
    }
    values
}

/// A task that was not joined yet.
pub struct Pending {
    first: usize,
    handle: JoinHandle<Vec<Value>>,
}

impl Pending {
    /// A task that gives back the values of variables from this one on.
    pub fn new(first: usize, handle: JoinHandle<Vec<Value>>) -> Pending {
        Pending { first, handle }
    }

    /// Waits for the task, and puts the values it gives back where they came from.
    pub fn join_into(self, values: &mut [Value]) {
        give_back(self.handle.join(), &mut values[self.first..]);
    }
}

/// Puts what a task gives back in the variables' places.
pub fn give_back(result: thread::Result<Vec<Value>>, to: &mut [Value]) {
    match result {
        Ok(back) => back.into_iter().zip(to).for_each(|(value, slot)| *slot = value),
        Err(error) => planned(&error),
    }
}

/// A task is joined: at once, after asking whether it has ended, or after waiting for a while.
#[derive(Clone, Debug)]
pub struct Join {
    which: usize,
    patience: Option<Duration>,
}

impl Kind for Join {
    const WEIGHT: usize = 8;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Join> {
        let patience = dice.one_in(3).then(|| Duration::from_micros(dice.roll(2000) as u64));
        (!room.shared).then(|| Join { which: dice.roll(60), patience })
    }

    fn run(&self, at: &mut At<'_>) {
        if at.pending.is_empty() {
            return;
        }
        let Pending { first, handle } = at.pending.swap_remove(self.which % at.pending.len());
        let result = match self.patience {
            Some(patience) if !handle.is_finished() => handle.join_timeout(patience),
            _ => Ok(handle.join()),
        };
        let result = result.unwrap_or_else(JoinHandle::join);
        give_back(result, &mut at.write()[first..]);
    }
}
