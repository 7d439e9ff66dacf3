//! Values on their way to a function on another node, and back: packed and landed one after the other.

use crate::arrival::{Body, Guest};
use crate::law::slot_for;
use crate::node::{self, Node};
use crate::task::depart_into;
use drust_heap::trace::{Image, Landing, Mode, Outgoing, Place};
use drust_heap::{Described, Descriptor, Pointee, Portable};
use drust_proto::{Address, Rank};
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ops::Deref;

/// Values that leave together.
#[derive(Default, Debug)]
pub struct Parcel {
    pub(super) image: Image,
}

impl Parcel {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Parcel {
        Parcel::default()
    }

    /// Gives a value up.
    pub fn put<T: Portable>(&mut self, value: T) {
        let value = ManuallyDrop::new(value);
        let source = (&raw const *value).cast_mut().cast::<u8>();
        if !T::FACTS.handles {
            // SAFETY: the value is this function's own, and plain bytes.
            unsafe { self.plain(source, T::DESCRIPTOR, 1) };
            return;
        }
        // SAFETY: the value is given up here; what is Portable borrows nothing.
        let lent = unsafe { depart_into(node::here(), &mut self.image, source, T::DESCRIPTOR, 1) };
        debug_assert!(lent.is_empty(), "what is Portable borrows nothing");
    }

    /// Takes a copy of a value along; it stays, and stays borrowed, until what is done with the copy is done.
    ///
    /// # Safety
    /// Nobody changes or drops the value until the answer has come, or its grant has been returned.
    pub unsafe fn lend<T: ?Sized + Pointee>(&mut self, value: &T) {
        let len = T::len_of(value);
        let at = self.image.grow(size_of::<T::Len>(), align_of::<T::Len>());
        let (source, elements) = (std::ptr::from_ref(value).cast::<u8>().cast_mut(), T::elements(len));
        let descriptor = T::descriptor();
        // SAFETY: `grow` made the room; a length is a plain number or nothing. The values are borrowed.
        unsafe {
            at.cast::<T::Len>().write_unaligned(len);
            if descriptor.facts().handles {
                let copies = &node::here().vault().copies;
                Outgoing::new(Mode::Lend, 0, copies).pack(&mut self.image, source, descriptor, elements);
            } else {
                self.plain(source, descriptor, elements);
            }
        }
    }

    /// As [`Parcel::put`], of values whose type is known at run time.
    ///
    /// # Safety
    /// So many values of this type lie at `source`; they are Portable, and the caller gives them up.
    pub(crate) unsafe fn give(&mut self, source: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            if descriptor.facts().handles {
                let lent = depart_into(node::here(), &mut self.image, source, descriptor, elements);
                debug_assert!(lent.is_empty(), "what is Portable borrows nothing");
            } else {
                self.plain(source, descriptor, elements);
            }
        }
    }

    /// Sends all back that has come, as it came.
    pub(crate) fn echo(&mut self, landed: &Landed<'_>) {
        self.image = Image::from_bytes(landed.bytes);
    }

    /// What was put in, to be taken out again where it does not leave after all.
    #[must_use]
    pub fn landed(&self) -> Landed<'_> {
        let node = node::here();
        Landed { node, from: node.rank(), address: Address::RESERVED, bytes: self.image.bytes(), consumed: 0 }
    }

    /// Names a function of the program.
    ///
    /// # Panics
    /// Where the function is no part of the program's own image.
    pub fn function(&mut self, address: usize) {
        let offset = node::here().image().offset(address);
        self.put(offset.expect("a function lies in the program's own image: link drust statically"));
    }

    /// # Safety
    /// So many values without handles lie at `source`.
    unsafe fn plain(&mut self, source: *const u8, descriptor: &Descriptor, elements: usize) {
        let bytes = descriptor.size() * elements;
        let at = self.image.grow(bytes, descriptor.align());
        // SAFETY: the caller's promise, and `grow` made the room.
        unsafe { std::ptr::copy_nonoverlapping(source, at, bytes) };
    }
}

/// Values that have come together, to be taken in the order in which they were packed.
pub struct Landed<'a> {
    node: &'static Node,
    from: Rank,
    address: Address,
    bytes: &'a [MaybeUninit<u8>],
    consumed: usize,
}

impl fmt::Debug for Landed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Landed");
        shown.field("from", &self.from).field("len", &self.bytes.len()).field("consumed", &self.consumed).finish()
    }
}

