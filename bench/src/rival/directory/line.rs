//! A line as one node has it.
//!
//! # Contract
//!
//! 1. What a node may do with a line is its `right`: everything is done under the line's latch. At any time one node
//!    may write and no other may anything, or any number may read.
//! 2. A node has at most one request for a line under way (`asked`), whatever its threads want of it.
//! 3. When a right arrives, all waiting threads that it is enough for are counted in `reserved`: until each of them has
//!    had its turn the line is not given away. What the home orders meanwhile is remembered (`order`, at most one,
//!    since the home waits for its answer), and threads that come then wait for the right to come again.
//! 4. What the home orders may come before the right that it is about, since that comes from another node: it is
//!    remembered in the same way.

use super::home::Home;
use drust_fabric::Waiter;
use drust_proto::Rank;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What a line holds.
pub type Bytes = [u8; 512];

/// What a node may do with a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Right {
    /// Nothing: its bytes are old.
    None,
    /// Read it, as others may.
    Read,
    /// Read and write it, alone.
    Write,
}

/// What a home has a node do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Forget the copy.
    Forget,
    /// Give the line to a node, which wants this of it.
    Give(Rank, Right),
}

/// A line at one node.
pub struct Line(RwLock<Place>);

/// Everything about it; see the module.
pub struct Place {
    pub(super) bytes: Bytes,
    pub(super) right: Right,
    pub(super) reserved: u32,
    pub(super) waiting: Vec<(Right, Waiter)>,
    pub(super) asked: Right,
    pub(super) order: Option<Order>,
    pub(super) home: Option<Box<Home>>,
}

impl Line {
    /// One whose home is this node, with these bytes.
    pub fn at_home(bytes: Bytes) -> Line {
        Line::new(Place { bytes, right: Right::Write, home: Some(Box::default()), ..Place::empty() })
    }

    /// One whose home is another node.
    pub fn elsewhere() -> Line {
        Line::new(Place::empty())
    }

    fn new(place: Place) -> Line {
        Line(RwLock::new(place))
    }

    /// Latches it for looking.
    pub fn shared(&self) -> RwLockReadGuard<'_, Place> {
        // A thread that panics under the latch ends the bench.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Latches it.
    pub fn lock(&self) -> RwLockWriteGuard<'_, Place> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn empty() -> Place {
        Place {
            bytes: [0; 512],
            right: Right::None,
            reserved: 0,
            waiting: Vec::new(),
            asked: Right::None,
            order: None,
            home: None,
        }
    }

    /// Whether a thread that comes now may do this at once.
    pub fn may(&self, want: Right) -> bool {
        let leaves = self.order.is_some() || self.home.as_ref().is_some_and(|home| home.is_wanted());
        self.right >= want && !leaves
    }

    /// What it holds, for who may read.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What it holds, for who may write, or is to read under the latch.
    pub fn bytes_mut(&mut self) -> &mut Bytes {
        &mut self.bytes
    }

    /// Puts a thread behind those that wait.
    pub fn enqueue(&mut self, want: Right, waiter: &Waiter) {
        self.waiting.push((want, waiter.clone()));
    }

    /// What is still to be asked for, if anything: the most that a waiting thread wants.
    pub fn wants(&self) -> Option<Right> {
        let most = self.waiting.iter().map(|(want, _)| *want).max();
        most.filter(|_| self.asked == Right::None)
    }

    /// One of those that the right was kept for has had its turn; whether it was the last.
    pub fn served(&mut self) -> bool {
        assert!(self.reserved > 0, "nobody waited");
        self.reserved -= 1;
        self.reserved == 0
    }

    /// Takes a right that has arrived; those that it is enough for are to be woken.
    pub fn take(&mut self, right: Right) -> Vec<Waiter> {
        (self.right, self.asked) = (right, Right::None);
        let enough = self.waiting.extract_if(.., |(want, _)| *want <= right);
        let woken: Vec<Waiter> = enough.map(|(_, waiter)| waiter).collect();
        self.reserved += woken.len() as u32;
        woken
    }
}
