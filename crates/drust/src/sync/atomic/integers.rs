//! The atomic integers.

use super::operations::{SEQ_CST, fetches, words};
use super::word::Row;
use super::{Ordering, failure_may_be, load_may_be, store_may_be};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_proto::sharing::word::{Kind, Op};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic;

/// Declares atomic integers: name, integer, the unsigned one of its size, kind of its word.
macro_rules! integers {
    ($($atomic:ident, $int:ident, $bits:ident, $kind:ident;)*) => {$(
        const _: () = assert!(size_of::<$int>() == size_of::<$bits>() && size_of::<$int>() <= 8);

        words!($atomic, $int, $kind, |value| value as $bits as u64, |bits| bits as $int; "5", "6", "value + 1");

        fetches! { $atomic, $int, "5";
            swap Swap "Stores a value" "6" "6";
            fetch_add Add "Adds, wrapping around" "2" "7";
            fetch_sub Sub "Takes away, wrapping around" "2" "3";
            fetch_and And "Keeps the bits that `value` has, too" "4" "4";
            fetch_nand Nand "Sets the bits that are not set in both, and no other" "4" "!4";
            fetch_or Or "Sets the bits of `value`" "2" "7";
            fetch_xor Xor "Turns the bits of `value`" "4" "1";
            fetch_max Max "Stores `value` where it is larger" "9" "9";
            fetch_min Min "Stores `value` where it is smaller" "9" "5";
        }

        impl $atomic {
            /// Adds, wrapping around, and waits for nothing: as [`fetch_add`](Self::fetch_add) with
            /// [`Ordering::Relaxed`] whose result nobody looks at.
            ///
            /// It has been done when this thread next lets others go on: at its next other operation on an atomic, an
            /// unlock, a send, the end of its task. On another node's word it is batched, 1 one-way for up to 512.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// word.add(2);
            /// assert_eq!(word.load(Ordering::Relaxed), 7);
            /// ```
            #[inline]
            pub fn add(&self, value: $int) {
                match self.row.begin_later() {
                    Some(place) => {
                        Self::at(&place).fetch_add(value, Ordering::Relaxed);
                    }
                    None => self.row.add_afar(Self::bits(value)),
                }
            }
        }
    )*};
}

integers! {
    AtomicI32, i32, u32, I32;
    AtomicU32, u32, u32, U32;
    AtomicI64, i64, u64, I64;
    AtomicU64, u64, u64, U64;
    AtomicIsize, isize, usize, I64;
    AtomicUsize, usize, usize, U64;
}
