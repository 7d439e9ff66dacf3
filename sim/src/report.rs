//! How a run ends that found something wrong: it says what and how to see it again, and exits with 1.

use crate::book::Wrong;
use crate::options::Storm;
use std::sync::OnceLock;

/// The message of a panic that the program wants.
pub const PLANNED: &str = "planned";

/// What a scope says whose task panicked and was not joined.
const OF_A_SCOPE: &str = "a scoped task panicked";

/// Characters of a report that are printed: what reads it may read it only when all is there.
const MOST: usize = 16_000;

static STORM: OnceLock<Storm> = OnceLock::new();

/// Whether this is the message, or the error, of a panic that the program wants.
pub fn is_planned(message: &str) -> bool {
    message.ends_with(PLANNED) || message.ends_with(OF_A_SCOPE)
}

/// Makes every panic that no program wants the end of the run, wherever it happens.
pub fn watch(storm: Storm) {
    let _ = STORM.set(storm);
    std::panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        if !is_planned(message) {
            end(&format!("{info}\n{}", std::backtrace::Backtrace::capture()));
        }
    }));
}

/// Ends the run for something that should not have been seen.
pub fn end_with(step: &str, wrong: &Wrong) -> ! {
    end(&format!("{step}\n{}", wrong.what))
}

/// Ends the run.
pub fn end(what: &str) -> ! {
    let storm = STORM.get().cloned().unwrap_or_default();
    let what: String = what.chars().take(MOST).collect();
    eprintln!("seed {} is wrong\n{what}\nsee it again with: {}", storm.seed, storm.command());
    std::process::exit(1)
}
