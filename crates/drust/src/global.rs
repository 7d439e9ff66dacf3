//! One value for the whole cluster: `global!`.

use crate::boxed::Box;
use crate::{node, thread};
use drust_heap::{Handle, Portable};
use drust_macros::Portable;
use drust_proto::{Address, Stamp};
use drust_runtime::node as engine;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Declares statics of which there is one for the whole cluster, as [`std::sync::LazyLock`] is one for a process.
///
/// The initial value is computed once, as a task on node 0, when any node first looks at it; each node then keeps a
/// copy. Ordinary statics are one for each node, as processes are.
///
/// ```
/// drust::global! {
///     /// What all nodes agree on.
///     static LIMIT: u64 = 40 + 2;
/// }
/// assert_eq!(*LIMIT, 42);
/// ```
#[macro_export]
macro_rules! global {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $init:expr;)*) => {$(
        $(#[$attribute])*
        $visibility static $name: $crate::Global<$type> = $crate::Global::new(|| $init, |()| $name.share());
    )*};
}

/// A value of which there is one for the whole cluster; made by [`global!`](crate::global!).
///
/// The first look costs one task (from another node than 0: 1 request, 1 reply) and one fetch, later ones nothing. The
/// value is never dropped.
///
/// ```
/// drust::global! {
///     static PRIMES: drust::Vec<u32> = drust::vec![2, 3, 5];
/// }
/// let primes: &drust::Global<drust::Vec<u32>> = &PRIMES;
/// assert_eq!(primes[2], 5);
/// ```
pub struct Global<T: Portable> {
    init: fn() -> T,
    share: fn(()) -> Shared<T>,
    /// For each node of this process, usually one, a handle of the value; so many cannot drop it.
    handles: OnceLock<std::boxed::Box<[Slot<T>]>>,
    /// Whether a task on node 0 computes the value now.
    making: AtomicBool,
}

/// How long who needs the value waits before he looks again whether it is made.
const WAIT: Duration = Duration::from_micros(50);

type Slot<T> = OnceLock<ManuallyDrop<Box<T>>>;

/// What tells another node where a `T` lives.
#[doc(hidden)]
#[derive(Debug, Portable)]
pub struct Shared<T: Portable> {
    address: u64,
    stamp: u64,
    of: PhantomData<T>,
}

impl<T: Portable> Global<T> {
    /// For `global!`.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(init: fn() -> T, share: fn(()) -> Shared<T>) -> Global<T> {
        Global { init, share, handles: OnceLock::new(), making: AtomicBool::new(false) }
    }

    /// The value's address, on node 0, where it is made.
    #[doc(hidden)]
    pub fn share(&self) -> Shared<T> {
        let handle = self.made().handle().expose();
        Shared { address: handle.address().word(), stamp: handle.stamp().word(), of: PhantomData }
    }

    /// The value on node 0, which one task makes while others wait. Not a lock of std's, which would hold a simulated
    /// cluster up.
    fn made(&self) -> &Box<T> {
        /// The end of the making, also by a panic.
        struct Making<'a>(&'a AtomicBool);
        impl Drop for Making<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        let slot = self.slot();
        loop {
            if let Some(made) = slot.get() {
                return made;
            }
            if self.making.swap(true, Ordering::Acquire) {
                engine::sleep(WAIT);
                continue;
            }
            let _making = Making(&self.making);
            if slot.get().is_none() {
                let value = ManuallyDrop::new(Box::new((self.init)()));
                assert!(slot.set(value).is_ok(), "one task at a time makes the value");
            }
        }
    }

    /// The value.
    ///
    /// # Panics
    /// Where its initial value's computation does.
    #[track_caller]
    fn get(&self) -> &T {
        match self.slot().get() {
            Some(value) => value,
            None => self.find(),
        }
    }

    /// The place for this node's handle.
    fn slot(&self) -> &Slot<T> {
        let handles = self.handles.get_or_init(|| (0..engine::nodes_in_process()).map(|_| OnceLock::new()).collect());
        match &**handles {
            [only] => only,
            each => &each[usize::from(engine::here().rank().0)],
        }
    }

    #[cold]
    #[track_caller]
    fn find(&self) -> &T {
        let home = node::all().next().expect("a cluster has a node 0");
        let shared = thread::spawn_on(home, (), self.share).join().unwrap_or_else(|error| panic!("{error}"));
        self.slot().get_or_init(|| {
            let stamp = Stamp::from_word(shared.stamp).expect("a value has a stamp");
            // A value without an object is the same everywhere, so any handle of its kind will do.
            let handle = if size_of::<T>() == 0 {
                Handle::reserved(std::ptr::without_provenance_mut(align_of::<T>()))
            } else {
                Handle::exposed(Address::from_word(shared.address), stamp)
            };
            ManuallyDrop::new(Box::from_handle(handle, ()))
        })
    }
}

impl<T: Portable> Deref for Global<T> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        self.get()
    }
}

impl<T: Portable + fmt::Debug> fmt::Debug for Global<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
