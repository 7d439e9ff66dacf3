//! `RwLock`: data that many read at once, on any nodes, and one writes.
//!
//! [`RwLock`] has the methods and trait impls of std's but for these:
//!
//! | of std's | why it is absent | the way round |
//! |---|---|---|
//! | `const fn new` | a lock is made on a node | [`global!`](crate::global!) |
//! | an `RwLock<[T]>`, an `RwLock<dyn Trait>` | the data go between nodes as a value | an `RwLock<Vec<T>>`, an enum |
//! | `RwLockWriteGuard::downgrade`, guards that are mapped | data that go home go as a whole | lock again |
//! | `data_ptr`, `get_cloned`, `set`, `replace` | unstable | `*lock.write().unwrap() = value` |
//!
//! Beyond std's there are [`RwLock::read_timeout`] and [`RwLock::write_timeout`].
//!
//! ```
//! use drust::sync::{Arc, RwLock};
//! use drust::{node, spawn, vec};
//! let primes = Arc::new(RwLock::new(vec![2, 3]));
//! let last = node::all().last().unwrap();
//! let task = spawn!(on last; [primes = Arc::clone(&primes)] || primes.write().unwrap().push(5));
//! task.join().unwrap();
//! assert_eq!(*primes.read().unwrap(), [2, 3, 5]);
//! ```

mod guard;
mod traits;

pub use guard::{RwLockReadGuard, RwLockWriteGuard};

use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Described, Facts, Fixed, Portable, Targets};
use drust_proto::sharing::rwlock::Mode;
use drust_runtime::node;
use drust_runtime::sharing::rwlock::{self, Lock, Patience};
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use std::time::Duration;

/// A lock that lets many read its data or one write them, as std's, from whichever nodes.
///
/// Lock and data go together: a node that may write has the data, nodes that may read have copies of them, and each
/// keeps what it has until another wants it. So locking again on the same node costs nothing while nobody else asks.
///
/// | operation | messages |
/// |---|---|
/// | `new`; locking and unlocking at home while no other node has asked | 0 |
/// | locking again on a node that has what it takes | 0 |
/// | locking elsewhere | 1 one-way there, 1 back with the data |
/// | the same while other nodes have what is in the way | 2 one-ways more for each of them |
/// | `is_poisoned`, `clear_poison` elsewhere; a writer's panic there | 1 request, 1 reply; mostly 0 to ask |
/// | `get_mut`, `into_inner` | as locking to write |
/// | drop of another node's lock | 1 one-way, and 2 for each node that has some of it |
///
/// Data with a user's `Drop` or counted handles come to the thread that drops the lock, as by `get_mut`, and end there.
///
/// It is first come, first served, among nodes and among the threads of a node: who wants to read waits behind who
/// waits to write. A thread that reads and locks again, in whichever way, may so wait for ever, as with std's.
///
/// ```
/// use drust::sync::RwLock;
/// let lock = RwLock::new(5);
/// {
///     let (one, other) = (lock.read().unwrap(), lock.read().unwrap());
///     assert_eq!(*one + *other, 10);
/// }
/// *lock.write().unwrap() += 1;
/// assert_eq!(lock.into_inner().unwrap(), 6);
/// ```
pub struct RwLock<T: Portable> {
    fixed: Fixed,
    owns: PhantomData<T>,
}

impl<T: Portable> RwLock<T> {
    /// A lock around `value`, homed on this node. Sends nothing.
    ///
    /// ```
    /// let lock = drust::sync::RwLock::new(5);
    /// assert_eq!(*lock.read().unwrap(), 5);
    /// ```
    #[must_use]
    pub fn new(value: T) -> RwLock<T> {
        RwLock { fixed: rwlock::make(value), owns: PhantomData }
    }

    fn lock(&self) -> Lock {
        // SAFETY: `new` made it, it lives as long as its owner, and guards unlock once what they have locked.
        unsafe { Lock::of::<T>(self.fixed) }
    }

