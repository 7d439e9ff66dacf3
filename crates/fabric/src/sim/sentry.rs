//! The sentry of a simulated world: it notices that the thread with the baton sleeps where the world cannot see it.
#![allow(clippy::disallowed_methods, reason = "the simulated world is made of real threads")]

use super::world::World;
use std::time::Duration;

/// Real time between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Starts the sentry; it ends with the world.
pub(super) fn start(world: &'static World) {
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

/// A thread that has had the baton since the last look, and sleeps at both, waits outside.
fn watch(world: &World) {
    let mut before = None;
    while !world.is_over() {
        std::thread::sleep(LOOK);
        world.idle_for(LOOK);
        let seen = world.watched().filter(|&(_, thread, _)| sleeps(thread));
        if let Some((id, _, steps)) = seen
            && before == seen
        {
            world.take_from(id, steps);
        }
        before = seen;
    }
}

/// Whether the system says that a thread of this process sleeps. One that has ended counts: it holds the baton for
/// nothing.
fn sleeps(thread: i32) -> bool {
    match std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")) {
        // The state follows the name, which is in parentheses and may hold any character.
        Ok(stat) => stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['S', 'D'])),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_sleeper_is_told_from_a_runner() {
        assert!(!sleeps(own_id()), "whoever asks is awake");
        let (tell, told) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let sleeper = std::thread::spawn(move || {
            tell.send(own_id()).unwrap();
            let _ = ended.recv();
        });
        let id = told.recv().unwrap();
        let asleep = (0..1000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            sleeps(id)
        });
        drop(end);
        sleeper.join().unwrap();
        assert!(asleep);
    }
}
