//! What all atomic words can do, declared once; types differ in how a value lies in its word, and in examples.

use super::Ordering;

/// How instructions of this node's own are carried out, whatever ordering is asked for.
pub(super) const SEQ_CST: Ordering = Ordering::SeqCst;

/// Declares an atomic type: its name, the type and kind of its values, how they are made from and of a word's bits,
/// and for the examples one value and another, and how the second is made of the first.
macro_rules! words {
    (
        $atomic:ident, $of:ident, $kind:ident, |$value:ident| $bits:expr, |$word:ident| $of_bits:expr;
        $one:literal, $other:literal, $next:literal
    ) => {
        #[doc = concat!("An atomic `", stringify!($of), "`, as std's, that threads of all nodes change.")]
        ///
        /// The [module's page](crate::sync::atomic) says what operations cost and how orderings are taken.
        ///
        /// ```
        #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
        #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
        #[doc = concat!("word.store(", $other, ", Ordering::Release);")]
        #[doc = concat!("assert_eq!(word.load(Ordering::Acquire), ", $other, ");")]
        /// ```
        pub struct $atomic {
            row: Row,
        }

        const _: () = assert!(size_of::<$atomic>() == 8 && size_of::<Option<$atomic>>() == 8);

        impl $atomic {
            const fn bits($value: $of) -> u64 {
                $bits
            }

            const fn value($word: u64) -> $of {
                $of_bits
            }

            #[inline]
            fn at(place: &NonNull<u64>) -> &atomic::$atomic {
                // SAFETY: the word is live, as `Row::begin` says, and all use of it is atomic in its type's size,
                // which is in its first bytes and holds what `bits` makes.
                unsafe { place.cast::<atomic::$atomic>().as_ref() }
            }

            /// A word of this node that holds `value`. Sends nothing.
            ///
            /// ```
            #[doc = concat!("let word = drust::sync::atomic::", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $one, ");")]
            /// ```
            #[must_use]
            pub fn new(value: $of) -> $atomic {
                $atomic { row: Row::new(Kind::$kind, Self::bits(value)) }
            }

            /// The value.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.load(Ordering::Acquire), ", $one, ");")]
            /// ```
            ///
            /// # Panics
            /// With an ordering that releases.
            #[inline]
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $of {
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
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("word.store(", $other, ", Ordering::Release);")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $other, ");")]
            /// ```
            ///
            /// # Panics
            /// With an ordering that acquires.
            #[inline]
            #[track_caller]
            pub fn store(&self, value: $of, order: Ordering) {
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
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("let exchange = || word.compare_exchange(", $one, ", ", $other, ", Relaxed, Relaxed);")]
            #[doc = concat!("assert_eq!((exchange(), exchange()), (Ok(", $one, "), Err(", $other, ")));")]
            /// ```
            ///
            /// # Panics
            /// With an ordering for failure that releases.
            #[inline]
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $of,
                new: $of,
                _success: Ordering,
                failure: Ordering,
            ) -> Result<$of, $of> {
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
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("let swap = || word.compare_exchange_weak(", $one, ", ", $other, ", Relaxed, Relaxed);")]
            /// while swap().is_err() {}
            #[doc = concat!("assert_eq!(word.into_inner(), ", $other, ");")]
            /// ```
            ///
            /// # Panics
            /// With an ordering for failure that releases.
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $of,
                new: $of,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$of, $of> {
                self.compare_exchange(current, new, success, failure)
            }

            /// Stores what `change` makes of the value, as often as it takes until no other came between, and while it
            /// makes something; the value before, as `Ok` where something was stored.
            ///
            /// On another node's word each try costs 1 request and 1 reply, and 1 more of each for the first look.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("let next = |value: ", stringify!($of), "| (value == ", $one, ").then_some(", $next, ");")]
            /// let update = || word.fetch_update(Relaxed, Relaxed, next);
            #[doc = concat!("assert_eq!((update(), update()), (Ok(", $one, "), Err(", $other, ")));")]
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn fetch_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($of) -> Option<$of>,
            ) -> Result<$of, $of> {
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
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.try_update(Relaxed, Relaxed, |_| None), Err(", $one, "));")]
            #[doc = concat!("assert_eq!(word.try_update(Relaxed, Relaxed, |_| Some(", $other, ")), Ok(", $one, "));")]
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                change: impl FnMut($of) -> Option<$of>,
            ) -> Result<$of, $of> {
                self.fetch_update(set_order, fetch_order, change)
            }

            /// As [`fetch_update`](Self::fetch_update) with a change that always makes something; the value before.
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering::Relaxed};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.update(Relaxed, Relaxed, |value| ", $next, "), ", $one, ");")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $other, ");")]
            /// ```
            ///
            /// # Panics
            /// With an ordering for the look that releases.
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut change: impl FnMut($of) -> $of,
            ) -> $of {
                let stored = self.fetch_update(set_order, fetch_order, |value| Some(change(value)));
                stored.unwrap_or_else(|_| unreachable!("a change that always makes something ends by storing it"))
            }

            /// The value, to be changed without atomic instructions. Another node's word is moved here first: 1
            /// request, 1 reply.
            ///
            /// ```
            #[doc = concat!("let mut word = drust::sync::atomic::", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("*word.get_mut() = ", $other, ";")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $other, ");")]
            /// ```
            #[track_caller]
            pub fn get_mut(&mut self) -> &mut $of {
                let place = self.row.place_mut(Kind::$kind);
                // SAFETY: the word is live, holds what `bits` makes, and nobody else uses it for as long as it is
                // borrowed here.
                unsafe { place.cast::<$of>().as_mut() }
            }

            /// The value; the word ends. 1 request and 1 reply where it is another node's.
            ///
            /// ```
            #[doc = concat!("let word = drust::sync::atomic::", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $one, ");")]
            /// ```
            #[must_use]
            #[track_caller]
            pub fn into_inner(self) -> $of {
                Self::value(self.row.take(Kind::$kind))
            }
        }

        super::word::same_as_its_row!($atomic);

        impl Default for $atomic {
            fn default() -> $atomic {
                $atomic::new($of::default())
            }
        }

        impl From<$of> for $atomic {
            fn from(value: $of) -> $atomic {
                $atomic::new(value)
            }
        }

        impl fmt::Debug for $atomic {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.load(Ordering::Relaxed).fmt(f)
            }
        }
    };
}

/// Declares operations with one operand that give the value before, on words of so many types: the name, what the home
/// calls it, what it does; and for the example an operand, and what it makes of the first value.
macro_rules! fetches {
    ($atomic:ident, $of:ident, $one:literal; $($name:ident $op:ident $says:literal $with:literal $made:literal;)*) => {
        impl $atomic {$(
            #[doc = concat!($says, "; the value before.")]
            ///
            /// ```
            #[doc = concat!("use drust::sync::atomic::{", stringify!($atomic), ", Ordering};")]
            #[doc = concat!("let word = ", stringify!($atomic), "::new(", $one, ");")]
            #[doc = concat!("assert_eq!(word.", stringify!($name), "(", $with, ", Ordering::AcqRel), ", $one, ");")]
            #[doc = concat!("assert_eq!(word.into_inner(), ", $made, ");")]
            /// ```
            #[inline]
            #[track_caller]
            pub fn $name(&self, value: $of, _order: Ordering) -> $of {
                match self.row.begin() {
                    Some(place) => Self::at(&place).$name(value, SEQ_CST),
                    None => Self::value(self.row.ask(Op::$op, Self::bits(value), 0)),
                }
            }
        )*}
    };
}

pub(super) use {fetches, words};
