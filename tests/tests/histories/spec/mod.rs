//! What shared values do when one thread after the other uses them.

mod count;
mod entry;
mod lock;
mod queue;
mod rwlock;
mod word;

pub use count::{Count, Counting};
pub use entry::{Entry, Keyed, Op};
pub use lock::{Lock, Locking};
pub use queue::{Passing, Queue, met};
pub use rwlock::{Guarding, RwLock};
pub use word::{Word, Wording};
