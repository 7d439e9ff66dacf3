//! Waiting, the same over every carrier: leader and followers, and a background thread for when nobody waits.
//!
//! Of the threads that wait one *leads*: it polls the carrier on behalf of all, for at most 20 us after the last
//! arrival and only while a core is idle, then sleeps on the bell. The others *follow*: they park until their wait is
//! completed or they are promoted. A background thread polls in the same way when nobody waits, and makes way for who
//! does: whoever waits is quicker by leading than by being woken.
//!
//! # Contract
//!
//! 1. `seat.leading` is true while somebody leads or was promoted to lead; only the leader polls. Who takes the free
//!    seat disarms the bell under the seat's lock.
//! 2. A leader that leaves promotes a follower, or else arms the bell for the background thread under the seat's lock,
//!    and looks whether something has arrived; if so it polls once more, then wakes the background thread.
//! 3. So at any time somebody leads and is awake, or the bell is armed for a role that sleeps or is about to look, or
//!    an arrival has taken the bell and woken that role. A background thread woken while somebody leads leaves it to
//!    them: a leader arms the bell again before it sleeps or leaves.
//! 4. A follower is queued and promoted under the seat's lock; one that is done or out of time either leaves the queue
//!    or finds that it was promoted, and then passes the seat on.
//! 5. The sink runs on whichever thread polls, user threads included. It must be short, must not wait, and may send
//!    with [`Mode::Defer`](crate::Mode::Defer). A sink that panics loses its message and nothing else.

mod background;
mod waiter;

pub use waiter::Waiter;

use crate::{Fabric, Lane, Message, Role, schedule};
use background::Background;
use drust_proto::Rank;
use std::collections::VecDeque;
use std::fmt;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};
use waiter::Wake;

/// What is done with each arrived message.
pub type Sink = dyn Fn(Rank, Lane, Message<'_>) + Send + Sync;

/// How long a leader polls without an arrival before it sleeps.
const SPIN: Duration = Duration::from_micros(20);
/// Looks of a follower for the way that the background thread makes: some microseconds.
const WAY: u32 = 256;

/// The waiting threads of one node; see the module.
///
/// ```
/// use drust_fabric::{Fabric, Lane, Mode, Part, Progress, Solo, Waiter};
/// use drust_proto::Rank;
/// use std::sync::{Arc, OnceLock};
///
/// let fabric = Arc::new(Solo::new());
/// let waiter = Waiter::new();
/// let place: Arc<OnceLock<Arc<Progress>>> = Arc::default();
/// let (reply, progress) = (waiter.clone(), place.clone());
/// let sink = move |_, _, _: drust_fabric::Message<'_>| progress.get().expect("made").wake(&reply);
/// let progress = place.get_or_init(|| Progress::new(fabric.clone(), Arc::new(sink)));
/// fabric.send(Rank(0), Lane::Small, &[Part::from(b"ping")], Mode::Block)?;
/// assert!(progress.wait(&waiter, None));
/// # Ok::<(), drust_fabric::Lost>(())
/// ```
pub struct Progress {
    fabric: Arc<dyn Fabric>,
    sink: Arc<Sink>,
    seat: Mutex<Seat>,
    /// Whether somebody follows.
    wanted: AtomicBool,
    cores: u32,
    background: Background,
}

#[derive(Default)]
struct Seat {
    leading: bool,
    /// It is the background thread that leads.
    background: bool,
    followers: VecDeque<Waiter>,
}

/// What came of asking for the seat.
enum Sat<'a> {
    Leads(Lead<'a>),
    /// Behind the background thread or not, which is about to make way.
    Follows {
        background: bool,
    },
}

/// The right to poll; passed on when dropped, also by a panic of the sink.
struct Lead<'a>(&'a Progress);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        self.0.resign();
    }
}

impl Progress {
    /// The waiting of the node that `fabric` belongs to; `sink` gets every message that arrives.
    #[must_use]
    pub fn new(fabric: Arc<dyn Fabric>, sink: Arc<Sink>) -> Arc<Progress> {
        // In a simulated world one thread runs at a time.
        let cores = if schedule::is_simulated() { Ok(NonZero::<usize>::MIN) } else { available_parallelism() };
        let cores = cores.map_or(1, |cores| cores.get() as u32);
        Arc::new(Progress {
            fabric,
            sink,
            seat: Mutex::default(),
            wanted: AtomicBool::new(false),
            cores,
            background: Background::default(),
        })
    }

