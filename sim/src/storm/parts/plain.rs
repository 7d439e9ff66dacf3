//! Numbers, values without bytes, and options of anything.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;

/// Numbers of each width look like their value.
macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Part for $number {
            fn look(&self, _: Way, eye: &mut Eye) {
                eye.number(u64::from(*self));
            }

            fn change(&mut self, dice: &mut Dice) {
                *self = if dice.one_in(3) { dice.number() as $number } else { self.wrapping_add(1) };
            }

            fn objects(&self) -> u64 {
                0
            }
        }

        impl Make for $number {
            const MANY: bool = true;

            fn make(dice: &mut Dice, _: usize) -> $number {
                dice.number() as $number
            }
        }
    )*};
}

numbers!(u8, u64);

impl Part for () {
    fn look(&self, _: Way, eye: &mut Eye) {
        eye.number(0);
    }

    fn change(&mut self, _: &mut Dice) {}

    fn objects(&self) -> u64 {
        0
    }
}

impl Make for () {
    const MANY: bool = true;

    fn make(_: &mut Dice, _: usize) {}
}

impl<T: Make> Part for Option<T> {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(u64::from(self.is_some()));
        if let Some(value) = self {
            value.look(way, eye);
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match self {
            Some(value) if !dice.one_in(6) => value.change(dice),
            _ if dice.one_in(4) => *self = None,
            _ => *self = Some(T::make(dice, 3)),
        }
    }

    fn objects(&self) -> u64 {
        self.as_ref().map_or(0, T::objects)
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        if let Some(value) = self {
            value.share(tasks);
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        if let Some(value) = self {
            if tasks.dice().one_in(2) {
                value.lend(tasks);
            } else {
                tasks.lend(value);
            }
        }
    }
}

impl<T: Make> Make for Option<T> {
    fn make(dice: &mut Dice, size: usize) -> Option<T> {
        (size > 0 && !dice.one_in(4)).then(|| T::make(dice, size - 1))
    }
}
