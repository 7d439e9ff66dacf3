//! `Box`: a value of its own in the cluster's heap.
//!
//! [`Box`] has the methods and trait impls of std's but for these, most of which stable Rust keeps for std's own, and
//! some of which make no sense where the value may lie on another node:
//!
//! | of std's `Box` | why it is absent | the way round |
//! |---|---|---|
//! | `*boxed` by value, `let Pair { a, b } = *boxed` | built in for std's alone | [`Box::into_inner`] |
//! | `&mut` of two fields through one box | built in | `let inner = &mut *boxed;` first |
//! | `Box<dyn Trait>`, coercion to it, `downcast` | `CoerceUnsized`; a vtable lies elsewhere on each node | an enum |
//! | coercion of `Box<[T; N]>` to `Box<[T]>` | `CoerceUnsized` | `Box::<[T]>::from(Box::into_inner(boxed))` |
//! | `Fn`, `FnMut`, `FnOnce`, `AsyncFn` and its kin | unstable to implement | call the value: `(*boxed)(..)` |
//! | `self: Box<Self>` | `Receiver` is unstable | an associated function |
//! | `pin`, `into_pin`, `From` for `Pin` | a write elsewhere moves the value | [`Pin::new`](std::pin::Pin::new) |
//! | `new_uninit`, `new_zeroed`, `assume_init`, `write` | slots hold values | [`Vec`](crate::Vec) for slices |
//! | `new_in`, `allocator` and the like | unstable; values live in the cluster's heap | |
//! | `into_non_null`, `as_ptr`, `map`, `into_boxed_slice` | unstable | [`Box::into_raw`], `&raw mut *boxed` |
//! | `Box<CStr>`, `Box<OsStr>`, `Box<Path>` | no [`Pointee`] | `Box<[u8]>`, [`String`](crate::String) |
//! | `From<Box<T>>` for `Rc` and `Arc` | they count on one node | [`Box::into_inner`] |
//! | a box of anything | what crosses means the same elsewhere | derive [`Portable`] |
//! | the layout of a pointer in C's interface | a box is three words | [`Box::into_raw`] |
//!
//! Beyond std's there are [`Box::read`], [`Box::try_read`], [`Box::fetch`], [`Box::release`], [`Box::set`],
//! [`Box::take`], [`Box::try_new`], [`Box::into_inner`] and [`Box::replace`].
//!
//! ```
//! use drust::{Box, Portable};
//! #[derive(Portable)]
//! struct List { value: u32, next: Option<Box<List>> }
//! let list = Box::new(List { value: 1, next: Some(Box::new(List { value: 2, next: None })) });
//! assert_eq!(list.value + list.next.as_ref().unwrap().value, 3);
//! ```

mod forward;
mod from;
mod slice;
mod tied;
mod traits;

pub use tied::TBox;

use crate::reference::{Fetch, Ref};
use drust_heap::local::dangling;
use drust_heap::trace::{Found, Kind, Weights};
use drust_heap::{Argument, Carry, Facts, Handle, Pointee, Portable, Targets};
use drust_runtime::memory::{self, CopiesFull, OutOfMemory, Shape};
use std::alloc::Layout;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::{Deref, DerefMut};

/// A pointer that owns its value, as std's, wherever in the cluster the value lies.
///
/// A `Box` is 24 bytes (32 for slices and `str`), and so is an `Option` of it; the layout is private.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | `new`, reading or writing at home, reading again | 0 |
/// | first read of a remote value | 1 fetch |
/// | write of a remote value | 1 fetch and 1 one-way free; no fetch when this node alone holds a copy |
/// | drop of a remote value | 1 one-way (with a user's `Drop` or an `Arc` inside: the value comes here first) |
///
/// Reading through `&Box` on another node than the value's home leaves a copy pinned until the `Box` is written, sent
/// or dropped. [`Box::read`] gives the copy back with its guard.
///
/// ```
/// use drust::Box;
/// let mut boxed = Box::new(41);
/// *boxed += 1;
/// assert_eq!(*boxed, 42);
/// ```
pub struct Box<T: ?Sized + Pointee> {
    len: T::Len,
    owns: PhantomData<T>,
    handle: Handle,
}

const _: () = assert!(size_of::<Box<u64>>() == 24 && size_of::<Option<Box<u64>>>() == 24);
const _: () = assert!(size_of::<Box<[u64]>>() == 32 && size_of::<Option<Box<str>>>() == 32);

