//! The life of a handle, `Box`, `Vec` or `String` alike: what each use of it asks for, and what it holds
//! afterwards.
//!
//! A [`Handle`] is a view of the three words as one node sees them. [`Handle::step`] is the only way from one to
//! the next. A step that moves or rewrites the object ends in [`Action::FreshStamp`] and is completed by
//! [`Event::Own`]: that event alone sets PRIVATE, and it takes a stamp with it, so the two cannot come apart (rule
//! 1).
//!
//! Invariants, checked at the start of each step but [`Event::Land`], which makes them true:
//! 1. PRIVATE implies that the handle holds the home object, in a partition of this node (rule 3).
//! 2. What is held is the home object where the address is homed here, and a pin where it is not.
//! 3. A handle at the reserved address has no object: it is PRIVATE, dangling, and never changes (rules 3, 12).

use super::actions::{Action, Actions, FreeKind};
use super::copy::CopyView;
use crate::{Address, CopyKey, Extent, Rank, Stamp};
use std::fmt;

/// The node on which a step is taken: the one whose memory the handle is in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Here {
    /// Its rank.
    pub rank: Rank,
}

/// What `ptr` is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Held {
    /// Null: the value must be found again.
    Nothing,
    /// The home object, in this node's partition (dangling for a value without an object).
    Home,
    /// A pinned copy.
    Pin,
}

/// A handle's three words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Handle {
    /// Where the object is.
    pub address: Address,
    /// The PRIVATE bit: homed here, and nobody else has been given this stamp.
    pub private: bool,
    /// Which value of the object this is.
    pub stamp: Stamp,
    /// What `ptr` is.
    pub held: Held,
}

/// What happens to a handle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// `deref` with a null `ptr`, or a guarded read.
    Read,
    /// `deref_mut`; the view of the copy is only asked for where the object is remote.
    Write {
        /// The whole copy on this node, as the copy table answered when asked to take it if it is sole.
        copy: CopyView,
    },
    /// A `Vec` or `String` is to be written and needs a larger slot.
    Grow {
        /// As in [`Event::Write`].
        copy: CopyView,
    },
    /// What a step that ended in [`Action::FreshStamp`] promised has been done.
    Own {
        /// Where the object is now, in this node's partition.
        at: Address,
        /// A stamp never used before.
        fresh: Stamp,
    },
    /// What a step that ended in [`Action::KeepStamp`] promised has been done.
    Grown {
        /// Where the object is now, in this node's partition.
        at: Address,
    },
    /// The (address, stamp) pair is handed to another node while this handle stays (trace mode `lend`).
    Expose,
    /// The handle leaves for good and its bytes here are dead (trace mode `depart`).
    Depart,
    /// The handle is lent by a `RefMut` whose task leaves the node.
    Lend,
    /// The handle has come in bytes from another node (trace mode `land`).
    Land,
    /// The lend has ended: the task's completion brought the object's final address.
    ComeHome {
        /// That address.
        at: Address,
        /// A stamp never used before.
        fresh: Stamp,
    },
    /// The pin is given back (`Box::release`).
    Unpin,
    /// The value is taken out of the object, to the caller's stack (`into_inner`, `take`).
    TakeOut {
        /// As in [`Event::Write`].
        copy: CopyView,
    },
    /// The value is replaced: a new home here, the old object freed, nothing fetched for it (`set`).
    Set {
        /// Whether the old value has a user `Drop` anywhere inside.
        user_drop: bool,
    },
    /// The handle is dropped and its object with it.
    Drop {
        /// Whether the value has a user `Drop` anywhere inside.
        user_drop: bool,
    },
    /// The bytes the handle is in are no longer a value: an evicted copy, a moved-out source, a freed slot
    /// (trace mode `forget`).
    Forget,
}