    /// Waits until nobody writes, and lets this thread read until the guard ends.
    ///
    /// # Errors
    /// A writer has panicked; the guard is in the error.
    ///
    /// ```
    /// let lock = drust::sync::RwLock::new(1);
    /// let guard = lock.read().unwrap();
    /// assert!(*guard == 1 && lock.try_read().is_ok());
    /// ```
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        plain(self.read_for(Patience::Endless))
    }

    /// Waits until nobody reads or writes, and lets this thread write until the guard ends.
    ///
    /// # Errors
    /// A writer has panicked; the guard is in the error.
    ///
    /// ```
    /// let lock = drust::sync::RwLock::new(1);
    /// *lock.write().unwrap() = 2;
    /// assert_eq!(*lock.read().unwrap(), 2);
    /// ```
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        plain(self.write_for(Patience::Endless))
    }

    /// Lets this thread read, unless somebody writes, or waits for the lock. Costs what [`RwLock::read`] does, and 1
    /// one-way more if it fails; it does not wait for others but nodes that answer.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`], or a writer has panicked.
    ///
    /// ```
    /// let lock = drust::sync::RwLock::new(1);
    /// let guard = lock.write().unwrap();
    /// assert!(lock.try_read().is_err());
    /// drop(guard);
    /// assert_eq!(*lock.try_read().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.read_for(Patience::None)
    }

    /// Lets this thread write, unless somebody reads or writes, or waits for the lock. Costs as [`RwLock::try_read`].
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`], or a writer has panicked.
    ///
    /// ```
    /// let lock = drust::sync::RwLock::new(1);
    /// let guard = lock.read().unwrap();
    /// assert!(lock.try_write().is_err());
    /// drop(guard);
    /// *lock.try_write().unwrap() = 2;
    /// ```
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.write_for(Patience::None)
    }

    /// As [`RwLock::read`], but waits no longer than this.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when the time is over, or a writer has panicked.
    ///
    /// ```
    /// use std::time::Duration;
    /// let lock = drust::sync::RwLock::new(1);
    /// let guard = lock.write().unwrap();
    /// assert!(lock.read_timeout(Duration::from_millis(1)).is_err());
    /// drop(guard);
    /// assert_eq!(*lock.read_timeout(Duration::from_secs(1)).unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn read_timeout(&self, timeout: Duration) -> TryLockResult<RwLockReadGuard<'_, T>> {
        self.read_for(Patience::at_most(timeout))
    }

    /// As [`RwLock::write`], but waits no longer than this.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] when the time is over, or a writer has panicked.
    ///
    /// ```
    /// use std::time::Duration;
    /// let lock = drust::sync::RwLock::new(1);
    /// let guard = lock.read().unwrap();
    /// assert!(lock.write_timeout(Duration::from_millis(1)).is_err());
    /// drop(guard);
    /// *lock.write_timeout(Duration::from_secs(1)).unwrap() = 2;
    /// ```
    #[track_caller]
    pub fn write_timeout(&self, timeout: Duration) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        self.write_for(Patience::at_most(timeout))
    }

    #[track_caller]
    fn read_for(&self, patience: Patience) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let held = self.lock().lock(Mode::Read, patience).ok_or(TryLockError::WouldBlock)?;
        // SAFETY: the lock is held to read, and the data lie there until it is given back.
        let guard = unsafe { RwLockReadGuard::new(self.lock(), held.place.cast()) };
        if !held.clean && self.is_poisoned() { Err(PoisonError::new(guard).into()) } else { Ok(guard) }
    }

    #[track_caller]
    fn write_for(&self, patience: Patience) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let held = self.lock().lock(Mode::Write, patience).ok_or(TryLockError::WouldBlock)?;
        // SAFETY: the lock is held to write, and the data lie there until it is given back.
        let guard = unsafe { RwLockWriteGuard::new(self.lock(), held.place.cast()) };
        if !held.clean && self.is_poisoned() { Err(PoisonError::new(guard).into()) } else { Ok(guard) }
    }

    /// Whether a writer has panicked, and nobody has forgiven it. 0 messages at home, and mostly elsewhere; else 1
    /// request, 1 reply.
    ///
    /// ```
    /// assert!(!drust::sync::RwLock::new(1).is_poisoned());
    /// ```
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.lock().is_poisoned()
    }

    /// Forgives a writer's panic. 0 messages at home; else 1 request, 1 reply.
    ///
    /// ```
    /// use drust::sync::RwLock;
    /// let lock = RwLock::new(1);
    /// let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
    ///     let _guard = lock.write().unwrap();
    ///     panic!("in the middle");
    /// }));
    /// assert!(lock.is_poisoned() && lock.read().is_err());
    /// lock.clear_poison();
    /// assert_eq!(*lock.read().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn clear_poison(&self) {
        self.lock().set_poisoned(false);
    }

    /// Takes the data out. Costs what [`RwLock::get_mut`] does, and 1 one-way where this is not the lock's home.
    ///
    /// # Errors
    /// A writer has panicked; the data are in the error.
    ///
    /// ```
    /// assert_eq!(drust::sync::RwLock::new(7).into_inner().unwrap(), 7);
    /// ```
    #[track_caller]
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.is_poisoned();
        let lock = ManuallyDrop::new(self).lock();
        // SAFETY: the lock was owned, and is given up, so that the data are here and nobody uses them again.
        let value = unsafe { lock.own().cast::<T>().read() };
        lock.end_taken();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// The data, which nobody else can be using; guards that were forgotten do not count. They are brought here: 0
    /// messages at home while no other node has some of them, else as [`RwLock::write`], and where this node has them
    /// already, 3 one-ways.
    ///
    /// # Errors
    /// A writer has panicked; the data are in the error.
    ///
    /// ```
    /// let mut lock = drust::sync::RwLock::new(7);
    /// *lock.get_mut().unwrap() += 1;
    /// assert_eq!(lock.into_inner().unwrap(), 8);
    /// ```
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_poisoned();
        // SAFETY: the lock is mutably borrowed for as long as its data, which stay where they are as long as nobody
        // asks for it.
        let value = unsafe { self.lock().own().cast::<T>().as_mut() };
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }
}