impl<T: Portable> Box<T> {
    /// Puts `value` in the heap, in this node's partition. Sends nothing.
    ///
    /// Where the partition is full, the value goes to the node with most room, by 1 request and 1 reply. Where none has
    /// room the job ends, saying what was asked, used and allowed; [`Box::try_new`] returns that instead.
    ///
    /// ```
    /// let five = drust::Box::new(5);
    /// assert_eq!(*five, 5);
    /// ```
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn new(value: T) -> Box<T> {
        let layout = Layout::new::<T>();
        if layout.size() == 0 {
            return Box::without_object(value);
        }
        let Some(fresh) = memory::near_object::<T>() else {
            let room = memory::room(Shape { descriptor: T::descriptor(), elements: 1, capacity: 1 });
            // SAFETY: the room has the value's layout and is nobody else's.
            return unsafe {
                room.place().cast::<T>().write(value);
                Box::from_handle(room.settle(), ())
            };
        };
        // SAFETY: the slot has the value's layout and is nobody else's.
        unsafe { fresh.place.as_ptr().cast::<T>().write(value) };
        Box::from_handle(Handle::new_private(fresh.place.as_ptr(), fresh.address, fresh.stamp), ())
    }

    /// As [`Box::new`], but returns an error where no node has room; the value is dropped then.
    ///
    /// # Errors
    /// What was asked, used and allowed, and which setting to change.
    ///
    /// ```
    /// let five = drust::Box::try_new(5)?;
    /// assert_eq!(*five, 5);
    /// # Ok::<(), drust::OutOfMemory>(())
    /// ```
    #[track_caller]
    pub fn try_new(value: T) -> Result<Box<T>, OutOfMemory> {
        if size_of::<T>() == 0 {
            return Ok(Box::without_object(value));
        }
        let room = memory::try_room(Shape { descriptor: T::descriptor(), elements: 1, capacity: 1 })?;
        // SAFETY: as in `new`; where nobody has room the value is in its place again, to be dropped there.
        unsafe {
            room.place().cast::<T>().write(value);
            room.try_settle().map(|handle| Box::from_handle(handle, ())).map_err(|(room, error)| {
                room.place().cast::<T>().drop_in_place();
                error
            })
        }
    }

    fn without_object(value: T) -> Box<T> {
        std::mem::forget(value);
        Box::from_handle(Handle::reserved(dangling(align_of::<T>()).as_ptr()), ())
    }

    /// Takes the value out, freeing its place. A remote value is moved here first.
    ///
    /// ```
    /// use drust::Box;
    /// assert_eq!(Box::into_inner(Box::new(7)), 7);
    /// ```
    #[track_caller]
    pub fn into_inner(mut boxed: Box<T>) -> T {
        let place = Box::place_mut(&mut boxed);
        std::mem::forget(boxed);
        // SAFETY: the value is at home here, and its only handle is gone.
        unsafe {
            let value = place.cast::<T>().read();
            memory::free(place, Layout::new::<T>());
            value
        }
    }

    /// Takes the value out and puts `value` in its place; the same as [`std::mem::replace`] through the box.
    ///
    /// ```
    /// use drust::Box;
    /// let mut boxed = Box::new(1);
    /// assert_eq!(Box::replace(&mut boxed, 2), 1);
    /// ```
    #[track_caller]
    pub fn replace(boxed: &mut Box<T>, value: T) -> T {
        std::mem::replace(&mut **boxed, value)
    }

    /// Stores a new value without fetching the old: a remote object is freed by its home (one one-way), and the new
    /// value lives here.
    ///
    /// ```
    /// use drust::Box;
    /// let mut boxed = Box::new(1);
    /// Box::set(&mut boxed, 2);
    /// assert_eq!(*boxed, 2);
    /// ```
    #[track_caller]
    pub fn set(boxed: &mut Box<T>, value: T) {
        match boxed.handle.private() {
            Some(_) => **boxed = value,
            None => *boxed = Box::new(value),
        }
    }

