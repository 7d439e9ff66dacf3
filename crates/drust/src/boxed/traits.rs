//! std's traits for `Box`. Those that only look read through guards and leave no pin.

use super::Box;
use drust_heap::{Pointee, Portable};
use std::borrow::{Borrow, BorrowMut};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

impl<T: Portable + Clone> Clone for Box<T> {
    /// A new object on this node with a clone of the value; the original keeps no pin.
    #[track_caller]
    fn clone(&self) -> Box<T> {
        Box::new(self.look(T::clone))
    }

    /// Clones into the object that is there, if it is this node's; else makes a new one and fetches nothing.
    #[track_caller]
    fn clone_from(&mut self, source: &Box<T>) {
        if self.handle().is_private() {
            source.look(|source| (**self).clone_from(source));
        } else {
            *self = source.clone();
        }
    }
}

impl<T: Portable + Default> Default for Box<T> {
    fn default() -> Box<T> {
        Box::new(T::default())
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + PartialEq> PartialEq for Box<T> {
    #[track_caller]
    fn eq(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a == b))
    }

    #[track_caller]
    #[expect(clippy::partialeq_ne_impl, reason = "a value's own `!=` is asked, as std's box does")]
    fn ne(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a != b))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Eq> Eq for Box<T> {}

impl<T: ?Sized + Pointee<Item: Portable> + PartialOrd> PartialOrd for Box<T> {
    #[track_caller]
    fn partial_cmp(&self, other: &Box<T>) -> Option<Ordering> {
        self.look(|a| other.look(|b| a.partial_cmp(b)))
    }

    #[track_caller]
    fn lt(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a < b))
    }

    #[track_caller]
    fn le(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a <= b))
    }

    #[track_caller]
    fn gt(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a > b))
    }

    #[track_caller]
    fn ge(&self, other: &Box<T>) -> bool {
        self.look(|a| other.look(|b| a >= b))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Ord> Ord for Box<T> {
    #[track_caller]
    fn cmp(&self, other: &Box<T>) -> Ordering {
        self.look(|a| other.look(|b| a.cmp(b)))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + Hash> Hash for Box<T> {
    #[track_caller]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.look(|value| value.hash(state));
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + fmt::Debug> fmt::Debug for Box<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|value| value.fmt(f))
    }
}

impl<T: ?Sized + Pointee<Item: Portable> + fmt::Display> fmt::Display for Box<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look(|value| value.fmt(f))
    }
}

impl<T: ?Sized + Pointee> fmt::Pointer for Box<T> {
    /// Where the value can be read on this node now; null where it would have to be fetched.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&self.handle.peek(), f)
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> AsRef<T> for Box<T> {
    #[track_caller]
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> AsMut<T> for Box<T> {
    #[track_caller]
    fn as_mut(&mut self) -> &mut T {
        self
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Borrow<T> for Box<T> {
    #[track_caller]
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> BorrowMut<T> for Box<T> {
    #[track_caller]
    fn borrow_mut(&mut self) -> &mut T {
        self
    }
}