/// A step that no correct caller takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Illegal {
    /// The handle breaks an invariant of this module before anything happens to it.
    BrokenHandle(Handle),
    /// The place given with [`Event::Own`] or [`Event::Grown`] is not in this node's partition.
    NotHere(Address),
    /// The stamp given as fresh is the one that the handle had, or the reserved one (rule 1).
    StaleStamp(Stamp),
    /// [`Event::Grown`] for a handle that is not PRIVATE: others know its stamp (rule 1).
    Exposed(Address),
    /// A lend comes home to a handle that was not lent: it still has its pointer (rule 8).
    NotLent(Address),
    /// The handle still holds a pin that no step has given back (rule 4).
    StillPinned(Address),
    /// The event needs an object, and the handle has or is given the reserved address (rule 12).
    NoObject,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Illegal::BrokenHandle(handle) => write!(f, "no handle can be {handle:?}"),
            Illegal::NotHere(address) => write!(f, "{address:?} is not in this node's partition"),
            Illegal::StaleStamp(stamp) => write!(f, "stamp {} is not fresh", stamp.word()),
            Illegal::Exposed(address) => write!(f, "the object at {address:?} is exposed and cannot keep its stamp"),
            Illegal::NotLent(address) => write!(f, "the handle of {address:?} was not lent"),
            Illegal::NoObject => f.write_str("a value without an object has no place and cannot keep one"),
            Illegal::StillPinned(address) => {
                write!(f, "the copy of {address:?} is still pinned by its handle")
            }
        }
    }
}

impl std::error::Error for Illegal {}

impl Handle {
    /// A new object's handle (rule 1: PRIVATE comes with a fresh stamp).
    #[must_use]
    #[inline]
    pub const fn new(at: Address, fresh: Stamp) -> Handle {
        Handle { address: at, private: true, stamp: fresh, held: Held::Home }
    }

    /// The handle of a value without an object (rule 12).
    #[must_use]
    #[inline]
    pub const fn reserved() -> Handle {
        Handle::new(Address::RESERVED, Stamp::RESERVED)
    }

    /// Whether the value has no object.
    #[must_use]
    #[inline]
    pub fn is_reserved(&self) -> bool {
        self.address == Address::RESERVED
    }

    /// What the whole copy of the value, `len` bytes long, is filed under (rule 6).
    #[must_use]
    #[inline]
    pub fn key(&self, len: u64) -> CopyKey {
        CopyKey { stamp: self.stamp, address: self.address, len, extent: Extent::Whole }
    }

    /// The handle in bytes that leave the node: what stays behind is the step's business (rules 2, 3, 4).
    #[must_use]
    #[inline]
    pub fn sent(&self) -> Handle {
        if self.is_reserved() { *self } else { Handle { private: false, held: Held::Nothing, ..*self } }
    }

    /// Checks this module's invariants.
    ///
    /// # Errors
    /// [`Illegal::BrokenHandle`].
    #[inline]
    pub fn check(&self, here: Here) -> Result<(), Illegal> {
        let homed = self.address.home() == here.rank;
        let sound = if self.is_reserved() {
            *self == Handle::reserved()
        } else {
            match self.held {
                Held::Nothing => !self.private,
                Held::Home => homed,
                Held::Pin => !homed && !self.private,
            }
        };
        if sound && (self.is_reserved() || self.stamp != Stamp::RESERVED) {
            Ok(())
        } else {
            Err(Illegal::BrokenHandle(*self))
        }
    }

    /// Takes one step on node `here`: the handle afterwards, and what the caller must do, in order, to make it true.
    ///
    /// # Errors
    /// [`Illegal`]: the handle is as it was and the caller has a bug.
    #[inline]
    pub fn step(self, here: Here, event: Event) -> Result<(Handle, Actions), Illegal> {
        if event == Event::Land {
            // What arrives may still be as its sender had it: here it is made sound (rule 3).
            return Ok((self.sent(), Actions::NONE));
        }
        self.check(here)?;
        if self.is_reserved() {
            return self.without_object(here, event);
        }
        Ok(match event {
            Event::Read => self.read(here),
            Event::Write { copy } => self.write(here, copy),
            Event::Grow { copy } => self.grow(here, copy),
            Event::Own { at, fresh } => (self.own(here, at, fresh)?, Actions::NONE),
            Event::Grown { at } => (self.grown(here, at)?, Actions::NONE),
            Event::Expose => (Handle { private: false, ..self }, Actions::NONE),
            Event::Land => (self.sent(), Actions::NONE),
            Event::Depart | Event::Lend => self.depart(),
            Event::ComeHome { at, fresh } => (self.come_home(at, fresh)?, Actions::NONE),
            Event::Unpin => self.unpin(),
            Event::TakeOut { copy } => self.take_out(here, copy),
            Event::Set { user_drop } => self.set(here, user_drop),
            Event::Drop { user_drop } => (self.sent(), self.free(here, user_drop)),
            Event::Forget => (self.sent(), self.released()),
        })
    }

