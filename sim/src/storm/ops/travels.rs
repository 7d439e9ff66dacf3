//! Values that go from node to node with a task, and what sends tasks about: the program, the controller, idle nodes.

use super::super::part::{Part, Way, look_at, see};
use super::super::program::{Room, run_body};
use super::super::value::Value;
use super::super::world::thread::Step;
use super::super::world::*;
use super::errands::{Ended, Fate, Place, give_back};
use super::{At, Kind, Pending, Values, objects};
use std::time::Duration;

/// A stop of a journey: the body that works on the values there, how many steps it is after that before the task goes
/// on, and the node that it wishes for then, the nth counted round, or none.
type Stop = (u64, u64, Option<u64>);

/// A task is given some variables' values, goes from node to node with them, works on them between, and gives them
/// back.
#[derive(Clone, Debug)]
pub struct Travel {
    first: usize,
    count: usize,
    begins_on: Option<usize>,
    fate: Fate,
    stops: std::vec::Vec<Stop>,
}

/// A task between two steps.
type Traveller = (Vec<Value>, Vec<Stop>, (u64, u64), bool);

impl Kind for Travel {
    const WEIGHT: usize = 12;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Travel> {
        if !room.goes_on() {
            return None;
        }
        let range = dice.range(room.types.len());
        let types = &room.types[range.clone()];
        let fate = Fate::roll(dice, types);
        let begins_on = (!dice.one_in(4)).then(|| dice.roll(60));
        let mut stop = |dice: &mut Dice| {
            let body = room.body(dice, types, false);
            (u64::from(body), dice.roll(4) as u64, (!dice.one_in(3)).then(|| dice.roll(60) as u64))
        };
        let stops = (0..2 + dice.roll(5)).map(|_| stop(dice)).collect();
        Some(Travel { first: range.start, count: range.len(), begins_on, fate, stops })
    }

    fn run(&self, at: &mut At<'_>) {
        let range = self.first..self.first + self.count;
        let given: Vec<Value> = at.write()[range].iter_mut().map(std::mem::take).collect();
        BOOK.errand_begins();
        let traveller = (given, Vec::from(&*self.stops), (0, 0), self.fate == Fate::Forgotten);
        let handle = match self.begins_on {
            Some(node) => spawn_migratable_on(nth(node), traveller, travel),
            None => thread::spawn_migratable(traveller, travel),
        };
        self.fate.befalls(Pending::new(self.first, handle), at);
    }
}

/// Works on the values where it has come to a stop, else only steps.
fn travel((values, stops, (at, waits), forgotten): &mut Traveller) -> Step<Vec<Value>> {
    let ended = Ended;
    if *waits == 0 {
        let Some((body, ..)) = stops.get(*at as usize).copied() else {
            if *forgotten {
                BOOK.leak(objects(values) + u64::from(values.capacity() > 0));
            }
            return Step::Done(std::mem::take(values));
        };
        run_body(body as u32, Values::Own(values));
    }
    // It has neither panicked nor ended.
    std::mem::forget(ended);
    let (_, steps, to) = stops[*at as usize];
    if *waits < steps {
        *waits += 1;
        thread::sleep(Duration::from_micros(20));
        return Step::Continue;
    }
    (*at, *waits) = (*at + 1, 0);
    to.map_or(Step::Continue, |to| Step::To(nth(to as usize)))
}

/// The next piece of a body is run on another node, with some variables' values, which come back.
#[derive(Clone, Debug)]
pub struct Trip {
    first: usize,
    count: usize,
    to: usize,
    body: u32,
}

impl Kind for Trip {
    const WEIGHT: usize = 8;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Trip> {
        if !room.goes_on() {
            return None;
        }
        let range = dice.range(room.types.len());
        let body = room.body(dice, &room.types[range.clone()], false);
        Some(Trip { first: range.start, count: range.len(), to: dice.roll(60), body })
    }

    fn run(&self, at: &mut At<'_>) {
        let range = self.first..self.first + self.count;
        let given: Vec<Value> = at.write()[range].iter_mut().map(std::mem::take).collect();
        let back = thread::hop(nth(self.to), (given, self.body), |(mut values, body): (Vec<Value>, u32)| {
            run_body(body, Values::Own(&mut values));
            values
        });
        give_back(Ok(back), &mut at.write()[self.first..]);
    }
}

/// More tasks than a node has threads for, one a variable and some more, which other nodes take over as they have room.
#[derive(Clone, Debug)]
pub struct Burst {
    first: usize,
    count: usize,
    more: u64,
    from: Place,
    seed: u64,
}

impl Kind for Burst {
    const WEIGHT: usize = 8;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Burst> {
        let range = dice.range(room.types.len());
        let more = 4 + dice.roll(16) as u64;
        Some(Burst { first: range.start, count: range.len(), more, from: Place::roll(dice), seed: dice.number() })
    }

    fn run(&self, at: &mut At<'_>) {
        let range = self.first..self.first + self.count;
        let given: Vec<Value> = at.write()[range].iter_mut().map(std::mem::take).collect();
        let all = (given, at.key, self.seed, self.more);
        let task = match self.from {
            Place::On(node) => thread::spawn_on(nth(node), all, burst),
            Place::Any | Place::Beside => thread::spawn(all, burst),
        };
        give_back(task.join(), &mut at.write()[self.first..]);
    }
}

/// A task for each value, and some with numbers of their own, all at once.
fn burst((values, key, seed, more): (Vec<Value>, u64, u64, u64)) -> Vec<Value> {
    let add = |(boxed, lane): (Box<u64>, u64)| {
        thread::sleep(Duration::from_micros(*boxed % 500));
        Box::new(*boxed ^ lane)
    };
    let adding: std::vec::Vec<_> = (0..more).map(|lane| thread::spawn((Box::new(seed), lane), add)).collect();
    let task = |(mut value, key, seed): (Value, u64, u64)| {
        let mut dice = Dice::new(seed);
        thread::sleep(Duration::from_micros(dice.roll(800) as u64));
        value.change(&mut dice);
        look_at(&value, Way::roll(&mut dice), key);
        value
    };
    let start = |(lane, value): (u64, Value)| thread::spawn((value, key | lane, seed ^ lane), task);
    let tasks: std::vec::Vec<_> = (1..).zip(values).map(start).collect();
    let ended = tasks.into_iter().map(|task| match task.join() {
        Ok(value) => value,
        Err(error) => {
            planned(&error);
            Value::Empty
        }
    });
    let values = ended.collect();
    let mut eye = Eye::default();
    for task in adding {
        match task.join() {
            Ok(boxed) => eye.number(*boxed),
            Err(error) => planned(&error),
        }
    }
    see(key, eye);
    values
}

/// A node is told to give tasks up, as the controller tells it: those that nobody has begun, and migratable ones, each
/// of which may also be told to go somewhere else.
#[derive(Clone, Debug)]
pub struct Order {
    on: usize,
    to: usize,
    most: usize,
    seed: u64,
}

impl Kind for Order {
    const WEIGHT: usize = 10;
    const READS: bool = true;

    fn generate(dice: &mut Dice, _: &mut Room<'_>) -> Option<Order> {
        Some(Order { on: dice.roll(60), to: dice.roll(60), most: dice.roll(9), seed: dice.number() })
    }

    fn run(&self, _: &mut At<'_>) {
        let args = (self.to as u64, self.most as u64, self.seed);
        let ordered = thread::spawn_on(nth(self.on), args, |(to, most, seed)| {
            order_about(nth(to as usize), most as u32, &mut Dice::new(seed));
        });
        ordered.join().unwrap_or_else(|error| planned(&error));
    }
}