    /// The fabric it polls.
    #[must_use]
    pub fn fabric(&self) -> &Arc<dyn Fabric> {
        &self.fabric
    }

    /// Waits until `waiter` is set, or until `deadline`; whether it is set.
    pub fn wait(&self, waiter: &Waiter, deadline: Option<Instant>) -> bool {
        self.wait_until(waiter, &|| waiter.is_set(), deadline)
    }

    /// Waits until `done`, or until `deadline`; whether it is done. `waiter` must be waited on by one thread at a time.
    ///
    /// Whoever makes `done` true calls [`wake`](Progress::wake) with this waiter afterwards, or does so on the thread
    /// that leads, in the sink. `done` must be quick; it may be called often.
    pub fn wait_until(&self, waiter: &Waiter, done: &dyn Fn() -> bool, deadline: Option<Instant>) -> bool {
        schedule::pass();
        if done() {
            return true;
        }
        self.fabric.flush();
        let lead = match self.queue(waiter) {
            Sat::Leads(lead) => lead,
            Sat::Follows { background } => {
                if background {
                    self.await_way(waiter, done);
                }
                match self.follow(waiter, done, deadline) {
                    Ok(lead) => lead,
                    Err(outcome) => return outcome,
                }
            }
        };
        let outcome = self.lead(waiter, done, deadline);
        drop(lead);
        outcome
    }

    /// Sets `waiter`, and wakes its thread if it sleeps. Cheap where it does not. May be called by any thread.
    pub fn wake(&self, waiter: &Waiter) {
        if waiter.set() == Wake::Leader {
            self.fabric.wake(Role::Leader);
        }
    }

    /// Gives what has arrived to the sink, unless another thread is at it; returns how many messages it gave.
    ///
    /// For threads that want to make progress without waiting.
    pub fn poll(&self) -> usize {
        schedule::pass();
        let Some(lead) = self.sit(false) else { return 0 };
        let count = self.poll_fabric();
        drop(lead);
        count
    }

    /// Starts the background thread, which holds this `Progress` until [`stop`](Progress::stop), serves while nobody
    /// waits, and runs `tick` when asked to by [`request_tick`](Progress::request_tick).
    ///
    /// # Errors
    /// The thread could not be started.
    ///
    /// # Panics
    /// Where it was started already.
    pub fn start_background(self: &Arc<Self>, tick: impl Fn() + Send + 'static) -> std::io::Result<()> {
        self.background.start(self.clone(), tick)
    }

    /// Ends the background thread and waits for its end (unless called on it). Ticks not yet due are not run.
    pub fn stop(&self) {
        self.background.stop(&*self.fabric);
    }

    /// Asks for a run of `tick` after `after`, or before where one is due before.
    pub fn request_tick(&self, after: Duration) {
        self.background.request(&*self.fabric, schedule::now() + after);
    }

    fn seat(&self) -> MutexGuard<'_, Seat> {
        // No step under the lock can panic half way.
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll_fabric(&self) -> usize {
        self.fabric.poll(&mut |from, lane, message| (self.sink)(from, lane, message))
    }

