//! Nodes that stand still, and nodes that die, at any time.

use crate::work::{RESULT, ending, run};
use crate::{child, work};
use drust::testing::Fault;
use std::time::Duration;

/// proto's code for "another node was lost".
const PEER_LOST: i32 = 113;
const NODES: u16 = 3;
const TIMES: u32 = 20;

/// Splits an argument into numbers.
fn numbers<const N: usize>(argument: &str) -> [u64; N] {
    let numbers: Vec<u64> = argument.split(' ').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

/// What the others exit with when `killed` is killed, in any order.
fn is_loss_of(killed: u64, answer: &str) -> bool {
    let others: Vec<_> = (0..u64::from(NODES)).filter(|&node| node != killed).collect();
    let orders = [[others[0], others[1]], [others[1], others[0]]];
    orders.iter().any(|order| {
        let codes = order.map(|node| (node, PEER_LOST));
        answer == format!("lost {killed}, codes {codes:?}")
    })
}

/// How long the work takes without faults, by the simulated clock, in nanoseconds.
fn undisturbed(test: &str, seeds: &[u64], body: impl Fn(&str) -> String) -> Vec<u64> {
    let runs = child::each(test, seeds.iter().map(|seed| format!("{seed} 0 0")), body);
    let times = runs.iter().map(|run| {
        let (answer, time) = run.answer().split_once(" in ").expect("an answer and a time");
        assert_eq!(answer, format!("done, returned {RESULT}"));
        time.parse().unwrap()
    });
    times.collect()
}

/// Runs the work on a seed; with a time, a node is killed then.
fn killing(argument: &str) -> String {
    let [seed, node, at] = numbers(argument);
    let kill = Fault::Kill { node: node as u16, at: Duration::from_nanos(at) };
    let run = run(seed, if at == 0 { Vec::new() } else { vec![kill] });
    let done = if work::is_done() { "done, " } else { "" };
    format!("{done}{} in {}", ending(&run.end), run.time.as_nanos())
}

/// A loss after `main`'s end, while all take leave of each other: who has agreed to go goes in order.
fn is_late_loss_of(killed: u64, answer: &str) -> bool {
    is_loss_of(killed, &answer.replace(", 0)", ", 113)"))
}

fn kill_everywhere(test: &str, node: u64) {
    let seeds = [1, 2, 3];
    let lasts = undisturbed(test, &seeds, killing);
    for (seed, lasts) in seeds.into_iter().zip(lasts) {
        let times = (1..=TIMES).map(|nth| lasts * u64::from(nth) / u64::from(TIMES + 1));
        let runs = child::each(test, times.map(|at| format!("{seed} {node} {at}")), killing);
        let mut died = 0;
        for run in &runs {
            let (answer, _) = run.answer().split_once(" in ").expect("an answer and a time");
            let right = match answer.strip_prefix("done, ") {
                None => is_loss_of(node, answer),
                Some(late) => late == format!("returned {RESULT}") || is_late_loss_of(node, late),
            };
            assert!(right, "{}: {answer}", run.argument);
            died += usize::from(!answer.starts_with("done"));
        }
        assert!(died >= 5, "only {died} of {TIMES} deaths came in time");
        let late = child::each(test, [format!("{seed} {node} {}", lasts * 2)], killing);
        assert_eq!(late[0].answer(), format!("done, returned {RESULT} in {lasts}"), "killed after the end");
    }
}

#[test]
fn the_death_of_rank_0_ends_all() {
    kill_everywhere("faults::the_death_of_rank_0_ends_all", 0);
}

#[test]
fn the_death_of_rank_1_ends_all() {
    kill_everywhere("faults::the_death_of_rank_1_ends_all", 1);
}

#[test]
fn the_death_of_rank_2_ends_all() {
    kill_everywhere("faults::the_death_of_rank_2_ends_all", 2);
}

#[test]
fn two_deaths_name_the_first() {
    let body = |seed: &str| {
        let kill = |node, micros| Fault::Kill { node, at: Duration::from_micros(micros) };
        ending(&run(seed.parse().unwrap(), vec![kill(2, 60), kill(1, 50)]).end)
    };
    for run in child::each("faults::two_deaths_name_the_first", (0..5).map(|seed: u64| seed.to_string()), body) {
        let answer = run.answer();
        assert!(answer.starts_with("lost 1, codes ["), "seed {}: {answer}", run.argument);
        // Node 2 may have noticed before it was killed itself.
        assert!(answer.contains("(0, 113)"), "seed {}: {answer}", run.argument);
    }
}

/// Node, start and length of a stop.
fn stopping(argument: &str) -> String {
    let [seed, node, at, lasts] = numbers(argument);
    let stop = Fault::Stop { node: node as u16, at: Duration::from_nanos(at), lasts: Duration::from_millis(lasts) };
    let run = run(seed, vec![stop]);
    format!("{} in {}", ending(&run.end), run.time.as_nanos())
}

#[test]
fn a_stop_delays_and_loses_nothing() {
    let test = "faults::a_stop_delays_and_loses_nothing";
    let stops = (0..4_u64).flat_map(|seed| {
        (0..u64::from(NODES)).flat_map(move |node| [0, 20_000, 500_000].map(|at| format!("{seed} {node} {at} 50")))
    });
    for run in child::each(test, stops, stopping) {
        let (answer, time) = run.answer().split_once(" in ").expect("an answer and a time");
        assert_eq!(answer, format!("returned {RESULT}"), "{}", run.argument);
        let time: u64 = time.parse().unwrap();
        // The work takes more than a millisecond, and every node has a part in it to the end.
        assert!(time >= 50_000_000, "{}: {time} ns", run.argument);
    }
}

#[test]
fn a_node_killed_while_it_stands_still_is_lost() {
    let test = "faults::a_node_killed_while_it_stands_still_is_lost";
    let body = |node: &str| {
        let node = node.parse().unwrap();
        let stop = Fault::Stop { node, at: Duration::ZERO, lasts: Duration::from_secs(3600) };
        ending(&run(4, vec![stop, Fault::Kill { node, at: Duration::from_secs(1) }]).end)
    };
    for run in child::each(test, (0..u64::from(NODES)).map(|node| node.to_string()), body) {
        assert!(is_loss_of(run.argument.parse().unwrap(), run.answer()), "{}: {}", run.argument, run.answer());
    }
}

#[test]
fn a_node_that_runs_out_of_heap_is_the_first_with_its_code() {
    let body = |seed: &str| {
        let simulation = drust::testing::Simulation { seed: seed.parse().unwrap(), ..Default::default() };
        let run = drust::testing::simulate(&simulation, || {
            let far = drust::node::all().nth(1).expect("there are three");
            let huge = drust::thread::spawn_on(far, (), |()| drust::Vec::<u64>::with_capacity(1 << 30).len());
            huge.join().unwrap() as u64 + work::work()
        });
        ending(&run.end)
    };
    let name = "faults::a_node_that_runs_out_of_heap_is_the_first_with_its_code";
    for run in child::each(name, (0..3).map(|seed: u64| seed.to_string()), body) {
        let orders =
            ["(0, 113), (2, 113)", "(2, 113), (0, 113)"].map(|rest| format!("lost 1, codes [(1, 116), {rest}]"));
        assert!(orders.iter().any(|order| order == run.answer()), "seed {}: {}", run.argument, run.answer());
        assert!(run.stderr.contains("drust: node 1 (host "), "{}", run.stderr);
    }
}

#[test]
fn a_fault_of_no_node_is_refused() {
    let name = "faults::a_fault_of_no_node_is_refused";
    let run = child::one(name, &[], || ending(&run(0, vec![Fault::Kill { node: 3, at: Duration::ZERO }]).end));
    assert_eq!(run.answer(), "panicked: a fault of node 3 among 3");
}
