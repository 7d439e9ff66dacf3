//! Boxes made from other values.

use super::Box;
use drust_heap::Portable;

impl<T: Portable> From<T> for Box<T> {
    fn from(value: T) -> Box<T> {
        Box::new(value)
    }
}
