//! How to write a carrier: [`Solo`], a cluster of one node in memory, is complete, small, and commented for copying.
//!
//! Each method of [`Fabric`] is marked
//!
//! * **ALWAYS**: a carrier that leaves it out does not work;
//! * **RECOMMENDED**: the default or an empty answer works, and costs something that is said there;
//! * **OPTIONAL**: for carriers that can do it.
//!
//! Beyond the trait a carrier needs a way to *join*: a configuration in, the carrier or an error that names the culprit
//! out, within a bounded time. Joining proves token and build before it believes anything else; [`shm`](crate::shm) is
//! the example.
#![allow(clippy::disallowed_methods, reason = "a cluster of one node is not simulated")]

use crate::primitive::lock_if_free;
use crate::{Buffer, Fabric, Host, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent};
use drust_proto::Rank;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The fabric of a cluster of one node: messages to itself, in memory.
///
/// ```
/// use drust_fabric::{Fabric, Lane, Mode, Part, Solo};
/// use drust_proto::Rank;
///
/// let fabric = Solo::new();
/// fabric.send(Rank(0), Lane::Small, &[Part::from(b"to "), Part::from(b"myself")], Mode::Block)?;
/// let mut lengths = Vec::new();
/// fabric.poll(&mut |from, lane, message| lengths.push((from, lane, message.len())));
/// assert_eq!(lengths, [(Rank(0), Lane::Small, 9)]);
/// # Ok::<(), drust_fabric::Lost>(())
/// ```
#[derive(Default, Debug)]
pub struct Solo {
    state: Mutex<State>,
    bell: Condvar,
    polling: Mutex<()>,
    host: Host,
}

#[derive(Default, Debug)]
struct State {
    arrived: VecDeque<(Lane, Buffer)>,
    armed: Option<Role>,
    words: [u32; 2],
    sent: Sent,
}

impl Solo {
    /// A cluster of this node alone.
    #[must_use]
    pub fn new() -> Solo {
        Solo::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No step under the lock leaves the state half changed where it panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self, state: &mut State, role: Role) {
        let word = &mut state.words[role as usize];
        *word = word.wrapping_add(1);
        self.bell.notify_all();
    }
}

impl Fabric for Solo {
    // ALWAYS.
    fn rank(&self) -> Rank {
        Rank(0)
    }

    // ALWAYS.
    fn size(&self) -> u16 {
        1
    }

    // ALWAYS. Whole messages, in order per lane, of any length; `parts` may be padding, so copy `MaybeUninit<u8>`. With
    // `Block` wait for room, without holding a lock that a `Defer` needs; with `Defer` never wait, and let nothing
    // overtake what was deferred. Publish first, then ring. (Nothing bounds this queue: its only reader is its writer.)
    fn send(&self, to: Rank, lane: Lane, parts: &[Part<'_>], _mode: Mode) -> Result<(), Lost> {
        assert!(to == Rank(0), "no rank {to} in a cluster of one node");
        let buffer = Buffer::gather(parts);
        let mut state = self.lock();
        state.sent.messages += 1;
        state.sent.bytes += buffer.len() as u64;
        state.arrived.push_back((lane, buffer));
        if let Some(role) = state.armed.take() {
            self.strike(&mut state, role);
        }
        Ok(())
    }

    // ALWAYS. One thread at a time; a second gets 0. No lock that `send` takes may be held around the sink. What is
    // shown in place must stay in place until the sink returns. A carrier with overflow queues drains them here.
    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        let Some(_polling) = lock_if_free(&self.polling) else { return 0 };
        let mut count = 0;
        let ready = self.lock().arrived.len();
        while count < ready {
            let Some((lane, buffer)) = self.lock().arrived.pop_front() else { break };
            count += 1;
            sink(Rank(0), lane, Message::owned(buffer));
        }
        count
    }

    // OPTIONAL (`polls_at_once` has a default for polls that are no system call).

    // ALWAYS. A count for each role, which `wake` bumps.
    fn ticket(&self, role: Role) -> u32 {
        self.lock().words[role as usize]
    }

    // ALWAYS. Store the role, *then* look: a sender publishes, then reads the role, so one sees the other (with atomics
    // a sequentially consistent fence on both sides; here the lock does it).
    fn arm(&self, role: Role) -> bool {
        let mut state = self.lock();
        state.armed = Some(role);
        state.arrived.is_empty()
    }

    // ALWAYS. Whoever polls needs no waking; an arrival would otherwise wake a thread that finds nothing left to do.
    fn disarm(&self) {
        self.lock().armed = None;
    }

    // ALWAYS. Compare the ticket and fall asleep in one step (a futex, a lock, a readable descriptor).
    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        let state = self.lock();
        let asleep = |state: &mut State| state.words[role as usize] == ticket;
        match timeout {
            Some(timeout) => drop(self.bell.wait_timeout_while(state, timeout, asleep)),
            None => drop(self.bell.wait_while(state, asleep)),
        }
    }

    // ALWAYS.
    fn wake(&self, role: Role) {
        self.strike(&mut self.lock(), role);
    }

    // OPTIONAL. Where peers' partitions can be read in place; `None` makes every fetch a message.
    fn direct(&self, _home: Rank) -> Option<Mapping> {
        None
    }

    // ALWAYS. What a message about a lost node says beside its rank.
    fn process(&self, _rank: Rank) -> Process {
        Process::own()
    }

    // OPTIONAL (`flush` has a default that does nothing): where sends are held back to go out together.

    // RECOMMENDED (`announce` has a default that does nothing): without it peers may blame a node that ended because
    // of another.

    // RECOMMENDED (`farewell` has a default that does nothing): without it no end can be told from a death.

    // RECOMMENDED. Without news of losses a dead node hangs the job; nobody can be lost here.
    fn lost(&self) -> Vec<Lost> {
        Vec::new()
    }

    // RECOMMENDED. As `lost`.
    fn on_lost(&self, _report: OnLost) {}

    // RECOMMENDED. Tests of what an operation costs read it.
    fn sent(&self, _to: Rank) -> Sent {
        self.lock().sent
    }

    // ALWAYS. One for all nodes of a host where the carrier can share memory; else one for each node, and then nodes on
    // one host spin without regard for each other.
    fn host(&self) -> &Host {
        &self.host
    }
}
