//! A thread's place in its world: where it passes the baton on, waits, wakes others and ends.
#![allow(clippy::disallowed_methods, reason = "the simulated world is made of real threads")]

use super::world::{Phase, State, World};
use drust_proto::Rank;
use std::cell::Cell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::{MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Where a thread is in its world.
#[derive(Clone, Copy)]
pub(crate) struct Seat {
    world: &'static World,
    id: usize,
}

thread_local! {
    static SEAT: Cell<Option<Seat>> = const { Cell::new(None) };
}

/// The calling thread's seat, if it lives in a world.
#[inline]
pub(crate) fn seat() -> Option<Seat> {
    SEAT.get()
}

/// Makes the calling thread the world's thread `id`, or nobody's.
pub(super) fn sit(seat: Option<(&'static World, usize)>) {
    SEAT.set(seat.map(|(world, id)| Seat { world, id }));
}

/// A thread of somebody else's that lives in a world until this is dropped.
#[must_use = "the thread leaves the world when this is dropped"]
pub struct Adopted(Seat, PhantomData<*const ()>);

impl fmt::Debug for Adopted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Adopted").finish_non_exhaustive()
    }
}

impl Adopted {
    /// None where the world is over.
    pub(super) fn new(world: &'static World, node: Rank) -> Option<Adopted> {
        if world.is_over() {
            return None;
        }
        let name = std::thread::current().name().unwrap_or("adopted").to_owned();
        let id = {
            // The world hands it no baton before it asks for one.
            let mut state = world.lock();
            let id = state.admit(name, node);
            state.threads[id].phase = Phase::Outside;
            id
        };
        world.settle_in(id);
        let seat = Seat { world, id };
        drop(seat.come_back());
        Some(Adopted(seat, PhantomData))
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        self.0.leave();
    }
}

impl Seat {
    pub(crate) fn now(self) -> Instant {
        self.world.epoch + self.world.now()
    }

    /// Lets another thread run, perhaps. Costs a few microseconds where one does.
    pub(crate) fn pass(self) {
        let mut state = self.come_back();
        state.step();
        state = self.world.ring(state);
        let switch = state.pace.switch;
        let stays = state.may_run(&state.threads[self.id]) && state.steps < state.most_steps;
        if stays && !state.random.once_in(switch) {
            return;
        }
        self.wait_turn(state);
    }

    /// Sleeps on `word` while `asleep`, for at most so long.
    pub(crate) fn wait(self, word: usize, asleep: impl Fn() -> bool, timeout: Option<Duration>) {
        let mut state = self.come_back();
        state.step();
        if asleep() {
            // A time that no clock will ever show is none.
            let until = timeout.and_then(|timeout| state.now.checked_add(timeout));
            state.threads[self.id].phase = Phase::Waiting { word, until };
        }
        self.wait_turn(state);
    }

    /// Wakes all that sleep on `word`.
    #[cfg_attr(loom, expect(dead_code, reason = "loom's words wake their sleepers themselves"))]
    pub(crate) fn wake(self, word: usize) {
        self.world.wake(word);
    }

    /// Starts a thread of the same node; it begins when the baton comes to it.
    pub(crate) fn start<R: Send + 'static>(
        self,
        name: Option<String>,
        builder: Builder,
        body: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<JoinHandle<R>> {
        let world = self.world;
        let mut state = self.come_back();
        let node = state.threads[self.id].node;
        let id = state.admit(name.unwrap_or_default(), node);
        drop(state);
        let started = builder.spawn(move || {
            /// The end of a thread's turns, also by a panic.
            struct Leave(Seat);
            impl Drop for Leave {
                fn drop(&mut self) {
                    self.0.leave();
                }
            }
            let seat = Seat { world, id };
            world.settle_in(id);
            drop(seat.until_turn(world.lock()));
            let _leave = Leave(seat);
            body()
        });
        if started.is_err() {
            let mut state = world.lock();
            state.threads[id].phase = Phase::Over;
            // The sentry may have taken the baton from this thread, which slept too long in there, and given it away.
            if state.running == Some(id) {
                drop(world.hand_on(state));
            }
        }
        started
    }

    /// Runs `body` with this thread counted among those of `node`.
    pub(super) fn on_node<R>(self, node: Rank, body: impl FnOnce() -> R) -> R {
        let before = std::mem::replace(&mut self.world.lock().threads[self.id].node, node);
        let result = body();
        self.world.lock().threads[self.id].node = before;
        result
    }

    /// Ends this thread's node with a code; never returns.
    pub(crate) fn exit(self, code: i32) -> ! {
        let node = self.come_back().threads[self.id].node;
        self.world.end_node(node, Some(code));
        let state = self.world.lock();
        self.wait_turn(state);
        unreachable!("no thread of a node that has ended gets a turn");
    }

    /// The state, with the baton in hand: a thread from which the sentry took it queues first.
    fn come_back(self) -> MutexGuard<'static, State> {
        self.until_turn(self.world.lock())
    }

    /// Hands the baton on, unless the sentry has taken it already, and waits for it.
    fn wait_turn(self, mut state: MutexGuard<'static, State>) {
        if state.running == Some(self.id) {
            state = self.world.hand_on(state);
        }
        drop(self.until_turn(state));
    }

    fn until_turn(self, mut state: MutexGuard<'static, State>) -> MutexGuard<'static, State> {
        let turn = state.threads[self.id].turn.clone();
        while state.running != Some(self.id) {
            if state.threads[self.id].phase == Phase::Outside {
                state.threads[self.id].phase = Phase::Ready;
                if state.running.is_none() {
                    state = self.world.hand_on(state);
                    continue;
                }
            }
            state = turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state
    }

    fn leave(self) {
        let mut state = self.come_back();
        state.threads[self.id].phase = Phase::Over;
        sit(None);
        drop(self.world.hand_on(state));
    }
}