    /// Takes the seat, if it is free.
    fn sit(&self, background: bool) -> Option<Lead<'_>> {
        let mut seat = self.seat();
        if seat.leading {
            return None;
        }
        (seat.leading, seat.background) = (true, background);
        self.fabric.disarm();
        Some(Lead(self))
    }

    /// Takes the seat, or queues `waiter` behind who has it.
    fn queue(&self, waiter: &Waiter) -> Sat<'_> {
        let mut seat = self.seat();
        if seat.leading {
            seat.followers.push_back(waiter.clone());
            self.wanted.store(true, Ordering::Relaxed);
            return Sat::Follows { background: seat.background };
        }
        (seat.leading, seat.background) = (true, false);
        self.fabric.disarm();
        Sat::Leads(Lead(self))
    }

    /// The background thread's turn: polls until nothing comes any more, `over` says so, or somebody waits.
    fn attend(&self, over: &dyn Fn() -> bool) {
        schedule::pass();
        if let Some(lead) = self.sit(true) {
            self.spin(&|| self.wanted.load(Ordering::Relaxed) || over());
            drop(lead);
        }
    }

    /// Gives the background thread a moment to make way, which is shorter than to fall asleep and be woken.
    fn await_way(&self, waiter: &Waiter, done: &dyn Fn() -> bool) {
        if self.cores >= 2 {
            let _ = (0..WAY).any(|_| {
                std::hint::spin_loop();
                // Whether the waiter is set tells nothing: it may be from a wait before this one.
                waiter.promoted() || done()
            });
        }
    }

    /// Waits as a follower; the seat where it was promoted, else the outcome.
    fn follow(&self, waiter: &Waiter, done: &dyn Fn() -> bool, deadline: Option<Instant>) -> Result<Lead<'_>, bool> {
        loop {
            let over = done();
            // Whoever was promoted leads, be it for one poll after its deadline.
            if !over && waiter.take_promotion() {
                return Ok(Lead(self));
            }
            let left = left(deadline);
            if over || left == Some(Duration::ZERO) {
                self.leave_queue(waiter);
                return Err(over);
            }
            waiter.park(|| waiter.promoted() || done(), left);
        }
    }

    fn leave_queue(&self, waiter: &Waiter) {
        let mut seat = self.seat();
        seat.followers.retain(|follower| !follower.same(waiter));
        self.wanted.store(!seat.followers.is_empty(), Ordering::Relaxed);
        drop(seat);
        if waiter.take_promotion() {
            drop(Lead(self));
        }
    }

    /// Polls until `done`, as the one leader.
    fn lead(&self, waiter: &Waiter, done: &dyn Fn() -> bool, deadline: Option<Instant>) -> bool {
        loop {
            if self.spin(done) {
                return true;
            }
            let left = left(deadline);
            if left == Some(Duration::ZERO) {
                return false;
            }
            let ticket = self.fabric.ticket(Role::Leader);
            waiter.sleep_as_leader();
            let over = done();
            if !over && self.fabric.arm(Role::Leader) {
                self.fabric.doze(Role::Leader, ticket, left);
            }
            waiter.awake();
            if over {
                return true;
            }
        }
    }

    /// Polls at least once, and on while that is polite; whether it is done.
    fn spin(&self, done: &dyn Fn() -> bool) -> bool {
        self.poll_fabric();
        if done() {
            return true;
        }
        let host = self.fabric.host();
        if self.cores < 2 {
            return false;
        }
        let Some(_spinning) = host.spin(self.cores) else { return false };
        let polls = self.fabric.polls_at_once();
        let mut until = schedule::now() + SPIN;
        loop {
            let arrived = (0..polls).any(|_| {
                std::hint::spin_loop();
                self.poll_fabric() > 0
            });
            if done() {
                return true;
            }
            let now = schedule::now();
            if arrived {
                until = now + SPIN;
            } else if now >= until || host.active() >= self.cores {
                return false;
            }
            // Who is to answer may be queued on this very core: the waker's core is where the kernel likes to put it.
            schedule::yield_now();
        }
    }

    /// Passes the seat on; see contract 2.
    fn resign(&self) {
        let mut again = !std::thread::panicking();
        loop {
            let mut seat = self.seat();
            if let Some(next) = seat.followers.pop_front() {
                seat.background = false;
                self.wanted.store(!seat.followers.is_empty(), Ordering::Relaxed);
                next.promote();
                return;
            }
            let quiet = self.fabric.arm(Role::Background);
            if quiet || !std::mem::take(&mut again) {
                seat.leading = false;
                drop(seat);
                if !quiet {
                    self.fabric.wake(Role::Background);
                }
                return;
            }
            drop(seat);
            self.poll_fabric();
        }
    }
}

fn left(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|deadline| deadline.saturating_duration_since(schedule::now()))
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("rank", &self.fabric.rank()).finish_non_exhaustive()
    }
}
