//! `Ref` and `RefMut`: borrows that a task on another node can use.

mod fetch;
mod mutable;
mod slice;

pub use fetch::{Fetch, prefetch};
pub use mutable::RefMut;

use crate::boxed::Box;
use drust_heap::trace::{Forgetting, Found, Kind, Landing, Outgoing, Place, Weights};
use drust_heap::{Argument, Carry, Facts, Handle, Pointee, Portable, Targets};
use drust_proto::{Address, Extent, Rank, Stamp};
use drust_runtime::cancel;
use drust_runtime::memory::{self, CopiesFull, Shape};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A shared borrow, good on every node: by address for what a `Box`, `Vec` or `String` owns, else by value.
///
/// A `Ref` made from a heap object costs nothing until its task runs on another node: then one fetch at the first look,
/// whose copy is given back when the `Ref` ends. A `Ref` of any other value ([`Ref::of`]) takes a copy of its bytes
/// along when it leaves.
///
/// ```
/// use drust::{Box, Ref, thread};
/// let boxed = Box::new(20);
/// let sum = thread::scope(|s| {
///     let a = s.spawn((Ref::new(&boxed),), |(b,)| *b + 1);
///     let b = s.spawn((Ref::new(&boxed),), |(b,)| *b + 1);
///     a.join().unwrap() + b.join().unwrap()
/// });
/// assert_eq!(sum, 42);
/// ```
///
/// Contract: (1) `ptr` is null or where the value can be read on this node; under `&` it changes only from null, by
/// compare-exchange. (2) `held` is a pin that this `Ref` owns, `lazy` says that so is what `ptr` became later. (3)
/// `source` is the handle this node made the `Ref` from, alive as long as the borrow, whose PRIVATE bit is cleared
/// when the `Ref` leaves; null where the value was exposed before. (4) Without a stamp the `Ref` is by value and `ptr`
/// is set.
#[repr(C)]
pub struct Ref<'a, T: ?Sized + Pointee> {
    ptr: AtomicPtr<u8>,
    source: *const Handle,
    held: *const u8,
    address: u64,
    stamp: Option<Stamp>,
    extent: Extent,
    lazy: bool,
    len: T::Len,
    borrows: PhantomData<&'a T>,
}

/// What can be lent by address: the heap types.
///
/// ```
/// use drust::{Lend, Ref, vec};
/// fn total(numbers: &impl Lend<Target = [u32]>) -> u32 {
///     let lent: Ref<'_, [u32]> = numbers.lend();
///     lent.iter().sum()
/// }
/// assert_eq!(total(&vec![1, 2, 3]), 6);
/// ```
pub trait Lend {
    /// What is borrowed.
    type Target: ?Sized + Pointee;

    /// A borrow that costs nothing until it is used elsewhere.
    fn lend(&self) -> Ref<'_, Self::Target>;

    /// The node where what is borrowed lives; `None` where it has no object.
    #[doc(hidden)]
    fn home(&self) -> Option<Rank>;
}

impl<L: Lend + ?Sized> Lend for &L {
    type Target = L::Target;

    fn lend(&self) -> Ref<'_, L::Target> {
        L::lend(self)
    }

    fn home(&self) -> Option<Rank> {
        L::home(self)
    }
}

impl<T: ?Sized + Pointee<Item: Portable>> Lend for Box<T> {
    type Target = T;

    fn lend(&self) -> Ref<'_, T> {
        Ref::to_handle(self.handle(), self.len_word())
    }

    fn home(&self) -> Option<Rank> {
        let handle = self.handle();
        (!handle.is_reserved()).then(|| handle.address().home())
    }
}

