//! What the tables' Arcs own.

use crate::oracle::note;
use drust::Portable;

/// Notes its drops and clones; 13 panics when it is dropped, 99 when it is cloned.
#[derive(Portable, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[portable(drop)]
pub struct Noted(pub u32);

impl Drop for Noted {
    fn drop(&mut self) {
        note(format!("{} dropped", self.0));
        assert!(self.0 != 13 || std::thread::panicking(), "thirteen");
    }
}

impl Clone for Noted {
    fn clone(&self) -> Noted {
        assert!(self.0 != 99, "not to be cloned");
        note(format!("{} cloned", self.0));
        Noted(self.0)
    }
}
