//! `OnceLock`: a value that is made once.

use super::run_once;
use crate::boxed::Box;
use crate::sync::mutex::deadline;
use drust_heap::local::dangling;
use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Described, Descriptor, Facts, Handle, Lasting, Portable, Targets};
use drust_runtime::node;
use drust_runtime::sharing::turn::{self, Made};
use std::fmt;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, forget};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::{Duration, Instant};

/// A value that is made at most once over the cluster, as std's over a process, and then read everywhere.
///
/// | operation | messages (on `shm` a fetch is one direct read and no message) |
/// |---|---|
/// | `new`; anything at home; reading what this node has read before | 0 |
/// | the first read elsewhere | 1 request, 1 reply, and 1 fetch of the value |
/// | making the value elsewhere | 2 requests, 2 replies |
/// | `get` elsewhere, while there is no value | 1 request, 1 reply |
/// | `take`, `get_mut`, `into_inner` elsewhere | 1 or 2 requests, as many replies, and the value's move |
/// | drop elsewhere | 1 one-way, and 1 for each node that has read the value |
///
/// Of std's, `try_insert`, `get_or_try_init` and `get_mut_or_init` are absent, as unstable.
///
/// ```
/// use drust::sync::OnceLock;
/// use drust::{node, thread};
/// drust::global! {
///     static NAME: OnceLock<drust::String> = OnceLock::new();
/// }
/// let tasks: Vec<_> = node::all()
///     .map(|node| thread::spawn_on(node, (), |()| NAME.get_or_init(|| "the first of all".into()).len()))
///     .collect();
/// assert!(tasks.into_iter().all(|task| task.join().unwrap() == 16));
/// ```
pub struct OnceLock<T: Portable> {
    lasting: Lasting,
    owns: PhantomData<T>,
}

impl<T: Portable> OnceLock<T> {
    /// No value yet; homed on this node. Sends nothing.
    ///
    /// ```
    /// assert_eq!(drust::sync::OnceLock::<u8>::new().get(), None);
    /// ```
    #[must_use]
    pub fn new() -> OnceLock<T> {
        OnceLock { lasting: turn::make_once(Some(T::DESCRIPTOR)), owns: PhantomData }
    }

    const fn descriptor() -> Option<&'static Descriptor> {
        Some(T::DESCRIPTOR)
    }

    /// The value that the handle knows.
    #[inline]
    pub(super) fn known(&self) -> Option<&T> {
        // SAFETY: the value can be read there for as long as it is not taken, and its owner is borrowed.
        unsafe { self.lasting.place().cast::<T>().as_ref() }
    }

    /// The value, if it is made.
    ///
    /// ```
    /// let once = drust::sync::OnceLock::from(3);
    /// assert_eq!(once.get(), Some(&3));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        self.known().or_else(|| self.look())
    }

    #[cold]
    #[track_caller]
    fn look(&self) -> Option<&T> {
        // SAFETY: it lives as long as its owner, which is borrowed, and makes values of this type.
        unsafe { turn::get(&self.lasting, Self::descriptor()) };
        self.known()
    }

    /// The value, for who owns it, if it is made. It is brought here, under a new name.
    ///
    /// ```
    /// let mut once = drust::sync::OnceLock::from(3);
    /// *once.get_mut().unwrap() += 1;
    /// assert_eq!(once.get(), Some(&4));
    /// ```
    #[track_caller]
    pub fn get_mut(&mut self) -> Option<&mut T> {
        let mut value = self.take_boxed()?;
        let _ = &mut *value;
        let _ = self.put(value);
        // SAFETY: the value has a fresh stamp that nobody else has seen, lies here, and its owner is mutably borrowed.
        unsafe { self.lasting.place().cast::<T>().as_mut() }
    }

    /// Waits until the value is made, by whomever.
    ///
    /// ```
    /// assert_eq!(*drust::sync::OnceLock::from(3).wait(), 3);
    /// ```
    #[track_caller]
    pub fn wait(&self) -> &T {
        // SAFETY: as in `look`.
        unsafe { turn::wait(&self.lasting, true, Self::descriptor(), None) };
        self.known().expect("who has waited finds the value")
    }

    /// As [`OnceLock::wait`], for at most so long.
    ///
    /// ```
    /// use std::time::Duration;
    /// let once = drust::sync::OnceLock::new();
    /// assert_eq!(once.wait_timeout(Duration::from_millis(1)), None);
    /// once.set(3).unwrap();
    /// assert_eq!(once.wait_timeout(Duration::ZERO), Some(&3));
    /// ```
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Option<&T> {
        // SAFETY: as in `look`.
        unsafe { turn::wait(&self.lasting, true, Self::descriptor(), deadline(timeout)) };
        self.known()
    }

    /// Makes `value` the value; waits for the end, where it is being made elsewhere.
    ///
    /// # Errors
    /// There is one; `value` is in the error.
    ///
    /// ```
    /// let once = drust::sync::OnceLock::new();
    /// assert_eq!((once.set(1), once.set(2)), (Ok(()), Err(2)));
    /// assert_eq!(once.into_inner(), Some(1));
    /// ```
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        self.put(Box::new(value)).map_err(Box::into_inner)
    }

    #[track_caller]
    fn put(&self, value: Box<T>) -> Result<(), Box<T>> {
        let mut value = Some(value);
        run_once(&self.lasting, true, Self::descriptor(), None, |_| {
            give_up(value.take().expect("a value is made once"))
        });
        value.map_or(Ok(()), Err)
    }

    /// The value, which `f` makes on this thread if nobody has; if it is being made elsewhere, waits for that.
    ///
    /// # Panics
    /// Where `f` does; then there is no value, and the next may make one.
    ///
    /// ```
    /// let once = drust::sync::OnceLock::new();
    /// assert_eq!((*once.get_or_init(|| 1), *once.get_or_init(|| 2)), (1, 1));
    /// ```
    #[inline]
    #[track_caller]
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T {
        match self.known() {
            Some(value) => value,
            None => self.find(true, None, f).expect("a value is made, or its making panics"),
        }
    }

    /// As [`OnceLock::get_or_init`], but waits for one that is being made elsewhere for at most so long.
    ///
    /// # Panics
    /// As [`OnceLock::get_or_init`].
    ///
    /// ```
    /// use std::time::Duration;
    /// let once = drust::sync::OnceLock::new();
    /// assert_eq!(once.get_or_init_timeout(Duration::from_secs(60), || 1), Some(&1));
    /// ```
    #[track_caller]
    pub fn get_or_init_timeout<F: FnOnce() -> T>(&self, timeout: Duration, f: F) -> Option<&T> {
        self.known().or_else(|| self.find(true, deadline(timeout), f))
    }

    /// The value, made by `f` if it must be; nothing where a making has panicked and that is not forgiven, or where one
    /// takes longer than this thread waits.
    #[cold]
    #[track_caller]
    pub(super) fn find<F: FnOnce() -> T>(&self, forgives: bool, deadline: Option<Instant>, f: F) -> Option<&T> {
        run_once(&self.lasting, forgives, Self::descriptor(), deadline, |_| give_up(Box::new(f())));
        self.known()
    }

    /// Takes the value out, if there is one; another can be made then.
    ///
    /// ```
    /// let mut once = drust::sync::OnceLock::from(3);
    /// assert_eq!((once.take(), once.take(), once.get()), (Some(3), None, None));
    /// ```
    #[track_caller]
    pub fn take(&mut self) -> Option<T> {
        self.take_boxed().map(Box::into_inner)
    }

    #[track_caller]
    fn take_boxed(&mut self) -> Option<Box<T>> {
        // SAFETY: it is mutably borrowed.
        match unsafe { turn::take(&mut self.lasting) }? {
            Made::Value(address, stamp) => Some(Box::from_handle(Handle::exposed(address, stamp), ())),
            Made::Nothing | Made::Panicked => {
                Some(Box::from_handle(Handle::reserved(dangling(align_of::<T>()).as_ptr()), ()))
            }
        }
    }

    /// Takes the value out, if there is one.
    ///
    /// ```
    /// assert_eq!(drust::sync::OnceLock::from(3).into_inner(), Some(3));
    /// ```
    #[track_caller]
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }
}

