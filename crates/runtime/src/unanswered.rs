//! Fetches that were begun and are not waited for (yet), and the ends of borrows that wait for them (DESIGN rule 7).
//!
//! The count is the node's: what a task borrows may pass to another thread of its node by std's means, with fetches
//! under way. It must not depend on the one who began a fetch, who may have forgotten it. So each fetch has a number,
//! its answer takes it off here, on whichever thread that arrives, and an end of a borrow waits for all that were begun
//! before it, but for none that begin meanwhile: those are under other borrows.
//!
//! Contract:
//!
//! 1. `count` is the number of open fetches; it rises before the request leaves, and falls after its answer is in.
//!    Whoever ends a borrow sees the fetches begun under it: it synchronised with who began them, or the borrow would
//!    not be over.
//! 2. An end in `ends` has the [`Fetches`] that it found open, by their numbers' limit, and takes their answers through
//!    it; at none its gate opens, once, outside the lock.

use crate::gate::Gate;
use crate::node::Node;
use drust_heap::journal;
use drust_proto::coherence::journal::{Doer, Record};
use drust_proto::coherence::{Ending, Fetches, Verdict};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Fetches of a node that may be under way for nobody who waits: whoever abandons fetches, and begins more, must not
/// fill the queues of their homes with answers.
const MOST: usize = 4096;

/// The number of a fetch that nobody waits for; see the module.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Number(pub(crate) u64);

/// A node's fetches under way.
#[derive(Default)]
pub(crate) struct Unanswered {
    count: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    begun: u64,
    fetches: Fetches,
    /// Who began each of the last so many fetches, if it is open; the first of them is.
    open: VecDeque<Option<Doer>>,
    ends: Vec<End>,
}

impl State {
    /// Strikes out an open fetch, and tells who began it.
    fn close(&mut self, number: Number) -> Option<Doer> {
        let first = self.begun + 1 - self.open.len() as u64;
        let by = self.open.get_mut(usize::try_from(number.0.checked_sub(first)?).ok()?)?.take();
        while self.open.pop_front_if(|open| open.is_none()).is_some() {}
        by
    }
}

/// An end of a borrow that waits.
struct End {
    /// Fetches from this number on began after it.
    limit: Number,
    left: Fetches,
    gate: Arc<Gate>,
}

impl Unanswered {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic under this lock")
    }

    /// A fetch is about to be asked for.
    pub(crate) fn begin(&self, node: &Node) -> Number {
        let by = journal::doer(node.rank());
        journal::note(|| Record::FetchBegun { by });
        let mut state = self.state();
        state.begun += 1;
        let number = Number(state.begun);
        state.fetches = state.fetches.begin().expect("a slot for each, of which there are fewer");
        state.open.push_back(Some(by));
        self.count.store(state.fetches.unanswered() as usize, Ordering::Relaxed);
        number
    }

    /// Whether so many are under way that no more should begin before they are wanted.
    pub(crate) fn are_many(&self) -> bool {
        self.count.load(Ordering::Relaxed) >= MOST
    }

    /// Its answer is here, whether or not anybody still wants it.
    pub(crate) fn answered(&self, node: &Node, number: Number) {
        let mut state = self.state();
        let by = state.close(number).expect("a fetch is answered once");
        journal::note(|| Record::FetchAnswered { by });
        state.fetches = state.fetches.answered().expect("it was counted");
        let mut ended = Vec::new();
        state.ends.retain_mut(|end| {
            if number < end.limit {
                end.left = end.left.answered().expect("it was counted");
            }
            let over = end.left == Fetches::NONE;
            if over {
                ended.push(end.gate.clone());
            }
            !over
        });
        self.count.store(state.fetches.unanswered() as usize, Ordering::Release);
        drop(state);
        ended.iter().for_each(|gate| gate.open(node));
    }

    /// Waits until all fetches that have begun are answered, if `ending` must.
    #[inline]
    pub(crate) fn wait(&self, node: &'static Node, ending: Ending) {
        if self.count.load(Ordering::Acquire) != 0 {
            self.wait_slowly(node, ending);
        }
    }

    #[cold]
    fn wait_slowly(&self, node: &'static Node, ending: Ending) {
        let gate = {
            let mut state = self.state();
            if state.fetches.before(ending) == Verdict::Go {
                return;
            }
            let gate = Arc::new(Gate::new());
            let end = End { limit: Number(state.begun + 1), left: state.fetches, gate: gate.clone() };
            state.ends.push(end);
            gate
        };
        gate.wait(node, &"the fetches under way, before a borrow ends");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::Body;
    use crate::stub;
    use drust_fabric::{Fabric, Lane, Mode, Solo};
    use drust_proto::Rank;
    use drust_proto::wire::Frame;
    use std::sync::atomic::AtomicBool;

    fn body() -> Body {
        let solo = Solo::new();
        let mut body = None;
        solo.send(Rank(0), Lane::Small, &[], Mode::Defer).unwrap();
        solo.poll(&mut |_, _, message| body = Some(Body::new(message, 0)));
        body.unwrap()
    }

    fn answer(node: &'static Node, id: u64) {
        node.queries().answered(node, Rank(1), id, Frame::FenceAck { id }, body()).unwrap();
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a thread of a real process")]
    fn an_end_waits_for_what_began_before_it_and_for_nothing_else() {
        let (node, _) = stub::node();
        let fetches = node.unanswered();
        node.await_fetches(Ending::Drop);
        let begin = || node.queries().ask_ahead(Rank(1), fetches.begin(node)).0;
        let (first, second) = (begin(), begin());
        let ended = Arc::new(AtomicBool::new(false));
        let end = {
            let ended = ended.clone();
            std::thread::spawn(move || {
                node.enter();
                node.await_fetches(Ending::GiveAway);
                ended.store(true, Ordering::Release);
            })
        };
        while fetches.state().ends.is_empty() {
            std::thread::yield_now();
        }
        let later = begin();
        answer(node, second);
        answer(node, later);
        assert!(!ended.load(Ordering::Acquire), "the first is not answered");
        let last = begin();
        answer(node, first);
        end.join().unwrap();
        assert!(fetches.state().ends.is_empty());
        assert_eq!(fetches.count.load(Ordering::Relaxed), 1);
        answer(node, last);
        node.await_fetches(Ending::Completion);
    }
}
