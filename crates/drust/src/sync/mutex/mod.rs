//! `Mutex`: a value that one thread at a time uses, on whichever node.
//!
//! [`Mutex`] has the methods and trait impls of std's but for these:
//!
//! | of std's | why it is absent | the way round |
//! |---|---|---|
//! | `const fn new` | the value lives in the heap | `global! { static M: Mutex<u32> = Mutex::new(0); }` |
//! | `Mutex<dyn Trait>`, `Mutex<[T]>` | `CoerceUnsized` | a `Mutex` of an enum, of a `Vec` |
//! | `MutexGuard::map`, `get_cloned`, `set`, `replace`, `nonpoison` | unstable | |
//! | a `Mutex` of anything | what crosses means the same elsewhere | derive [`Portable`] |
//!
//! Beyond std's there are [`Mutex::lock_timeout`] and [`Mutex::with`]. The errors are std's own.

mod guard;
mod traits;

pub use guard::MutexGuard;

use drust_heap::trace::Found;
use drust_heap::{Argument, Carry, Described, Facts, Fixed, Portable, Targets};
use drust_proto::{Address, Rank};
use drust_runtime::node;
use drust_runtime::sharing::lock::{self, Holding};
use drust_runtime::task::{self, Options};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
use std::time::{Duration, Instant};

/// A value that one thread at a time uses, as std's, wherever in the cluster the threads are.
///
/// Lock and value are one: they come to the node that locks in one message, straight from the node that had them, and
/// stay there until another asks. Nodes get the lock in the order in which they asked, the threads of a node in theirs,
/// but that a thread that runs may overtake one that has to be woken: at most 64 times in a row. Where threads of the
/// node that has the lock wait for it too, they get it first, until the node has had it for 100 us. A waiting task
/// gives its place among those that run to another.
///
/// A `Mutex` is 8 bytes, and so is an `Option` of it: where the value is, is known where it was made.
///
/// | operation | messages |
/// |---|---|
/// | `new`, and `lock` where it was made, while no other node has asked | 0 |
/// | `lock` on the node that had it last, while no other has asked | 0 |
/// | `lock` elsewhere, the value included | 2 one-ways where it is at home, else 3 |
/// | unlock, while nobody waits | 0; else the hand-over above |
/// | `try_lock` of a lock that is held elsewhere | 3, and 1 for each node that has given up before |
/// | `get_mut`, `into_inner`, drop | 0 where it is; else as `lock`, and 1 one-way for the last two |
/// | poisoning, `clear_poison`, `is_poisoned` elsewhere than at home | 1 request, 1 reply |
///
/// ```
/// use drust::sync::{Arc, Mutex};
/// use drust::{node, spawn};
/// let sum = Arc::new(Mutex::new(0));
/// let tasks: Vec<_> = node::all()
///     .map(|node| spawn!(on node; [sum = Arc::clone(&sum)] || *sum.lock().unwrap() += 1))
///     .collect();
/// tasks.into_iter().for_each(|task| task.join().unwrap());
/// assert_eq!(*sum.lock().unwrap(), node::count());
/// ```
pub struct Mutex<T: Portable> {
    fixed: Fixed,
    owns: PhantomData<T>,
}

impl<T: Portable> Mutex<T> {
    /// A free mutex, made on this node, with the value in it. Ends the job where its heap has no room.
    ///
    /// ```
    /// let mutex = drust::sync::Mutex::new(5);
    /// assert_eq!(*mutex.lock().unwrap(), 5);
    /// ```
    #[must_use]
    pub fn new(value: T) -> Mutex<T> {
        Mutex { fixed: lock::make(value), owns: PhantomData }
    }

    fn guard(&self, holding: Holding) -> LockResult<MutexGuard<'_, T>> {
        let guard = MutexGuard::new(self, holding);
        if holding.poisoned { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    fn guard_if(&self, holding: Option<Holding>) -> TryLockResult<MutexGuard<'_, T>> {
        let guard = self.guard(holding.ok_or(TryLockError::WouldBlock)?);
        guard.map_err(TryLockError::Poisoned)
    }