    /// Rule 12: nothing is fetched, freed or stamped for a value without an object. An object of its own it gets from
    /// [`Event::Grow`] (a `Vec` that was empty) or [`Event::Set`].
    fn without_object(self, here: Here, event: Event) -> Result<(Handle, Actions), Illegal> {
        let get_object = Actions::NONE.then(Action::AllocateHere).then(Action::FreshStamp);
        Ok(match event {
            Event::Own { at, fresh } => (self.own(here, at, fresh)?, Actions::NONE),
            Event::ComeHome { at, fresh } => (self.come_home(at, fresh)?, Actions::NONE),
            Event::Grown { .. } => return Err(Illegal::NoObject),
            Event::Grow { .. } => (self, get_object),
            Event::Set { user_drop: false } => (self, get_object),
            Event::Set { user_drop: true } => {
                (self, Actions::NONE.then(Action::DropHere).then(Action::AllocateHere).then(Action::FreshStamp))
            }
            Event::Drop { user_drop } => (self, Actions::NONE.then_if(user_drop, Action::DropHere)),
            Event::Read | Event::Write { .. } | Event::Expose | Event::Depart | Event::Lend | Event::Land => {
                (self, Actions::NONE)
            }
            Event::Unpin | Event::TakeOut { .. } | Event::Forget => (self, Actions::NONE),
        })
    }

    /// Rules 3, 4 and 6: the home object where it is homed here, otherwise a pinned whole copy.
    #[inline]
    fn read(self, here: Here) -> (Handle, Actions) {
        match self.held {
            Held::Home | Held::Pin => (self, Actions::NONE),
            Held::Nothing if self.homed(here) => {
                (Handle { held: Held::Home, ..self }, Actions::NONE.then(Action::UseHome))
            }
            Held::Nothing => (Handle { held: Held::Pin, ..self }, Actions::NONE.then(Action::PinCopy)),
        }
    }

    /// Rules 1, 6 and 7: a PRIVATE object is written as it is; an exposed one first gets a fresh stamp, in place
    /// where it is homed here, otherwise in a slot of this node, taken from the copy or from the home.
    #[inline]
    fn write(self, here: Here, copy: CopyView) -> (Handle, Actions) {
        if self.private {
            return (self, Actions::NONE);
        }
        let wait = Actions::NONE.then(Action::AwaitFetches);
        if self.homed(here) {
            let todo = wait.then_if(self.held == Held::Nothing, Action::UseHome);
            return (Handle { held: Held::Home, ..self }, todo.then(Action::FreshStamp));
        }
        let todo = self.fetch_out(wait.then(Action::AllocateHere), copy);
        (self.sent(), todo.then(Action::FreshStamp))
    }

    /// Rule 1, in parentheses: growing while PRIVATE keeps the stamp at the new address; growing while exposed is a
    /// new slot and a fresh stamp in one step.
    fn grow(self, here: Here, copy: CopyView) -> (Handle, Actions) {
        if !self.homed(here) {
            return self.write(here, copy);
        }
        let todo = Actions::NONE.then_if(!self.private, Action::AwaitFetches).then(Action::AllocateHere);
        let todo = todo.then(Action::CopyHere).then(Action::FreeHere { what: FreeKind::MovedOut });
        (self, todo.then(if self.private { Action::KeepStamp } else { Action::FreshStamp }))
    }

    /// Rule 1: the one step that sets PRIVATE, and it stores a fresh stamp.
    #[inline]
    fn own(self, here: Here, at: Address, fresh: Stamp) -> Result<Handle, Illegal> {
        if self.held == Held::Pin {
            return Err(Illegal::StillPinned(self.address));
        }
        self.must_be_fresh(fresh)?;
        must_be_here(here, at)?;
        Ok(Handle::new(at, fresh))
    }

    fn grown(self, here: Here, at: Address) -> Result<Handle, Illegal> {
        if !self.private {
            return Err(Illegal::Exposed(self.address));
        }
        must_be_here(here, at)?;
        Ok(Handle { address: at, ..self })
    }

