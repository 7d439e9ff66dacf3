//! What a transition asks of its caller: a short list, on the stack, to be done in order.

use crate::Rank;
use std::fmt;
use std::ops::Deref;

/// What becomes of an object's contents when its slot is freed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FreeKind {
    /// They have moved or were dropped: only their pins are released (trace mode `forget`).
    MovedOut,
    /// They go with it: what they own is freed by trace (mode `drop`); no user `Drop` is among them.
    DropContents,
}

/// One thing the caller of [`Handle::step`](super::Handle::step) must do, before the next in the list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Wait until this task has no unanswered fetch (rule 7).
    AwaitFetches,
    /// Store the home object's place in `ptr`.
    UseHome,
    /// Pin the copy filed under the handle's key, fetching it where there is none, and store its place in `ptr`
    /// (rule 4: look up and count under the shard lock, then compare-and-swap; the loser releases).
    PinCopy,
    /// Give back the pin that `ptr` was, found in the copy table by `ptr` (rule 4).
    Release,
    /// Allocate a slot in this node's partition.
    AllocateHere,
    /// Copy the object's bytes from its slot here to their destination (`depart` and `land` are not needed: same
    /// node).
    CopyHere,
    /// Copy the bytes of the whole copy, already taken out of the copy table with the handle's own pin (the answer
    /// was [`CopyView::Sole`](super::CopyView::Sole)), to their destination, `land` them, and `forget` the copy
    /// (rule 6).
    Promote,
    /// Take the object's bytes from its home to their destination, traced by `depart` at the source, which clears
    /// PRIVATE there (rule 2), and by `land` here; the home frees the slot as [`FreeKind::MovedOut`].
    FetchAndFree {
        /// The home.
        from: Rank,
    },
    /// Tell the home to free the slot, one way.
    SendFree {
        /// The home.
        to: Rank,
        /// What becomes of the contents.
        what: FreeKind,
    },
    /// Run the value's `Drop` on this thread, where its bytes are now.
    DropHere,
    /// Free the slot in this node's partition.
    FreeHere {
        /// What becomes of the contents.
        what: FreeKind,
    },
    /// Take a fresh stamp and give it to [`Event::Own`](super::Event::Own) with the object's place (rule 1). Always
    /// last.
    FreshStamp,
    /// Give [`Event::Grown`](super::Event::Grown) the object's new place; the stamp stays (rule 1). Always last.
    KeepStamp,
}

/// A list of at most [`Actions::MAX`] actions, held by value.
#[derive(Clone, Copy)]
pub struct Actions {
    list: [Action; Self::MAX],
    len: u8,
}

impl Actions {
    /// The longest list of any transition.
    pub const MAX: usize = 8;

    /// Nothing to do.
    pub const NONE: Actions = Actions { list: [Action::UseHome; Self::MAX], len: 0 };

    /// This list and `action` after it.
    #[inline]
    pub(super) const fn then(mut self, action: Action) -> Actions {
        self.list[self.len as usize] = action;
        self.len += 1;
        self
    }

    /// This list and, where `wanted`, `action` after it.
    #[inline]
    pub(super) const fn then_if(self, wanted: bool, action: Action) -> Actions {
        if wanted { self.then(action) } else { self }
    }
}

impl Deref for Actions {
    type Target = [Action];

    #[inline]
    fn deref(&self) -> &[Action] {
        &self.list[..usize::from(self.len)]
    }
}

impl PartialEq for Actions {
    fn eq(&self, other: &Actions) -> bool {
        **self == **other
    }
}

impl Eq for Actions {}

impl fmt::Debug for Actions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_was_added_in_order() {
        let list = Actions::NONE.then(Action::Release).then_if(false, Action::UseHome).then_if(true, Action::DropHere);
        assert_eq!(*list, [Action::Release, Action::DropHere]);
        assert_ne!(list, Actions::NONE);
        assert_eq!(format!("{list:?}"), "[Release, DropHere]");
    }

    #[test]
    fn a_list_is_small_enough_to_return_in_passing() {
        assert!(size_of::<Actions>() <= 80, "{}", size_of::<Actions>());
    }
}