impl<'a, T: ?Sized + Pointee> Ref<'a, T> {
    /// Lends what a heap object owns, by address.
    ///
    /// ```
    /// let boxed = drust::Box::new(3);
    /// assert_eq!(*drust::Ref::new(&boxed), 3);
    /// ```
    #[must_use]
    pub fn new<S: Lend<Target = T> + ?Sized>(owner: &'a S) -> Ref<'a, T> {
        owner.lend()
    }

    /// Lends any value, by value: when the `Ref` leaves the node, a copy of its bytes goes along.
    ///
    /// ```
    /// let pair = (1, 2);
    /// assert_eq!(drust::Ref::of(&pair).1, 2);
    /// ```
    #[must_use]
    pub fn of(value: &'a T) -> Ref<'a, T> {
        let place = std::ptr::from_ref(value).cast::<u8>().cast_mut();
        Ref::at(place, T::len_of(value))
    }

    fn at(place: *mut u8, len: T::Len) -> Ref<'a, T> {
        Ref {
            ptr: AtomicPtr::new(place),
            source: std::ptr::null(),
            held: std::ptr::null(),
            address: 0,
            stamp: None,
            extent: Extent::Whole,
            lazy: false,
            len,
            borrows: PhantomData,
        }
    }

    pub(crate) fn to_handle(handle: &'a Handle, len: T::Len) -> Ref<'a, T> {
        if handle.is_reserved() {
            return Ref::at(handle.peek(), len);
        }
        let mut to = Ref::at(handle.peek(), len);
        to.lazy = to.ptr.get_mut().is_null();
        to.address = handle.address().word();
        to.stamp = Some(handle.stamp());
        // Only a PRIVATE handle is left to be exposed, and no copy holds one, so it lives as long as the borrow.
        if handle.is_private() {
            to.source = handle;
        }
        to
    }

    fn shape(&self) -> Shape {
        let elements = T::elements(self.len);
        Shape { descriptor: T::descriptor(), elements, capacity: elements }
    }

    /// Looks at the value, fetching it if need be.
    #[inline]
    #[track_caller]
    pub(crate) fn look(&self) -> *mut u8 {
        let place = self.ptr.load(Ordering::Acquire);
        if place.is_null() { self.fetch_cold() } else { place }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn fetch_cold(&self) -> *mut u8 {
        cancel::check();
        let stamp = self.stamp.expect("a borrow by value has its value");
        self.keep(memory::borrow(Address::inside(self.address), stamp, self.shape(), self.extent))
    }

    /// As `look`.
    ///
    /// # Errors
    /// There is no room for a copy.
    #[track_caller]
    pub(crate) fn try_look(&self) -> Result<*mut u8, CopiesFull> {
        let place = self.ptr.load(Ordering::Acquire);
        if !place.is_null() {
            return Ok(place);
        }
        cancel::check();
        let stamp = self.stamp.expect("a borrow by value has its value");
        memory::try_borrow(Address::inside(self.address), stamp, self.shape(), self.extent)
            .map(|found| self.keep(found))
    }

    /// Keeps what was found, unless another thread was first, and gives back what is not needed then.
    fn keep(&self, found: memory::Borrowed) -> *mut u8 {
        match self.ptr.compare_exchange(std::ptr::null_mut(), found.place, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => found.place,
            Err(first) => {
                if found.pinned {
                    // SAFETY: the pin was taken above and nobody else has it.
                    unsafe { memory::release(found.place) };
                }
                first
            }
        }
    }

    /// A borrow of a part of the value.
    ///
    /// What lies inside the borrowed object's own bytes stays a borrow by address, of these bytes alone; what lies
    /// elsewhere (behind a handle inside it) becomes a borrow by value.
    ///
    /// ```
    /// use drust::{Box, Ref};
    /// let pair = Box::new((1, 2));
    /// let second = Ref::map(Box::read(&pair), |pair| &pair.1);
    /// assert_eq!(*second, 2);
    /// ```
    #[track_caller]
    pub fn map<U: ?Sized + Pointee>(this: Ref<'a, T>, part: impl FnOnce(&T) -> &U) -> Ref<'a, U> {
        let value = part(&this);
        let (place, len, bytes) =
            (std::ptr::from_ref(value).cast::<u8>().cast_mut(), U::len_of(value), size_of_val(value));
        let root = this.look();
        let offset = place.addr().wrapping_sub(root.addr());
        let inside = offset.checked_add(bytes).is_some_and(|end| end <= this.shape().bytes()) && bytes > 0;
        let mut part = Ref::at(place, len);
        part.held = this.pin();
        if inside && this.stamp.is_some() {
            part.source = this.source;
            part.address = this.address + offset as u64;
            part.stamp = this.stamp;
            part.extent = Extent::Range;
        }
        std::mem::forget(this);
        part
    }

    /// Whether the value is to be fetched before it can be looked at.
    fn is_absent(&self) -> bool {
        self.ptr.load(Ordering::Acquire).is_null()
    }

    /// This borrow, of values that were fetched ahead and are pinned in a copy for it.
    ///
    /// # Safety
    /// The copy at `place` is of these very values, and the pin is this borrow's.
    pub(crate) unsafe fn found(mut self, place: *const u8) -> Ref<'a, T> {
        debug_assert!(self.is_absent());
        self.ptr = AtomicPtr::new(place.cast_mut());
        self.lazy = true;
        self
    }

    /// The pin this `Ref` owns, or null.
    fn pin(&self) -> *const u8 {
        if self.lazy { self.ptr.load(Ordering::Acquire) } else { self.held }
    }
}

impl<'a, T: ?Sized + Pointee> Ref<'a, T> {
    /// Goes on to what a box inside the value owns, giving this value's copy back: hand over hand, with one pin.
    ///
    /// A walk of a million links so holds one copy at a time.
    ///
    /// ```
    /// use drust::{Box, Ref};
    /// let nested = Box::new(Box::new(5));
    /// let inner = Ref::step(Box::read(&nested), |outer| outer);
    /// assert_eq!(*inner, 5);
    /// ```
    #[track_caller]
    pub fn step<U>(this: Ref<'a, T>, next: impl FnOnce(&T) -> &Box<U>) -> Ref<'a, U>
    where
        U: ?Sized + Pointee<Item: Portable>,
    {
        let child = next(&this);
        // SAFETY: the closure returns what it can reach from any borrow of the value, so what `'a` keeps alive.
        unsafe { Ref::onto(child) }
    }

    /// As [`Ref::step`], where there may be no next: `None` gives this value's copy back.
    ///
    /// ```
    /// use drust::{Box, Ref};
    /// let last: Box<Option<Box<u32>>> = Box::new(None);
    /// assert!(Ref::try_step(Box::read(&last), |link| link.as_ref()).is_none());
    /// ```
    #[track_caller]
    pub fn try_step<U>(this: Ref<'a, T>, next: impl FnOnce(&T) -> Option<&Box<U>>) -> Option<Ref<'a, U>>
    where
        U: ?Sized + Pointee<Item: Portable>,
    {
        let child = next(&this)?;
        // SAFETY: as in `step`.
        Some(unsafe { Ref::onto(child) })
    }

    /// A fetched borrow of what `child` owns, which does not need the copy that `child` lies in.
    ///
    /// # Safety
    /// What `child` owns stays borrowed for `'a`; `child` itself may go earlier if it is not PRIVATE.
    #[track_caller]
    unsafe fn onto(child: &Box<T>) -> Ref<'a, T>
    where
        T: Pointee<Item: Portable>,
    {
        let near = Ref::<T>::to_handle(child.handle(), child.len_word());
        let place = near.look();
        let held = if !near.lazy && memory::is_copy(place) {
            // SAFETY: `child` pins the copy and is borrowed.
            unsafe { memory::repin(place) };
            place
        } else {
            near.held
        };
        let far = Ref {
            ptr: AtomicPtr::new(place),
            source: near.source,
            held,
            address: near.address,
            stamp: near.stamp,
            extent: near.extent,
            lazy: near.lazy,
            len: near.len,
            borrows: PhantomData,
        };
        std::mem::forget(near);
        far
    }
}

impl<T: ?Sized + Pointee> Deref for Ref<'_, T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        // SAFETY: the value is borrowed for as long as this `Ref` lives, and its copy, if it is one, is pinned.
        unsafe { &*T::from_raw(self.look(), self.len) }
    }
}

impl<T: ?Sized + Pointee> Clone for Ref<'_, T> {
    fn clone(&self) -> Self {
        // One look at `ptr`: another thread may fetch meanwhile, and a place seen only by a second look is not pinned
        // here.
        let place = self.ptr.load(Ordering::Acquire);
        let held = if self.lazy { place } else { self.held };
        let pinned = !held.is_null() && memory::is_copy(held);
        if pinned {
            // SAFETY: this `Ref` pins the copy.
            unsafe { memory::repin(held) };
        }
        Ref {
            ptr: AtomicPtr::new(place),
            source: self.source,
            held: if pinned { held } else { std::ptr::null() },
            lazy: place.is_null(),
            address: self.address,
            stamp: self.stamp,
            extent: self.extent,
            len: self.len,
            borrows: PhantomData,
        }
    }
}

impl<T: ?Sized + Pointee> Drop for Ref<'_, T> {
    fn drop(&mut self) {
        let held = self.pin();
        if !held.is_null() && memory::is_copy(held) {
            // SAFETY: the pin is this `Ref`'s own.
            unsafe { memory::release(held) };
        }
    }
}

// SAFETY: a shared borrow of a value that may be shared; its own words are atomic where they change under `&`.
unsafe impl<T: ?Sized + Pointee> Send for Ref<'_, T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Pointee> Sync for Ref<'_, T> {}

// SAFETY: all its words are one handle, whose kind exposes or copies what it borrows.
unsafe impl<T: ?Sized + Pointee> Carry for Ref<'_, T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), Self::KIND);
    }

    fn targets(_: &mut Targets) {}
}

