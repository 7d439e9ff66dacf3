//! Collections in std's shape whose values lie in the cluster's heap.
//!
//! Each but `HashMap` is a struct of drust's own vectors and boxes: it travels as these do, its objects are fetched
//! whole when they are first looked at, and writing makes the written ones this node's own first (1 fetch and 1 one-way
//! free each). A `HashMap` stays where it is, on all nodes, and operations go there.
//!
//! | type | objects, and what a first look from another node fetches of them |
//! |---|---|
//! | [`BTreeMap`], [`BTreeSet`] | vectors of up to 64 entries in a tree: those on the way to what is looked at |
//! | [`HashMap`] | one map over all nodes: see its page |
//! | [`HashSet`] | 2, its values and their index: an iteration the values, a lookup both |
//! | [`VecDeque`] | 2, its front and its back: each when it is looked at |
//!
//! Two are other things. [`AtomicVec`]: words in blocks on all nodes, changed where they are and never copied.
//! [`ChunkedVec`]: a directory of vectors that live on many nodes, for functions that run on all of them at once.
//!
//! What of std's is absent, and why:
//!
//! | type | absent |
//! |---|---|
//! | all | what is unstable in Rust 1.95, and allocators |
//! | `BTreeMap`, `BTreeSet` | see their pages |
//! | `HashMap` | see its page |
//! | `HashSet` | nothing |
//! | `VecDeque` | `as_slices`: its front lies in reverse, and turning that takes `&mut` |
//!
//! ```
//! use drust::collections::{BTreeMap, HashSet, VecDeque};
//! use drust::{spawn, vec};
//! let (seen, last) = (HashSet::from([1, 2, 3]), VecDeque::from([3, 2, 1]));
//! let task = spawn!([seen, last] || last.iter().filter(|&value| seen.contains(value)).map(|&v| (v, v * v)).collect());
//! let squares: BTreeMap<u32, u32> = task.join().unwrap();
//! assert_eq!(squares.last_key_value(), Some((&3, &9)));
//! ```

pub mod atomic_vec;
pub mod btree_map;
pub mod btree_set;
pub mod chunked_vec;
pub mod hash_map;
pub mod hash_set;
mod ordered;
mod random_state;
mod table;
pub mod vec_deque;

pub use crate::vec::TryReserveError;
pub use atomic_vec::AtomicVec;
pub use btree_map::BTreeMap;
pub use btree_set::BTreeSet;
pub use chunked_vec::ChunkedVec;
pub use hash_map::HashMap;
pub use hash_set::HashSet;
pub use random_state::{DefaultHasher, RandomState};
pub use vec_deque::VecDeque;
