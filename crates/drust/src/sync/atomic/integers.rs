//! The atomic integers.

use super::word::Row;
use super::{Ordering, failure_may_be, load_may_be, store_may_be};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_proto::sharing::word::{Kind, Op};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic;

const SEQ_CST: Ordering = Ordering::SeqCst;

/// Declares atomic integers: name, integer, the unsigned one of its size, kind of its word.
macro_rules! integers {
    ($($atomic:ident, $int:ident, $bits:ident, $kind:ident;)*) => {$(
        #[doc = concat!("An atomic `", stringify!($int), "`, as std's, that threads of all nodes change.")]
        ///
        /// The [module's page](crate::sync::atomic) says what operations cost and how orderings are taken.
        ///
        /// ```
        #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
        #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
        /// assert_eq!(word.fetch_add(2, Ordering::Relaxed), 5);
        /// assert_eq!(word.into_inner(), 7);
        /// ```
        pub struct $atomic {
            row: Row,
        }

        const _: () = assert!(size_of::<$atomic>() == 8 && size_of::<Option<$atomic>>() == 8);
        const _: () = assert!(size_of::<$int>() == size_of::<$bits>() && size_of::<$int>() <= 8);

        impl $atomic {
            const fn bits(value: $int) -> u64 {
                value as $bits as u64
            }

            const fn value(bits: u64) -> $int {
                bits as $int
            }

            #[inline]
            fn at(place: &NonNull<u64>) -> &atomic::$atomic {
                // SAFETY: the word is live, as `Row::begin` says, and all use of it is atomic in its type's size,
                // which is in its first bytes.
                unsafe { place.cast::<atomic::$atomic>().as_ref() }
            }

            /// A word of this node that holds `value`. Sends nothing.
            ///
            /// ```
            #[doc = concat!("let word = drust::sync::atomic::", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.into_inner(), 5);
            /// ```
            #[must_use]
            pub fn new(value: $int) -> $atomic {
                $atomic { row: Row::new(Kind::$kind, Self::bits(value)) }
            }

            /// The value.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("assert_eq!(", stringify!($atomic), "::new(5).load(Ordering::Acquire), 5);")]
            /// ```
            ///
            /// # Panics
            /// With an ordering that releases.
            #[inline]
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $int {
                load_may_be(order);
                match self.row.begin() {
                    Some(place) => Self::at(&place).load(SEQ_CST),
                    None => Self::value(self.row.ask(Op::Load, 0, 0)),
                }
            }

            /// Stores a value.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// word.store(6, Ordering::Release);
            /// assert_eq!(word.into_inner(), 6);
            /// ```
            ///
            /// # Panics
            /// With an ordering that acquires.
            #[inline]
            #[track_caller]
            pub fn store(&self, value: $int, order: Ordering) {
                store_may_be(order);
                match self.row.begin() {
                    Some(place) => Self::at(&place).store(value, SEQ_CST),
                    None => {
                        self.row.ask(Op::Store, Self::bits(value), 0);
                    }
                }
            }

            /// Stores `new` where the value is `current`: `Ok` of that; else `Err` of the value.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.compare_exchange(5, 6, Relaxed, Relaxed), Ok(5));
            /// assert_eq!(word.compare_exchange(5, 7, Relaxed, Relaxed), Err(6));
            /// ```
            ///
            /// # Panics
            /// With an ordering for failure that releases.
            #[inline]
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                _success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                failure_may_be(failure);
                match self.row.begin() {
                    Some(place) => Self::at(&place).compare_exchange(current, new, SEQ_CST, SEQ_CST),
                    None => {
                        let found = self.row.ask(Op::CompareExchange, Self::bits(current), Self::bits(new));
                        let found = Self::value(found);
                        if found == current { Ok(found) } else { Err(found) }
                    }
                }
            }

            /// As [`compare_exchange`](Self::compare_exchange): here it does not fail where the values are equal.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// while word.compare_exchange_weak(5, 6, Relaxed, Relaxed).is_err() {}
            /// assert_eq!(word.into_inner(), 6);
            /// ```
            ///
            /// # Panics
            /// With an ordering for failure that releases.
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                self.compare_exchange(current, new, success, failure)
            }

            /// Stores a value; the one before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.swap(6, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 6);
            /// ```
            #[inline]
            #[track_caller]
            pub fn swap(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).swap(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Swap, Self::bits(value), 0)),
                }
            }

            /// Adds, wrapping around; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_add(2, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 7);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_add(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_add(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Add, Self::bits(value), 0)),
                }
            }

            /// Takes away, wrapping around; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_sub(2, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 3);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_sub(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_sub(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Sub, Self::bits(value), 0)),
                }
            }

            /// Keeps the bits that `value` has, too; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_and(4, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 4);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_and(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_and(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::And, Self::bits(value), 0)),
                }
            }

            /// Sets the bits that are not set in both, and no other; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_nand(4, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), !4);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_nand(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_nand(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Nand, Self::bits(value), 0)),
                }
            }

            /// Sets the bits of `value`; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_or(2, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 7);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_or(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_or(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Or, Self::bits(value), 0)),
                }
            }

            /// Turns the bits of `value`; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_xor(4, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 1);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_xor(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_xor(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Xor, Self::bits(value), 0)),
                }
            }

            /// Stores `value` where it is larger; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_max(9, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 9);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_max(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_max(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Max, Self::bits(value), 0)),
                }
            }

            /// Stores `value` where it is smaller; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_min(9, Ordering::AcqRel), 5);
            /// assert_eq!(word.into_inner(), 5);
            /// ```
            #[inline]
            #[track_caller]
            pub fn fetch_min(&self, value: $int, _order: Ordering) -> $int {
                match self.row.begin() {
                    Some(place) => Self::at(&place).fetch_min(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::Min, Self::bits(value), 0)),
                }
            }
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

            /// Stores what `change` makes of the value, as often as it takes until no other came between, and while it
            /// makes something; the value before, as `Ok` where something was stored.
            ///
            /// On another node's word each try costs 1 request and 1 reply, and 1 more of each for the first look.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.fetch_update(Relaxed, Relaxed, |value| value.checked_mul(2)), Ok(5));
            /// assert_eq!(word.fetch_update(Relaxed, Relaxed, |_| None), Err(10));
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($int) -> Option<$int>,
            ) -> Result<$int, $int> {
                let mut found = self.load(fetch_order);
                while let Some(new) = change(found) {
                    match self.compare_exchange(found, new, set_order, fetch_order) {
                        Ok(found) => return Ok(found),
                        Err(other) => found = other,
                    }
                }
                Err(found)
            }

            /// As [`fetch_update`](Self::fetch_update).
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.try_update(Relaxed, Relaxed, |value| value.checked_sub(3)), Ok(5));
            /// assert_eq!(word.into_inner(), 2);
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                change: impl FnMut($int) -> Option<$int>,
            ) -> Result<$int, $int> {
                self.fetch_update(set_order, fetch_order, change)
            }

            /// As [`fetch_update`](Self::fetch_update) with a change that always makes something; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(5);")]
            /// assert_eq!(word.update(Relaxed, Relaxed, |value| value * 3), 5);
            /// assert_eq!(word.into_inner(), 15);
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($int) -> $int,
            ) -> $int {
                let stored = self.fetch_update(set_order, fetch_order, |value| Some(change(value)));
                stored.unwrap_or_else(|_| unreachable!("a change that always makes something ends by storing it"))
            }

            /// The value, to be changed without atomic instructions. Another node's word is moved here first: 1
            /// request, 1 reply.
            ///
            /// ```
            #[doc = concat!("let mut word = drust::sync::atomic::", stringify!($atomic), "::new(5);")]
            /// *word.get_mut() += 1;
            /// assert_eq!(word.into_inner(), 6);
            /// ```
            #[track_caller]
            pub fn get_mut(&mut self) -> &mut $int {
                let place = self.row.place_mut(Kind::$kind);
                // SAFETY: the word is live, and nobody else uses it for as long as it is borrowed here.
                unsafe { place.cast::<$int>().as_mut() }
            }

            /// The value; the word ends. 1 request and 1 reply where it is another node's.
            ///
            /// ```
            #[doc = concat!("assert_eq!(drust::sync::atomic::", stringify!($atomic), "::new(5).into_inner(), 5);")]
            /// ```
            #[must_use]
            #[track_caller]
            pub fn into_inner(self) -> $int {
                Self::value(self.row.take(Kind::$kind))
            }
        }

        super::word::same_as_its_row!($atomic);

        impl Default for $atomic {
            fn default() -> $atomic {
                $atomic::new(0)
            }
        }

        impl From<$int> for $atomic {
            fn from(value: $int) -> $atomic {
                $atomic::new(value)
            }
        }

        impl fmt::Debug for $atomic {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.load(Ordering::Relaxed).fmt(f)
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
