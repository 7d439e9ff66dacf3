//! Atomics: std's own as oracle, wherever the word is ([`as_std`]), what threads of all nodes see of each other's
//! operations, what they cost, and what becomes of words and of additions that nobody waited for ([`shared`]); and
//! vectors of them ([`vector`]).

mod as_std;
mod shared;
mod vector;

use drust::{node, stats};

/// Makes a test of each function on every carrier, the last of them a simulated cluster of so many nodes.
macro_rules! on_every_carrier {
    (simulated: $nodes:literal nodes, seed $seed:literal; $($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 3, carrier = "shm")]
                fn $name() {
                    super::$name(Some(true));
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 3, carrier = "tcp")]
                fn $name() {
                    super::$name(Some(false));
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = $nodes, seed = $seed)]
                fn $name() {
                    super::$name(None);
                }
            )*
        }
    };
}
use on_every_carrier;

/// Whether the partitions are mapped, where that is known.
type Mapped = Option<bool>;

/// The last node.
fn last() -> node::NodeId {
    node::all().last().expect("a cluster has nodes")
}

/// Requests (and as many replies), and one-ways, that a piece of a program costs.
fn cost<R>(body: impl FnOnce() -> R) -> (u64, u64) {
    let (_, counts) = stats::count(body);
    assert_eq!(counts.requests, counts.replies);
    (counts.requests, counts.one_ways)
}
