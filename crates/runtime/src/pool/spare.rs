//! Tasks that wait and that no thread of the pool has hands for: what may be given to other nodes.

use super::{Pool, State, Task};
use drust_proto::balance::least;
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

/// Tasks looked at, of each thread's and of the common queue: those that would begin last here.
const WINDOW: usize = 128;

impl Pool {
    /// Whether tasks wait that may be given.
    pub(crate) fn has_spare(&self) -> bool {
        let state = self.lock();
        self.spare() > 0 && state.queues_any(|tasks| last(tasks).any(|task| task.stake().is_some()))
    }

    /// How many of the tasks that are looked at may be given, up to `most`.
    pub(crate) fn count_givable(&self, most: usize) -> usize {
        let givable = |tasks: &VecDeque<Task>| last(tasks).filter(|task| task.stake().is_some()).count();
        let state = self.lock();
        let mut count = givable(&state.queue);
        for hand in &state.hands {
            if count >= most {
                break;
            }
            count += givable(&hand.lock());
        }
        count.min(most)
    }

    /// Takes tasks out that are to be given: so many as `allot` says, of those that are spare, with the fewest bytes
    /// here, the fewest first.
    pub(crate) fn take_spare(&self, allot: impl FnOnce(usize) -> usize) -> Vec<Task> {
        let mut state = self.lock();
        let most = allot(self.spare());
        let mut taken = state.queue.take_least(most);
        for hand in &state.hands {
            let left = most - taken.len();
            if left == 0 {
                break;
            }
            taken.extend(hand.lock().take_least(left));
        }
        drop(state);
        self.queued.fetch_sub(taken.len(), Ordering::Relaxed);
        taken.sort_by_key(|task| task.stake());
        taken
    }

    /// Tasks that wait, but for those that threads are free to begin, or were called for.
    pub(super) fn spare(&self) -> usize {
        let free = self.target.saturating_sub(self.busy.load(Ordering::Relaxed));
        self.queued.load(Ordering::Relaxed).saturating_sub(free)
    }
}

impl State {
    fn queues_any(&self, holds: impl Fn(&VecDeque<Task>) -> bool) -> bool {
        holds(&self.queue) || self.hands.iter().any(|hand| holds(&hand.lock()))
    }
}

fn last(tasks: &VecDeque<Task>) -> impl Iterator<Item = &Task> {
    tasks.range(tasks.len().saturating_sub(WINDOW)..)
}

/// Taking out what is given.
trait TakeLeast {
    fn take_least(&mut self, most: usize) -> Vec<Task>;
}

impl TakeLeast for VecDeque<Task> {
    fn take_least(&mut self, most: usize) -> Vec<Task> {
        if most == 0 {
            return Vec::new();
        }
        let first = self.len().saturating_sub(WINDOW);
        let places = least(last(self).map(|task| task.stake()), most);
        places.into_iter().rev().filter_map(|place| self.remove(first + place)).collect()
    }
}
