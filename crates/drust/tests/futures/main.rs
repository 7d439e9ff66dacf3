//! Tasks and fetches as futures: under executors that know nothing of drust, on plain threads and on tasks, and in
//! simulated clusters; dropped, forgotten, handed to other threads and polled beside others.

mod executors;
mod fetches;
mod joins;
mod prefetches;

use drust::node::{self, NodeId};

/// The last node.
fn there() -> NodeId {
    node::all().last().expect("a cluster has nodes")
}

/// Makes a test of each function on every carrier, and on simulated nodes.
macro_rules! everywhere {
    ($($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 2, carrier = "shm")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 2, carrier = "tcp")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod alone {
            $(
                #[drust::test(nodes = 1)]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod simulated {
            $(
                #[drust::test(nodes = 2, seed = 5)]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}
pub(crate) use everywhere;