impl<T: ?Sized + Pointee> Ref<'_, T> {
    const KIND: &'static Kind = &Kind {
        size: size_of::<Self>(),
        along: false,
        weigh: weigh_ref::<T>,
        send: send_ref::<T>,
        land: land_ref::<T>,
        forget: forget_ref::<T>,
    };
}

// SAFETY: the borrow has the lifetime, and so have those in its values, which lie beside it.
unsafe impl<'scope, T: ?Sized + Pointee<Item: Argument<'scope>>> Argument<'scope> for Ref<'scope, T> {}

unsafe fn weigh_ref<T: ?Sized + Pointee>(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a live `Ref` of this node, and a borrow by value has its values.
    unsafe {
        let this = &*at.cast::<Ref<'_, T>>();
        let shape = this.shape();
        match this.stamp {
            Some(_) => weights.lives(Address::inside(this.address).home(), shape.bytes()),
            None => weights.along(this.ptr.load(Ordering::Acquire), shape.descriptor, shape.elements),
        }
    }
}

unsafe fn send_ref<T: ?Sized + Pointee>(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a `Ref`; its source handle is alive, its value borrowed, the target has room.
    unsafe {
        let this = &*source.cast::<Ref<'_, T>>();
        if !this.source.is_null() {
            let _ = (*this.source).expose();
        }
        let by_value = this.stamp.is_none();
        if by_value {
            let shape = this.shape();
            out.send_borrowed(this.ptr.load(Ordering::Acquire), target, shape.descriptor, shape.elements);
        }
        let mut sent = Ref::<T>::at(std::ptr::null_mut(), this.len);
        sent.address = this.address;
        sent.stamp = this.stamp;
        sent.extent = this.extent;
        sent.lazy = !by_value;
        target.cast::<Ref<'_, T>>().write_unaligned(sent);
        if out.departs() && !this.pin().is_null() {
            out.released.push(this.pin());
        }
    }
}

unsafe fn land_ref<T: ?Sized + Pointee>(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: a spot of this kind is a `Ref`, and nobody else sees arrived bytes.
    let this = unsafe { &*at.cast::<Ref<'_, T>>() };
    if this.stamp.is_none() {
        let shape = this.shape();
        landing.expect(at, shape.descriptor, shape.elements, Place::Borrowed);
    } else {
        landing.meet(Address::from_word(this.address));
    }
}

unsafe fn forget_ref<T: ?Sized + Pointee>(at: *mut u8, forgetting: &mut Forgetting) {
    // SAFETY: a spot of this kind is a `Ref`.
    let held = unsafe { &*at.cast::<Ref<'_, T>>() }.pin();
    if !held.is_null() {
        forgetting.held.push(held);
    }
}

impl<T: ?Sized + Pointee + fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: ?Sized + Pointee + fmt::Display> fmt::Display for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
