//! Values whose drops are counted, and the messages of panics.

use drust::Portable;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DROPS: Cell<usize> = const { Cell::new(0) };
}

/// Counts its drops on the thread where they happen. 13 panics when it is dropped, 99 when it is cloned.
#[derive(Portable, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[portable(drop)]
pub struct Counted(pub u32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
        assert!(self.0 != 13 || std::thread::panicking(), "thirteen");
    }
}

impl Clone for Counted {
    fn clone(&self) -> Counted {
        assert!(self.0 != 99, "not to be cloned");
        Counted(self.0)
    }
}

/// Drops counted on this thread while `body` runs.
pub fn drops(body: impl FnOnce()) -> usize {
    let before = DROPS.get();
    body();
    DROPS.get() - before
}

/// The message of the panic that `body` ends in.
pub fn panic_of(body: impl FnOnce()) -> std::string::String {
    let panic = catch_unwind(AssertUnwindSafe(body)).expect_err("it should panic");
    match panic.downcast::<std::string::String>() {
        Ok(message) => *message,
        Err(panic) => (*panic.downcast::<&str>().expect("a message")).into(),
    }
}
