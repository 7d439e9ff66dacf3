//! `VecDeque`: a queue with two ends, made of two vectors.
//!
//! A slot of the heap has its initialised values first and nothing after them, so a ring, which has a gap somewhere,
//! does not fit it. Two vectors do: the front, in reverse, and the back, in order.
//!
//! ```text
//! front  | 2 | 1 | 0 |        back  | 3 | 4 | 5 | 6 |
//! ```
//!
//! Contract:
//!
//! 1. The values are those of the front, last to first, and then those of the back.
//! 2. No function of the user's runs while values are between the two.
//! 3. What is near an end and lies on the other side costs a settlement of all values once, after which a number of
//!    operations proportional to theirs is needed before the next: so amortised costs are std's.

mod drain;
mod edit;
mod from;
mod iter;
mod remove;
mod search;
mod traits;

pub use drain::{Drain, IntoIter};
pub use iter::{Iter, IterMut};

use crate::vec::Vec;
use drust_heap::{Carry, Portable};
use drust_macros::Portable;
use drust_runtime::cancel;
use std::ops::Range;

/// A queue with two ends, as std's, wherever in the cluster its values lie.
///
/// Adding and taking at both ends is O(1) amortised, access by index O(1), inserting and removing O(distance to the
/// nearer end) amortised. A `VecDeque` is 80 bytes and owns two objects, its front and its back.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | reading or writing at home, reading again | 0 |
/// | first read of a remote front or back: all its values come as one copy | 1 fetch |
/// | first iteration over a remote deque | 2 fetches, at once where the back has up to 64 KiB |
/// | write of a remote front or back | 1 fetch and 1 one-way free; no fetch when this node alone holds a copy |
/// | taking at an end whose side is empty | as a write of the other side |
/// | drop of a remote deque | 1 one-way for each side (with a user's `Drop` inside: the values come here first) |
///
/// ```
/// use drust::collections::VecDeque;
/// let mut queue: VecDeque<u32> = VecDeque::new();
/// queue.push_back(2);
/// queue.push_back(3);
/// queue.push_front(1);
/// assert_eq!(queue, [1, 2, 3]);
/// assert_eq!((queue.pop_front(), queue.pop_back()), (Some(1), Some(3)));
/// ```
#[derive(Portable)]
pub struct VecDeque<T: Carry> {
    /// The first values, the very first one last.
    front: Vec<T>,
    /// The values after them, in order.
    back: Vec<T>,
}

/// Where a value lies.
enum Place {
    Front(usize),
    Back(usize),
}

