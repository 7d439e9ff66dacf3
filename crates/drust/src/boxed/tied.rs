//! `TBox`: a value that travels with its owner's bytes.

use drust_heap::local::dangling;
use drust_heap::trace::{Forgetting, Found, Kind, Landing, Outgoing, Place, Weights};
use drust_heap::{Argument, Carry, Described, Facts, Portable, Targets};
use drust_runtime::memory;
use std::alloc::Layout;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// An owned pointer whose value belongs to its owner's bytes: wherever those go, it goes along in the same message.
///
/// The value has no address and no stamp of its own. Reading and writing through a `TBox` costs what std's `Box` costs:
/// whoever can reach it has reached its owner's bytes already. Tie what is always read together, such as the nodes of a
/// list or the parts of a record; a change of any part moves the whole group. (The paper's `TBox`, section 4.)
///
/// ```
/// use drust::{Box, boxed::TBox};
/// #[derive(drust::Portable)]
/// struct Pair { left: TBox<u64>, right: TBox<u64> }
/// let pair = Box::new(Pair { left: TBox::new(1), right: TBox::new(2) }); // fetched as one
/// assert_eq!(*pair.left + *pair.right, 3);
/// ```
pub struct TBox<T: Portable> {
    value: NonNull<T>,
    owns: PhantomData<T>,
}

impl<T: Portable> TBox<T> {
    const KIND: &'static Kind = &Kind {
        size: size_of::<NonNull<T>>(),
        along: false,
        weigh: weigh::<T>,
        send: send::<T>,
        land: land::<T>,
        forget: forget::<T>,
    };

    const HAS_SLOT: bool = size_of::<T>() != 0;

    /// Puts `value` in this node's partition, where its owner is.
    ///
    /// ```
    /// let tied = drust::boxed::TBox::new(5);
    /// assert_eq!(*tied, 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn new(value: T) -> TBox<T> {
        let layout = Layout::new::<T>();
        let place = if Self::HAS_SLOT { memory::new_object::<T>().place } else { dangling(layout.align()) };
        let value_at = place.cast::<T>();
        // SAFETY: the slot has the value's layout and is nobody else's.
        unsafe { value_at.write(value) };
        TBox { value: value_at, owns: PhantomData }
    }

    /// Takes the value out, freeing its place.
    ///
    /// ```
    /// use drust::boxed::TBox;
    /// assert_eq!(TBox::into_inner(TBox::new(5)), 5);
    /// ```
    #[must_use]
    pub fn into_inner(tied: TBox<T>) -> T {
        let place = tied.value.as_ptr();
        std::mem::forget(tied);
        // SAFETY: the pointer owned its value, and is gone.
        unsafe {
            let value = place.read();
            memory::free(place.cast(), Layout::new::<T>());
            value
        }
    }
}

impl<T: Portable> Deref for TBox<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: where this pointer can be reached its value lies beside its owner: at home or in the same copy.
        unsafe { self.value.as_ref() }
    }
}

impl<T: Portable> DerefMut for TBox<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: `&mut` of the pointer was reached through the root's `deref_mut`, so the group is at home here.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Portable> Drop for TBox<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the pointer owns its value, which is in this node's partition.
        unsafe { memory::drop_one_at_home::<T>(self.value.as_ptr().cast()) }
    }
}

// SAFETY: a `TBox` owns its value, and Portable values may be sent and shared.
unsafe impl<T: Portable> Send for TBox<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Sync for TBox<T> {}

impl<T: Portable> Unpin for TBox<T> {}

// SAFETY: the pointer is noted, and its kind takes the value along.
unsafe impl<T: Portable> Carry for TBox<T> {
    const FACTS: Facts = Facts::TIED;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), Self::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}

// SAFETY: a `TBox` borrows nothing.
unsafe impl<T: Portable> Argument<'_> for TBox<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for TBox<T> {}

unsafe fn weigh<T: Portable>(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a live `TBox<T>` of this node, whose value is alive as long as it is.
    unsafe { weights.along(at.cast::<*const u8>().read(), T::DESCRIPTOR, 1) }
}

unsafe fn send<T: Portable>(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `TBox<T>`: one pointer, in the address space of the node it lies on; the target
    // has room for it.
    unsafe {
        let pointee = source.cast::<*mut u8>().read();
        target.cast::<*mut u8>().write_unaligned(pointee);
        if TBox::<T>::HAS_SLOT {
            out.send_tied(pointee, target, T::DESCRIPTOR, 1);
        }
    }
}

unsafe fn land<T: Portable>(at: *mut u8, landing: &mut Landing<'_>) {
    if TBox::<T>::HAS_SLOT {
        landing.expect(at, T::DESCRIPTOR, 1, Place::Slot);
    }
}

unsafe fn forget<T: Portable>(at: *mut u8, forgetting: &mut Forgetting) {
    if TBox::<T>::HAS_SLOT {
        // SAFETY: a spot of this kind is one pointer.
        forgetting.tied(unsafe { at.cast::<*mut u8>().read() }, T::DESCRIPTOR, 1);
    }
}

impl<T: Portable + Clone> Clone for TBox<T> {
    fn clone(&self) -> TBox<T> {
        TBox::new(T::clone(self))
    }
}

impl<T: Portable + Default> Default for TBox<T> {
    fn default() -> TBox<T> {
        TBox::new(T::default())
    }
}

impl<T: Portable> From<T> for TBox<T> {
    fn from(value: T) -> TBox<T> {
        TBox::new(value)
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for TBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: Portable + fmt::Display> fmt::Display for TBox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: Portable + PartialEq> PartialEq for TBox<T> {
    fn eq(&self, other: &TBox<T>) -> bool {
        **self == **other
    }
}

impl<T: Portable + Eq> Eq for TBox<T> {}

impl<T: Portable + PartialOrd> PartialOrd for TBox<T> {
    fn partial_cmp(&self, other: &TBox<T>) -> Option<Ordering> {
        T::partial_cmp(self, other)
    }
}

impl<T: Portable + Ord> Ord for TBox<T> {
    fn cmp(&self, other: &TBox<T>) -> Ordering {
        T::cmp(self, other)
    }
}

impl<T: Portable + Hash> Hash for TBox<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state);
    }
}
