//! The atomic bool.

use super::operations::{SEQ_CST, fetches, words};
use super::word::Row;
use super::{Ordering, failure_may_be, load_may_be, store_may_be};
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_proto::sharing::word::{Kind, Op};
use std::fmt;
use std::ptr::NonNull;
use std::sync::atomic;

words!(AtomicBool, bool, Bool, |value| value as u64, |bits| bits != 0; "true", "false", "!value");

fetches! { AtomicBool, bool, "true";
    swap Swap "Stores a value" "false" "false";
    fetch_and And "Stores whether both are true" "false" "false";
    fetch_nand Nand "Stores whether not both are true" "true" "false";
    fetch_or Or "Stores whether one is true" "false" "true";
    fetch_xor Xor "Stores whether they differ" "true" "false";
}

impl AtomicBool {
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
}
