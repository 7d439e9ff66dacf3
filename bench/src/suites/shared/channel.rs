//! Values that go from one node to another, one after the other, without anybody who waits for each.

use crate::Plan;
use crate::exchange::Exchange;
use crate::figure::{Figure, Goal};
use crate::measure::{turns, wall_of};
use crate::wire::Wire;
use drust::sync::mpsc::{self, Sender};
use drust::{node, thread};

/// Bytes of a message with a value of 16 bytes, about.
const MESSAGE: usize = 64;

/// A value, and how one looks that was not torn.
fn value(number: u64) -> [u64; 2] {
    [number, !number]
}

fn send_all((sender, count): (Sender<[u64; 2]>, u64)) {
    (0..count).for_each(|number| sender.send(value(number)).expect("somebody receives"));
}

/// Sends so many values from the other node to this one.
fn receive_all(count: u64) {
    let (sender, receiver) = mpsc::channel();
    let there = node::all().next_back().expect("two nodes");
    let task = thread::spawn_on(there, (sender, count), send_all);
    (0..count).for_each(|number| assert_eq!(receiver.recv(), Ok(value(number))));
    assert!(receiver.recv().is_err(), "the sender is gone");
    task.join().expect("no panic");
}

pub fn channel(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let count = plan.scale(1_000_000);
    let exchange = Exchange::start(wire);
    let pair =
        turns(plan.rounds, || wall_of(|| receive_all(count as u64)), || wall_of(|| exchange.stream(MESSAGE, count)));
    let per_s = |nanos: f64| count as f64 * 1e9 / nanos;
    let name = wire.name();
    let floor = format!("{MESSAGE} B each, from one thread of a process to another process");
    vec![
        Figure::new(format!("channel_{name}_msgs_per_s"), per_s(pair.drust)).note("values of 16 B, one at a time"),
        Figure::new(format!("floor_{name}_msgs_per_s"), per_s(pair.base)).note(floor),
        Figure::new(format!("channel_{name}_ratio"), 1.0 / pair.ratio).goal(Goal::AtLeast(0.6)),
    ]
}
