//! What a simulated cluster says it did, replayed through the rules.

use drust::testing::{End, Simulation, simulate};
use drust_heap::journal;
use drust_proto::coherence::journal::{Record, Replay};
use std::sync::Mutex;

static JOURNAL: Mutex<Vec<Record>> = Mutex::new(Vec::new());

/// Runs `body` on a simulated cluster, to its end; its journal, all of it lawful, and where that leads. Once in a
/// process, which is part of one cluster.
pub fn replayed(simulation: &Simulation, body: fn()) -> (Vec<Record>, Replay) {
    assert!(journal::install(|record| JOURNAL.lock().unwrap().push(record)));
    let run = simulate(simulation, body);
    let journal = std::mem::take(&mut *JOURNAL.lock().unwrap());
    let mut replay = Replay::new(simulation.nodes);
    for (number, &record) in journal.iter().enumerate() {
        replay.step(record).unwrap_or_else(|violation| {
            let before = &journal[number.saturating_sub(20)..number];
            panic!("{violation}: {record:#?} after {before:#?}")
        });
    }
    assert!(matches!(run.end, End::Returned(())), "{run:?}");
    (journal, replay)
}
