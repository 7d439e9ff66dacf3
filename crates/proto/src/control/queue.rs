//! How a node that has enough tasks of another's to begin says so, and when it takes more.
//!
//! ```text
//!  sender                                     receiver
//!  Open --task--> ... --task-->               waiting = most: full
//!    |  <------------------ Queue(full, n) ----|
//!  Full: its threads wait                      waiting = enough: not full
//!    |  <------------------ Queue(open, n+1) --|
//!  Open
//! ```
//!
//! Only tasks that nobody has begun count: one that has begun may wait for what its sender does next. Contract:
//!
//! 1. What an [`Inlet`] tells bears rising numbers, and an [`Outlet`] takes no older word than it has: they may come in
//!    any order.
//! 2. So when all is told, the outlet is as the inlet; and since that of an empty queue is open, nobody waits for ever
//!    before one.
//! 3. Where no task of a full queue can be begun, since all threads that there may be are taken, the queue opens until
//!    it takes more again ([`Inlet::lift`]): what those threads wait for may be a lock that a sender holds meanwhile.

/// What a receiver tells of its queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tell {
    /// The number of it, from 1.
    pub number: u64,
    /// Whether no more is to come.
    pub full: bool,
}

/// The receiver's side: how many tasks of one sender nobody has begun.
///
/// ```
/// use drust_proto::control::queue::{Inlet, Outlet};
/// let (mut inlet, mut outlet) = (Inlet::new(2, 1), Outlet::default());
/// assert_eq!(inlet.arrived(), None);
/// let full = inlet.arrived().unwrap();
/// let open = inlet.began().unwrap();
/// outlet.heard(open);
/// outlet.heard(full);
/// assert!(!outlet.is_full(), "that was over when it was heard of");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Inlet {
    most: u32,
    enough: u32,
    waiting: u32,
    full: bool,
    /// It was full, and opened all the same.
    lifted: bool,
    number: u64,
}

impl Inlet {
    /// A queue that is full with `most` tasks, until there are `enough` again, which is less.
    #[must_use]
    pub const fn new(most: u32, enough: u32) -> Inlet {
        assert!(enough < most);
        Inlet { most, enough, waiting: 0, full: false, lifted: false, number: 0 }
    }

    /// A task has come; what the sender is to be told.
    pub fn arrived(&mut self) -> Option<Tell> {
        self.waiting = self.waiting.saturating_add(1);
        self.turn(!self.full && !self.lifted && self.waiting >= self.most)
    }

    /// A task was begun, or has gone elsewhere; what the sender is to be told.
    pub fn began(&mut self) -> Option<Tell> {
        debug_assert!(self.waiting > 0, "who begins has come");
        self.waiting = self.waiting.saturating_sub(1);
        let takes_more = self.waiting <= self.enough;
        self.lifted &= !takes_more;
        self.turn(self.full && takes_more)
    }

    /// None of the tasks can be begun; what the sender is to be told.
    ///
    /// ```
    /// use drust_proto::control::queue::{Inlet, Tell};
    /// let mut inlet = Inlet::new(1, 0);
    /// assert!(inlet.arrived().is_some() && inlet.lift() == Some(Tell { number: 2, full: false }));
    /// assert_eq!((inlet.lift(), inlet.arrived()), (None, None), "it takes all until it takes more again");
    /// ```
    pub fn lift(&mut self) -> Option<Tell> {
        self.lifted |= self.full;
        self.turn(self.full)
    }

    /// Whether it takes more for that reason alone.
    #[must_use]
    pub fn is_lifted(&self) -> bool {
        self.lifted
    }

    /// Tasks that nobody has begun.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    fn turn(&mut self, turns: bool) -> Option<Tell> {
        if !turns {
            return None;
        }
        (self.full, self.number) = (!self.full, self.number + 1);
        Some(Tell { number: self.number, full: self.full })
    }
}

/// The sender's side: whether its threads are to wait.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Outlet {
    full: bool,
    number: u64,
}

impl Outlet {
    /// Takes what the receiver tells, unless that is older than what it has told; whether those who wait may go on.
    pub fn heard(&mut self, tell: Tell) -> bool {
        if tell.number <= self.number {
            return false;
        }
        *self = Outlet { full: tell.full, number: tell.number };
        !self.full
    }

    /// Whether senders are to wait.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.full
    }
}