impl<T: Portable> VecDeque<T> {
    /// A deque without values, room or messages.
    ///
    /// ```
    /// static NONE: drust::collections::VecDeque<u32> = drust::collections::VecDeque::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> VecDeque<T> {
        VecDeque { front: Vec::new(), back: Vec::new() }
    }

    /// An empty deque with room for at least `capacity` values at its back, on this node.
    ///
    /// # Panics
    /// As [`Vec::with_capacity`].
    ///
    /// ```
    /// assert!(drust::collections::VecDeque::<u32>::with_capacity(10).capacity() >= 10);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> VecDeque<T> {
        VecDeque { front: Vec::new(), back: Vec::with_capacity(capacity) }
    }

    /// How many values the deque can hold without more room, if all further ones are added at the back.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::with_capacity(10);
    /// queue.push_back(1);
    /// assert_eq!(queue.capacity(), 10);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.front.len().saturating_add(self.back.capacity())
    }

    /// Values in it; known without looking at them.
    ///
    /// ```
    /// assert_eq!(drust::collections::VecDeque::from([1, 2]).len(), 2);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.front.len() + self.back.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(!drust::collections::VecDeque::from([1, 2]).is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a value before the first.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([2]);
    /// queue.push_front(1);
    /// assert_eq!(queue, [1, 2]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn push_front(&mut self, value: T) {
        self.front.push(value);
    }

    /// Adds a value after the last.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1]);
    /// queue.push_back(2);
    /// assert_eq!(queue, [1, 2]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn push_back(&mut self, value: T) {
        self.back.push(value);
    }

    /// Takes the first value.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!((queue.pop_front(), queue.pop_front(), queue.pop_front()), (Some(1), Some(2), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn pop_front(&mut self) -> Option<T> {
        if self.front.is_empty() {
            if self.back.len() <= 1 {
                return self.back.pop();
            }
            // All of them: a queue then turns each value once.
            self.settle(self.len());
        }
        self.front.pop()
    }

    /// Takes the last value.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!((queue.pop_back(), queue.pop_back(), queue.pop_back()), (Some(2), Some(1), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn pop_back(&mut self) -> Option<T> {
        if self.back.is_empty() {
            if self.front.len() <= 1 {
                return self.front.pop();
            }
            // Half of them: if both ends turned all, taking from them in turns would turn all each time.
            self.settle(self.len() / 2);
        }
        self.back.pop()
    }

    /// The first value.
    ///
    /// ```
    /// assert_eq!(drust::collections::VecDeque::from([1, 2]).front(), Some(&1));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The first value, to be written.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// *queue.front_mut().unwrap() = 7;
    /// assert_eq!(queue, [7, 2]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// The last value.
    ///
    /// ```
    /// assert_eq!(drust::collections::VecDeque::from([1, 2]).back(), Some(&2));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// The last value, to be written.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// *queue.back_mut().unwrap() = 7;
    /// assert_eq!(queue, [1, 7]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().wrapping_sub(1))
    }

    /// The value at `index`, the first being at 0.
    ///
    /// ```
    /// let queue = drust::collections::VecDeque::from([1, 2]);
    /// assert_eq!((queue.get(1), queue.get(2)), (Some(&2), None));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get(&self, index: usize) -> Option<&T> {
        match self.place(index) {
            Place::Front(at) => self.front.get(at),
            Place::Back(at) if at < self.back.len() => Some(&self.back[at]),
            Place::Back(_) => None,
        }
    }

    /// The value at `index`, to be written.
    ///
    /// ```
    /// let mut queue = drust::collections::VecDeque::from([1, 2]);
    /// *queue.get_mut(1).unwrap() = 7;
    /// assert_eq!(queue, [1, 7]);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        match self.place(index) {
            Place::Front(at) => self.front.get_mut(at),
            Place::Back(at) if at < self.back.len() => Some(&mut self.back[at]),
            Place::Back(_) => None,
        }
    }

    /// Gives back the copies that reading through the deque has pinned, if there are any; sends nothing.
    ///
    /// ```
    /// use drust::collections::VecDeque;
    /// let mut queue = VecDeque::from([1, 2]);
    /// VecDeque::release(&mut queue);
    /// assert_eq!(queue, [1, 2]);
    /// ```
    pub fn release(this: &mut VecDeque<T>) {
        Vec::release(&mut this.front);
        Vec::release(&mut this.back);
    }

    /// Where the value at `index` lies, or would.
    #[inline]
    fn place(&self, index: usize) -> Place {
        let front = self.front.len();
        if index < front { Place::Front(front - 1 - index) } else { Place::Back(index - front) }
    }

    /// The places in front and back of the values from `start` to `end`.
    fn parts(&self, start: usize, end: usize) -> (Range<usize>, Range<usize>) {
        let front = self.front.len();
        let (first, last) = (start.min(front), end.min(front));
        (front - last..front - first, start.max(front) - front..end.max(front) - front)
    }

    /// Looks at front and back, and leaves no pin.
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(Iter<'_, T>) -> R) -> R {
        self.prefetch();
        self.front.look(|front| self.back.look(|back| look(Iter::new(front, back))))
    }

    /// Begins to fetch the back where the front is about to be waited for; a hint.
    #[track_caller]
    fn prefetch(&self) {
        if !self.front.is_empty() {
            self.back.prefetch();
        }
    }

    /// Moves values between front and back until the front has `count` of them. What is under way between the two is
    /// not cut short.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn settle(&mut self, count: usize) {
        cancel::unbound(|| self.settle_at_once(count));
    }

    #[track_caller]
    fn settle_at_once(&mut self, count: usize) {
        debug_assert!(count <= self.len());
        let front = self.front.len();
        if (front == 0 && count == self.back.len()) || (count == 0 && self.back.is_empty()) {
            std::mem::swap(&mut self.front, &mut self.back);
            let turned = if count == 0 { &mut self.back } else { &mut self.front };
            turned.reverse();
        } else if count > front {
            let more = count - front;
            self.front.extend(self.back.drain(..more));
            self.front.rotate_right(more);
            self.front[..more].reverse();
        } else if count < front {
            let fewer = front - count;
            self.back.extend(self.front.drain(..fewer).rev());
            self.back.rotate_right(fewer);
        }
    }

    /// Prepares for the removal of the values from `start` to `end`, or for an insertion there: where that is near one
    /// end and (partly) on the other side, both sides get half of the values.
    #[track_caller]
    fn near(&mut self, start: usize, end: usize) {
        let (len, front) = (self.len(), self.front.len());
        let first = end < len / 4 && end > front;
        let last = len - start < len / 4 && start < front;
        if first || last {
            self.settle(len / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the values 0 to 999 are in the front after some work on them, all of which were in the back.
    fn in_front(work: impl FnOnce(&mut VecDeque<u32>)) -> usize {
        let mut deque = (0..1000).collect();
        work(&mut deque);
        deque.front.len()
    }

    #[test]
    fn work_near_an_end_settles_the_values_once() {
        assert_eq!(in_front(|deque| _ = deque.remove(1)), 499);
        assert_eq!(in_front(|deque| _ = (deque.remove(200), deque.remove(1))), 498, "not again");
        assert_eq!(in_front(|deque| drop(deque.drain(..10))), 490);
        assert_eq!(in_front(|deque| (deque.insert(1, 0), deque.insert(1, 0)).0), 502);
        assert_eq!(in_front(|deque| (deque.truncate(900), drop(deque.split_off(800))).0), 0, "it was settled");
        let all = |deque: &mut VecDeque<u32>| deque.settle(1000);
        assert_eq!(in_front(|deque| _ = (all(deque), deque.remove(998))), 500);
        assert_eq!(in_front(|deque| (all(deque), deque.truncate(990)).1), 500);
        assert_eq!(in_front(|deque| (all(deque), drop(deque.split_off(990))).1), 500);
        assert_eq!(in_front(|deque| _ = (all(deque), deque.remove(500))), 999, "the middle is far from both ends");
    }

    #[test]
    fn taking_from_the_ends_turns_all_or_half() {
        assert_eq!(in_front(|deque| _ = deque.pop_front()), 999);
        assert_eq!(in_front(|deque| _ = (deque.pop_front(), deque.pop_back())), 499);
        assert_eq!(in_front(|deque| _ = deque.make_contiguous()), 0);
    }
}
