//! Tests on several nodes, under `cargo test` and nextest: [`#[drust::test(nodes = 3)]`](macro@crate::test), in as many
//! processes, with `carrier = "tcp"` beside it connected over the network's loopback; with `seed = 7` in one process,
//! simulated, where the seed decides every order of events.
//!
//! [`simulate`] is what such a test is made of, for programs that want to stop and kill simulated nodes. Any program of
//! drust is simulated as a whole by `DRUST_CARRIER=sim DRUST_NODES=3 DRUST_SEED=7`.
//!
//! # What a simulation is
//!
//! The nodes are those of a real cluster, in one process: their threads run one at a time and change places where drust
//! is called, their messages take as long as the seed says, and time is a number. So a run is the same each time, and a
//! failing seed is the whole bug report. Two things differ: statics are shared by the nodes (a drust value that goes to
//! another node by a static ends the run with a message), and a thread that waits outside of drust (a std lock or
//! channel, `std::thread::park`) waits in real time, so that the run may differ the next time.

pub use drust_runtime::simulation::{End, Fault, Simulated, Simulation};
#[doc(hidden)]
pub use drust_runtime::testing::On;
pub use drust_runtime::testing::allow_leaks;

use std::fmt::Debug;

/// What a test may return: nothing, or a `Result` without a value.
pub trait Outcome {
    /// Fails the test if this is a failure.
    fn check(self);
}

impl Outcome for () {
    fn check(self) {}
}

impl<E: Debug> Outcome for Result<(), E> {
    fn check(self) {
        if let Err(error) = self {
            panic!("the test returned an error: {error:?}");
        }
    }
}

/// Runs `main` on node 0 of a simulated cluster, on a thread of its own, and says how that ended.
///
/// The cluster's memory and threads stay until the process ends.
///
/// # Panics
/// Where this process has used drust before: a process has one cluster, ever.
///
/// ```
/// use drust::testing::{End, Simulation, simulate};
/// use drust::thread;
///
/// let run = simulate(&Simulation { nodes: 2, seed: 7, ..Simulation::default() }, || {
///     let far = drust::node::all().last().unwrap();
///     let boxed = thread::spawn_on(far, (), |()| drust::Box::new(42)).join().unwrap();
///     *boxed
/// });
/// assert!(matches!(run.end, End::Returned(42)), "{run:?}");
/// ```
pub fn simulate<R: Send + 'static>(simulation: &Simulation, main: impl FnOnce() -> R + Send + 'static) -> Simulated<R> {
    drust_runtime::simulation::simulate(simulation, main)
}

/// What the attribute expands to.
#[doc(hidden)]
pub fn run<R: Outcome + 'static>(name: &str, nodes: u16, on: On, body: fn() -> R) {
    drust_runtime::testing::run(name, nodes, on, move || body().check());
}
