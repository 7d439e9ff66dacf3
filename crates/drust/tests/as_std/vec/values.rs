//! What the vectors hold beside numbers.

use crate::oracle::note;
use drust::Portable;

/// Text that does not fit inside a string.
pub const LONG: &str = "text of more than 32 bytes, so that it lies on the heap: ßäöü";

/// A number that notes its drops and clones; 13 panics when it is dropped, 99 when it is cloned.
#[derive(Portable, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[portable(drop)]
pub struct Noted(pub u32);

impl Clone for Noted {
    fn clone(&self) -> Noted {
        note(format!("cloned {}", self.0));
        assert!(self.0 != 99, "99 is not to be cloned");
        Noted(self.0)
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        note(format!("dropped {}", self.0));
        assert!(self.0 != 13 || std::thread::panicking(), "13 panics");
    }
}

/// A value without bytes.
#[derive(Portable, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nothing;
