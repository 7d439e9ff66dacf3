//! The sentry of a simulated world: it notices that the thread with the baton sleeps where the world cannot see it.
#![allow(clippy::disallowed_methods, reason = "the simulated world is made of real threads")]

use super::world::World;
use std::time::Duration;

/// Real time between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// Looks at which a thread may sleep, each time another sleep, before it counts as waiting.
const NAPS: u32 = 8;

/// Starts the sentry; it ends with the world.
pub(super) fn start(world: &'static World) {
    if cfg!(miri) {
        // There no system says who sleeps; who waits outside is reported as a deadlock.
        return;
    }
    let thread = std::thread::Builder::new().name("drust-sentry".into()).stack_size(128 << 10);
    let started = thread.spawn(move || watch(world));
    if let Err(error) = started {
        tracing::warn!(target: "drust::sim", %error, "no sentry: a thread that waits outside holds the world up");
    }
}

/// The system's name for the calling thread.
pub(super) fn own_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// A thread that has had the baton since the last look and slept all the time since then waits outside; so does one
/// that was found asleep again and again, since it looks in between for what only another thread can bring about.
/// Short sleeps of a thread that is busy (with a lock of the allocator, say) are let pass.
fn watch(world: &World) {
    let (mut before, mut asleep) = (None, 0);
    while !world.is_over() {
        std::thread::sleep(LOOK);
        world.idle_for(LOOK);
        let seen = world.watched().and_then(|holder| Some((holder, sleep_of(holder.1)?)));
        let same = |(holder, _)| before.is_some_and(|(before, _)| before == holder);
        asleep = if seen.is_some_and(same) { asleep + 1 } else { 0 };
        if let Some(((id, _, steps), _)) = seen
            && asleep > 0
            && (before == seen || asleep >= NAPS)
        {
            world.take_from(id, steps);
        }
        before = seen;
    }
}

/// Which of its sleeps a thread of this process is in, by the system's count; none where it runs, or waits for a disk.
/// One that has ended sleeps for ever: it holds the baton for nothing.
fn sleep_of(thread: i32) -> Option<u64> {
    let Ok(status) = std::fs::read_to_string(format!("/proc/self/task/{thread}/status")) else { return Some(0) };
    let value = |name| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let sleeps = value("State:").is_some_and(|state| state.starts_with('S'));
    // A system that does not count calls it the same sleep.
    sleeps.then(|| value("voluntary_ctxt_switches:").and_then(|count| count.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_sleeper_is_told_from_a_runner() {
        assert!(sleep_of(own_id()).is_none(), "whoever asks is awake");
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            tell.send(own_id()).unwrap();
            let _ = ended.recv();
        });
        let id = told.recv().unwrap();
        let asleep = (0..1000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(1));
            sleep_of(id)
        });
        let still = sleep_of(id);
        drop(end);
        sleeper.join().unwrap();
        assert!(asleep.is_some());
        assert_eq!(asleep, still, "it is the same sleep");
    }
}
