//! The atomic bool.

use super::word::Row;
use super::{Ordering, failure_may_be, load_may_be, store_may_be};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_proto::sharing::word::{Kind, Op};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic;

const SEQ_CST: Ordering = Ordering::SeqCst;

/// An atomic `bool`, as std's, that threads of all nodes change.
///
/// The [module's page](crate::sync::atomic) says what operations cost and how orderings are taken.
///
/// ```
/// use drust::sync::atomic::{AtomicBool, Ordering};
/// let ready = AtomicBool::new(false);
/// ready.store(true, Ordering::Release);
/// assert!(ready.load(Ordering::Acquire));
/// ```
pub struct AtomicBool {
    row: Row,
}

const _: () = assert!(size_of::<AtomicBool>() == 8 && size_of::<Option<AtomicBool>>() == 8);

#[inline]
fn at(place: &NonNull<u64>) -> &atomic::AtomicBool {
    // SAFETY: the word is live, as `Row::begin` says, and all use of it is atomic in its type's size, which is in its
    // first byte and is 0 or 1.
    unsafe { place.cast::<atomic::AtomicBool>().as_ref() }
}

impl AtomicBool {
    /// A word of this node that holds `value`. Sends nothing.
    ///
    /// ```
    /// assert!(drust::sync::atomic::AtomicBool::new(true).into_inner());
    /// ```
    #[must_use]
    pub fn new(value: bool) -> AtomicBool {
        AtomicBool { row: Row::new(Kind::Bool, u64::from(value)) }
    }

    /// The value.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// assert!(AtomicBool::new(true).load(Relaxed));
    /// ```
    ///
    /// # Panics
    /// With an ordering that releases.
    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> bool {
        load_may_be(order);
        match self.row.begin() {
            Some(place) => at(&place).load(SEQ_CST),
            None => self.row.ask(Op::Load, 0, 0) != 0,
        }
    }

    /// Stores a value.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// word.store(false, Relaxed);
    /// assert!(!word.into_inner());
    /// ```
    ///
    /// # Panics
    /// With an ordering that acquires.
    #[inline]
    #[track_caller]
    pub fn store(&self, value: bool, order: Ordering) {
        store_may_be(order);
        match self.row.begin() {
            Some(place) => at(&place).store(value, SEQ_CST),
            None => {
                self.row.ask(Op::Store, u64::from(value), 0);
            }
        }
    }

