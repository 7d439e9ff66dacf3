//! Whether a holder of a lock has panicked.

use super::{Front, Kept, about, act};
use crate::node::{self, Node};
use crate::sharing::{Ask, cell};
use drust_fabric::schedule;
use drust_heap::{Fixed, Portable};
use drust_proto::Address;
use drust_proto::sharing::lock::Op;
use std::sync::atomic::Ordering;

/// What the home is asked about panics of holders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Poison {
    Clear = 0,
    Set = 1,
    Ask = 2,
}

impl Poison {
    pub(super) fn at_home(self, front: &Front) -> bool {
        match self {
            Poison::Clear => front.poisoned.store(false, Ordering::Relaxed),
            Poison::Set => front.poisoned.store(true, Ordering::Relaxed),
            Poison::Ask => {}
        }
        front.poisoned.load(Ordering::Relaxed)
    }

    pub(super) fn ask(self, node: &'static Node, address: Address) -> bool {
        let what = format_args!("whether the lock at {address:?} is poisoned");
        let ask = Ask { a: self as u64, ..about(address, Op::Poison) };
        node.ask_share(address.home(), ask, &[], &what).0.outcome != 0
    }

    /// # Safety
    /// `fixed` is of a live lock that guards a `T`.
    unsafe fn of<T: Portable>(self, fixed: Fixed) -> bool {
        // SAFETY: the caller's promise.
        match unsafe { cell::at_home::<Kept<T>>(fixed) } {
            Some(kept) => self.at_home(&kept.front),
            None => self.ask(node::here(), fixed.address()),
        }
    }
}

/// Has later holders know that this one panicked. 1 request, 1 reply, if it is not at home.
///
/// # Safety
/// The calling thread holds the lock, which guards a `T`.
pub unsafe fn poison<T: Portable>(fixed: Fixed) {
    act::suspect(node::here(), fixed.address());
    // SAFETY: the caller's promise.
    unsafe { Poison::Set.of::<T>(fixed) };
}

/// Whether a holder has panicked. 1 request, 1 reply, if it is not at home, unless the token is here and free of
/// suspicion.
///
/// # Safety
/// `fixed` is of a live lock that guards a `T`.
#[must_use]
pub unsafe fn is_poisoned<T: Portable>(fixed: Fixed) -> bool {
    schedule::pass();
    let (node, address) = (node::here(), fixed.address());
    if address.home() != node.rank() && act::is_beyond_suspicion(node, address) {
        return false;
    }
    // SAFETY: the caller's promise.
    unsafe { Poison::Ask.of::<T>(fixed) }
}

/// Forgets that a holder has panicked. 1 request, 1 reply, if it is not at home.
///
/// # Safety
/// `fixed` is of a live lock that guards a `T`.
pub unsafe fn clear_poison<T: Portable>(fixed: Fixed) {
    schedule::pass();
    // SAFETY: the caller's promise.
    unsafe { Poison::Clear.of::<T>(fixed) };
}
