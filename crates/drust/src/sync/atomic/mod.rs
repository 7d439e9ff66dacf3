//! Atomic words that threads of all nodes change: std's types and methods, and [`add`](AtomicU64::add), which waits for
//! nothing.
//!
//! A word stays at its home, the node where it was made, and is never copied: the handle's bytes name it, wherever they
//! are. So an atomic is shared by whatever holds it: an `Arc`, a [`global!`](crate::global!), a value lent by `Ref`.
//!
//! ```
//! use drust::sync::atomic::{AtomicU64, Ordering};
//! use drust::{Box, Ref, node, thread};
//! let hits = Box::new(AtomicU64::new(0));
//! thread::scope(|s| {
//!     for node in node::all() {
//!         s.spawn_on(node, (Ref::new(&hits),), |(hits,)| hits.fetch_add(1, Ordering::Relaxed));
//!     }
//! });
//! assert_eq!(hits.load(Ordering::Relaxed), node::count() as u64);
//! ```
//!
//! | operation | messages |
//! |---|---|
//! | `new`; any operation at home, or on `shm` by an instruction of one's own | 0 |
//! | any operation on a word of another node | 1 request, 1 reply |
//! | `add` on a word of another node | 1 one-way for up to 512; none on `shm` |
//! | `get_mut` of another node's word, which moves it here; `into_inner` | 1 request, 1 reply |
//! | drop of another node's word | 1 one-way |
//! | drop of what has a word in it and lies on another node | as of what has a `Drop`: 1 request, 1 reply more |
//!
//! **Orderings** are taken as std's methods take them, and those that std refuses are refused; all others are treated
//! as [`Ordering::SeqCst`]. So there is one order of all operations on all words that every thread agrees on. Each also
//! waits until what its node has told others one way (`add`, counts given back) is done, which is where such is seen.
//!
//! Of std's, these are absent: `const fn new` (a word is made on a node; a static is a `global!`), `AtomicI8` to
//! `AtomicU16` and `AtomicPtr`, `as_ptr`, `from_ptr`, `from_mut` and the like (there is no place to point to), and
//! `compiler_fence`.

mod boolean;
mod integers;
mod operations;
pub(crate) mod word;

pub use boolean::AtomicBool;
pub use integers::{AtomicI32, AtomicI64, AtomicIsize, AtomicU32, AtomicU64, AtomicUsize};
pub use std::sync::atomic::Ordering;

/// Orders what this thread did before it and does after it for all nodes, as std's: what was told others is done then.
///
/// 1 fence and 1 acknowledgement for each node that was told something, at the same time; mostly none.
///
/// ```
/// use drust::sync::atomic::{AtomicU64, Ordering, fence};
/// let total = AtomicU64::new(0);
/// total.add(5);
/// fence(Ordering::Release); // whoever hears of it now, in whatever way, finds 5
/// assert_eq!(total.into_inner(), 5);
/// ```
///
/// # Panics
/// With [`Ordering::Relaxed`].
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed fence");
    drust_runtime::sharing::word::begin();
    std::sync::atomic::fence(Ordering::SeqCst);
}

/// Refuses what a load cannot be.
#[track_caller]
pub(crate) fn load_may_be(order: Ordering) {
    match order {
        Ordering::Release => panic!("there is no such thing as a release load"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release load"),
        _ => {}
    }
}

/// Refuses what a store cannot be.
#[track_caller]
pub(crate) fn store_may_be(order: Ordering) {
    match order {
        Ordering::Acquire => panic!("there is no such thing as an acquire store"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release store"),
        _ => {}
    }
}

/// Refuses what a comparison that fails cannot be.
#[track_caller]
pub(crate) fn failure_may_be(order: Ordering) {
    match order {
        Ordering::Release => panic!("there is no such thing as a release failure ordering"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release failure ordering"),
        _ => {}
    }
}