    /// Rules 2, 4, 7 and 8: before the handle goes, or is lent mutably, fetches under it are answered, its pin is
    /// given back, `ptr` is null and PRIVATE clear. A lent handle is told from a departed one by the task's ledger.
    fn depart(self) -> (Handle, Actions) {
        let wait = Actions::NONE.then(Action::AwaitFetches);
        (self.sent(), wait.then_if(self.held == Held::Pin, Action::Release))
    }

    /// Rule 8: the lender stores the final address with a fresh stamp. PRIVATE stays clear: only [`Event::Own`]
    /// sets it. A `Vec` may come home without the object it went with, or with its first.
    fn come_home(self, at: Address, fresh: Stamp) -> Result<Handle, Illegal> {
        if self.held != Held::Nothing && !self.is_reserved() {
            return Err(Illegal::NotLent(self.address));
        }
        if at == Address::RESERVED {
            return Ok(Handle::reserved());
        }
        self.must_be_fresh(fresh)?;
        Ok(Handle { address: at, private: false, stamp: fresh, held: Held::Nothing })
    }

    /// Rule 4: only a pin is given back; the home object stays in `ptr`.
    fn unpin(self) -> (Handle, Actions) {
        let held = if self.held == Held::Pin { Held::Nothing } else { self.held };
        (Handle { held, ..self }, self.released())
    }

    fn take_out(self, here: Here, copy: CopyView) -> (Handle, Actions) {
        let wait = Actions::NONE.then(Action::AwaitFetches);
        let todo = if self.homed(here) {
            wait.then(Action::CopyHere).then(Action::FreeHere { what: FreeKind::MovedOut })
        } else {
            self.fetch_out(wait, copy)
        };
        (self.sent(), todo)
    }

    /// The old value goes as if dropped; the new one gets a slot here and a fresh stamp (rule 1).
    fn set(self, here: Here, user_drop: bool) -> (Handle, Actions) {
        let todo = self.free(here, user_drop);
        (self.sent(), todo.then(Action::AllocateHere).then(Action::FreshStamp))
    }

    /// Drop: without a user `Drop` inside, the home frees by trace, told by one one-way where it is another node.
    /// With one, the value comes to this thread, drops here, and its slot is freed with nothing left in it.
    fn free(self, here: Here, user_drop: bool) -> Actions {
        let todo = Actions::NONE.then(Action::AwaitFetches).then_if(self.held == Held::Pin, Action::Release);
        let from = self.address.home();
        match (self.homed(here), user_drop) {
            (true, false) => todo.then(Action::FreeHere { what: FreeKind::DropContents }),
            (true, true) => todo.then(Action::DropHere).then(Action::FreeHere { what: FreeKind::MovedOut }),
            (false, false) => todo.then(Action::SendFree { to: from, what: FreeKind::DropContents }),
            (false, true) => todo.then(Action::FetchAndFree { from }).then(Action::DropHere),
        }
    }

    /// Rule 6: a whole copy that is nobody else's is promoted and the old home told by a one-way; otherwise the
    /// object is fetched and freed in one message. An own pin is given back (rule 4), with the copy where that is
    /// sole.
    fn fetch_out(self, todo: Actions, copy: CopyView) -> Actions {
        let from = self.address.home();
        match copy {
            CopyView::Sole => todo.then(Action::Promote).then(Action::SendFree { to: from, what: FreeKind::MovedOut }),
            CopyView::Absent | CopyView::Shared => {
                todo.then_if(self.held == Held::Pin, Action::Release).then(Action::FetchAndFree { from })
            }
        }
    }

    fn released(self) -> Actions {
        Actions::NONE.then_if(self.held == Held::Pin, Action::Release)
    }

    #[inline]
    fn homed(&self, here: Here) -> bool {
        self.address.home() == here.rank
    }

    fn must_be_fresh(&self, fresh: Stamp) -> Result<(), Illegal> {
        if fresh == self.stamp || fresh == Stamp::RESERVED { Err(Illegal::StaleStamp(fresh)) } else { Ok(()) }
    }
}

fn must_be_here(here: Here, at: Address) -> Result<(), Illegal> {
    if at == Address::RESERVED {
        return Err(Illegal::NoObject);
    }
    if at.home() == here.rank { Ok(()) } else { Err(Illegal::NotHere(at)) }
}

#[cfg(test)]
mod tests;
