//! What a review of the simulation found, and must not come back.

use crate::child;
use crate::work::ending;
use drust::testing::{Fault, Simulation, simulate};
use drust::{Box, String, node, thread};
use std::sync::mpsc;
use std::time::Duration;

const LONG: &str = "a text that is longer than what fits into the string itself";

fn last() -> node::NodeId {
    node::all().last().expect("there are nodes")
}

/// Runs `body` on a thread of its own and gives it ten seconds by the machine's clock.
fn bounded(body: impl FnOnce() -> std::string::String + Send + 'static) -> std::string::String {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        let _ = tell.send(result.unwrap_or_else(|_| "panicked".into()));
    });
    told.recv_timeout(Duration::from_secs(10)).unwrap_or_else(|_| "hung".into())
}

/// The example of `drust::node::enter`, where it matters: what the closure captured is dropped after the guard.
#[test]
fn what_a_thread_that_entered_had_captured_can_be_dropped() {
    let run = child::one("found::what_a_thread_that_entered_had_captured_can_be_dropped", &[], || {
        let run = simulate(&Simulation::default(), || {
            let (boxed, here) = (Box::new(20), node::current());
            let thread = std::thread::spawn(move || {
                node::enter(here);
                *boxed + 1
            });
            thread.join().map_err(|panic| panic.downcast_ref::<std::string::String>().cloned())
        });
        ending(&run.end)
    });
    assert_eq!(run.answer(), "returned Ok(21)", "{run:?}");
}

/// What `main` returned is read after the end, on nodes that ask each other by messages: an answer or a panic, but no
/// wait for ever.
#[test]
fn what_a_simulation_returned_does_not_hang_where_it_is_read() {
    let name = "found::what_a_simulation_returned_does_not_hang_where_it_is_read";
    let body = |direct: &str| {
        let direct = Some(direct == "true");
        bounded(move || {
            let run = simulate(&Simulation { direct, ..Simulation::default() }, || {
                thread::spawn_on(last(), (), |()| Box::new(String::from(LONG))).join().unwrap()
            });
            match run.end {
                drust::testing::End::Returned(far) => far.as_str().to_owned(),
                other => format!("{other:?}"),
            }
        })
    };
    for run in child::each(name, ["true", "false"].map(Into::into), body) {
        assert_ne!(run.answer(), "hung", "{run:?}");
    }
}

/// Who enters a node when the simulation is over is told, and does not wait for ever.
#[test]
fn a_simulation_that_is_over_cannot_be_entered() {
    let run = child::one("found::a_simulation_that_is_over_cannot_be_entered", &[], || {
        let run = simulate(&Simulation::default(), node::current);
        let drust::testing::End::Returned(first) = run.end else { panic!("{run:?}") };
        bounded(move || {
            node::enter(first);
            "entered".into()
        })
    });
    assert_ne!(run.answer(), "hung", "{run:?}");
}

/// Two threads of a node read the same value of one that stands still for a second: they wait for a number.
#[test]
fn who_waits_for_another_readers_copy_takes_no_steps() {
    let name = "found::who_waits_for_another_readers_copy_takes_no_steps";
    let body = |argument: &str| {
        let (readers, seed) = argument.split_once(' ').unwrap();
        let (readers, seed): (usize, u64) = (readers.parse().unwrap(), seed.parse().unwrap());
        let stop = Fault::Stop { node: 2, at: Duration::from_secs(1), lasts: Duration::from_secs(1) };
        let simulation = Simulation { seed, direct: Some(false), faults: vec![stop], ..Simulation::default() };
        let run = simulate(&Simulation { most_steps: 100_000, ..simulation }, move || {
            let far = thread::spawn_on(last(), (), |()| Box::new(7_u64)).join().unwrap();
            thread::sleep(Duration::from_millis(1_100));
            thread::scope(|scope| {
                let reads: std::vec::Vec<_> = (0..readers)
                    .map(|_| scope.spawn_on(node::current(), (drust::Ref::new(&far),), |(far,)| *far))
                    .collect();
                reads.into_iter().map(|read| read.join().unwrap()).sum::<u64>()
            })
        });
        format!("{} in {} steps", ending(&run.end), run.steps)
    };
    let arguments = ["1 1", "1 2", "2 1", "2 2", "2 3", "2 4", "2 5"].map(Into::into);
    for run in child::each(name, arguments, body) {
        println!("{}: {}", run.argument, run.answer().split(':').next().unwrap());
        assert!(run.answer().starts_with("returned"), "{run:?}");
    }
}

/// A global that six tasks look at first while one of them makes it.
fn six_looks() -> u64 {
    drust::global! {
        static MADE: u64 = *slowly();
    }
    let looks: std::vec::Vec<_> =
        node::all().chain(node::all()).map(|on| thread::spawn_on(on, (), |()| *MADE)).collect();
    (0..200).for_each(|_| thread::yield_now());
    looks.into_iter().map(|look| look.join().unwrap()).sum()
}

fn slowly() -> Box<u64> {
    let made = thread::spawn_on(last(), (), |()| {
        thread::sleep(Duration::from_millis(50));
        Box::new(3_u64)
    });
    made.join().unwrap()
}

fn is_the_same_each_time(test: &str, form: fn() -> u64) {
    let body = |_: &str| {
        let run = simulate(&Simulation { seed: 3, ..Simulation::default() }, form);
        format!("{} in {} steps, {:?}", ending(&run.end), run.steps, run.time)
    };
    let runs = child::each(test, (0..6).map(|nth: u8| nth.to_string()), body);
    let answers: std::vec::Vec<_> = runs.iter().map(child::Ended::answer).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[test]
fn a_global_that_several_tasks_look_at_first_is_the_same_each_time() {
    let name = "found::a_global_that_several_tasks_look_at_first_is_the_same_each_time";
    is_the_same_each_time(name, six_looks);
}

/// A guard that a thread of another node clones pins its copy as any other: it is not evicted while the clone lives.
#[test]
fn a_guard_cloned_on_another_node_pins_its_copy() {
    type Block = [u64; 64];
    fn block(of: u64) -> Box<Block> {
        thread::spawn_on(last(), (of,), |(of,)| Box::new([of; 64])).join().unwrap()
    }
    let run = child::one("found::a_guard_cloned_on_another_node_pins_its_copy", &[], || {
        let run = simulate(&Simulation { copies: 0, ..Simulation::default() }, || {
            let far = block(7);
            let guard = Box::read(&far);
            let middle = node::all().nth(1).expect("there are three");
            let clone = std::thread::scope(|scope| {
                let cloned = scope.spawn(|| {
                    node::enter(middle);
                    guard.clone()
                });
                cloned.join().unwrap()
            });
            drop(guard);
            for other in 100..200 {
                let other = block(other);
                assert_ne!(Box::read(&other)[0], 7);
            }
            clone.iter().sum::<u64>()
        });
        ending(&run.end)
    });
    assert_eq!(run.answer(), format!("returned {}", 7 * 64), "{run:?}");
}
