//! Values side by side: slices, and the vectors that own them.

use super::super::part::{Make, Part, Way, panic_as_planned};
use super::super::tasks::Tasks;
use super::super::world::*;

impl<T: Part + Portable> Part for [T] {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(self.len() as u64);
        if way == Way::Twice {
            self.iter().rev().for_each(|value| value.look(way, eye));
        }
        (0..self.len()).for_each(|index| self[index].look(way, eye));
    }

    fn change(&mut self, dice: &mut Dice) {
        if self.is_empty() {
            return;
        }
        let at = dice.roll(self.len());
        match dice.roll(8) {
            0 => self.reverse(),
            1 => self.rotate_left(at),
            2 => self.swap(0, at),
            3 => self.iter_mut().for_each(|value| value.change(dice)),
            4 => self[at..].iter_mut().step_by(2).for_each(|value| value.change(dice)),
            5 if dice.one_in(4) => self.iter_mut().enumerate().for_each(|(index, value)| {
                value.change(dice);
                if index == at {
                    panic_as_planned();
                }
            }),
            _ => self[at].change(dice),
        }
    }

    fn objects(&self) -> u64 {
        self.iter().map(T::objects).sum()
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        let mut dice = tasks.dice();
        tasks.share(Ref::of(&self[dice.range(self.len())]));
        if let Some(one) = self.get(dice.roll(self.len() + 1)) {
            one.share(tasks);
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        let (left, right) = self.split_at_mut(tasks.dice().roll(self.len() + 1));
        tasks.lend(left);
        if let Some((one, rest)) = right.split_first_mut() {
            tasks.lend(one);
            tasks.lend(rest);
        }
    }
}

impl<T: Make> Part for Vec<T> {
    fn look(&self, way: Way, eye: &mut Eye) {
        match way {
            Way::Guard if self.len() % 2 == 1 => {
                eye.number(self.len() as u64);
                let runs = self.stream().with_run_len(1 + self.len() / 5);
                runs.for_each(|run| run.iter().for_each(|value| value.look(way, eye)));
            }
            Way::Guard => Vec::read(self).look(way, eye),
            Way::Twice => (0..self.len()).for_each(|index| self[index].look(way, eye)),
            _ => (**self).look(way, eye),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        let at = dice.roll(self.len() + 1);
        match dice.roll(20) {
            0 | 1 => self.push(T::make(dice, 2)),
            2 => self.extend((0..dice.roll(12)).map(|_| T::make(dice, 2))),
            3 => drop(self.pop()),
            4 => self.truncate(at),
            5 => self.insert(at, T::make(dice, 2)),
            6 if at < self.len() => drop(self.remove(at)),
            7 if at < self.len() => drop(self.swap_remove(at)),
            8 => {
                let mut keep = 0;
                self.retain(|_| {
                    keep += 1;
                    keep % 3 != 0
                });
            }
            9 => self.drain(..at).for_each(drop),
            10 => self.drain(at..).for_each(|mut value| value.change(dice)),
            11 => {
                let mut rest = self.split_off(at);
                rest.append(self);
                *self = rest;
            }
            12 => self.clear(),
            13 => self.shrink_to_fit(),
            14 => self.reserve(at),
            15 => Vec::release(self),
            16 => *self = self.clone(),
            _ => (**self).change(dice),
        }
    }

    fn objects(&self) -> u64 {
        let own = u64::from(size_of::<T>() != 0 && self.capacity() > 0);
        own + Vec::read(self).objects()
    }

    fn hold(&self, meanwhile: &mut dyn FnMut(), forget: bool, eye: &mut Eye) {
        let guard = Vec::read(self);
        let half = Ref::map(guard.clone(), |values| &values[..values.len() / 2]);
        let first = self.stream().with_run_len(2).next();
        meanwhile();
        guard.look(Way::Guard, eye);
        first.into_iter().for_each(|run| run.look(Way::Deref, eye));
        if forget {
            BOOK.forget(guard);
        }
        half.look(Way::Deref, eye);
        if forget {
            let mut stream = self.stream().with_run_len(1);
            stream.by_ref().take(1).for_each(|run| run.look(Way::Deref, eye));
            BOOK.forget(stream);
        }
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        let mut dice = tasks.dice();
        let range = dice.range(self.len());
        match dice.roll(4) {
            0 => tasks.share(Ref::new(self)),
            1 if range.start.is_multiple_of(2) => tasks.share(Ref::new(self).part(range)),
            1 => {
                tasks.share(Ref::new(self));
                tasks.share(Ref::map(Vec::read(self), |values| &values[range]));
            }
            2 => tasks.share(Ref::of(self)),
            _ => (**self).share(tasks),
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => tasks.lend(self),
            _ => (**self).lend(tasks),
        }
    }
}

impl<T: Make> Make for Vec<T> {
    fn make(dice: &mut Dice, size: usize) -> Vec<T> {
        let most = if T::MANY && dice.one_in(8) { 3000 } else { 4 * size + 1 };
        (0..dice.roll(most)).map(|_| T::make(dice, size.saturating_sub(1))).collect()
    }
}
