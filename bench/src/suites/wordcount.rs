//! The word count of the example: the same code on drust and on std's types, and on one node and on four.

use crate::Plan;
use crate::figure::{Figure, Goal};
use crate::measure::{cpu, cpu_of, median, turns, wall_of};
use crate::part::{Part, run_apart};
use crate::wire::Wire;
use corpus::{Generated, files, share_out};
use drust::{node, thread};
use std::path::Path;

#[path = "../../../crates/drust/examples/wordcount/cluster.rs"]
mod cluster;
#[path = "../../../crates/drust/examples/wordcount/corpus.rs"]
mod corpus;
#[path = "../../../crates/drust/examples/wordcount/ours.rs"]
mod ours;
#[path = "../../../crates/drust/examples/wordcount/twin.rs"]
mod twin;

pub const PARTS: &[Part] = &[
    Part { name: "wordcount-one", nodes: 1, wire: Wire::Shm, workers: 2, copies: None, run: |plan, _| one_node(plan) },
    Part { name: "wordcount-spread", nodes: 0, wire: Wire::Shm, workers: 0, copies: None, run: |plan, _| spread(plan) },
];

pub const INNER: &[Part] = &[
    Part { name: "wordcount-on-1", nodes: 1, wire: Wire::Shm, workers: 2, copies: None, run: whole },
    Part { name: "wordcount-on-4", nodes: 4, wire: Wire::Shm, workers: 1, copies: None, run: whole },
    Part { name: "wordcount-tcp-4", nodes: 4, wire: Wire::Tcp, workers: 1, copies: None, run: whole },
];

/// Different words: as many live boxed entries.
const VOCABULARY: u64 = 1_200_000;

fn text(plan: &Plan, words: usize) -> Generated {
    let files = 16;
    let vocabulary = if plan.quick { VOCABULARY / 100 } else { VOCABULARY };
    Generated::new(files, plan.scale(words) as u64 / files, vocabulary).expect("room for the text")
}

fn shares(root: &Path) -> Vec<Vec<String>> {
    share_out(files(root).expect("the text is there").0, cluster::shares())
}

fn one_node(plan: &Plan) -> Vec<Figure> {
    let made = text(plan, 8_000_000);
    let (mut own, mut twin) = (None, None);
    let pair = turns(
        plan.rounds,
        || cpu_of(|| drop(own.replace(cluster::count(shares(made.path()))))),
        || cpu_of(|| drop(twin.replace(twin::count(shares(made.path()))))),
    );
    let (own, twin) = (own.expect("counted"), twin.expect("counted"));
    assert!(cluster::equal(&own.part, &twin), "both twins count the same");
    let (own, top) = cluster::top(own, 3);
    assert!(cluster::equal_top(&top, &twin));
    vec![
        Figure::new("one_node_ratio", pair.ratio)
            .goal(Goal::AtMost(1.02))
            .beside("drust s", pair.drust / 1e9)
            .beside("std s", pair.base / 1e9)
            .beside("live entries", own.part.table.len() as f64)
            .note(format!("{:.0} MB, two tasks, CPU time; reading and dropping included", own.part.bytes as f64 / 1e6)),
    ]
}

/// CPU time of all nodes so far, in ns.
fn cpu_of_all() -> f64 {
    let times = node::all().map(|node| thread::spawn_on(node, (), |()| cpu() as u64));
    times.collect::<Vec<_>>().into_iter().map(|time| time.join().expect("no panic") as f64).sum()
}

/// Wall and CPU time of counting everything once, and how many bytes that were. Once before that counts for nothing,
/// but for a job over tcp, whose start is little beside its merges.
fn whole(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let root = plan.corpus.as_deref().expect("a part that is given its text");
    if wire == Wire::Shm {
        drop(cluster::count(shares(root)));
    }
    let before = cpu_of_all();
    let mut counted = None;
    let wall = wall_of(|| counted = Some(cluster::count(shares(root))));
    let part = counted.expect("counted").part;
    vec![
        Figure::new("wall", wall),
        Figure::new("cpu", cpu_of_all() - before),
        Figure::new("bytes", part.bytes as f64),
        Figure::new("entries", part.table.len() as f64),
    ]
}

/// What one node measured, and four in the same round.
type Round = (Vec<Figure>, Vec<Figure>);

/// The most rounds over tcp, which take far longer than the others.
const TCP_ROUNDS: usize = 3;

fn spread(plan: &Plan) -> Vec<Figure> {
    let made = text(plan, 24_000_000);
    let plan = Plan { corpus: Some(made.path().to_owned()), ..plan.clone() };
    let (mut shm, mut tcp) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let run = |part| run_apart(part, &plan).expect("the job runs");
        let one = run(&INNER[0]);
        shm.push((one.clone(), run(&INNER[1])));
        if round < TCP_ROUNDS {
            tcp.push((one, run(&INNER[2])));
        }
    }
    vec![
        beside_one_node("spread_ratio", &shm)
            .goal(Goal::AtLeast(0.9))
            .note("4 nodes of 1 worker on the cores of 1 node of 2 workers"),
        beside_one_node("spread_tcp_ratio", &tcp).note(format!("the same over tcp, {} rounds", tcp.len())),
    ]
}

fn beside_one_node(key: &str, rounds: &[Round]) -> Figure {
    let of = |pick: &dyn Fn(&Round) -> f64| median(rounds.iter().map(pick).collect());
    let rate = |figures: &[Figure]| figures[2].value * 1e3 / figures[0].value;
    Figure::new(key, of(&|round| rate(&round.1) / rate(&round.0)))
        .beside("4 nodes MB/s", of(&|round| rate(&round.1)))
        .beside("1 node MB/s", of(&|round| rate(&round.0)))
        .beside("4 nodes CPU s", of(&|round| round.1[1].value / 1e9))
        .beside("1 node CPU s", of(&|round| round.0[1].value / 1e9))
        .beside("live entries", rounds[0].1[3].value)
}