/// Gives a value up to what made it.
fn give_up<T: Portable>(value: Box<T>) -> Made {
    let value = ManuallyDrop::new(value);
    if size_of::<T>() == 0 {
        return Made::Nothing;
    }
    let handle = value.handle().expose();
    Made::Value(handle.address(), handle.stamp())
}

impl<T: Portable> Drop for OnceLock<T> {
    #[track_caller]
    fn drop(&mut self) {
        /// The end of the lock, also where the value's `Drop` panics.
        struct End<'a>(&'a Lasting);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                // SAFETY: its owner gives it up, and whoever had borrowed it is done.
                unsafe { turn::end(self.0.fixed()) }
            }
        }
        if node::current().is_none_or(|node| node.has_ended()) {
            return;
        }
        let value = if T::DESCRIPTOR.end_is_seen() { self.take_boxed() } else { None };
        let _end = End(&self.lasting);
        drop(value);
    }
}

// SAFETY: the one handle in it is noted, and what it names stays at its home, or is only read.
unsafe impl<T: Portable> Carry for OnceLock<T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        found.note(unsafe { &raw const (*this).lasting }.cast(), &Lasting::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}
// SAFETY: its value borrows nothing.
unsafe impl<T: Portable> Argument<'_> for OnceLock<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for OnceLock<T> {}

impl<T: Portable + UnwindSafe> UnwindSafe for OnceLock<T> {}
impl<T: Portable + RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}

impl<T: Portable> Default for OnceLock<T> {
    fn default() -> OnceLock<T> {
        OnceLock::new()
    }
}

impl<T: Portable> From<T> for OnceLock<T> {
    #[track_caller]
    fn from(value: T) -> OnceLock<T> {
        let once = OnceLock::new();
        // Nobody else has it yet.
        forget(once.set(value));
        once
    }
}

impl<T: Portable + Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> OnceLock<T> {
        self.get().map_or_else(OnceLock::new, |value| OnceLock::from(value.clone()))
    }
}

impl<T: Portable + PartialEq> PartialEq for OnceLock<T> {
    #[track_caller]
    fn eq(&self, other: &OnceLock<T>) -> bool {
        self.get() == other.get()
    }
}

impl<T: Portable + Eq> Eq for OnceLock<T> {}

impl<T: Portable + fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("OnceLock");
        match self.get() {
            Some(value) => shown.field(value),
            None => shown.field(&format_args!("<uninit>")),
        };
        shown.finish()
    }
}
