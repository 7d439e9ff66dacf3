//! Threads, clock and exit of a node: the machine's own, or those of the simulated world it lives in.
//!
//! drust takes them from here and nowhere else (`clippy.toml` sees to that), so that a simulated run is a function of
//! its seed. Outside of a simulation each costs a look at a thread-local more than std's.

use crate::sim::seat;
use std::io;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// What the clock shows.
#[must_use]
pub fn now() -> Instant {
    match seat() {
        Some(seat) => seat.now(),
        #[expect(clippy::disallowed_methods, reason = "this is the one place that looks at the clock")]
        None => Instant::now(),
    }
}

/// Lets another thread of a simulated cluster go on, perhaps; outside of one it does nothing.
///
/// To be called where no lock is held, wherever another thread's step would make a difference.
#[inline]
pub fn pass() {
    if let Some(seat) = seat() {
        seat.pass();
    }
}

/// Sleeps for so long.
pub fn sleep(time: Duration) {
    match seat() {
        Some(seat) => {
            let slept = 0_u8;
            seat.wait((&raw const slept).addr(), || true, Some(time));
        }
        #[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
        None => std::thread::sleep(time),
    }
}

/// Gives other threads a turn.
pub fn yield_now() {
    match seat() {
        Some(seat) => seat.pass(),
        #[expect(clippy::disallowed_methods, reason = "this is the one place that yields")]
        None => std::thread::yield_now(),
    }
}

/// Starts a thread of this node.
///
/// # Errors
/// The system gives no thread.
pub fn start<R: Send + 'static>(
    name: Option<String>,
    stack: Option<usize>,
    body: impl FnOnce() -> R + Send + 'static,
) -> io::Result<JoinHandle<R>> {
    let mut builder = Builder::new();
    if let Some(stack) = stack {
        builder = builder.stack_size(stack);
    }
    if let Some(name) = &name {
        builder = builder.name(name.clone());
    }
    match seat() {
        Some(seat) => seat.start(name, builder, body),
        #[expect(clippy::disallowed_methods, reason = "this is the one place that starts threads")]
        None => builder.spawn(body),
    }
}

/// Ends the calling thread's node: this process, or one simulated node.
pub fn exit(code: i32) -> ! {
    match seat() {
        Some(seat) => seat.exit(code),
        #[expect(clippy::disallowed_methods, reason = "this is the one place that exits")]
        None => std::process::exit(code),
    }
}

/// The processor time that this process has used; none where it cannot be known, as in a simulated world, whose threads
/// have no processors.
#[must_use]
pub fn cpu_time() -> Option<Duration> {
    if is_simulated() || cfg!(miri) {
        return None;
    }
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32))
}

/// Whether the calling thread lives in a simulated world.
#[must_use]
pub fn is_simulated() -> bool {
    seat().is_some()
}
