//! One storm: the oracle first, then drust on a simulated cluster, then what must hold in the end.

use crate::book::FOUND;
use crate::dice::Dice;
use crate::eye::Eye;
use crate::on_drust::storm::program::describe_step;
use crate::options::{Faults, Storm};
use crate::{law, on_drust, on_std, plant, report};
use drust::stats::Counts;
use drust::testing::{End, Fault, Simulated, Simulation, simulate};
use std::fmt;
use std::time::Duration;

/// What a run did, in numbers; two runs of one storm have the same.
pub struct Totals {
    seed: u64,
    ops: u64,
    counts: Counts,
    steps: u64,
    records: u64,
    time: Duration,
    end: &'static str,
    digest: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { seed, ops, counts, steps, records, time, end, digest } = self;
        let fetches = counts.requests + counts.direct_reads;
        let (tasks, moves, frees) = (counts.tasks, counts.moves + counts.promotions, counts.one_ways_done);
        let (given, hops) = (counts.tasks_stolen, counts.tasks_moved);
        write!(f, "seed {seed} {end}: {ops} ops, {tasks} tasks, {given} given, {hops} hops, ")?;
        write!(f, "{fetches} fetches, {moves} moves, {frees} frees, ")?;
        write!(f, "{steps} switches, {records} transitions, {} us, digest {digest:016x}", time.as_micros())
    }
}

/// Runs a storm in this process, which has had none before. Does not return where something was wrong.
pub fn run(storm: &Storm) -> Totals {
    report::watch(storm.clone());
    storm.plant.clone().into_iter().for_each(plant::set);
    let mut expected = on_std::storm::program::Program::generate(storm.seed, storm.steps);
    expected.retain(|step| storm.keep.has(step));
    if storm.show {
        print!("{expected}");
    }
    on_std::storm::program::set_program(expected);
    on_std::storm::program::run_main();
    let mut program = on_drust::storm::program::Program::generate(storm.seed, storm.steps);
    program.retain(|step| storm.keep.has(step));
    on_drust::storm::program::set_program(program);
    law::watch(storm.nodes);
    let run = simulate(&simulation(storm), || {
        on_drust::storm::program::run_main();
        settle();
        drust::stats::by_node().into_iter().fold(Counts::default(), |sum, (_, counts)| sum + counts)
    });
    judge(storm, run)
}

/// The cluster and what befalls it, as the seed says.
fn simulation(storm: &Storm) -> Simulation {
    let mut dice = Dice::new(storm.seed ^ 0xFA17);
    let copies = [0, 1 << 10, 1 << 14, 1 << 24][dice.roll(4)];
    let nodes = usize::from(storm.nodes);
    let mut moment = || Duration::from_micros(1 << dice.roll(14)) + Duration::from_micros(dice.roll(100) as u64);
    let times: Vec<Duration> = (0..6).map(|_| moment()).collect();
    let mut node = || dice.roll(nodes) as u16;
    let faults = match storm.faults {
        Faults::None => Vec::new(),
        Faults::Stop => {
            times.chunks(2).map(|times| Fault::Stop { node: node(), at: times[0], lasts: times[1] }).collect()
        }
        Faults::Kill => vec![Fault::Kill { node: node(), at: times[0] }],
    };
    let seed = storm.order();
    Simulation { nodes: storm.nodes, seed, workers: storm.workers, copies, faults, ..Simulation::default() }
}

/// Waits until the tasks that nobody joined have ended and nothing lives but what was forgotten.
fn settle() {
    let mut live = Vec::new();
    for _ in 0..1000 {
        live = drust::stats::live();
        if FOUND.errands() == 0 && live.iter().map(|live| live.count).sum::<u64>() == FOUND.leaked() {
            return forget_copies();
        }
        drust::thread::sleep(Duration::from_millis(1));
    }
    let lines: Vec<String> = live.iter().map(ToString::to_string).collect();
    report::end(&format!("{} objects were forgotten, but {}", FOUND.leaked(), lines.join(", ")));
}

/// Evicts all copies, so that the pins of the handles in them are given back.
fn forget_copies() {
    for node in drust::node::all() {
        let evict = |()| drust_runtime::node::here().vault().copies.shrink_to(0);
        drust::thread::spawn_on(node, (), evict).join().unwrap_or_else(|error| report::end(&error.to_string()));
    }
    drust_runtime::node::here().quiesce();
}

/// Whether the run may end as it did.
fn judge(storm: &Storm, run: Simulated<Counts>) -> Totals {
    let Simulated { end, steps, time } = run;
    let (counts, end) = match end {
        End::Returned(counts) => {
            if let Err(wrong) = FOUND.missing() {
                report::end_with(&describe_step(wrong.key), &wrong);
            }
            law::check_rest();
            (counts, "returned")
        }
        End::Lost { first, codes } if is_due(storm, first, &codes) => (Counts::default(), "was killed"),
        end => report::end(&format!("the job ended so: {end:?}")),
    };
    let mut all = Eye::default();
    [FOUND.digest(), steps, time.as_nanos() as u64, law::records()].into_iter().for_each(|word| all.number(word));
    Totals {
        seed: storm.seed,
        ops: FOUND.ops(),
        counts,
        steps,
        records: law::records(),
        time,
        end,
        digest: all.digest(),
    }
}

/// The exit code of a node that lost another.
const PEER_LOST: i32 = drust_proto::job::exit::PEER_LOST;

/// Whether the job was lost because of the fault that was asked for, and every other node ended for that reason, or in
/// order where node 0 was lost while it waited for them to leave.
fn is_due(storm: &Storm, first: u16, codes: &[(u16, i32)]) -> bool {
    let killed =
        simulation(storm).faults.iter().any(|fault| matches!(fault, Fault::Kill { node, .. } if *node == first));
    killed && codes.iter().all(|(_, code)| *code == PEER_LOST || (first == 0 && *code == 0))
}
