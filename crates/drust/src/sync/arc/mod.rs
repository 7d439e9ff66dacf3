//! `Arc` and `Weak`: one value with many owners, on any nodes.
//!
//! [`Arc`] and [`Weak`] have the methods and trait impls of std's but for these:
//!
//! | of std's | why it is absent | the way round |
//! |---|---|---|
//! | `Arc<dyn Trait>`, coercion to it, `downcast` | `CoerceUnsized`; a vtable lies elsewhere on each node | an enum |
//! | coercion of `Arc<[T; N]>` to `Arc<[T]>` | `CoerceUnsized` | `Arc::<[T]>::from([..])` |
//! | `into_raw`, `from_raw`, `increment_strong_count` | an address means nothing elsewhere | keep the `Arc` |
//! | `pin`, `From` for `Pin` | who is alone may move the value | [`Pin::new`](std::pin::Pin::new) |
//! | `new_uninit`, `new_zeroed`, `assume_init` | slots hold values | collect, or [`Arc::new_cyclic`] |
//! | `new_in`, `try_new`, `get_mut_unchecked` and the like | unstable | |
//! | `self: Arc<Self>` | `Receiver` is unstable | an associated function |
//! | `From<Arc<str>>` for `Waker`, `Arc<CStr>`, `Arc<Path>` | no [`Pointee`] | `Arc<[u8]>`, `Arc<str>` |
//! | equality by address where `T: Eq` | specialization | [`Arc::ptr_eq`] first |
//! | an `Arc` of anything | what crosses means the same elsewhere | derive [`Portable`] |
//!
//! Beyond std's there is [`Arc::release`].
//!
//! ```
//! use drust::sync::Arc;
//! use drust::{String, node, spawn, vec};
//! let words = Arc::new(vec![String::from("to"), String::from("be")]);
//! let tasks: Vec<_> = node::all()
//!     .map(|node| spawn!(on node; [words = Arc::clone(&words)] || words.len()))
//!     .collect();
//! assert!(tasks.into_iter().all(|task| task.join().unwrap() == 2));
//! assert_eq!(Arc::strong_count(&words), 1);
//! ```

mod from;
mod only;
#[cfg(feature = "serde")]
mod serde;
mod traits;
mod weak;

pub use weak::Weak;

use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Pointee, Portable, Targets};
use drust_runtime::sharing::count::{Counted, give_back, strong_kind};
use std::marker::PhantomData;
use std::ops::Deref;

/// A pointer to a value that it shares with others like it, as std's, wherever in the cluster they are.
///
/// The value lies on the node where it was made, and is copied to others when they first read it. An `Arc` is 24 bytes
/// (32 of slices and `str`), and so is an `Option` of it; the layout is private.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | `new`, `clone`, drop, `downgrade`, `ptr_eq`, reading at home or again | 0 |
/// | sending one to another node | 0 |
/// | first read on a node that is not the value's home | 1 fetch |
/// | first `clone` through a copy or a `Ref`, on a node that has no `Arc` of the value | 1 request, 1 reply |
/// | drop of the last elsewhere than at home | 1 one-way; of what ends here 1 request, 1 reply |
/// | `get_mut`, `make_mut`, `try_unwrap`, `into_inner` at home | 0 |
/// | the same elsewhere, where it is the node's only one | 1 request, 1 reply, the value included |
/// | `strong_count`, `weak_count`, while some have left home | 1 request, 1 reply for each other node |
/// | `downgrade` elsewhere, where the node has no [`Weak`] of the value | 1 request, 1 reply |
/// | [`Weak::upgrade`] elsewhere, where the node has no `Arc` of the value | 1 request, 1 reply |
///
/// In thousands of departures from another node than the home, one costs a request and a reply more.
///
/// What is true of std's counts is true here of all nodes: [`Arc::get_mut`] finds that it is alone when the drops of
/// all others happened before, as by a join or a message. Values with a user's `Drop`, an `Arc` or an atomic inside end
/// on the thread that drops their last `Arc`, before that goes on; others at home. A list of `Arc`s that lie elsewhere
/// so ends link by link.
///
/// ```
/// use drust::sync::Arc;
/// let five = Arc::new(5);
/// let same = Arc::clone(&five);
/// assert_eq!(*same, 5);
/// assert!(Arc::ptr_eq(&five, &same));
/// ```
pub struct Arc<T: ?Sized + Pointee> {
    len: T::Len,
    owns: PhantomData<T>,
    handle: Counted,
}

