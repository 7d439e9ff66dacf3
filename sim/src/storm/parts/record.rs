//! Records of tied parts, which travel together, with boxes inside, which do not.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;

/// A record: one group of tied parts below one root.
#[derive(Portable, Clone, Debug, Default)]
pub struct Record {
    id: u64,
    head: TBox<(u64, u64)>,
    boxed: TBox<Box<u64>>,
    list: Vec<u64>,
    next: Option<TBox<Record>>,
}

impl Part for (u64, u64) {
    fn look(&self, way: Way, eye: &mut Eye) {
        self.0.look(way, eye);
        self.1.look(way, eye);
    }

    fn change(&mut self, dice: &mut Dice) {
        self.1.change(dice);
    }

    fn objects(&self) -> u64 {
        0
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(&self.1));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(&mut self.0);
        tasks.lend(&mut self.1);
    }
}

impl Make for (u64, u64) {
    fn make(dice: &mut Dice, _: usize) -> (u64, u64) {
        (dice.number(), dice.number())
    }
}

impl Part for Record {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(self.id);
        self.head.look(way, eye);
        self.boxed.look(way, eye);
        self.list.look(way, eye);
        self.next.look(way, eye);
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(7) {
            0 => self.id += 1,
            1 => self.head.change(dice),
            2 => self.boxed.change(dice),
            3 => self.list.change(dice),
            4 => {
                if let Some(next) = &mut self.next {
                    std::mem::swap(&mut self.boxed, &mut next.boxed);
                    std::mem::swap(&mut *self.head, &mut *next.head);
                }
            }
            _ => self.next.change(dice),
        }
    }

    fn objects(&self) -> u64 {
        self.head.objects() + self.boxed.objects() + self.list.objects() + self.next.objects()
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => self.boxed.share(tasks),
            1 => self.list.share(tasks),
            _ => self.next.share(tasks),
        }
        self.head.share(tasks);
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        self.head.lend(tasks);
        self.boxed.lend(tasks);
        match tasks.dice().roll(2) {
            0 => self.list.lend(tasks),
            _ => self.next.lend(tasks),
        }
    }
}

impl Make for Record {
    fn make(dice: &mut Dice, size: usize) -> Record {
        Record {
            id: dice.number() >> 1,
            head: TBox::make(dice, 1),
            boxed: TBox::make(dice, 1),
            list: Vec::make(dice, size),
            next: Option::make(dice, size),
        }
    }
}
