//! What nodes share and change: drust beside its floors and std twins, and beside its rivals under the same loads.

mod contest;

use crate::Plan;
use crate::figure::Figure;
use crate::load::{KEYS, Subject};
use crate::part::Part;
use crate::wire::Wire::{self, Shm, Tcp};
use contest::contest;

pub const PARTS: &[Part] = &[
    many("mutex-2", Shm, |plan, wire| lock(plan, wire, 2, Subject::Mutex, 0)),
    many("mutex-4", Shm, |plan, wire| lock(plan, wire, 4, Subject::Mutex, 0)),
    many("mutex-8", Shm, |plan, wire| lock(plan, wire, 8, Subject::Mutex, 0)),
    many("rwlock-2", Shm, |plan, wire| lock(plan, wire, 2, Subject::Rwlock, 90)),
    many("rwlock-4", Shm, |plan, wire| lock(plan, wire, 4, Subject::Rwlock, 90)),
    many("rwlock-8", Shm, |plan, wire| lock(plan, wire, 8, Subject::Rwlock, 90)),
    many("map-2", Tcp, |plan, wire| map(plan, wire, 2)),
    many("map-4", Tcp, |plan, wire| map(plan, wire, 4)),
    many("map-8", Tcp, |plan, wire| map(plan, wire, 8)),
];

/// A part that starts the nodes of all systems itself.
const fn many(name: &'static str, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 0, wire, workers: 0, copies: None, run }
}

/// All threads of all nodes at one lock.
fn lock(plan: &Plan, wire: Wire, nodes: u16, subject: Subject, reads: u8) -> Vec<Figure> {
    let (key, what) = match subject {
        Subject::Mutex => (format!("mutex_contended_{nodes}"), "64 B behind one lock".to_owned()),
        _ => (format!("rwlock_read{reads}_{nodes}"), format!("64 B behind one lock, {reads} % reads")),
    };
    let contenders = contest(plan, wire, nodes, subject, &[reads]);
    contenders.iter().map(|contender| contender.rate(&key, 0, &what)).collect()
}

/// The mixes of YCSB: how many of a hundred operations are reads.
const MIXES: [u8; 3] = [50, 90, 100];

/// A key-value store under skewed loads.
fn map(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let contenders = contest(plan, wire, nodes, Subject::Map, &MIXES);
    let mut figures = Vec::new();
    for (number, reads) in MIXES.into_iter().enumerate() {
        let key = format!("map_zipf99_read{reads}_{nodes}");
        let what = format!("{KEYS} keys of 16 B, values of 32 B, {reads} % reads");
        figures.extend(contenders.iter().map(|contender| contender.rate(&key, number, &what)));
    }
    figures
}
