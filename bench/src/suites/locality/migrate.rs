//! A task that goes from one node to another and back between its steps, with all of its state.

use crate::Plan;
use crate::exchange::Exchange;
use crate::figure::{Figure, Goal};
use crate::measure::{median, middle, turns};
use crate::wire::Wire;
use drust::boxed::TBox;
use drust::thread::{Builder, Step};
use drust::{Portable, node};
use std::sync::Mutex;
use std::time::Instant;

/// 1 KiB, and 1 MiB that is tied to the state, so that it goes along.
type Small = [u64; 128];
type Large = TBox<[u64; 1 << 17]>;

/// A task that is to go there and back so many times.
#[derive(Portable)]
struct Bounce<P: Portable> {
    left: usize,
    load: P,
}

/// When the task was last where it began, and how long each way there and back has taken since, in ns.
static SEEN: Mutex<(Option<Instant>, Vec<f64>)> = Mutex::new((None, Vec::new()));

fn bounce<P: Portable>(state: &mut Bounce<P>) -> Step<()> {
    let here = node::current();
    let mut nodes = node::all();
    let (first, other) = (nodes.next().expect("a node"), nodes.next().expect("two nodes"));
    if here != first {
        return Step::To(first);
    }
    let mut seen = SEEN.lock().expect("no panic");
    if let Some(last) = seen.0.take() {
        seen.1.push(last.elapsed().as_nanos() as f64);
    }
    if state.left == 0 {
        return Step::Done(());
    }
    state.left -= 1;
    seen.0 = Some(Instant::now());
    Step::To(other)
}

/// How long each way took, there and back, in ns.
fn ways<P: Portable>(left: usize, load: P) -> Vec<f64> {
    let first = node::all().next().expect("a node");
    let task = Builder::new().on(first).spawn_migratable(Bounce { left, load }, bounce);
    task.expect("it begins").join().expect("no panic");
    std::mem::take(&mut SEEN.lock().expect("no panic").1)
}

/// The value that so many of a hundred do not exceed.
fn percentile(mut values: Vec<f64>, part: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * part / 100).min(values.len() - 1)]
}

/// Measures moves of what `load` makes, which is so many bytes.
fn figures<P: Portable>(plan: &Plan, wire: Wire, bytes: usize, times: usize, load: fn() -> P) -> Vec<Figure> {
    let small = bytes == size_of::<Small>();
    let size = if small { "1k" } else { "1m" };
    let exchange = Exchange::start(wire);
    let message = vec![7; bytes];
    let mut slow = Vec::new();
    let move_on = || {
        let ways = ways(times, load());
        slow.push(percentile(ways.clone(), 99));
        median(ways)
    };
    let pair = turns(plan.rounds, move_on, || middle(times, || exchange.once(&message)));
    let key = |rest: &str| format!("migrate_{}_{size}_{rest}", wire.name());
    let us = Figure::new(key("us"), pair.drust / 2e3)
        .beside("exchange us", pair.base / 2e3)
        .note("half of the way there and back, median; floor: as many bytes between two processes");
    let most = if wire == Wire::Shm { 100.0 } else { 218.0 };
    let us = if small { us.goal(Goal::AtMost(most)) } else { us };
    vec![us, Figure::new(key("p99_us"), median(slow) / 2e3)]
}

pub fn small(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let load = || std::array::from_fn::<u64, 128, _>(|word| word as u64);
    figures::<Small>(plan, wire, size_of::<Small>(), plan.scale(3000).max(100), load)
}

pub fn large(plan: &Plan, wire: Wire) -> Vec<Figure> {
    figures::<Large>(plan, wire, 1 << 20, plan.scale(300).max(10), || TBox::new([7; 1 << 17]))
}
