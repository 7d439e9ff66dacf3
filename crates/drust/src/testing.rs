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
//!
//! ```
//! #[drust::test(nodes = 2, seed = 7)] // in `tests/`, or in a module of tests
//! fn a_box_crosses_and_comes_back() {
//!     let far = drust::node::all().last().unwrap();
//!     let boxed = drust::spawn!(on far; [boxed = drust::Box::new(1)] || boxed).join().unwrap();
//!     assert_eq!(*boxed, 1);
//! }
//! ```

#[doc(hidden)]
pub use drust_runtime::planted;
/// What became of a simulation.
///
/// ```
/// use drust::testing::{End, Simulation, simulate};
/// let run = simulate(&Simulation { nodes: 2, ..Simulation::default() }, || -> u8 { panic!("no more") });
/// assert!(matches!(run.end, End::Panicked(message) if message == "no more"));
/// ```
pub use drust_runtime::simulation::End;
/// What is to happen to a node of a simulation.
///
/// ```
/// use drust::testing::{End, Fault, Simulation, simulate};
/// use std::time::Duration;
/// let faults = vec![Fault::Kill { node: 1, at: Duration::from_millis(1) }];
/// let run = simulate(&Simulation { nodes: 2, faults, ..Simulation::default() }, || {
///     drust::thread::sleep(Duration::from_secs(60)); // of the simulated clock
/// });
/// assert!(matches!(run.end, End::Lost { first: 1, .. }), "{run:?}");
/// ```
pub use drust_runtime::simulation::Fault;
/// What [`simulate`] returns.
///
/// ```
/// use drust::testing::{Simulated, Simulation, simulate};
/// use std::time::Duration;
/// let run: Simulated<()> =
///     simulate(&Simulation::default(), || drust::thread::sleep(Duration::from_secs(60)));
/// assert!(run.time >= Duration::from_secs(60)); // of the simulated clock
/// ```
pub use drust_runtime::simulation::Simulated;
/// What [`simulate`] is to make.
///
/// ```
/// use drust::testing::{End, Simulation, simulate};
/// let simulation = Simulation { nodes: 5, seed: 7, direct: Some(false), ..Simulation::default() };
/// let run = simulate(&simulation, drust::node::count);
/// assert!(matches!(run.end, End::Returned(5)));
/// ```
pub use drust_runtime::simulation::Simulation;
#[doc(hidden)]
pub use drust_runtime::testing::On;
/// For tests that forget values on purpose.
///
/// ```
/// drust::testing::allow_leaks(); // in a test that forgets on purpose
/// std::mem::forget(drust::Box::new(5));
/// assert_eq!(drust::stats::live()[0].count, 1);
/// ```
pub use drust_runtime::testing::allow_leaks;

use std::fmt::Debug;

/// What a test may return: nothing, or a `Result` without a value.
///
/// ```
/// fn body() -> Result<(), std::num::ParseIntError> {
///     assert_eq!("42".parse::<u8>()?, 42);
///     Ok(())
/// }
/// drust::testing::Outcome::check(body());
/// ```
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