/// The result of a wait without end.
fn plain<G>(result: TryLockResult<G>) -> LockResult<G> {
    result.map_err(|error| match error {
        TryLockError::Poisoned(poisoned) => poisoned,
        TryLockError::WouldBlock => unreachable!("a wait without end ends with the lock"),
    })
}

impl<T: Portable> Drop for RwLock<T> {
    #[track_caller]
    fn drop(&mut self) {
        /// The end of the lock, also where the data's `Drop` panics.
        struct Taken(Lock);
        impl Drop for Taken {
            fn drop(&mut self) {
                self.0.end_taken();
            }
        }
        let lock = self.lock();
        if !T::DESCRIPTOR.end_is_seen() {
            lock.end();
        } else if node::current().is_some_and(|node| !node.has_ended()) {
            let place = lock.own().cast::<T>();
            let _taken = Taken(lock);
            // SAFETY: the lock is given up, so that the data are here and nobody uses them again.
            unsafe { place.drop_in_place() }
        }
    }
}

// SAFETY: the one handle in it is noted, and the data that it names are given access to by guards alone.
unsafe impl<T: Portable> Carry for RwLock<T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        found.note(unsafe { &raw const (*this).fixed }.cast(), &Fixed::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}
// SAFETY: its data borrow nothing.
unsafe impl<T: Portable> Argument<'_> for RwLock<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for RwLock<T> {}

impl<T: Portable + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => shown.field("data", &&*guard),
            Err(TryLockError::Poisoned(poisoned)) => shown.field("data", &&**poisoned.get_ref()),
            Err(TryLockError::WouldBlock) => shown.field("data", &format_args!("<locked>")),
        };
        shown.field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}
