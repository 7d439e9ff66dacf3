//! The thread that serves while nobody waits, and runs ticks on demand.

use super::Progress;
use crate::{Fabric, Role, schedule};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Background {
    thread: Mutex<Option<JoinHandle<()>>>,
    stop: AtomicBool,
    due: Mutex<Option<Instant>>,
}

impl Background {
    pub(super) fn start(&self, progress: Arc<Progress>, tick: impl Fn() + Send + 'static) -> std::io::Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(thread.is_none(), "the background thread was started twice");
        self.stop.store(false, Ordering::Relaxed);
        let name = format!("drust-{}-serve", progress.fabric.rank());
        *thread = Some(schedule::start(Some(name), None, move || progress.serve(&tick))?);
        Ok(())
    }

    pub(super) fn stop(&self, fabric: &dyn Fabric) {
        self.stop.store(true, Ordering::Release);
        fabric.wake(Role::Background);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id())
            && let Err(panic) = thread.join()
        {
            std::panic::resume_unwind(panic);
        }
    }

    fn due(&self) -> MutexGuard<'_, Option<Instant>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request(&self, fabric: &dyn Fabric, at: Instant) {
        let mut due = self.due();
        if due.is_none_or(|before| at < before) {
            *due = Some(at);
            drop(due);
            fabric.wake(Role::Background);
        }
    }

    /// Takes the tick that is due now (`true`), or says how long until the next one.
    fn take_due(&self) -> (bool, Option<Duration>) {
        let mut due = self.due();
        let left = super::left(*due);
        if left == Some(Duration::ZERO) {
            *due = None;
            return (true, None);
        }
        (false, left)
    }
}

impl Progress {
    /// The background thread's life. Each turn takes its ticket before it looks at anything that a wake is about.
    fn serve(&self, tick: &dyn Fn()) {
        loop {
            let ticket = self.fabric.ticket(Role::Background);
            if self.background.stop.load(Ordering::Acquire) {
                return;
            }
            let (due, left) = self.background.take_due();
            if due {
                tick();
                continue;
            }
            self.fabric.flush();
            let until = left.map(|left| schedule::now() + left);
            self.attend(&|| {
                let asked = self.fabric.ticket(Role::Background) != ticket;
                asked || until.is_some_and(|until| schedule::now() >= until)
            });
            self.fabric.doze(Role::Background, ticket, left);
        }
    }
}