impl<'a> Landed<'a> {
    pub(super) fn new(node: &'static Node, from: Rank, address: Address, body: &'a Body) -> Landed<'a> {
        Landed { node, from, address, bytes: body.bytes(), consumed: 0 }
    }

    /// The node that sent them.
    #[must_use]
    pub fn from(&self) -> Rank {
        self.from
    }

    /// What they were sent to.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// The next value.
    ///
    /// # Safety
    /// It was packed by [`Parcel::put`] from a `T`, by a process of this build.
    pub unsafe fn take<T: Portable>(&mut self) -> T {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: the caller's promise; the room is the value's own.
        unsafe {
            self.land(value.as_mut_ptr().cast(), T::DESCRIPTOR, 1);
            value.assume_init()
        }
    }

    /// The next value, which was lent. Plain bytes are looked at where they came.
    ///
    /// # Safety
    /// It was packed by [`Parcel::lend`] from a `T`, by a process of this build, and what it is given is given up
    /// before its lender may change the value.
    pub unsafe fn take_lent<T: ?Sized + Pointee>(&mut self) -> Borrowed<'a, T> {
        // SAFETY: the caller's promise.
        let len = unsafe { self.take_len::<T>() };
        let (descriptor, elements) = (T::descriptor(), T::elements(len));
        let start = self.consumed.next_multiple_of(descriptor.align());
        // SAFETY: the values were found to be there.
        let place = unsafe { self.bytes.as_ptr().add(start) }.cast::<u8>();
        if !descriptor.facts().handles && place.addr().is_multiple_of(descriptor.align()) {
            self.consumed = start + descriptor.size() * elements;
            return Borrowed { place: place.cast_mut(), len, lodged: None, bytes: PhantomData };
        }
        // SAFETY: as above.
        let lodged = unsafe { self.lodge(descriptor, elements) };
        Borrowed { place: lodged.place(), len, lodged: Some(lodged), bytes: PhantomData }
    }

    /// The next value, which was lent, in memory of its own.
    ///
    /// # Safety
    /// As [`Landed::take_lent`].
    pub unsafe fn take_lodged<T: Described>(&mut self) -> Lodged {
        // SAFETY: the caller's promise.
        unsafe {
            self.take_len::<T>();
            self.lodge(T::DESCRIPTOR, 1)
        }
    }

    /// The length of a lent value, which is there.
    ///
    /// # Safety
    /// As [`Landed::take_lent`].
    unsafe fn take_len<T: ?Sized + Pointee>(&mut self) -> T::Len {
        let start = self.consumed.next_multiple_of(align_of::<T::Len>());
        let end = start + size_of::<T::Len>();
        if end > self.bytes.len() {
            self.refuse("it ended before its values did");
        }
        // SAFETY: the bytes are there, and were a length.
        let len = unsafe { self.bytes.as_ptr().add(start).cast::<T::Len>().read_unaligned() };
        self.consumed = end;
        self.expect(T::descriptor(), T::elements(len));
        len
    }

    /// # Safety
    /// So many values of this type were packed next, and are there.
    unsafe fn lodge(&mut self, descriptor: &'static Descriptor, elements: usize) -> Lodged {
        let guest = Guest::new(descriptor, elements, false);
        // SAFETY: the room has the values' layout; the caller's promise.
        unsafe { self.land(guest.place.as_ptr(), descriptor, elements) };
        Lodged { guest, node: self.node }
    }

    /// Bytes that came, those that were taken included.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The address of the next function.
    pub fn function(&mut self) -> usize {
        // SAFETY: a function is sent as a number, and any number is one.
        let offset = unsafe { self.take::<u64>() };
        let function = self.node.image().at(offset);
        function.unwrap_or_else(|| self.refuse("a function that lies outside the program"))
    }

    /// Refuses so many values that cannot be there.
    pub(crate) fn expect(&self, descriptor: &Descriptor, elements: usize) {
        let start = self.consumed.next_multiple_of(descriptor.align());
        let end = descriptor.size().checked_mul(elements).and_then(|bytes| start.checked_add(bytes));
        if end.is_none_or(|end| end > self.bytes.len()) {
            self.refuse("it ended before its values did");
        }
    }

    /// Puts values where there is room for them.
    ///
    /// # Safety
    /// So many values of this type were packed next; `target` has room for them.
    pub(crate) unsafe fn land(&mut self, target: *mut u8, descriptor: &'static Descriptor, elements: usize) {
        if !descriptor.facts().handles {
            self.expect(descriptor, elements);
            let (start, bytes) = (self.consumed.next_multiple_of(descriptor.align()), descriptor.size() * elements);
            // SAFETY: the bytes are there, and the caller made the room.
            unsafe { std::ptr::copy_nonoverlapping(self.bytes.as_ptr().add(start), target.cast(), bytes) };
            self.consumed = start + bytes;
            return;
        }
        let mut rooms = |descriptor: &'static Descriptor, elements: usize, _: Place| slot_for(descriptor, elements);
        let mut landing = Landing::new(self.bytes, &mut rooms).among(self.node.size()).after(self.consumed);
        // SAFETY: the caller's promise. Nothing in a parcel is lent by a `Ref`, so all that follows has slots.
        let landed = unsafe { landing.unpack(target, descriptor, elements) };
        self.consumed = landing.consumed();
        if let Err(refused) = landed {
            self.refuse(refused);
        }
    }

    /// To be called where the values make no sense: the job ends, and names the node that sent them.
    pub fn refuse(&self, why: impl fmt::Display) -> ! {
        self.node.refuse(self.from, format!("a parcel: {why}"))
    }
}

/// Memory for values that were lent to this node: bytes, whose contents were never its own.
pub struct Lodged {
    guest: Guest,
    node: &'static Node,
}

// SAFETY: the values may be shared and sent, as all that is carried; they are forgotten by one thread.
unsafe impl Send for Lodged {}
// SAFETY: as above.
unsafe impl Sync for Lodged {}

impl Lodged {
    /// Where the values are.
    #[inline]
    #[must_use]
    pub fn place(&self) -> *mut u8 {
        self.guest.place.as_ptr()
    }
}

impl fmt::Debug for Lodged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lodged").field("of", &self.guest.descriptor).finish_non_exhaustive()
    }
}

impl Drop for Lodged {
    fn drop(&mut self) {
        if self.guest.descriptor.facts().handles {
            // SAFETY: whoever looked at the values has done with them.
            unsafe { self.guest.forget(self.node) }
        }
    }
}

/// A copy of what another node lent: where its bytes came, or in memory of its own.
pub struct Borrowed<'a, T: ?Sized + Pointee> {
    place: *mut u8,
    len: T::Len,
    lodged: Option<Lodged>,
    bytes: PhantomData<&'a u8>,
}

impl<T: ?Sized + Pointee> Deref for Borrowed<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the values are there, and live as long as their memory.
        unsafe { &*T::from_raw(self.place, self.len) }
    }
}

impl<T: ?Sized + Pointee> fmt::Debug for Borrowed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Borrowed").field("lodged", &self.lodged).finish_non_exhaustive()
    }
}
