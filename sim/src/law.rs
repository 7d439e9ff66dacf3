//! The journal of a run, replayed through the rules while it is written: the first transition that the rules would not
//! have taken ends the run.
//!
//! Contract: the sink is called on any thread of any node, one at a time, since they are simulated, and under locks of
//! drust's own. It takes one lock of its own and calls nothing of drust's but the pure replay.

use crate::book::FOUND;
use crate::report;
use drust_heap::journal;
use drust_proto::coherence::journal::{Record, Replay};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

static PLAYING: Mutex<Option<Playing>> = Mutex::new(None);

/// Records that are told of before the one that is wrong.
const TOLD: usize = 12;

/// A replay that has come so far.
struct Playing {
    replay: Replay,
    last: VecDeque<Record>,
    taken: u64,
}

/// Watches the cluster of so many nodes that is begun next. In builds without debug assertions there is nothing to see.
pub fn watch(nodes: u16) {
    let playing = Playing { replay: Replay::new(nodes), last: VecDeque::new(), taken: 0 };
    *PLAYING.lock().unwrap_or_else(PoisonError::into_inner) = Some(playing);
    let _ = journal::install(take);
}

fn take(record: Record) {
    if let Some(playing) = PLAYING.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        playing.taken += 1;
        if let Err(violation) = playing.replay.step(record) {
            let before: Vec<String> = playing.last.iter().map(|record| format!("  {record:?}")).collect();
            report::end(&format!("{violation}\n  {record:?}\nafter\n{}", before.join("\n")));
        }
        playing.last.push_back(record);
        if playing.last.len() > TOLD {
            playing.last.pop_front();
        }
    }
}

/// Records so far.
pub fn records() -> u64 {
    PLAYING.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, |playing| playing.taken)
}

/// Checks what must hold when all is done: no pin is left but those of what was forgotten, nothing is away.
pub fn check_rest() {
    if let Some(playing) = PLAYING.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        && let Err(violation) = playing.replay.at_rest(FOUND.holders_forgotten())
    {
        report::end(&format!("at the end: {violation}"));
    }
}