    /// Takes the value, leaving `T`'s default.
    ///
    /// ```
    /// use drust::Box;
    /// let mut boxed = Box::new(3);
    /// assert_eq!(Box::take(&mut boxed), 3);
    /// assert_eq!(*boxed, 0);
    /// ```
    #[track_caller]
    pub fn take(boxed: &mut Box<T>) -> T
    where
        T: Default,
    {
        Box::replace(boxed, T::default())
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Box<T> {
    /// Borrows the value for reading, and gives its copy back when the guard is dropped; the box keeps no pin.
    ///
    /// Costs one fetch when the value is remote and no copy is here.
    ///
    /// ```
    /// use drust::Box;
    /// let boxed = Box::new(7);
    /// let guard = Box::read(&boxed);
    /// assert_eq!(*guard, 7);
    /// ```
    #[track_caller]
    pub fn read(boxed: &Box<T>) -> Ref<'_, T> {
        let guard = Ref::<T>::to_handle(&boxed.handle, boxed.len);
        guard.look();
        guard
    }

    /// Begins to fetch the value, to be awaited later, by this thread or an executor; see [`Fetch`]. Costs as
    /// [`Box::read`].
    ///
    /// ```
    /// use drust::{Box, thread};
    /// let boxed = Box::new(7);
    /// let fetch = Box::fetch(&boxed);
    /// assert_eq!(thread::block_on(async { *fetch.await }), 7);
    /// ```
    #[track_caller]
    pub fn fetch(boxed: &Box<T>) -> Fetch<'_, T> {
        Ref::ahead(Ref::to_handle(&boxed.handle, boxed.len))
    }

    /// As [`Box::read`], but fetches at once, and returns an error where that would end the job.
    ///
    /// # Errors
    /// What is read on this node and was not given back leaves no room for a copy.
    ///
    /// ```
    /// use drust::Box;
    /// let boxed = Box::new(7);
    /// assert_eq!(*Box::try_read(&boxed)?, 7);
    /// # Ok::<(), drust::CopiesFull>(())
    /// ```
    #[track_caller]
    pub fn try_read(boxed: &Box<T>) -> Result<Ref<'_, T>, CopiesFull> {
        let guard = Ref::<T>::to_handle(&boxed.handle, boxed.len);
        guard.try_look()?;
        Ok(guard)
    }

    /// Looks at the value and leaves no pin, for what takes its end.
    #[inline]
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let guard;
        look(if self.handle.peek().is_null() {
            guard = Box::read(self);
            &guard
        } else {
            self
        })
    }

    /// Gives back the copy that reading through the box has pinned, if there is one; sends nothing.
    ///
    /// ```
    /// use drust::Box;
    /// let mut boxed = Box::new(7);
    /// Box::release(&mut boxed);
    /// assert_eq!(*boxed, 7);
    /// ```
    pub fn release(boxed: &mut Box<T>) {
        memory::unpin(&mut boxed.handle);
    }

    /// Gives the value up for the rest of the program; it is never freed, and stays in this node's partition.
    ///
    /// ```
    /// let lasting: &'static mut u32 = drust::Box::leak(drust::Box::new(1));
    /// *lasting += 1;
    /// ```
    #[track_caller]
    pub fn leak<'a>(mut boxed: Box<T>) -> &'a mut T
    where
        T: 'a,
    {
        let value: *mut T = &raw mut *boxed;
        std::mem::forget(boxed);
        // SAFETY: the value is at home here, partitions stay mapped until exit, and its only handle is gone.
        unsafe { &mut *value }
    }

    /// Takes the handle apart: the value's place in this node's partition, to be owned again by [`Box::from_raw`] on
    /// this node. A remote value is moved here first.
    ///
    /// ```
    /// use drust::Box;
    /// let raw = Box::into_raw(Box::new(5));
    /// // SAFETY: it was just given up, on this node.
    /// let boxed = unsafe { Box::from_raw(raw) };
    /// assert_eq!(*boxed, 5);
    /// ```
    #[track_caller]
    #[must_use]
    pub fn into_raw(mut boxed: Box<T>) -> *mut T {
        let value: *mut T = &raw mut *boxed;
        std::mem::forget(boxed);
        value
    }

    /// Owns again what [`Box::into_raw`] gave up.
    ///
    /// # Safety
    /// `raw` came from `Box::into_raw` on this node, and is not owned again twice.
    ///
    /// ```
    /// use drust::Box;
    /// let raw = Box::into_raw(Box::<[u32]>::from([1, 2]));
    /// // SAFETY: it was just given up, on this node.
    /// assert_eq!(*unsafe { Box::from_raw(raw) }, [1, 2]);
    /// ```
    #[must_use]
    pub unsafe fn from_raw(raw: *mut T) -> Box<T> {
        // SAFETY: the caller's promise makes it a live value.
        let len = T::len_of(unsafe { &*raw });
        // SAFETY: as above.
        let handle = if size_of_val(unsafe { &*raw }) == 0 {
            Handle::reserved(raw.cast())
        } else {
            memory::handle_at_home(raw.cast())
        };
        Box::from_handle(handle, len)
    }

    /// Where the value can be read: at home, or in a copy pinned by this box.
    #[inline(always)]
    #[track_caller]
    fn place(&self) -> *mut u8 {
        let place = self.handle.peek();
        if place.is_null() { memory::read(&self.handle, self.shape()) } else { place }
    }

    /// The value's place at home here, under a stamp nobody else has.
    #[inline(always)]
    #[track_caller]
    fn place_mut(boxed: &mut Box<T>) -> *mut u8 {
        match boxed.handle.private() {
            Some(home) => home,
            None => {
                let shape = boxed.shape();
                memory::write(&mut boxed.handle, shape)
            }
        }
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn len_word(&self) -> T::Len {
        self.len
    }
}

