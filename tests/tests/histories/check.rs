//! Whether a history is linearizable.

use crate::notes::Noted;
use drust::Portable;
use std::fmt;
use todc_utils::{Action, History, Specification, WGLChecker};

/// Why a history was refused: no order of its operations explains it.
pub struct Refused {
    operations: Vec<String>,
}

/// What a test that unwraps it shows.
impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} operations that no order explains:", self.operations.len())?;
        self.operations.iter().try_for_each(|operation| writeln!(f, "  {operation}"))
    }
}

/// Looks for an order of these operations that returns what they did. Those of one thread are in order by their times.
///
/// # Errors
/// There is none.
pub fn check<S: Specification<Operation: Portable>>(noted: &[Noted<S::Operation>]) -> Result<(), Refused> {
    if noted.is_empty() {
        return Ok(());
    }
    // Of two things at one time the call is the first, so that these operations overlap.
    let calls = noted.iter().enumerate().map(|(index, noted)| (noted.called, false, index));
    let returns = noted.iter().enumerate().map(|(index, noted)| (noted.returned, true, index));
    let mut events: Vec<_> = calls.chain(returns).collect();
    events.sort_unstable();
    // Each operation is a process of its own: those that tell overlap with the next of their thread.
    let action = |(_, has_returned, index): (u64, bool, usize)| {
        let op = noted[index].op.clone();
        (index, if has_returned { Action::Response(op) } else { Action::Call(op) })
    };
    let history = History::from_actions(events.into_iter().map(action).collect());
    if WGLChecker::<S>::is_linearizable(history) {
        return Ok(());
    }
    let mut all: Vec<&Noted<S::Operation>> = noted.iter().collect();
    all.sort_unstable_by_key(|noted| noted.called);
    let begun = all[0].called;
    let line = |noted: &Noted<S::Operation>| {
        let returned = if noted.returned == u64::MAX { "..".into() } else { (noted.returned - begun).to_string() };
        format!("{} to {returned}: {:?}", noted.called - begun, noted.op)
    };
    Err(Refused { operations: all.into_iter().map(line).collect() })
}
