//! Giving tasks that have not begun to nodes that have room; who is given how many is decided by `proto::balance`.
//!
//! A task is packed where threads may wait, so a thread of its own does it: those of the pool are busy when there is
//! something to give. It has a stack like theirs, since a result may be dropped on it.
//!
//! Contract of a [`Giver`]:
//!
//! 1. `state` says what the thread waits for: it is `Alone` in a job of one node and `Unborn` before the first task was
//!    spare, for good or until the thread is started. The thread makes it `Spare` or `Room`, and looks once more after
//!    that before it sleeps. Whoever has seen to what it waits for makes it `Awake` by compare-exchange, and rings.
//! 2. What is looked at (the pool's queue, what is known of peers) is under locks, which those who ring have held
//!    before they look at `state`, and the thread holds after it has set it. So no ring is missed.

use crate::node::Node;
use crate::pool::{STACK, Task};
use crate::task::discard;
use drust_fabric::{Visible, Word, schedule};
use drust_proto::Rank;
use drust_proto::balance::{Pace, Placement, Reason, neediest};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// What begins here sooner than so long after it was queued is not given.
const SETTLE: Duration = Duration::from_micros(100);

#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
enum State {
    Alone,
    Unborn,
    Spare,
    Room,
    Awake,
}

/// The thread that gives tasks, while it sleeps; see the module.
pub(crate) struct Giver {
    state: AtomicU8,
    bell: Word,
}

impl Giver {
    pub(crate) fn new(size: usize) -> Giver {
        let state = if size == 1 { State::Alone } else { State::Unborn };
        Giver { state: AtomicU8::new(state as u8), bell: Word::default() }
    }

    /// Gives nothing, ever; before the first task.
    pub(crate) fn abstain(&self) {
        self.state.store(State::Alone as u8, Ordering::SeqCst);
    }

    fn is(&self, state: State) -> bool {
        self.state.load(Ordering::SeqCst) == state as u8
    }

