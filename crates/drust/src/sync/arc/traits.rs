//! std's traits for `Arc`. Those that only look read through guards and leave no pin.

use super::Arc;
use drust_heap::{Pointee, Portable};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::error::Error;
use std::fmt;
use std::hash::{Hash, Hasher};

impl<T: ?Sized + Pointee<Item: Portable> + PartialEq> PartialEq for Arc<T> {
    #[track_caller]
    fn eq(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a == b))
    }

    #[track_caller]
    #[expect(clippy::partialeq_ne_impl, reason = "a value's own `!=` is asked, as std's `Arc` does")]
    fn ne(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a != b))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Eq> Eq for Arc<T> {}

impl<T: ?Sized + Pointee<Item: Portable> + PartialOrd> PartialOrd for Arc<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Arc<T>) -> Option<Ordering> {
        self.look(|a| other.look(|b| a.partial_cmp(b)))
    }

    #[track_caller]
    fn lt(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a < b))
    }

    #[track_caller]
    fn le(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a <= b))
    }

    #[track_caller]
    fn gt(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a > b))
    }

    #[track_caller]
    fn ge(&self, other: &Arc<T>) -> bool {
        self.look(|a| other.look(|b| a >= b))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Ord> Ord for Arc<T> {
    #[track_caller]
    fn cmp(&self, other: &Arc<T>) -> Ordering {
        self.look(|a| other.look(|b| a.cmp(b)))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Hash> Hash for Arc<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look(|value| value.hash(state));
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|value| value.fmt(f))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|value| value.fmt(f))
    }
}

impl<T: ?Sized + Pointee> fmt::Pointer for Arc<T> {
    /// Where the value can be read on this node now; null where it would have to be fetched.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.handle.peek(), f)
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> AsRef<T> for Arc<T> {
    #[track_caller]
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Borrow<T> for Arc<T> {
    #[track_caller]
    fn borrow(&self) -> &T {
        self
    }
}

impl<E: Error + Portable> Error for Arc<E> {
    #[track_caller]
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        (**self).source()
    }
}