    /// Waits until this thread has the lock.
    ///
    /// A thread that has it already waits for ever.
    ///
    /// # Errors
    /// A thread panicked while it had the lock; the guard is in the error.
    ///
    /// ```
    /// use drust::sync::Mutex;
    /// let mutex = Mutex::new(5);
    /// *mutex.lock().unwrap() += 1;
    /// assert_eq!(mutex.into_inner().unwrap(), 6);
    /// ```
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        // SAFETY: the mutex is borrowed for as long as the guard lives, and its cell lives with it.
        self.guard(unsafe { lock::lock::<T>(self.fixed) })
    }

    /// Takes the lock, if no thread has it.
    ///
    /// It is not waited for; but where the lock is on another node, its answer is.
    ///
    /// # Errors
    /// A thread has it, or panicked while it had it.
    ///
    /// ```
    /// use drust::sync::Mutex;
    /// let mutex = Mutex::new(5);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(mutex.try_lock().is_err());
    /// drop(guard);
    /// assert_eq!(*mutex.try_lock().unwrap(), 5);
    /// ```
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        // SAFETY: as in `lock`.
        self.guard_if(unsafe { lock::try_lock::<T>(self.fixed) })
    }

    /// As [`Mutex::lock`], for at most so long.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`]: time was up. [`TryLockError::Poisoned`]: a thread panicked while it had the lock.
    ///
    /// ```
    /// use drust::sync::Mutex;
    /// use std::time::Duration;
    /// let mutex = Mutex::new(5);
    /// let guard = mutex.lock().unwrap();
    /// assert!(mutex.lock_timeout(Duration::from_millis(1)).is_err());
    /// drop(guard);
    /// assert!(mutex.lock_timeout(Duration::from_secs(60)).is_ok());
    /// ```
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> TryLockResult<MutexGuard<'_, T>> {
        match deadline(timeout) {
            // SAFETY: as in `lock`.
            Some(deadline) => self.guard_if(unsafe { lock::lock_until::<T>(self.fixed, deadline) }),
            None => self.lock().map_err(TryLockError::Poisoned),
        }
    }

    /// Calls `function` with the value, under the lock: where the value is on another node, the function goes there.
    ///
    /// It runs on this node if the value is here, because this node used it last or made it; else as a task on the node
    /// that made it. So a value that all use a little stays there, and costs 1 request and 1 reply a call. One that
    /// only this node has used for eight calls comes here, if nobody holds it, and further calls cost nothing until
    /// another node wants it.
    ///
    /// # Panics
    /// Where the function does; then the mutex is poisoned.
    ///
    /// # Errors
    /// A thread panicked while it had the lock; the result is in the error.
    ///
    /// ```
    /// use drust::sync::Mutex;
    /// use drust::{String, Vec};
    /// let log = Mutex::new(Vec::<String>::new());
    /// let lines = log.with((String::from("begun"),), |log, (line,)| {
    ///     log.push(line);
    ///     log.len()
    /// });
    /// assert_eq!(lines.unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn with<A: Portable, R: Portable>(&self, args: A, function: fn(&mut T, A) -> R) -> LockResult<R> {
        let (node, home) = (node::here(), self.fixed.address().home());
        // SAFETY: the mutex is borrowed, and so alive.
        if home == node.rank() || unsafe { lock::is_here::<T>(self.fixed) } {
            return self.with_here(args, function);
        }
        let (word, code) = (self.fixed.address().word(), task::code_of(function as usize));
        let sent = |(word, code, from, args): (u64, u64, u16, A)| {
            // SAFETY: the code is that of a function of this type, in a program of the same build.
            let function = unsafe { std::mem::transmute::<*const (), fn(&mut T, A) -> R>(task::code_at(code)) };
            // Its owner lends it to who waits for this task.
            let fixed = Fixed::new(Address::from_word(word));
            let mutex = ManuallyDrop::new(Mutex::<T> { fixed, owns: PhantomData });
            let (result, poisoned) = match mutex.with_here(args, function) {
                Ok(result) => (result, false),
                Err(error) => (error.into_inner(), true),
            };
            // SAFETY: as above, so the mutex is alive.
            (result, poisoned, unsafe { lock::used_by::<T>(fixed, Rank(from)) })
        };
        let options = Options { to: Some(home), ..Options::default() };
        // SAFETY: the arguments borrow nothing.
        let join = unsafe { task::spawn((word, code, node.rank().0, args), sent, options) };
        let (result, poisoned, follows) = join.outlast().unwrap_or_else(|error| panic!("{error}"));
        if follows {
            drop(self.try_lock());
        }
        if poisoned { Err(PoisonError::new(result)) } else { Ok(result) }
    }

    #[track_caller]
    fn with_here<A, R>(&self, args: A, function: fn(&mut T, A) -> R) -> LockResult<R> {
        match self.lock() {
            Ok(mut guard) => Ok(function(&mut guard, args)),
            Err(poisoned) => Err(PoisonError::new(function(&mut poisoned.into_inner(), args))),
        }
    }

    /// Whether a thread panicked while it had the lock.
    ///
    /// ```
    /// use drust::sync::{Arc, Mutex};
    /// let mutex = Arc::new(Mutex::new(5));
    /// let panics = drust::spawn!([mutex = Arc::clone(&mutex)] || {
    ///     let guard = mutex.lock().unwrap();
    ///     assert_eq!(*guard, 6);
    /// });
    /// panics.join().unwrap_err();
    /// assert!(mutex.is_poisoned() && mutex.lock().is_err());
    /// ```
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        // SAFETY: the mutex is borrowed, and so alive.
        unsafe { lock::is_poisoned::<T>(self.fixed) }
    }

    /// Has it forgotten that a thread panicked while it had the lock.
    ///
    /// ```
    /// use drust::sync::{Arc, Mutex};
    /// let mutex = Arc::new(Mutex::new(5));
    /// let panics = drust::spawn!([mutex = Arc::clone(&mutex)] || {
    ///     let guard = mutex.lock().unwrap();
    ///     assert_eq!(*guard, 6);
    /// });
    /// panics.join().unwrap_err();
    /// let guard = mutex.lock().unwrap_or_else(|error| {
    ///     mutex.clear_poison();
    ///     error.into_inner()
    /// });
    /// assert!(*guard == 5 && !mutex.is_poisoned());
    /// ```
    pub fn clear_poison(&self) {
        // SAFETY: the mutex is borrowed, and so alive.
        unsafe { lock::clear_poison::<T>(self.fixed) };
    }

    /// The value, which comes here if it is elsewhere.
    ///
    /// # Errors
    /// A thread panicked while it had the lock; the value is in the error.
    ///
    /// ```
    /// use drust::sync::Mutex;
    /// let mut mutex = Mutex::new(5);
    /// *mutex.get_mut().unwrap() = 6;
    /// assert_eq!(*mutex.lock().unwrap(), 6);
    /// ```
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        // SAFETY: the mutex is mutably borrowed, and so is what comes of it: nobody else asks for the lock meanwhile.
        let (value, poisoned) = unsafe {
            let Holding { data, poisoned } = lock::recall::<T>(self.fixed);
            (&mut *data.cast::<T>(), poisoned)
        };
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Ends the mutex, and returns the value, which comes here if it is elsewhere.
    ///
    /// # Errors
    /// A thread panicked while it had the lock; the value is in the error.
    ///
    /// ```
    /// assert_eq!(drust::sync::Mutex::new(5).into_inner().unwrap(), 5);
    /// ```
    #[track_caller]
    pub fn into_inner(self) -> LockResult<T> {
        let fixed = ManuallyDrop::new(self).fixed;
        // SAFETY: the mutex was owned, and is gone.
        let (value, poisoned) = unsafe { lock::into_inner::<T>(fixed) };
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }
}

/// When so long has passed; none where no clock will ever show it.
pub(in crate::sync) fn deadline(timeout: Duration) -> Option<Instant> {
    node::now().checked_add(timeout)
}

impl<T: Portable> Drop for Mutex<T> {
    fn drop(&mut self) {
        // SAFETY: the mutex is owned, and goes.
        unsafe { lock::end::<T>(self.fixed) };
    }
}

// SAFETY: one thread at a time has the value, which may be sent.
unsafe impl<T: Portable> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Sync for Mutex<T> {}

// SAFETY: the handle is noted; the value stays with the lock.
unsafe impl<T: Portable> Carry for Mutex<T> {
    const FACTS: Facts = Facts::HANDLE;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), &Fixed::KIND);
    }

    fn targets(list: &mut Targets) {
        list.push(T::DESCRIPTOR);
    }
}

// SAFETY: a mutex borrows nothing.
unsafe impl<T: Portable> Argument<'_> for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Portable> Portable for Mutex<T> {}