const _: () = assert!(size_of::<Arc<u64>>() == 24 && size_of::<Option<Arc<u64>>>() == 24);
const _: () = assert!(size_of::<Arc<[u64]>>() == 32 && size_of::<Option<Arc<str>>>() == 32);

impl<T: Portable> Arc<T> {
    /// Puts `value` in the heap, in this node's partition. Sends nothing.
    ///
    /// ```
    /// let five = drust::sync::Arc::new(5);
    /// assert_eq!(*five, 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn new(value: T) -> Arc<T> {
        let handle = Counted::make_one::<T>();
        // SAFETY: the slot was made for one such value, and nobody else knows of it.
        unsafe { handle.peek().cast::<T>().write(value) };
        Arc::from_parts(handle, ())
    }

    /// Makes a value that knows how to be found: `make` is given a [`Weak`] of it, which finds nothing before it is
    /// made. Sends nothing.
    ///
    /// ```
    /// use drust::sync::{Arc, Weak};
    /// #[derive(drust::Portable)]
    /// struct Node { me: Weak<Node>, name: u32 }
    /// let node = Arc::new_cyclic(|me: &Weak<Node>| {
    ///     assert!(me.upgrade().is_none());
    ///     Node { me: me.clone(), name: 7 }
    /// });
    /// assert_eq!(node.me.upgrade().unwrap().name, 7);
    /// ```
    pub fn new_cyclic(make: impl FnOnce(&Weak<T>) -> T) -> Arc<T> {
        let weak = Weak::from_parts(Counted::prepare::<T>(1), ());
        let value = make(&weak);
        let (handle, ()) = weak.into_parts();
        // SAFETY: the slot was made for one such value, and nobody can reach it before it is set up.
        unsafe { handle.peek().cast::<T>().write(value) };
        handle.set_up::<T>();
        Arc::from_parts(handle, ())
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Arc<T> {
    /// A handle that does not keep the value. 0 messages at home and on a node that has a [`Weak`] of the value, else 1
    /// request, 1 reply.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let weak = Arc::downgrade(&five);
    /// assert_eq!(weak.upgrade(), Some(five));
    /// assert_eq!(weak.upgrade(), None);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn downgrade(this: &Arc<T>) -> Weak<T> {
        Weak::from_parts(this.handle.clone_weak::<T::Item>(), this.len)
    }

    /// Whether both own the same value. Sends nothing.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// assert!(Arc::ptr_eq(&five, &five.clone()));
    /// assert!(!Arc::ptr_eq(&five, &Arc::new(5)));
    /// ```
    #[must_use]
    pub fn ptr_eq(this: &Arc<T>, other: &Arc<T>) -> bool {
        this.handle.is_same(&other.handle)
    }

    /// How many own the value, on all nodes. 0 messages while none has left home, else 1 request and 1 reply for each
    /// other node; a number that others may change meanwhile.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let same = five.clone();
    /// assert_eq!(Arc::strong_count(&same), 2);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn strong_count(this: &Arc<T>) -> usize {
        this.handle.count_strong()
    }

    /// How many [`Weak`]s of the value there are, on all nodes. Costs what [`Arc::strong_count`] costs.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// let weak = Arc::downgrade(&five);
    /// assert_eq!(Arc::weak_count(&five), 1);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn weak_count(this: &Arc<T>) -> usize {
        this.handle.count_weak()
    }

    /// Where the value can be read on this node, for as long as this `Arc` lives and keeps its copy. Costs what reading
    /// costs.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let five = Arc::new(5);
    /// assert_eq!(Arc::as_ptr(&five), Arc::as_ptr(&five.clone()));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn as_ptr(this: &Arc<T>) -> *const T {
        &raw const **this
    }

    /// Gives back the copy that reading through this `Arc` has pinned, if there is one; sends nothing.
    ///
    /// ```
    /// use drust::sync::Arc;
    /// let mut five = Arc::new(5);
    /// Arc::release(&mut five);
    /// assert_eq!(*five, 5);
    /// ```
    pub fn release(this: &mut Arc<T>) {
        this.handle.unpin();
    }

    /// Looks at the value and leaves no pin, for what takes its end.
    #[track_caller]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        /// A pin of this call.
        struct Pinned(*const u8);
        impl Drop for Pinned {
            fn drop(&mut self) {
                // SAFETY: the pin was taken for this guard.
                unsafe { give_back(self.0) }
            }
        }
        if !self.handle.peek().is_null() {
            return look(self);
        }
        let (place, pinned) = self.handle.borrow::<T::Item>(self.elements());
        let _pinned = pinned.then(|| Pinned(place));
        // SAFETY: the value is at this place, which is its home or a copy that is pinned.
        look(unsafe { &*T::from_raw(place, self.len) })
    }
}

