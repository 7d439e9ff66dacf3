//! Tasks that are lent a part: they look, change, lend parts of it on to further tasks, panic, forget what they were
//! lent, and look again.

use super::part::{Part, Way, look_at, panic_as_planned};
use super::world::thread::{Scope, ScopedJoinHandle};
use super::world::*;
use crate::dice::mix;

/// What a lent part's task is told: where to write down what it sees, what to do, how often to lend on.
#[derive(Portable, Clone, Copy)]
pub struct Hop {
    key: u64,
    seed: u64,
    depth: u64,
}

impl Hop {
    /// The first of a step's tasks.
    pub fn new(key: u64, seed: u64, depth: u64) -> Hop {
        Hop { key, seed, depth }
    }

    /// The task of one of the parts lent on: a key of its own below the same step.
    fn next(self, lane: u64) -> Hop {
        let below = mix(self.key ^ mix(lane + 1)) & 0xFFFF_FFFF;
        Hop { key: self.key & !0xFFFF_FFFF | below, seed: mix(self.seed ^ lane), depth: self.depth - 1 }
    }

    /// Whether there is a next.
    fn goes_on(self) -> bool {
        self.depth > 0
    }
}

/// The tasks of one scope.
pub struct Tasks<'scope, 'env: 'scope> {
    scope: &'scope Scope<'scope, 'env>,
    hop: Hop,
    lane: u64,
    tasks: std::vec::Vec<ScopedJoinHandle<'scope, ()>>,
}

impl<'scope> Tasks<'scope, '_> {
    /// What to lend, where there is a choice: the same in every world.
    pub fn dice(&self) -> Dice {
        Dice::new(self.hop.seed ^ 0xD1CE)
    }

    /// Lends a part to a task that writes it.
    pub fn lend<T: Part + ?Sized>(&mut self, part: &'scope mut T) {
        let hop = self.next();
        self.start((RefMut::new(part), hop), write::<T>);
    }

    /// Lends a part to a task that reads it.
    pub fn share<T: Part + ?Sized>(&mut self, part: Ref<'scope, T>) {
        let hop = self.next();
        self.start((part, hop), read::<T>);
    }

    fn next(&mut self) -> Hop {
        self.lane += 1;
        self.hop.next(self.lane)
    }

    fn start<A: Argument<'scope> + 'scope>(&mut self, args: A, task: fn(A)) {
        let mut dice = Dice::new(mix(self.hop.seed) ^ self.lane);
        let task = if dice.one_in(5) {
            self.scope.spawn(args, task)
        } else {
            self.scope.spawn_on(nth(dice.roll(60)), args, task)
        };
        self.tasks.push(task);
    }
}

/// Runs a scope that `lend` fills with tasks, and joins most of them.
pub fn scope_of_tasks<'env>(hop: Hop, lend: impl for<'scope> FnOnce(&mut Tasks<'scope, 'env>)) {
    thread::scope(|scope| {
        let mut all = Tasks { scope, hop, lane: 0, tasks: std::vec::Vec::new() };
        lend(&mut all);
        let mut dice = Dice::new(hop.seed ^ 0xE4D);
        let mut tasks = all.tasks;
        if dice.one_in(2) {
            tasks.reverse();
        }
        for task in tasks {
            match dice.roll(8) {
                0 => drop(task),
                1 => std::mem::forget(task),
                _ => task.join().unwrap_or_else(|error| planned(&error)),
            }
        }
    });
}

/// A task that was lent a part to write.
fn write<T: Part + ?Sized>((mut part, hop): (RefMut<'_, T>, Hop)) {
    let mut dice = Dice::new(hop.seed);
    if dice.one_in(2) {
        look_at(&*part, Way::roll(&mut dice), hop.key);
    }
    part.change(&mut dice);
    if hop.goes_on() {
        let part = &mut *part;
        scope_of_tasks(hop, |tasks| part.lend(tasks));
    }
    if dice.one_in(16) {
        panic_as_planned();
    }
    if dice.one_in(2) {
        look_at(&*part, Way::roll(&mut dice), hop.key);
    }
    if dice.one_in(3) {
        part.change(&mut dice);
    }
    if dice.one_in(6) {
        BOOK.forget(part);
    }
}

/// A task that was lent a part to read.
fn read<T: Part + ?Sized>((part, hop): (Ref<'_, T>, Hop)) {
    let mut dice = Dice::new(hop.seed);
    if dice.one_in(2) {
        look_at(&*part, Way::roll(&mut dice), hop.key);
    }
    let again = part.clone();
    if hop.goes_on() {
        let part = &*part;
        scope_of_tasks(hop, |tasks| part.share(tasks));
    }
    match dice.roll(20) {
        0 => panic_as_planned(),
        1..4 => BOOK.forget(part),
        _ => {}
    }
    look_at(&*again, Way::roll(&mut dice), hop.key);
    if dice.one_in(6) {
        BOOK.forget(again);
    }
}
