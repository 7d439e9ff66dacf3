//! Values with many owners: what one of them changes, it changes in a value of its own.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;
use super::Record;

/// A counted pointer to a record.
#[derive(Portable, Clone, Debug, Default)]
pub struct Common(Arc<Record>);

impl Part for Common {
    fn look(&self, way: Way, eye: &mut Eye) {
        self.0.look(way, eye);
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            0 => self.0 = Arc::new(Record::make(dice, 3)),
            1 => {
                // Whether this one is alone depends on tasks that nobody has joined; the value does not.
                let mut value = Arc::unwrap_or_clone(std::mem::take(self).0);
                value.change(dice);
                self.0 = Arc::new(value);
            }
            2 => {
                let weak = Arc::downgrade(&self.0);
                self.0 = weak.upgrade().expect("this one is counted");
            }
            _ => Arc::make_mut(&mut self.0).change(dice),
        }
    }

    fn objects(&self) -> u64 {
        unreachable!("counted pointers are not forgotten: who shares them would be too")
    }

    fn hold(&self, meanwhile: &mut dyn FnMut(), _: bool, eye: &mut Eye) {
        let other = self.0.clone();
        meanwhile();
        other.look(Way::Guard, eye);
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => (*self.0).share(tasks),
            1 => tasks.share(Ref::of(&*self.0)),
            _ => tasks.share(Ref::of(self)),
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => tasks.lend(self),
            1 => tasks.lend(Arc::make_mut(&mut self.0)),
            _ => Arc::make_mut(&mut self.0).lend(tasks),
        }
    }
}

impl Make for Common {
    fn make(dice: &mut Dice, size: usize) -> Common {
        Common(Arc::new(Record::make(dice, size)))
    }
}
