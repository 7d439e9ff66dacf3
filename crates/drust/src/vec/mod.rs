//! `Vec`: a growing run of values in the cluster's heap.
//!
//! A [`Vec`] is a handle, a length and a capacity. Reading through it, at home or not, sees one whole object of `len`
//! values; writing makes that object this node's own first, as `Box` does.
//!
//! Contract:
//!
//! 1. `capacity` is 0 exactly when the handle is reserved, but for zero-sized values, whose handle always is and whose
//!    capacity is `usize::MAX`.
//! 2. The slot has the layout of `capacity` values, and the first `len` of them are initialised.
//! 3. `len` is lowered before values are moved out or dropped, and raised after they are moved in: what a panic or a
//!    forgotten iterator leaves behind is never dropped twice.
//!
//! [`Vec`] has the methods and trait impls of std's, and by `Deref` those of slices, but for these:
//!
//! | of std's `Vec` | why it is absent | the way round |
//! |---|---|---|
//! | `from_raw_parts`, `into_raw_parts` | a vector is a handle, a slot belongs to the heap | [`Vec::leak`] |
//! | `with_capacity_in` and all else with an allocator | unstable; values live in the cluster's heap | |
//! | `const fn` but for [`Vec::new`] | what lies elsewhere must be asked for | |
//! | `into_flattened` in place | an object keeps the type it was made with | [`Vec::into_flattened`] moves the values |
//! | collecting in place (`into_iter().map(..).collect()`) | as above | it collects into a new slot |
//! | a vector of anything | what crosses means the same elsewhere | derive [`Portable`] |
//! | `into_chunks`, `try_remove`, `peek_mut`, `Drain::keep_rest` and what else is unstable | it may change | |
//! | `From<ByteString>`, `PartialEq<ByteStr>` | unstable | |
//!
//! Slices' methods that make a vector (`to_vec`, `repeat`, `concat`, `join`) make one of std's, which `into` turns into
//! one of drust's; [`Clone::clone`] is the way from one of drust's to another. Beyond std's there are [`Vec::read`] and
//! [`Vec::release`], and for values of another node [`Vec::fetch`], [`Vec::ahead`] and [`Vec::stream`].
//!
//! ```
//! use drust::{Vec, spawn, vec};
//! let numbers: Vec<u32> = vec![3, 1, 2];
//! let sorted = spawn!([mut numbers] || {
//!     numbers.sort();
//!     numbers
//! });
//! assert_eq!(sorted.join().unwrap(), [1, 2, 3]);
//! ```

mod drain;
mod edit;
mod error;
mod foreign;
mod from;
mod into_iter;
mod remove;
mod room;
mod splice;
mod stream;
mod traits;

pub use drain::Drain;
pub(crate) use edit::bounds;
pub use error::TryReserveError;
pub use into_iter::IntoIter;
pub use splice::{ExtractIf, Splice};
pub use stream::{Run, Stream, StreamValues};

use crate::reference::{Lend, Ref};
use drust_heap::trace::{Found, Kind, Weights};
use drust_heap::{Argument, Carry, Described, Facts, Handle, Portable, Targets};
use drust_proto::Rank;
use drust_runtime::memory::{self, Shape};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::{Deref, DerefMut};

/// A growing array, as std's, wherever in the cluster its values lie.
///
/// A `Vec` is 40 bytes, and so is an `Option` of it; the layout is private.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | reading or writing at home, reading again | 0 |
/// | first read of a remote vector: all its values come as one copy | 1 fetch |
/// | [`fetch`](Vec::fetch) of a part of a remote vector | 1 fetch of that part |
/// | [`stream`](Vec::stream) over a remote vector, in bounded memory | 1 fetch a run, several under way at once |
/// | write, push, growth of a remote vector | 1 fetch and 1 one-way free; no fetch when this node alone holds a copy |
/// | drop of a remote vector | 1 one-way (with a user's `Drop` or an `Arc` inside: the values come here first) |
///
/// An index loop looks at the handle again for each value; bind `let values = &v[..]` first.
///
/// ```
/// use drust::Vec;
/// let mut squares: Vec<u64> = (0..4).map(|n| n * n).collect();
/// squares.push(16);
/// assert_eq!(squares, [0, 1, 4, 9, 16]);
/// ```
pub struct Vec<T: Carry> {
    handle: Handle,
    len: usize,
    capacity: usize,
    owns: PhantomData<T>,
}

const _: () = assert!(size_of::<Vec<u64>>() == 40 && size_of::<Option<Vec<u64>>>() == 40);

