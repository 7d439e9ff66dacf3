//! What nodes share and change: drust beside its floors and std twins, and beside its rivals under the same loads.

mod atomics;
mod channel;
mod contest;
mod map;
mod mutex;
mod ours;
mod subjects;

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::load::{KEYS, Subject, System};
use crate::part::Part;
use crate::rival::Kind;
use crate::wire::Wire::{self, Shm, Tcp};
use contest::{Measured, Mix, contest};
use ours::Drust;
use subjects::{Held, ReadMostly, Sent, Store};

pub const PARTS: &[Part] = &[
    one("mutex-alone", mutex::uncontended),
    two("mutex-pingpong", Shm, mutex::pingpong),
    two("mutex-pingpong-tcp", Tcp, mutex::pingpong),
    many("mutex-2", 2, Shm, |plan, wire| contended(plan, wire, 2)),
    many("mutex-4", 4, Shm, |plan, wire| contended(plan, wire, 4)),
    many("mutex-8", 8, Shm, |plan, wire| contended(plan, wire, 8)),
    many("rwlock-2", 2, Shm, |plan, wire| rwlock(plan, wire, 2)),
    many("rwlock-4", 4, Shm, |plan, wire| rwlock(plan, wire, 4)),
    many("rwlock-8", 8, Shm, |plan, wire| rwlock(plan, wire, 8)),
    two("atomic-add", Shm, atomics::batch),
    two("atomic-add-tcp", Tcp, atomics::batch),
    two("atomic-one", Shm, atomics::one),
    two("atomic-one-tcp", Tcp, atomics::one),
    two("channel", Shm, channel::channel),
    two("channel-tcp", Tcp, channel::channel),
    two("map-many", Shm, map::many),
    two("map-many-tcp", Tcp, map::many),
    two("map-one", Shm, map::one),
    two("map-one-tcp", Tcp, map::one),
    many("map-2", 2, Tcp, |plan, wire| store(plan, wire, 2)),
    many("map-4", 4, Tcp, |plan, wire| store(plan, wire, 4)),
    many("map-8", 8, Tcp, |plan, wire| store(plan, wire, 8)),
];

/// A part of one node.
const fn one(name: &'static str, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 1, wire: Shm, workers: 1, copies: None, run }
}

/// A part of two nodes of one worker each.
const fn two(name: &'static str, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 2, wire, workers: 1, copies: None, run }
}

/// A part of drust's nodes with as many workers as threads; it starts those of the rivals itself.
const fn many(name: &'static str, nodes: u16, wire: Wire, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes, wire, workers: ours::THREADS as u32, copies: None, run }
}

/// All threads of all nodes at one mutex. Where a system has it both ways, the key is that of the better way for it:
/// for delegation, that critical sections are sent to the data.
fn contended(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let ours: Vec<Box<dyn System>> = vec![Box::new(Drust::<Held>::start()), Box::new(Drust::<Sent>::start())];
    let all = contest(plan, wire, nodes, ours, &[(Subject::Mutex, 0), (Subject::Section, 0)]);
    let rate = |measured: &Measured| {
        let key = measured.key(&format!("mutex_contended_{nodes}"));
        let sent = measured.is_of((Subject::Section, 0));
        let what = if sent { "critical sections sent to it" } else { "held by who works" };
        let what = format!("64 B behind one mutex, {what}");
        match (measured.name, sent) {
            (ours::NAME, true) => Some(measured.rate(&format!("{key}_with"), &what)),
            (name, true) if name == Kind::Directory.name() => None,
            (name, false) if name == Kind::Delegation.name() => Some(measured.rate(&format!("{key}_held"), &what)),
            _ => Some(measured.rate(&key, &what)),
        }
    };
    all.iter().filter_map(rate).collect()
}

/// All threads of all nodes at one lock, most of them to read.
fn rwlock(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let ours: Vec<Box<dyn System>> = vec![Box::new(Drust::<ReadMostly>::start())];
    let all = contest(plan, wire, nodes, ours, &[(Subject::Rwlock, 90)]);
    let key = format!("rwlock_read90_{nodes}");
    all.iter().map(|measured| measured.rate(&measured.key(&key), "64 B behind one lock, 90 % reads")).collect()
}

/// The mixes of YCSB: how many of a hundred operations are reads.
const MIXES: [Mix; 3] = [(Subject::Map, 50), (Subject::Map, 90), (Subject::Map, 100)];

/// A key-value store under skewed loads.
fn store(plan: &Plan, wire: Wire, nodes: u16) -> Vec<Figure> {
    let ours: Vec<Box<dyn System>> = vec![Box::new(Drust::<Store>::start())];
    let all = contest(plan, wire, nodes, ours, &MIXES);
    let mut figures = Vec::new();
    for mix in MIXES {
        let (key, what) = (format!("map_zipf99_read{}_{nodes}", mix.1), format!("{KEYS} keys, {} % reads", mix.1));
        let (own, rivals): (Vec<_>, Vec<_>) =
            all.iter().filter(|measured| measured.is_of(mix)).partition(|measured| measured.name == ours::NAME);
        figures.push(own[0].rate(&key, &format!("{what}, keys of 16 B, values of 32 B")));
        figures.push(Figure::new(format!("{key}_p50_us"), own[0].micros(50.0)));
        figures.push(Figure::new(format!("{key}_p99_us"), own[0].micros(99.0)));
        figures.push(Figure::new(format!("{key}_msgs_per_op"), own[0].messages()));
        for rival in rivals {
            figures.push(rival.rate(&rival.key(&key), &what));
            figures.push(versus(&format!("{key}_vs_{}", rival.name), own[0].times_that_of(rival), rival.name));
        }
    }
    figures
}

fn versus(key: &str, times: f64, rival: &str) -> Figure {
    let figure = Figure::new(key, times);
    match key.starts_with("map_zipf99_read90_8") {
        true if rival == Kind::Directory.name() => figure.goal(Goal::AtLeast(2.64)),
        true => figure.goal(Goal::AtLeast(2.0)),
        false => figure,
    }
}