impl<T: ?Sized + Pointee> Arc<T> {
    fn from_parts(handle: Counted, len: T::Len) -> Arc<T> {
        Arc { len, owns: PhantomData, handle }
    }

    /// The handle and the length, to be owned by the caller.
    fn into_parts(self) -> (Counted, T::Len) {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the `Arc` is not used again.
        (unsafe { std::ptr::read(&raw const this.handle) }, this.len)
    }

    #[inline(always)]
    fn elements(&self) -> usize {
        T::elements(self.len)
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Deref for Arc<T> {
    type Target = T;

    #[inline(always)]
    #[track_caller]
    fn deref(&self) -> &T {
        let mut place = self.handle.peek();
        if place.is_null() {
            place = self.handle.read::<T::Item>(self.elements());
        }
        // SAFETY: the value is at this place and stays there while the `Arc` is borrowed: nobody can write it, and a
        // pinned copy is not evicted.
        unsafe { &*T::from_raw(place, self.len) }
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Clone for Arc<T> {
    /// One more owner of the value. Sends nothing, but through a copy or a `Ref` on a node that has no `Arc` of the
    /// value: 1 request, 1 reply.
    #[inline]
    #[track_caller]
    fn clone(&self) -> Arc<T> {
        Arc::from_parts(self.handle.clone_strong::<T::Item>(), self.len)
    }
}

impl<T: ?Sized + Pointee> Drop for Arc<T> {
    #[inline]
    #[track_caller]
    fn drop(&mut self) {
        let elements = self.elements();
        // SAFETY: an `Arc` owns its strong handle, of so many values, and is not used again.
        unsafe { self.handle.drop_strong::<T::Item>(elements) }
    }
}

// SAFETY: an `Arc` gives `&T`, and `T` to the last owner: what may be sent and shared is decided by the value, and
// Portable values are both. The handle's own words are atomic where they change under `&`.
unsafe impl<T: ?Sized + Pointee> Send for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee> Sync for Arc<T> {}

impl<T: ?Sized + Pointee> Unpin for Arc<T> {}

impl<T: ?Sized + Pointee> std::panic::UnwindSafe for Arc<T> {}
impl<T: ?Sized + Pointee> std::panic::RefUnwindSafe for Arc<T> {}

// SAFETY: the handle is noted; the length is plain.
unsafe impl<T: ?Sized + Pointee<Item: Portable>> Carry for Arc<T> {
    const FACTS: Facts = Facts::COUNTED;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).handle }.cast(), strong_kind::<T::Item>());
    }

    fn targets(list: &mut Targets) {
        list.push(T::descriptor());
    }
}

// SAFETY: an `Arc` borrows nothing.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Argument<'_> for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee<Item: Portable> + 'static> Portable for Arc<T> {}