/// Makes a [`Vec`] of the listed values, or of one value so many times, as std's macro does.
///
/// ```
/// use drust::{Vec, vec};
/// let listed: Vec<u32> = vec![1, 2, 3];
/// let repeated = vec![7_u8; 3];
/// assert_eq!((listed.len(), &repeated[..]), (3, &[7, 7, 7][..]));
/// ```
#[macro_export]
macro_rules! vec {
    () => { $crate::vec::Vec::new() };
    ($value:expr; $count:expr) => { $crate::vec::Vec::repeated($value, $count) };
    ($($value:expr),+ $(,)?) => { $crate::vec::Vec::from([$($value),+]) };
}

impl<T: Portable> Vec<T> {
    /// A vector without values, room or messages.
    ///
    /// ```
    /// static NONE: drust::Vec<u32> = drust::Vec::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Vec<T> {
        let dangling = std::ptr::without_provenance_mut(align_of::<T>());
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { 0 };
        // SAFETY: without room and values nothing is asked of the handle but that it is reserved.
        unsafe { Vec::from_parts(Handle::reserved(dangling), 0, capacity) }
    }

    /// An empty vector with room for at least `capacity` values, on this node.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes. Where the node has no room the job ends, saying so.
    ///
    /// ```
    /// assert!(drust::Vec::<u32>::with_capacity(10).capacity() >= 10);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Vec<T> {
        let mut vec = Vec::new();
        if capacity > vec.capacity {
            vec.resize_slot(capacity);
        }
        vec
    }

    /// Values the vector has room for.
    ///
    /// ```
    /// assert!(drust::Vec::<u8>::with_capacity(10).capacity() >= 10);
    /// ```
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Values in it; known without looking at them.
    ///
    /// ```
    /// assert_eq!(drust::vec![1, 2, 3].len(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    ///
    /// ```
    /// assert!(drust::Vec::<u8>::new().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values.
    ///
    /// ```
    /// let values = drust::vec![1, 2, 3];
    /// assert_eq!(values.as_slice().iter().rev().next(), Some(&3));
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn as_slice(&self) -> &[T] {
        self
    }

    /// The values, to be written.
    ///
    /// ```
    /// let mut values = drust::vec![1, 2, 3];
    /// values.as_mut_slice().reverse();
    /// assert_eq!(values, [3, 2, 1]);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self
    }

    /// Borrows the values for reading, and gives their copy back when the guard is dropped; the vector keeps no pin.
    ///
    /// ```
    /// use drust::{Vec, vec};
    /// let numbers: Vec<u32> = vec![1, 2];
    /// assert_eq!(Vec::read(&numbers)[1], 2);
    /// ```
    #[track_caller]
    pub fn read(this: &Vec<T>) -> Ref<'_, [T]> {
        let guard = this.lend();
        guard.look();
        guard
    }

    /// Looks at the values and leaves no pin, for what takes its end.
    #[inline]
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&[T]) -> R) -> R {
        let guard;
        look(if self.handle.peek().is_null() {
            guard = Vec::read(self);
            &guard
        } else {
            self
        })
    }

    /// Gives back the copy that reading through the vector has pinned, if there is one; sends nothing.
    ///
    /// ```
    /// use drust::{Vec, vec};
    /// let mut numbers: Vec<u32> = vec![1, 2];
    /// Vec::release(&mut numbers);
    /// assert_eq!(numbers, [1, 2]);
    /// ```
    pub fn release(this: &mut Vec<T>) {
        memory::unpin(&mut this.handle);
    }

    /// Adds a value at the end.
    ///
    /// # Panics
    /// Where the values would take more than `isize::MAX` bytes.
    ///
    /// ```
    /// let mut v = drust::Vec::new();
    /// v.push(1);
    /// assert_eq!(v, [1]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn push(&mut self, value: T) {
        // Read once: what is stored below and read again by the next push would be a wait of its own.
        let len = self.len;
        let place = if len < self.capacity
            && let Some(home) = self.handle.private()
        {
            home
        } else {
            self.room_for_one()
        };
        // SAFETY: the slot is this node's own, and has room behind its values.
        unsafe { place.cast::<T>().add(len).write(value) };
        self.len = len + 1;
    }

    /// As [`Vec::push`], and borrows the value.
    ///
    /// ```
    /// let mut v = drust::vec![1];
    /// *v.push_mut(2) += 1;
    /// assert_eq!(v, [1, 3]);
    /// ```
    #[inline]
    #[track_caller]
    #[must_use = "use `push` where the value is not looked at"]
    pub fn push_mut(&mut self, value: T) -> &mut T {
        self.push(value);
        let last = self.len - 1;
        // SAFETY: the value was put there just now, and the vector is mutably borrowed.
        unsafe { &mut *self.place_mut().cast::<T>().add(last) }
    }

    /// Takes the last value.
    ///
    /// ```
    /// let mut v = drust::vec![1, 2];
    /// assert_eq!((v.pop(), v.pop(), v.pop()), (Some(2), Some(1), None));
    /// ```
    #[inline]
    #[track_caller]
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        let place = self.place_mut();
        self.len -= 1;
        // SAFETY: the value was the last one, and is no longer counted.
        Some(unsafe { place.cast::<T>().add(self.len).read() })
    }
}

