//! Posts on their way to an unbounded channel of another node: those that follow each other closely leave together.
//!
//! The first leaves at once, and makes the channel *hot* for a moment: what is sent then waits for more, until it is 4
//! KiB, or one of this node's threads is about to wait or to release something, or a millisecond has passed. A channel
//! that nothing was sent to meanwhile is cold again.
//!
//! Contract:
//!
//! 1. `held` counts the channels for which something waits here. It rises before the send that made it so returns, and
//!    falls when that has been handed to the carrier and entered in the release fence.
//! 2. A hot channel is listed when the send that made it hot has returned. So who knows of a send, and finds its value
//!    counted in `held`, finds its channel in the list.

use super::away::with;
use super::tell;
use crate::node::Node;
use drust_fabric::Part;
use drust_proto::Address;
use drust_proto::sharing::channel::Op;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Bytes that leave without waiting for more.
const BATCH: usize = 4 << 10;
/// How long a value may wait for others.
const LINGER: Duration = Duration::from_millis(1);

/// The channels of other nodes that this node posts to.
#[derive(Default)]
pub(crate) struct Posts {
    held: AtomicUsize,
    hot: Mutex<Vec<Address>>,
}

/// What waits to be posted to one channel.
#[derive(Default)]
pub(super) struct Batch {
    /// How long each value's image is.
    lens: Vec<u8>,
    images: Vec<MaybeUninit<u8>>,
    hot: bool,
}

/// What is to be done when the record of a channel is not locked any more.
#[must_use]
#[derive(Default)]
pub(super) struct Heated(bool);

/// The length of an image, as it stands before the images.
pub(super) const LEN: usize = size_of::<u64>();

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.lens.is_empty()
    }

    /// Posts a value, now or with others.
    pub(super) fn add(&mut self, node: &Node, name: Address, image: &[MaybeUninit<u8>]) -> Heated {
        let heats = !self.hot;
        if self.lens.is_empty() {
            node.sharing().channels.posts.held.fetch_add(1, Ordering::Relaxed);
        }
        self.lens.extend_from_slice(&(image.len() as u64).to_le_bytes());
        if heats || self.images.len() + image.len() >= BATCH {
            self.leave(node, name, image);
        } else {
            self.images.extend_from_slice(image);
        }
        self.hot = true;
        Heated(heats)
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self, node: &Node, name: Address) {
        if !self.lens.is_empty() {
            self.leave(node, name, &[]);
        }
    }

    /// Sends what waits, and the last image.
    fn leave(&mut self, node: &Node, name: Address, last: &[MaybeUninit<u8>]) {
        let count = (self.lens.len() / LEN) as u32;
        let parts = [Part::from(&self.lens[..]), Part::from(&self.images[..]), Part::from(last)];
        tell(node, name.home(), name, Op::Post, (count, 0), &parts);
        self.lens.clear();
        self.images.clear();
        node.posted_at(name.home());
        node.sharing().channels.posts.held.fetch_sub(1, Ordering::Release);
    }
}

impl Heated {
    /// Has the background thread look at the channel soon, if it was cold.
    pub(super) fn list(self, node: &Node, name: Address) {
        if self.0 {
            node.sharing().channels.posts.list().push(name);
            node.request_tick(LINGER);
        }
    }
}

impl Posts {
    /// For how many channels something waits here.
    #[inline]
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Address>> {
        self.hot.lock().expect("no panic under this lock")
    }
}

impl Node {
    /// Whether posts wait for others.
    #[inline]
    pub(in crate::sharing) fn holds_posts(&self) -> bool {
        self.sharing().channels.posts.held() != 0
    }

    /// Sends all posts that wait for others, if there are any.
    #[inline]
    pub(crate) fn flush_posts(&self) {
        if self.holds_posts() {
            self.flush_held();
        }
    }

    #[cold]
    fn flush_held(&self) {
        let hot = self.sharing().channels.posts.list().clone();
        for name in hot {
            with(self, name, |away, _| away.batch.flush(self, name));
        }
    }

    /// Sends all posts that wait for others, and has channels cool down to which nothing was sent for a while.
    pub(crate) fn cool_posts(&self) {
        let hot = self.sharing().channels.posts.list().clone();
        for &name in &hot {
            let cold = with(self, name, |away, _| {
                away.batch.hot = !away.batch.is_empty();
                away.batch.flush(self, name);
                !away.batch.hot
            });
            if cold {
                // It may have become hot again since, and was listed once more.
                let mut list = self.sharing().channels.posts.list();
                if let Some(at) = list.iter().position(|listed| *listed == name) {
                    list.swap_remove(at);
                }
            }
        }
        if !self.sharing().channels.posts.list().is_empty() {
            self.request_tick(LINGER);
        }
    }
}
