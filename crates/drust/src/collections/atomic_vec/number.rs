//! What an `AtomicVec` holds.

use drust_heap::Portable;
use drust_proto::sharing::word::Kind;
use std::fmt::Debug;

/// A number of 8 bytes: `i64`, `u64`, `isize`, `usize`, and no other type.
///
/// ```
/// use drust::collections::{AtomicVec, atomic_vec::Number};
/// fn zeros<T: Number>(len: usize) -> AtomicVec<T> {
///     AtomicVec::new(len)
/// }
/// assert_eq!(zeros::<i64>(2).to_vec(), [0, 0]);
/// ```
pub trait Number: Portable + Copy + Debug + Sealed {
    #[doc(hidden)]
    const KIND: Kind;

    #[doc(hidden)]
    fn to_bits(self) -> u64;

    #[doc(hidden)]
    fn from_bits(bits: u64) -> Self;
}

/// Keeps other types out: their words would have no kind.
#[doc(hidden)]
pub trait Sealed {}

macro_rules! numbers {
    ($($number:ident: $kind:ident),*) => {$(
        const _: () = assert!(size_of::<$number>() == 8);

        impl Sealed for $number {}

        impl Number for $number {
            const KIND: Kind = Kind::$kind;

            #[inline]
            fn to_bits(self) -> u64 {
                self as u64
            }

            #[inline]
            fn from_bits(bits: u64) -> $number {
                bits as $number
            }
        }
    )*};
}

numbers!(i64: I64, u64: U64, isize: I64, usize: U64);