    fn goes(&self, from: State, to: State) -> bool {
        self.state.compare_exchange(from as u8, to as u8, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    fn ring(&self) {
        self.bell.bump();
        self.bell.wake_all();
    }

    /// Tasks wait here that no thread is free to begin. To be called under no lock.
    #[inline]
    pub(crate) fn spare(&self, node: &'static Node) {
        if self.is(State::Spare) && self.goes(State::Spare, State::Awake) {
            self.ring();
        } else if self.is(State::Unborn) {
            self.start(node);
        }
    }

    /// A peer may have room.
    pub(crate) fn hear(&self, node: &'static Node, peer: Rank) {
        if self.is(State::Room) && node.loads().of(peer).free() > 0 && self.goes(State::Room, State::Awake) {
            self.ring();
        }
    }

    #[cold]
    fn start(&self, node: &'static Node) {
        if !self.goes(State::Unborn, State::Awake) {
            return;
        }
        let name = format!("drust-{}-giver", node.rank());
        if let Err(error) = node.start_thread(Some(name), Some(STACK), move || give(node)) {
            self.abstain();
            Visible::tell(
                || tracing::error!(target: "drust::pool", %error, "no thread that gives tasks: all stay here"),
            );
        }
    }

    /// Sleeps until it is rung for `state`, unless what it waits for is `there` already.
    fn sleep(&self, state: State, there: impl FnOnce() -> bool) {
        self.state.store(state as u8, Ordering::SeqCst);
        if there() && self.goes(state, State::Awake) {
            return;
        }
        loop {
            let seen = self.bell.load();
            if !self.is(state) {
                return;
            }
            self.bell.wait(seen, None);
        }
    }
}

/// What the giver knows of a peer.
#[derive(Clone, Copy, Default)]
struct Dealings {
    pace: Pace,
    /// When it was given something last, and how many completions had come from it by then.
    last: Option<(Instant, u32)>,
}

/// The life of the giver.
fn give(node: &'static Node) {
    let mut dealings = vec![Dealings::default(); usize::from(node.size())];
    let needy = || neediest(node.rank(), node.size(), |rank| node.loads().of(rank));
    while !node.has_ended() {
        schedule::pass();
        if !node.pool().has_spare() {
            node.giver().sleep(State::Spare, || node.pool().has_spare());
            schedule::sleep(SETTLE);
        } else if let Some(peer) = needy() {
            let given = give_to(node, peer, &mut dealings[usize::from(peer.0)]);
            schedule::sleep(Pace::rest(given));
        } else {
            node.giver().sleep(State::Room, || needy().is_some());
        }
    }
}

/// Gives a peer its share; how many tasks that was.
fn give_to(node: &'static Node, peer: Rank, dealings: &mut Dealings) -> usize {
    let (now, load, ended) = (schedule::now(), node.loads().of(peer), node.loads().ended(peer));
    if let Some((last, before)) = dealings.last {
        dealings.pace = dealings.pace.after(now.saturating_duration_since(last), ended.wrapping_sub(before));
    }
    dealings.last = Some((now, ended));
    let workers = node.own_load().workers;
    let tasks: Vec<Task> = node.pool().take_spare(|spare| dealings.pace.allot(spare, workers, load));
    let given = tasks.len();
    give_all(node, Reason::Idle, tasks.into_iter().map(|task| (task, peer)));
    given
}

/// Has other nodes run tasks that were taken out of the queue. Of one that somebody has run meanwhile, and whose
/// result nobody took, the last owner may be here: what its drop panics with must not keep the others back.
pub(crate) fn give_all(node: &'static Node, reason: Reason, tasks: impl IntoIterator<Item = (Task, Rank)>) {
    for (task, to) in tasks {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| task.give(node, Placement { to, reason }))) {
            discard(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Run;
    use crate::stub;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    struct Ended(Arc<AtomicUsize>);

    impl Run for Ended {
        fn run(self: Arc<Self>) {
            unreachable!("it is given");
        }
        fn give(self: Arc<Self>, _: &'static Node, _: Placement) {}
    }

    impl Drop for Ended {
        fn drop(&mut self) {
            assert_ne!(self.0.fetch_add(1, Ordering::Relaxed), 0, "the first panics");
        }
    }

    /// Takes so many KiB of the stack.
    fn deep(left: usize) -> u8 {
        let room = std::hint::black_box([1_u8; 1 << 10]);
        if left == 0 { room[0] } else { room[left % room.len()] + deep(left - 1) - 1 }
    }

    /// A task whose result is as long a chain as a stack of the pool's can drop, at the giver as anywhere.
    struct Chain(Arc<AtomicUsize>);

    impl Run for Chain {
        fn run(self: Arc<Self>) {
            while self.0.load(Ordering::Acquire) == 0 {
                schedule::yield_now();
            }
        }
        fn stake(&self) -> Option<u64> {
            Some(0)
        }
        fn give(self: Arc<Self>, _: &'static Node, _: Placement) {
            self.0.fetch_add(usize::from(deep(8 << 10)), Ordering::Release);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes long")]
    fn what_is_dropped_on_the_giver_has_the_stack_of_a_task() {
        let (node, _) = stub::node();
        let given = Arc::new(AtomicUsize::new(0));
        (0..2).for_each(|_| node.pool().push(node, Arc::new(Chain(given.clone()))));
        while given.load(Ordering::Acquire) == 0 {
            schedule::yield_now();
        }
    }

    #[test]
    fn a_result_that_panics_as_it_is_dropped_keeps_no_task_back() {
        let (node, _) = stub::node();
        let given = Arc::new(AtomicUsize::new(0));
        give_all(node, Reason::Idle, (0..3).map(|_| (Arc::new(Ended(given.clone())) as Task, Rank(1))));
        assert_eq!(given.load(Ordering::Relaxed), 3);
    }
}
