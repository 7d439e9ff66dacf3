//! What can be done to any value of a storm, or to a part of one: it is looked at, changed, and its own parts are lent.

use super::program::{describe_step, kind_of_step};
use super::tasks::Tasks;
use super::world::*;

/// How a value is looked at. All ways see the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// Through `Deref`, which leaves pins behind.
    Deref,
    /// Through the guards of `read`.
    Guard,
    /// Through `Deref`, all of it twice.
    Twice,
    /// Through `Debug`, as one text.
    Text,
}

impl Way {
    /// Any of them.
    pub fn roll(dice: &mut Dice) -> Way {
        [Way::Deref, Way::Guard, Way::Deref, Way::Guard, Way::Twice, Way::Text][dice.roll(6)]
    }
}

/// A value, or values side by side, that tasks can be lent.
pub trait Part: Pointee<Item: Portable> + std::fmt::Debug + 'static {
    /// Looks at all of it.
    fn look(&self, way: Way, eye: &mut Eye);

    /// Changes something.
    fn change(&mut self, dice: &mut Dice);

    /// Objects that would be lost with it if it were forgotten. Leaves no pin behind.
    fn objects(&self) -> u64;

    /// Holds a guard of it, if it has guards, while something else is done; then looks through the guard.
    fn hold(&self, meanwhile: &mut dyn FnMut(), _forget: bool, eye: &mut Eye) {
        meanwhile();
        self.look(Way::Deref, eye);
    }

    /// Lends parts of it to tasks that read.
    fn share<'scope>(&'scope self, _tasks: &mut Tasks<'scope, '_>) {}

    /// Lends parts of it to tasks that write, no part to two of them.
    fn lend<'scope>(&'scope mut self, _tasks: &mut Tasks<'scope, '_>) {}
}

/// A value that can be made.
pub trait Make: Part + Portable + Clone + Sized {
    /// Whether there may be thousands of them.
    const MANY: bool = false;

    /// Some value; `size` bounds what it holds, and what those hold.
    fn make(dice: &mut Dice, size: usize) -> Self;
}

/// Looks at a part in some way and writes down, under `key`, what it saw.
pub fn look_at<T: Part + ?Sized>(part: &T, way: Way, key: u64) {
    let mut eye = Eye::default();
    if way == Way::Text {
        eye.bytes(format!("{part:?}").as_bytes());
    } else {
        part.look(way, &mut eye);
    }
    if way == Way::Twice {
        part.look(Way::Guard, &mut eye);
    }
    see(key, eye);
}

/// Writes down what was seen.
pub fn see(key: u64, mut eye: Eye) {
    plant(&mut eye, || kind_of_step(key));
    BOOK.see(key, eye).unwrap_or_else(|wrong| crate::report::end_with(&describe_step(key), &wrong));
}

/// The panic of a task that shall panic; nothing is wrong with it.
pub fn panic_as_planned() -> ! {
    panic!("{}", crate::report::PLANNED)
}
