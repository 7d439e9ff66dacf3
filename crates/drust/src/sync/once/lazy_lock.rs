//! `LazyLock`: a value that a function makes when it is first read.

use super::OnceLock;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Facts, Portable, Targets};
use drust_runtime::sharing::turn;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::with_exposed_provenance;

/// A value that a function makes when it is first read, on whichever node, as std's in a process.
///
/// The function is a `fn() -> T`, or a closure that captures nothing, since it goes between nodes. A
/// [`global!`](crate::global!) is lazy already; this is for values inside of others. Costs as [`OnceLock`].
///
/// Of std's, `force_mut` and `DerefMut` are absent.
///
/// ```
/// use drust::sync::LazyLock;
/// let lazy: LazyLock<u64> = LazyLock::new(|| 6 * 7);
/// assert_eq!(*lazy, 42);
/// ```
pub struct LazyLock<T: Portable> {
    value: OnceLock<T>,
    /// The number of the function.
    init: u64,
}

impl<T: Portable> LazyLock<T> {
    /// A value that `init` makes when it is first read. Sends nothing.
    ///
    /// ```
    /// let lazy = drust::sync::LazyLock::<u8>::new(|| panic!("nobody reads it"));
    /// assert_eq!(format!("{lazy:?}"), "LazyLock(<uninit>)");
    /// ```
    #[must_use]
    pub fn new(init: fn() -> T) -> LazyLock<T> {
        LazyLock { value: OnceLock::new(), init: turn::name_of(init as usize) }
    }

    /// The value, which is made now if it must be. Costs as [`OnceLock::get_or_init`].
    ///
    /// # Panics
    /// Where the function does, and ever after.
    ///
    /// ```
    /// use drust::sync::LazyLock;
    /// let lazy: LazyLock<u8> = LazyLock::new(|| 3);
    /// assert_eq!(*LazyLock::force(&lazy), 3);
    /// ```
    #[inline]
    #[track_caller]
    pub fn force(this: &LazyLock<T>) -> &T {
        match this.value.known() {
            Some(value) => value,
            None => this.make(),
        }
    }

    #[cold]
    #[track_caller]
    fn make(&self) -> &T {
        let made = self.value.find(false, None, self.function());
        made.expect("LazyLock instance has previously been poisoned")
    }

    fn function(&self) -> fn() -> T {
        let function = with_exposed_provenance::<()>(turn::function_named(self.init));
        // SAFETY: the number is that of a function of this type, given to `new` in a process of this build.
        unsafe { std::mem::transmute::<*const (), fn() -> T>(function) }
    }
}

impl<T: Portable> Deref for LazyLock<T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

// SAFETY: the value is traced; the number means the same to all processes of this build.
unsafe impl<T: Portable> Carry for LazyLock<T> {
    const FACTS: Facts = <OnceLock<T> as Carry>::FACTS;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        unsafe { OnceLock::trace(&raw const (*this).value, found) }
    }

    fn targets(list: &mut Targets) {
        OnceLock::<T>::targets(list);
    }
}
// SAFETY: its value borrows nothing.
unsafe impl<T: Portable> Argument<'_> for LazyLock<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for LazyLock<T> {}

impl<T: Portable + UnwindSafe> UnwindSafe for LazyLock<T> {}
impl<T: Portable + RefUnwindSafe + UnwindSafe> RefUnwindSafe for LazyLock<T> {}

impl<T: Portable + Default> Default for LazyLock<T> {
    fn default() -> LazyLock<T> {
        LazyLock::new(T::default)
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for LazyLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("LazyLock");
        match self.value.get() {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<uninit>")),
        };
        shown.finish()
    }
}
