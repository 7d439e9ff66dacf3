//! Values that go from one node to another, one after the other, without anybody who waits for each.

use crate::Plan;
use crate::exchange::Exchange;
use crate::figure::Figure;
use crate::measure::{median, wall_of};
use crate::wire::Wire;

/// Bytes of a message with a value of 16 bytes, about.
const MESSAGE: usize = 64;

/// How many messages a carrier takes.
pub fn channel(plan: &Plan, wire: Wire) -> Vec<Figure> {
    let count = plan.scale(1_000_000);
    let exchange = Exchange::start(wire);
    let floor = || count as f64 * 1e9 / wall_of(|| exchange.stream(MESSAGE, count));
    floor();
    let rate = median((0..plan.rounds).map(|_| floor()).collect());
    let key = format!("floor_{}_msgs_per_s", wire.name());
    vec![Figure::new(key, rate).note(format!("{MESSAGE} B each, from one thread of a process to another process"))]
}
