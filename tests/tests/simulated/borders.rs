//! What must not cross: from one simulated node to another by a static, into a simulation from outside, and from one
//! cluster of a process to another.

use crate::child;
use crate::work::{ending, run};
use drust::testing::{Simulation, simulate};
use drust::{Box, String, Vec, node, thread};
use std::sync::Mutex;

static PLACE: Mutex<Option<Box<Vec<String>>>> = Mutex::new(None);

/// More text than a string holds in itself.
const LONG: &str = "a text that is longer than what fits into the string itself";

fn last() -> node::NodeId {
    node::all().last().expect("there are nodes")
}

fn put() {
    let texts = (0..3).map(|_| String::from(LONG)).collect();
    *PLACE.lock().unwrap() = Some(Box::new(texts));
}

/// What is done on another node with the box that lies in the static.
const MISUSES: [(&str, fn()); 4] = [
    ("drop", || drop(PLACE.lock().unwrap().take())),
    ("write", || PLACE.lock().unwrap().as_mut().unwrap()[0].push_str(LONG)),
    ("grow", || {
        let mut place = PLACE.lock().unwrap();
        let texts = place.as_mut().unwrap();
        (0..100).for_each(|_| texts.push(String::from(LONG)));
    }),
    ("move", || {
        let taken = PLACE.lock().unwrap().take().unwrap();
        let texts = Box::into_inner(taken);
        assert_eq!(texts.len(), 3);
    }),
];

/// The code of a broken rule, and that of whoever noticed.
const REFUSED: [&str; 2] =
    ["lost 2, codes [(2, 117), (0, 113), (1, 113)]", "lost 2, codes [(2, 117), (1, 113), (0, 113)]"];

#[test]
fn a_box_that_crosses_by_a_static_is_refused_where_it_would_be_freed() {
    let name = "borders::a_box_that_crosses_by_a_static_is_refused_where_it_would_be_freed";
    let body = |argument: &str| {
        let (misuse, seed) = argument.split_once(' ').unwrap();
        let misuse = MISUSES.iter().position(|(name, _)| *name == misuse).unwrap();
        let run = simulate(&Simulation { seed: seed.parse().unwrap(), ..Simulation::default() }, move || {
            put();
            thread::spawn_on(last(), (misuse,), |(misuse,)| MISUSES[misuse].1()).join().unwrap();
        });
        ending(&run.end)
    };
    let arguments = MISUSES.iter().flat_map(|(name, _)| [1, 2, 3].map(|seed| format!("{name} {seed}")));
    for run in child::each(name, arguments, body) {
        assert!(REFUSED.contains(&run.answer()), "{run:?}");
        assert!(run.stderr.contains("a value of another simulated node ends here: it came by a static"), "{run:?}");
    }
}

#[test]
fn a_box_that_crosses_by_a_static_may_be_read_and_sent_home() {
    let name = "borders::a_box_that_crosses_by_a_static_may_be_read_and_sent_home";
    let body = |seed: &str| {
        let run = simulate(&Simulation { seed: seed.parse().unwrap(), ..Simulation::default() }, || {
            put();
            fn there() -> usize {
                let taken = PLACE.lock().unwrap().take().unwrap();
                assert_eq!(taken[2], LONG);
                let home = node::all().next().expect("there is one");
                let back = thread::spawn_on(home, (taken,), |(mut taken,)| {
                    taken[1].push_str(LONG);
                    taken[1].len()
                });
                back.join().unwrap()
            }
            thread::spawn_on(last(), (), |()| there()).join().unwrap()
        });
        ending(&run.end)
    };
    for run in child::each(name, [1, 2, 3].map(|seed: u64| seed.to_string()), body) {
        assert_eq!(run.answer(), format!("returned {}", 2 * LONG.len()), "{run:?}");
    }
}

#[test]
fn a_thread_that_drust_did_not_start_belongs_to_no_node() {
    let name = "borders::a_thread_that_drust_did_not_start_belongs_to_no_node";
    let run = child::one(name, &[], || {
        let run = simulate(&Simulation::default(), || {
            let foreign = std::thread::Builder::new().name("foreign".into()).spawn(|| *Box::new(1)).unwrap();
            let panic = foreign.join().unwrap_err();
            let own = thread::spawn_local(|| *Box::new(2)).join().unwrap();
            (panic.downcast_ref::<std::string::String>().cloned(), own)
        });
        ending(&run.end)
    });
    for part in ["Some(\"foreign\")", "belongs to none of them", "drust::thread::spawn_local", ", 2)"] {
        assert!(run.answer().replace('\\', "").contains(part), "{part}: {run:?}");
    }
}

#[test]
fn a_push_without_a_node_panics_and_leaves_the_vector_empty() {
    let run = child::one("borders::a_push_without_a_node_panics_and_leaves_the_vector_empty", &[], || {
        let run = simulate(&Simulation::default(), || {
            let push = || Vec::<u64>::new().push(1);
            std::thread::spawn(push).join().expect_err("there is no slot for it");
        });
        ending(&run.end)
    });
    assert_eq!(run.answer(), "returned ()", "{run:?}");
}

#[test]
fn a_splice_that_gets_no_room_closes_the_gap() {
    let run = child::one("borders::a_splice_that_gets_no_room_closes_the_gap", &[], || {
        let run = simulate(&Simulation::default(), || {
            let mut numbers = drust::vec![1_u64, 2, 3, 4];
            let splice = numbers.splice(1..2, (20..29).filter(|number| *number > 0));
            std::thread::scope(|s| s.spawn(|| drop(splice)).join().expect_err("there is no slot for them"));
            numbers.iter().copied().collect::<std::vec::Vec<_>>()
        });
        ending(&run.end)
    });
    assert_eq!(run.answer(), "returned [1, 20, 3, 4]", "{run:?}");
}

const ONE_CLUSTER: &str = "a process has one cluster, ever: simulate each in a process of its own";

#[test]
fn a_second_simulation_is_refused() {
    let run = child::one("borders::a_second_simulation_is_refused", &[], || {
        assert_eq!(ending(&run(1, std::vec::Vec::new()).end), format!("returned {}", crate::work::RESULT));
        let panic = std::panic::catch_unwind(|| run(2, std::vec::Vec::new())).unwrap_err();
        panic.downcast_ref::<&str>().unwrap().to_string()
    });
    assert_eq!(run.answer(), ONE_CLUSTER);
}

#[test]
fn a_simulation_after_drust_was_used_is_refused() {
    let run = child::one("borders::a_simulation_after_drust_was_used_is_refused", &[], || {
        assert_eq!(*Box::new(5), 5);
        let panic = std::panic::catch_unwind(|| run(2, std::vec::Vec::new())).unwrap_err();
        panic.downcast_ref::<&str>().unwrap().to_string()
    });
    assert_eq!(run.answer(), ONE_CLUSTER);
}

#[test]
fn what_a_simulation_returned_can_be_dropped_after_it() {
    let name = "borders::what_a_simulation_returned_can_be_dropped_after_it";
    let run = child::one(name, &[], || {
        let run = simulate(&Simulation::default(), || {
            let far = thread::spawn_on(last(), (), |()| Box::new(String::from(LONG))).join().unwrap();
            (far, Box::new(String::from(LONG)))
        });
        drop(run);
        "dropped".into()
    });
    assert_eq!(run.answer(), "dropped", "{run:?}");
}
