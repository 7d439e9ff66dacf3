//! What a handle may point to: sized values, slices and `str`, without naming fat pointers' insides.

use crate::carry::Carry;
use crate::descriptor::{Described, Descriptor};

/// A type that objects of the global heap can hold: one value, or a run of them.
///
/// # Safety
/// An object of this type is `elements(len)` values of `Item` side by side, and `from_raw` of its place is valid
/// whenever these are.
pub unsafe trait Pointee {
    /// The values that lie in the object.
    type Item: Carry;
    /// What a handle must hold besides the address.
    type Len: Copy + Send + Sync + 'static;

    /// Values in an object of this length.
    fn elements(len: Self::Len) -> usize;
    /// The pointer to an object of this length at `place`.
    fn from_raw(place: *mut u8, len: Self::Len) -> *mut Self;
    /// The length of this value.
    fn len_of(this: &Self) -> Self::Len;

    /// The type of the values in it.
    #[inline]
    #[must_use]
    fn descriptor() -> &'static Descriptor {
        <Self::Item as Described>::DESCRIPTOR
    }
}

// SAFETY: one value at its place.
unsafe impl<T: Carry> Pointee for T {
    type Item = T;
    type Len = ();

    #[inline(always)]
    fn elements((): ()) -> usize {
        1
    }
    #[inline(always)]
    fn from_raw(place: *mut u8, (): ()) -> *mut T {
        place.cast()
    }
    #[inline(always)]
    fn len_of(_: &T) {}
}

// SAFETY: as many values as its length says.
unsafe impl<T: Carry> Pointee for [T] {
    type Item = T;
    type Len = usize;

    #[inline(always)]
    fn elements(len: usize) -> usize {
        len
    }
    #[inline(always)]
    fn from_raw(place: *mut u8, len: usize) -> *mut [T] {
        std::ptr::slice_from_raw_parts_mut(place.cast(), len)
    }
    #[inline(always)]
    fn len_of(this: &[T]) -> usize {
        this.len()
    }
}

// SAFETY: as many bytes as its length says; whoever makes such an object puts UTF-8 there.
unsafe impl Pointee for str {
    type Item = u8;
    type Len = usize;

    #[inline(always)]
    fn elements(len: usize) -> usize {
        len
    }
    #[inline(always)]
    fn from_raw(place: *mut u8, len: usize) -> *mut str {
        std::ptr::slice_from_raw_parts_mut(place, len) as *mut str
    }
    #[inline(always)]
    fn len_of(this: &str) -> usize {
        this.len()
    }
}
