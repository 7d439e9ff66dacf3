//! What nodes share and change: drust beside its floors and std twins, and beside its rivals under the same loads.

mod channel;
mod contest;

use crate::Plan;
use crate::figure::Figure;
use crate::load::{KEYS, Subject};
use crate::part::Part;
use crate::rival::Kind;
use crate::wire::Wire::{self, Shm, Tcp};
use contest::{Mix, contest};

pub const PARTS: &[Part] = &[
    many("mutex-2", Shm, |plan, wire| mutex(plan, wire, 2)),
    many("mutex-4", Shm, |plan, wire| mutex(plan, wire, 4)),
    many("mutex-8", Shm, |plan, wire| mutex(plan, wire, 8)),
    many("rwlock-2", Shm, |plan, wire| rwlock(plan, wire, 2)),
    many("rwlock-4", Shm, |plan, wire| rwlock(plan, wire, 4)),
    many("rwlock-8", Shm, |plan, wire| rwlock(plan, wire, 8)),
    two("channel", Shm, channel::channel),
    two("channel-tcp", Tcp, channel::channel),
    many("map-2", Tcp, |plan, wire| map(plan, wire, 2)),
    many("map-4", Tcp, |plan, wire| map(plan, wire, 4)),
    many("map-8", Tcp, |plan, wire| map(plan, wire, 8)),
];

/// A part of two nodes of one worker each.
const fn two(name: &'static str, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 2, wire, workers: 1, copies: None, run }
}

/// A part that starts the nodes of all systems itself.
const fn many(name: &'static str, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 0, wire, workers: 0, copies: None, run }
}

/// All threads of all nodes at one mutex. Delegation is at its best where it is given the critical section; beside that
/// stands what it does with a mutex that its tasks hold.
fn mutex(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let contenders = contest(plan, wire, nodes, &[(Subject::Section, 0), (Subject::Mutex, 0)]);
    let mut figures = Vec::new();
    for contender in &contenders {
        let key = format!("mutex_contended_{nodes}_{}", contender.name());
        let what = "64 B behind one mutex";
        if contender.name() == Kind::Delegation.name() {
            figures.push(contender.rate(&key, 0, &format!("{what}, critical sections sent to it")));
            figures.push(contender.rate(&format!("{key}_held"), 1, &format!("{what}, held by tasks")));
        } else {
            figures.push(contender.rate(&key, 1, what));
        }
    }
    figures
}

/// All threads of all nodes at one lock, most of them to read.
fn rwlock(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let contenders = contest(plan, wire, nodes, &[(Subject::Rwlock, 90)]);
    let rate = |contender: &contest::Contender| {
        contender.rate(&format!("rwlock_read90_{nodes}_{}", contender.name()), 0, "64 B behind one lock, 90 % reads")
    };
    contenders.iter().map(rate).collect()
}

/// The mixes of YCSB: how many of a hundred operations are reads.
const MIXES: [Mix; 3] = [(Subject::Map, 50), (Subject::Map, 90), (Subject::Map, 100)];

/// A key-value store under skewed loads.
fn map(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let contenders = contest(plan, wire, nodes, &MIXES);
    let mut figures = Vec::new();
    for (number, (_, reads)) in MIXES.into_iter().enumerate() {
        let what = format!("{KEYS} keys of 16 B, values of 32 B, {reads} % reads");
        let rate = |contender: &contest::Contender| {
            contender.rate(&format!("map_zipf99_read{reads}_{nodes}_{}", contender.name()), number, &what)
        };
        figures.extend(contenders.iter().map(rate));
    }
    figures
}
