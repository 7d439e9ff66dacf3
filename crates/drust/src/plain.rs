//! `Plain`: values of foreign types that are bytes and nothing else.

use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value of a type that is not drust's and cannot be made [`Portable`], but whose bytes mean the same on all nodes.
///
/// That is to be promised once, by who makes it: [`Plain::new`] is unsafe. Where a crate promises as much, it is safe:
/// of `bytemuck` by [`Plain::pod`], of `uuid` and `chrono` by `From`, each behind a feature of that name.
///
/// ```
/// use drust::{Plain, spawn};
/// #[derive(Clone, Copy)]
/// struct Foreign { x: f32, y: f32 }
/// // SAFETY: a `Foreign` is two numbers.
/// let point = unsafe { Plain::new(Foreign { x: 1.0, y: 2.0 }) };
/// assert_eq!(spawn!([point] || point.x + point.y).join().unwrap(), 3.0);
/// ```
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Plain<T>(T);

impl<T: Copy + Send + Sync + 'static> Plain<T> {
    /// Lets a value cross.
    ///
    /// # Safety
    /// No value of `T` refers to anything of its process: there are no pointers, references or functions in it, no
    /// numbers that stand for files, threads or entries of a table of this process, and nothing that changes under `&`.
    ///
    /// ```
    /// // SAFETY: a version is three numbers.
    /// let version = unsafe { drust::Plain::new((1_u8, 2_u8, 3_u8)) };
    /// assert_eq!(version.1, 2);
    /// ```
    #[must_use]
    pub const unsafe fn new(value: T) -> Plain<T> {
        Plain(value)
    }

    /// The value.
    ///
    /// ```
    /// // SAFETY: a number is a number.
    /// let five = unsafe { drust::Plain::new(5) };
    /// assert_eq!(five.get(), 5);
    /// ```
    #[must_use]
    pub const fn get(self) -> T {
        self.0
    }
}

#[cfg(feature = "bytemuck")]
impl<T: bytemuck::Pod + Send + Sync> Plain<T> {
    /// Lets a value of plain old data cross.
    ///
    /// ```
    /// let pair = drust::Plain::pod([1_u16, 2]);
    /// assert_eq!(pair[1], 2);
    /// ```
    #[must_use]
    pub const fn pod(value: T) -> Plain<T> {
        Plain(value)
    }
}

/// Lets values of foreign types cross that hold numbers alone.
#[cfg(any(feature = "uuid", feature = "chrono"))]
macro_rules! numbers {
    ($($feature:literal: $($type:ty),*;)*) => {$($(
        #[cfg(feature = $feature)]
        impl From<$type> for Plain<$type> {
            fn from(value: $type) -> Plain<$type> {
                Plain(value)
            }
        }
    )*)*};
}

#[cfg(any(feature = "uuid", feature = "chrono"))]
numbers! {
    "uuid": uuid::Uuid;
    "chrono": chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime, chrono::DateTime<chrono::Utc>,
        chrono::DateTime<chrono::FixedOffset>, chrono::FixedOffset, chrono::TimeDelta, chrono::Month, chrono::Weekday;
}

impl<T> Deref for Plain<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Plain<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Plain<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// SAFETY: who made it promised that no value of the type refers to anything of its process.
unsafe impl<T: Copy + Send + Sync + 'static> Carry for Plain<T> {
    const FACTS: Facts = Facts::NONE;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}
// SAFETY: it borrows nothing.
unsafe impl<T: Copy + Send + Sync + 'static> Argument<'_> for Plain<T> {}
// SAFETY: as above.
unsafe impl<T: Copy + Send + Sync + 'static> Portable for Plain<T> {}
