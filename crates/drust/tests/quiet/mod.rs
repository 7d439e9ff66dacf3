//! Panics that tests expect, and that are not to be in their log.

use std::cell::Cell;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Holds this thread's panics back from the log while it lives: they are expected.
pub struct Quiet;

impl Quiet {
    pub fn new() -> Quiet {
        QUIET.set(true);
        Quiet
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(false);
    }
}

/// Makes this process ask [`Quiet`] before it reports a panic.
pub fn hush() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !QUIET.get() {
            before(info);
        }
    }));
}
