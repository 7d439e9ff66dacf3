//! What a scenario may do, how much there is of everything, and what is broken in it on purpose.

use crate::fault::{Fault, Wrong};
use crate::stage::Stage;
use drust_proto::CopyKey;
use drust_proto::Extent;

/// How a value comes from its home.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// The reader copies it out of its home's memory, in one step (`shm`).
    Direct,
    /// It is asked for, served and answered, each a step of its own (`tcp`).
    Messages,
}

/// Whose unanswered fetches an end of a borrow awaits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    PerTask,
    PerNode,
}

/// What is allowed besides reading, arriving, ending and delivering: a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allow(pub u32);

impl Allow {
    pub const WRITE: Allow = Allow(1);
    pub const GROW: Allow = Allow(1 << 1);
    pub const SET: Allow = Allow(1 << 2);
    pub const TAKE: Allow = Allow(1 << 3);
    pub const DROP: Allow = Allow(1 << 4);
    pub const UNPIN: Allow = Allow(1 << 5);
    pub const SHARE: Allow = Allow(1 << 6);
    /// `Ref`s of a part.
    pub const PART: Allow = Allow(1 << 7);
    /// Borrows by tasks of the same node.
    pub const LOCAL: Allow = Allow(1 << 8);
    /// `RefMut`s of boxes, and of values.
    pub const LEND: Allow = Allow(1 << 9);
    pub const GUEST: Allow = Allow(1 << 10);
    pub const GIVE: Allow = Allow(1 << 11);
    /// A box passed from task to task on one node by the means of std, unseen by drust.
    pub const HAND: Allow = Allow(1 << 12);
    pub const NEW: Allow = Allow(1 << 13);
    /// A box put into a value, and taken out of it.
    pub const NEST: Allow = Allow(1 << 14);
    pub const PREFETCH: Allow = Allow(1 << 15);
    /// Waiters give up.
    pub const GIVE_UP: Allow = Allow(1 << 16);
    pub const EVICT: Allow = Allow(1 << 17);
    /// A copy finds no memory.
    pub const FULL: Allow = Allow(1 << 18);
    /// A pin is counted and stored in two steps.
    pub const RACE: Allow = Allow(1 << 19);
    /// Tasks spawn tasks.
    pub const CHAIN: Allow = Allow(1 << 20);
    /// Tasks end by panic, and forget their borrows.
    pub const PANIC: Allow = Allow(1 << 21);
    pub const FORGET: Allow = Allow(1 << 22);
    pub const CRASH: Allow = Allow(1 << 23);
    /// `mem::take` of a vector.
    pub const EMPTY: Allow = Allow(1 << 24);
    /// Uses of boxes inside values, besides reading them.
    pub const DEEP: Allow = Allow(1 << 25);
    /// A writer gives its own pin back before it asks the law, as the runtime does.
    pub const UNPINS_FIRST: Allow = Allow(1 << 26);

    /// `Ref`s by value: the bytes go along.
    pub const COPY: Allow = Allow(1 << 27);
    /// `Ref::step`: on from a value to what a box in it owns.
    pub const STEP: Allow = Allow(1 << 28);

    /// Borrowers on their parent's node are threads of std's scopes, whose end drust does not see.
    pub const PLAIN: Allow = Allow(1 << 29);

    pub const fn or(self, other: Allow) -> Allow {
        Allow(self.0 | other.0)
    }

    pub const fn without(self, other: Allow) -> Allow {
        Allow(self.0 & !other.0)
    }

    pub fn has(self, other: Allow) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One scenario and its bounds.
#[derive(Clone, Copy)]
pub struct Config {
    pub name: &'static str,
    pub nodes: u8,
    /// Slots of each node.
    pub slots: u8,
    /// Copies that fit on a node.
    pub copies: u8,
    /// Tasks alive at once, `main` among them, and what each may hold.
    pub tasks: u8,
    pub holds: u8,
    /// Messages under way that belong to no task.
    pub posts: usize,
    pub carrier: Carrier,
    pub count: Count,
    pub allow: Allow,
    /// Objects whose type has a user `Drop` inside: a bit each, the last for those of a vector without an object.
    pub user_drop: u8,
    /// Steps from the start that are explored; all, where there is no bound.
    pub depth: u32,
    pub start: fn(&mut Stage<'_>),
    pub fault: Fault,
    /// What is looked for, where that is not everything: a fault shows sooner as one thing than as another.
    pub only: &'static [Wrong],
}

impl Config {
    pub fn may(&self, what: Allow) -> bool {
        self.allow.has(what)
    }

    pub fn looks_for(&self, how: Wrong) -> bool {
        self.only.is_empty() || self.only.contains(&how)
    }

    pub fn drops_user_code(&self, object: u8) -> bool {
        self.user_drop >> (object & 7) & 1 == 1
    }

    /// The key that a copy is found by: the law's, unless that is what is broken.
    pub fn key(&self, key: CopyKey) -> CopyKey {
        match self.fault {
            Fault::KeyWithoutStamp => CopyKey { stamp: drust_proto::Stamp(std::num::NonZeroU64::MIN), ..key },
            Fault::KeyWithoutLength => CopyKey { len: 0, ..key },
            Fault::KeyWithoutExtent => CopyKey { extent: Extent::Whole, ..key },
            _ => key,
        }
    }
}