impl<T: ?Sized + Pointee> Box<T> {
    pub(crate) const fn from_handle(handle: Handle, len: T::Len) -> Box<T> {
        Box { len, owns: PhantomData, handle }
    }

    /// The handle and the length, to be owned by the caller.
    pub(crate) fn into_parts(self) -> (Handle, T::Len) {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the box is not used again.
        (unsafe { std::ptr::read(&raw const this.handle) }, this.len)
    }

    #[inline]
    fn shape(&self) -> Shape {
        let elements = T::elements(self.len);
        Shape { descriptor: T::descriptor(), elements, capacity: elements }
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Deref for Box<T> {
    type Target = T;

    #[inline(always)]
    #[track_caller]
    fn deref(&self) -> &T {
        // SAFETY: the value is at this place and stays there while the box is borrowed: nobody can write it, and a
        // pinned copy is not evicted.
        unsafe { &*T::from_raw(self.place(), self.len) }
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> DerefMut for Box<T> {
    #[inline(always)]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        let place = Box::place_mut(self);
        // SAFETY: the object is homed here, and its only handle is mutably borrowed; whoever holds an old stamp finds
        // only old copies.
        unsafe { &mut *T::from_raw(place, self.len) }
    }
}

impl<T: ?Sized + Pointee> Drop for Box<T> {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        let shape = self.shape();
        if shape.bytes() == 0 {
            let values = std::ptr::slice_from_raw_parts_mut(self.handle.peek().cast::<T::Item>(), shape.elements);
            // SAFETY: a box without an object owns its values all the same, at a dangling place.
            unsafe { values.drop_in_place() }
        } else if let Some(home) = self.handle.private() {
            // SAFETY: the box owns its value, which is at home here.
            unsafe {
                if const { size_of::<T::Len>() == 0 } {
                    memory::drop_one_at_home::<T::Item>(home);
                } else {
                    memory::drop_at_home::<T::Item>(home, shape.elements, shape.capacity);
                }
            }
        } else {
            // SAFETY: the box owns its value and is not used again.
            unsafe { memory::discard(&mut self.handle, shape) }
        }
    }
}

// SAFETY: a box owns its value: what may be sent and shared is decided by the value, and Portable values are both. The
// handle's own words are atomic where they change under `&`.
unsafe impl<T: ?Sized + Pointee> Send for Box<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee> Sync for Box<T> {}

impl<T: ?Sized + Pointee> Unpin for Box<T> {}

impl<T: ?Sized + Pointee> std::panic::UnwindSafe for Box<T> {}
impl<T: ?Sized + Pointee> std::panic::RefUnwindSafe for Box<T> {}

impl<T: ?Sized + Pointee> Box<T> {
    const KIND: &'static Kind = &Kind { weigh: weigh::<T>, ..Handle::KIND };
}

unsafe fn weigh<T: ?Sized + Pointee>(handle: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is the handle of a live box.
    let this = unsafe { &*handle.byte_sub(offset_of!(Box<T>, handle)).cast::<Box<T>>() };
    weights.handle(&this.handle, T::descriptor().size() * T::elements(this.len));
}

// SAFETY: the handle is noted; the length is plain.
unsafe impl<T: ?Sized + Pointee<Item: Portable>> Carry for Box<T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).handle }.cast(), Self::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::descriptor());
    }
}

// SAFETY: a box borrows nothing.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Argument<'_> for Box<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Portable for Box<T> {}
