//! Strings: short ones lie in their owner's bytes, long ones have an object.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;

/// Some text, short or long.
fn text(dice: &mut Dice) -> std::string::String {
    "añb".repeat(if dice.one_in(2) { dice.roll(7) } else { dice.roll(30) })
}

impl Part for String {
    fn look(&self, way: Way, eye: &mut Eye) {
        match way {
            Way::Guard => eye.bytes(String::read(self).as_bytes()),
            _ => eye.bytes(self.as_bytes()),
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(9) {
            0 => self.push_str(&text(dice)),
            1 => drop(self.pop()),
            2 => self.insert(0, 'ñ'),
            3 => self.retain(|c| c != 'b'),
            4 => self.shrink_to_fit(),
            5 => self.clear(),
            6 => String::release(self),
            7 => self.push('!'),
            _ => *self = String::from(&*text(dice)),
        }
    }

    fn objects(&self) -> u64 {
        u64::from(self.capacity() > 32)
    }

    fn hold(&self, meanwhile: &mut dyn FnMut(), forget: bool, eye: &mut Eye) {
        let guard = String::read(self);
        meanwhile();
        eye.bytes(guard.as_bytes());
        if forget {
            BOOK.forget(guard);
        }
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(self));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(self);
    }
}

impl Make for String {
    fn make(dice: &mut Dice, _: usize) -> String {
        String::from(&*text(dice))
    }
}