    /// Stores `new` where the value is `current`: `Ok` of that; else `Err` of the value.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert_eq!(word.compare_exchange(true, false, Relaxed, Relaxed), Ok(true));
    /// assert_eq!(word.compare_exchange(true, false, Relaxed, Relaxed), Err(false));
    /// ```
    ///
    /// # Panics
    /// With an ordering for failure that releases.
    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        _success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        failure_may_be(failure);
        match self.row.begin() {
            Some(place) => at(&place).compare_exchange(current, new, SEQ_CST, SEQ_CST),
            None => {
                let found = self.row.ask(Op::CompareExchange, u64::from(current), u64::from(new)) != 0;
                if found == current { Ok(found) } else { Err(found) }
            }
        }
    }

    /// As [`compare_exchange`](Self::compare_exchange): here it does not fail where the values are equal.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// while word.compare_exchange_weak(true, false, Relaxed, Relaxed).is_err() {}
    /// assert!(!word.into_inner());
    /// ```
    ///
    /// # Panics
    /// With an ordering for failure that releases.
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        self.compare_exchange(current, new, success, failure)
    }

    /// Stores a value; the one before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.swap(false, Relaxed));
    /// assert_eq!(word.into_inner(), false);
    /// ```
    #[inline]
    #[track_caller]
    pub fn swap(&self, value: bool, _order: Ordering) -> bool {
        match self.row.begin() {
            Some(place) => at(&place).swap(value, SEQ_CST),
            None => self.row.ask(Op::Swap, u64::from(value), 0) != 0,
        }
    }

    /// Stores whether both are true; the value before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.fetch_and(false, Relaxed));
    /// assert_eq!(word.into_inner(), false);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_and(&self, value: bool, _order: Ordering) -> bool {
        match self.row.begin() {
            Some(place) => at(&place).fetch_and(value, SEQ_CST),
            None => self.row.ask(Op::And, u64::from(value), 0) != 0,
        }
    }

    /// Stores whether not both are true; the value before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.fetch_nand(true, Relaxed));
    /// assert_eq!(word.into_inner(), false);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, _order: Ordering) -> bool {
        match self.row.begin() {
            Some(place) => at(&place).fetch_nand(value, SEQ_CST),
            None => self.row.ask(Op::Nand, u64::from(value), 0) != 0,
        }
    }

    /// Stores whether one is true; the value before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.fetch_or(false, Relaxed));
    /// assert_eq!(word.into_inner(), true);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_or(&self, value: bool, _order: Ordering) -> bool {
        match self.row.begin() {
            Some(place) => at(&place).fetch_or(value, SEQ_CST),
            None => self.row.ask(Op::Or, u64::from(value), 0) != 0,
        }
    }

    /// Stores whether they differ; the value before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.fetch_xor(true, Relaxed));
    /// assert_eq!(word.into_inner(), false);
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_xor(&self, value: bool, _order: Ordering) -> bool {
        match self.row.begin() {
            Some(place) => at(&place).fetch_xor(value, SEQ_CST),
            None => self.row.ask(Op::Xor, u64::from(value), 0) != 0,
        }
    }

    /// Stores the opposite of the value, which was before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.fetch_not(Relaxed));
    /// assert!(!word.into_inner());
    /// ```
    #[inline]
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }

    /// Stores what `change` makes of the value, as often as it takes until no other came between, and while it makes
    /// something; the value before, as `Ok` where something was stored.
    ///
    /// On another node's word each try costs 1 request and 1 reply, and 1 more of each for the first look.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert_eq!(word.fetch_update(Relaxed, Relaxed, |value| value.then_some(false)), Ok(true));
    /// assert_eq!(word.fetch_update(Relaxed, Relaxed, |value| value.then_some(false)), Err(false));
    /// ```
    ///
    /// # Panics
    /// With an ordering for the look that releases.
    #[track_caller]
    pub fn fetch_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        mut change: impl FnMut(bool) -> Option<bool>,
    ) -> Result<bool, bool> {
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
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert_eq!(word.try_update(Relaxed, Relaxed, |_| None), Err(true));
    /// ```
    ///
    /// # Panics
    /// With an ordering for the look that releases.
    #[track_caller]
    pub fn try_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        change: impl FnMut(bool) -> Option<bool>,
    ) -> Result<bool, bool> {
        self.fetch_update(set_order, fetch_order, change)
    }

    /// As [`fetch_update`](Self::fetch_update) with a change that always makes something; the value before.
    ///
    /// ```
    /// use drust::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// let word = AtomicBool::new(true);
    /// assert!(word.update(Relaxed, Relaxed, |value| !value));
    /// assert!(!word.into_inner());
    /// ```
    ///
    /// # Panics
    /// With an ordering for the look that releases.
    #[track_caller]
    pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut change: impl FnMut(bool) -> bool) -> bool {
        let stored = self.fetch_update(set_order, fetch_order, |value| Some(change(value)));
        stored.unwrap_or_else(|_| unreachable!("a change that always makes something ends by storing it"))
    }

    /// The value, to be changed without atomic instructions. Another node's word is moved here first: 1 request, 1
    /// reply.
    ///
    /// ```
    /// let mut word = drust::sync::atomic::AtomicBool::new(true);
    /// *word.get_mut() = false;
    /// assert!(!word.into_inner());
    /// ```
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut bool {
        let place = self.row.place_mut(Kind::Bool);
        // SAFETY: the word is live, holds 0 or 1, and nobody else uses it for as long as it is borrowed here.
        unsafe { place.cast::<bool>().as_mut() }
    }

    /// The value; the word ends. 1 request and 1 reply where it is another node's.
    ///
    /// ```
    /// assert!(drust::sync::atomic::AtomicBool::new(true).into_inner());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn into_inner(self) -> bool {
        self.row.take(Kind::Bool) != 0
    }
}

super::word::same_as_its_row!(AtomicBool);

impl Default for AtomicBool {
    fn default() -> AtomicBool {
        AtomicBool::new(false)
    }
}

impl From<bool> for AtomicBool {
    fn from(value: bool) -> AtomicBool {
        AtomicBool::new(value)
    }
}

impl fmt::Debug for AtomicBool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load(Ordering::Relaxed).fmt(f)
    }
}
