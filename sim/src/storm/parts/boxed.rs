//! Boxes of one value, boxes of runs, tied boxes.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;

impl<T: Make + Default> Part for Box<T> {
    fn look(&self, way: Way, eye: &mut Eye) {
        match way {
            Way::Guard => Box::read(self).look(way, eye),
            _ => (**self).look(way, eye),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(10) {
            0 => Box::set(self, T::make(dice, 3)),
            1 => drop(take_from(self)),
            2 => *self = Box::new(T::make(dice, 3)),
            3 => Box::release(self),
            4 => **self = T::clone(self),
            5 => {
                let mut value = Box::into_inner(std::mem::replace(self, Box::new(T::default())));
                value.change(dice);
                *self = Box::new(value);
            }
            _ => (**self).change(dice),
        }
    }

    fn objects(&self) -> u64 {
        let own = u64::from(size_of::<T>() != 0);
        own + Box::read(self).objects()
    }

    fn hold(&self, meanwhile: &mut dyn FnMut(), forget: bool, eye: &mut Eye) {
        let (ahead, left) = (Box::fetch(self), Box::fetch(self));
        let guard = Box::read(self);
        let other = guard.clone();
        meanwhile();
        guard.look(Way::Guard, eye);
        if forget {
            BOOK.forget(guard);
            BOOK.forget(left);
        } else {
            drop(left);
        }
        other.look(Way::Deref, eye);
        ahead.wait().look(Way::Guard, eye);
        if forget {
            BOOK.forget(Box::fetch(self));
        }
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        let mut dice = tasks.dice();
        for _ in 0..dice.roll(3) {
            tasks.share(Ref::new(self));
        }
        match dice.roll(3) {
            0 => tasks.share(Ref::map(Ref::new(self), |value| value)),
            1 => (**self).share(tasks),
            _ => tasks.share(Ref::of(self)),
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => tasks.lend(self),
            1 => tasks.lend(&mut **self),
            _ => (**self).lend(tasks),
        }
    }
}

impl<T: Make + Default> Make for Box<T> {
    fn make(dice: &mut Dice, size: usize) -> Box<T> {
        Box::new(T::make(dice, size))
    }
}

impl<T: Make> Part for Box<[T]> {
    fn look(&self, way: Way, eye: &mut Eye) {
        match way {
            Way::Guard => Box::fetch(self).wait().look(way, eye),
            _ => (**self).look(way, eye),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            0 => *self = Box::make(dice, 3),
            1 => {
                let mut values = std::mem::take(self).into_vec();
                values.change(dice);
                *self = values.into_boxed_slice();
            }
            2 => Box::release(self),
            _ => (**self).change(dice),
        }
    }

    fn objects(&self) -> u64 {
        let own = u64::from(size_of::<T>() != 0 && !self.is_empty());
        own + Box::read(self).objects()
    }

    fn hold(&self, meanwhile: &mut dyn FnMut(), forget: bool, eye: &mut Eye) {
        let guard = Box::read(self);
        let half = Ref::map(guard.clone(), |values| &values[values.len() / 2..]);
        meanwhile();
        half.look(Way::Guard, eye);
        if forget {
            BOOK.forget(half);
        }
        guard.look(Way::Deref, eye);
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        let range = tasks.dice().range(self.len());
        tasks.share(Ref::new(self));
        tasks.share(Ref::map(Box::read(self), |values| &values[range]));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => tasks.lend(self),
            _ => (**self).lend(tasks),
        }
    }
}

impl<T: Make> Make for Box<[T]> {
    fn make(dice: &mut Dice, size: usize) -> Box<[T]> {
        Vec::make(dice, size).into_boxed_slice()
    }
}

impl<T: Make> Part for TBox<T> {
    fn look(&self, way: Way, eye: &mut Eye) {
        (**self).look(way, eye);
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            0 => *self = TBox::new(T::make(dice, 3)),
            1 => {
                let tied = TBox::new(T::make(dice, 1));
                *self = TBox::new(TBox::into_inner(std::mem::replace(self, tied)));
            }
            _ => (**self).change(dice),
        }
    }

    fn objects(&self) -> u64 {
        u64::from(size_of::<T>() != 0) + (**self).objects()
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(&**self));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => tasks.lend(self),
            1 => tasks.lend(&mut **self),
            _ => (**self).lend(tasks),
        }
    }
}

impl<T: Make> Make for TBox<T> {
    fn make(dice: &mut Dice, size: usize) -> TBox<T> {
        TBox::new(T::make(dice, size))
    }
}
