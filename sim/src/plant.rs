//! Faults planted on purpose, to see that a storm finds them and how small its shrunk program is.

use crate::eye::Eye;
use std::sync::OnceLock;

static PLANTED: OnceLock<String> = OnceLock::new();

/// The faults there are.
pub const FAULTS: [&str; 1] = ["wrong-read"];

/// Plants one.
pub fn set(fault: String) {
    PLANTED.set(fault).expect("a process has one fault");
}

/// The planted fault, if there is one: a guard held over other steps misreports what it sees.
pub fn plant(eye: &mut Eye, kind_of_step: impl FnOnce() -> Option<&'static str>) {
    if PLANTED.get().is_some_and(|fault| fault == FAULTS[0]) && kind_of_step() == Some("Hold") {
        eye.squint();
    }
}
