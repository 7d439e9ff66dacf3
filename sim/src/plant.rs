//! Faults planted on purpose, to see that a storm finds them and how small its shrunk program is: in what it sees, and
//! in drust itself.

use crate::eye::Eye;
use drust_runtime::planted::{self, Fault};
use std::sync::OnceLock;

static PLANTED: OnceLock<String> = OnceLock::new();

/// What is wrong with the eyes.
const WRONG_READ: &str = "wrong-read";

/// Whether there is a fault of this name.
pub fn is_known(fault: &str) -> bool {
    fault == WRONG_READ || of_drust(fault).is_some()
}

fn of_drust(fault: &str) -> Option<Fault> {
    Fault::ALL.iter().find(|(name, _)| *name == fault).map(|(_, fault)| *fault)
}

/// Plants one.
pub fn set(fault: String) {
    if let Some(fault) = of_drust(&fault) {
        assert!(planted::plant(fault), "a build without debug assertions has no faults");
    }
    PLANTED.set(fault).expect("a process has one fault");
}

/// The planted fault, if there is one: a guard held over other steps misreports what it sees.
pub fn plant(eye: &mut Eye, kind_of_step: impl FnOnce() -> Option<&'static str>) {
    if PLANTED.get().is_some_and(|fault| fault == WRONG_READ) && kind_of_step() == Some("Hold") {
        eye.squint();
    }
}