impl<T: Carry> Vec<T> {
    /// A vector of what a handle owns.
    ///
    /// # Safety
    /// The three keep this module's contract, and nothing else owns the values.
    #[inline]
    pub(crate) const unsafe fn from_parts(handle: Handle, len: usize, capacity: usize) -> Vec<T> {
        Vec { handle, len, capacity, owns: PhantomData }
    }

    /// The handle, length and capacity, to be owned by the caller.
    #[inline]
    pub(crate) fn into_parts(self) -> (Handle, usize, usize) {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the vector is not used again.
        (unsafe { std::ptr::read(&raw const this.handle) }, this.len, this.capacity)
    }

    #[inline]
    fn shape(&self) -> Shape {
        Shape { descriptor: T::DESCRIPTOR, elements: self.len, capacity: self.capacity }
    }

    /// Where the values can be read: at home, or in a copy pinned by this vector.
    #[inline(always)]
    #[track_caller]
    fn place(&self) -> *mut u8 {
        let place = self.handle.peek();
        if place.is_null() { self.place_cold() } else { place }
    }

    /// Nothing is fetched where there is nothing to read, though a slot may be there.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn place_cold(&self) -> *mut u8 {
        if self.len == 0 {
            return std::ptr::without_provenance_mut(align_of::<T>());
        }
        memory::read(&self.handle, self.shape())
    }

    /// The values' place at home here, under a stamp nobody else has.
    #[inline(always)]
    #[track_caller]
    fn place_mut(&mut self) -> *mut u8 {
        match self.handle.private() {
            Some(home) => home,
            None => {
                let shape = self.shape();
                memory::write(&mut self.handle, shape)
            }
        }
    }
}

impl<T: Portable> Lend for Vec<T> {
    type Target = [T];

    fn lend(&self) -> Ref<'_, [T]> {
        if self.len == 0 {
            return Ref::of(&[]);
        }
        Ref::to_handle(&self.handle, self.len)
    }

    fn home(&self) -> Option<Rank> {
        (!self.handle.is_reserved()).then(|| self.handle.address().home())
    }
}

impl<T: Portable> Deref for Vec<T> {
    type Target = [T];

    #[inline(always)]
    #[track_caller]
    fn deref(&self) -> &[T] {
        // SAFETY: the values are at this place and stay there while the vector is borrowed: nobody can write them, and
        // a pinned copy is not evicted.
        unsafe { std::slice::from_raw_parts(self.place().cast(), self.len) }
    }
}

impl<T: Portable> DerefMut for Vec<T> {
    #[inline(always)]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut [T] {
        let place = self.place_mut();
        // SAFETY: the object is homed here, and its only handle is mutably borrowed; whoever holds an old stamp finds
        // only old copies.
        unsafe { std::slice::from_raw_parts_mut(place.cast(), self.len) }
    }
}

impl<T: Carry> Drop for Vec<T> {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        if size_of::<T>() == 0 || self.capacity == 0 {
            let values = std::ptr::slice_from_raw_parts_mut(self.handle.peek().cast::<T>(), self.len);
            // SAFETY: a vector without an object owns its values all the same, at a dangling place.
            unsafe { values.drop_in_place() }
        } else if let Some(home) = self.handle.private() {
            // SAFETY: the vector owns its values, which are at home here.
            unsafe { memory::drop_at_home::<T>(home, self.len, self.capacity) }
        } else {
            let shape = self.shape();
            // SAFETY: the vector owns its values and is not used again.
            unsafe { memory::discard(&mut self.handle, shape) }
        }
    }
}

// SAFETY: a vector owns its values: what may be sent and shared is decided by them, and what may cross is both. The
// handle's own words are atomic where they change under `&`.
unsafe impl<T: Carry> Send for Vec<T> {}
// SAFETY: as above.
unsafe impl<T: Carry> Sync for Vec<T> {}

impl<T: Carry> Unpin for Vec<T> {}
impl<T: Carry> std::panic::UnwindSafe for Vec<T> {}
impl<T: Carry> std::panic::RefUnwindSafe for Vec<T> {}

impl<T: Carry> Vec<T> {
    const KIND: &'static Kind = &Kind { weigh: weigh::<T>, ..Handle::KIND };
}

unsafe fn weigh<T: Carry>(handle: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is the handle of a live vector.
    let this = unsafe { &*handle.byte_sub(offset_of!(Vec<T>, handle)).cast::<Vec<T>>() };
    weights.handle(&this.handle, this.len * size_of::<T>());
}

// SAFETY: the handle is noted; length and capacity are plain.
unsafe impl<T: Carry> Carry for Vec<T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).handle }.cast(), Self::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}

// SAFETY: a vector borrows nothing.
unsafe impl<T: Portable> Argument<'_> for Vec<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for Vec<T> {}
