//! The traits that std's `Mutex` has.

use super::Mutex;
use drust_heap::Portable;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::TryLockError;

impl<T: Portable> UnwindSafe for Mutex<T> {}
impl<T: Portable> RefUnwindSafe for Mutex<T> {}

impl<T: Portable> From<T> for Mutex<T> {
    fn from(value: T) -> Mutex<T> {
        Mutex::new(value)
    }
}

impl<T: Portable + Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mutex");
        let value = self.try_lock();
        let poisoned = match &value {
            Ok(guard) => {
                shown.field("data", &&**guard);
                false
            }
            Err(TryLockError::Poisoned(error)) => {
                shown.field("data", &&**error.get_ref());
                true
            }
            Err(TryLockError::WouldBlock) => {
                shown.field("data", &"<locked>");
                self.is_poisoned()
            }
        };
        shown.field("poisoned", &poisoned).finish_non_exhaustive()
    }
}
