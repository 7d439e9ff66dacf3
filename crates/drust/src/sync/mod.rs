//! What threads on any nodes share, under std's names: counted pointers, locks, atomics, channels.
//!
//! Each value here has a home, the node where it was made, and is used from wherever its owner or a borrow of it is:
//! put it in an `Arc`, a [`global!`](crate::global!), or lend it to scoped tasks.
//!
//! ```
//! use drust::sync::Arc;
//! use drust::{node, spawn};
//! let shared = Arc::new([1, 2, 3]);
//! let last = node::all().last().unwrap();
//! let sum = spawn!(on last; [shared = Arc::clone(&shared)] || shared.iter().sum::<i32>());
//! assert_eq!(sum.join().unwrap(), 6);
//! ```

mod arc;
pub mod atomic;
mod barrier;
mod condvar;
pub mod mpsc;
mod mutex;
mod once;
mod resident;
mod rwlock;

pub use arc::{Arc, Weak};
pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use once::{LazyLock, Once, OnceLock, OnceState};
pub use resident::Resident;
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
