//! Values with a `Drop` of the user's own, which says what it sees.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;
use crate::dice::mix;

dropping! {
    /// A value whose drop is written down, with what it owns then.
    #[derive(Clone, Debug, Default)]
    pub struct Loud {
        id: u64,
        inner: Box<u64>,
        next: Option<Box<Loud>>,
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        BOOK.dropped(mix(self.id ^ mix(*self.inner) ^ u64::from(self.next.is_some())));
    }
}

impl Part for Loud {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(self.id);
        self.inner.look(way, eye);
        self.next.look(way, eye);
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(5) {
            0 => self.id += 1,
            1 => self.next = self.next.take().and_then(|mut next| next.next.take()),
            2 => self.next.change(dice),
            _ => self.inner.change(dice),
        }
    }

    fn objects(&self) -> u64 {
        self.inner.objects() + self.next.objects()
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        self.inner.share(tasks);
        self.next.share(tasks);
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(&mut self.inner);
        self.next.lend(tasks);
    }
}

impl Make for Loud {
    fn make(dice: &mut Dice, size: usize) -> Loud {
        Loud { id: dice.number() >> 1, inner: Box::make(dice, 1), next: Option::make(dice, size) }
    }
}
