//! The traits of std that `RwLock` has.

use super::RwLock;
use drust_heap::Portable;
use std::panic::{RefUnwindSafe, UnwindSafe};

impl<T: Portable + Default> Default for RwLock<T> {
    fn default() -> RwLock<T> {
        RwLock::new(T::default())
    }
}

impl<T: Portable> From<T> for RwLock<T> {
    fn from(value: T) -> RwLock<T> {
        RwLock::new(value)
    }
}

impl<T: Portable> UnwindSafe for RwLock<T> {}
impl<T: Portable> RefUnwindSafe for RwLock<T> {}
