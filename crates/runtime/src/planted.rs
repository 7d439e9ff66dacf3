//! Faults planted on purpose, to see that storms, histories and litmus programs find them. In builds without debug
//! assertions there are none, and asking for one is no code.

use std::sync::atomic::{AtomicU8, Ordering};

/// A rule that is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// What a thread has told others is not awaited before it lets others go on.
    Fence = 1,
    /// The last of a batch of additions to words is lost.
    Addition = 2,
    /// A borrow ends before the fetches under it are answered.
    Fetches = 3,
}

impl Fault {
    /// All of them, by name.
    pub const ALL: [(&'static str, Fault); 3] =
        [("no-fence", Fault::Fence), ("lost-addition", Fault::Addition), ("early-end", Fault::Fetches)];
}

/// The number of the one that is planted; no fault is 0.
static PLANTED: AtomicU8 = AtomicU8::new(0);

/// Plants a fault in all nodes of this process. Returns whether this build can have any.
pub fn plant(fault: Fault) -> bool {
    PLANTED.store(fault as u8, Ordering::Relaxed);
    cfg!(debug_assertions)
}

/// Whether this fault is planted.
#[inline]
pub(crate) fn is_planted(fault: Fault) -> bool {
    cfg!(debug_assertions) && PLANTED.load(Ordering::Relaxed) == fault as u8
}
