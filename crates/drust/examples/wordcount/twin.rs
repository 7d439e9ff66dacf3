//! The same table in this process's memory, with std's types and threads.

pub use std::boxed::Box;
pub use std::string::String;
pub use std::vec::Vec;

use std::thread;

macro_rules! data {
    ($($item:tt)*) => {
        $($item)*
    };
}

#[allow(clippy::duplicate_mod, reason = "each twin has its own")]
#[path = "table.rs"]
mod table;

pub use table::{Part, count_files, merge};

#[expect(clippy::borrowed_box, reason = "drust's box must be seen to be read")]
fn read<T, R>(boxed: &Box<T>, look: impl FnOnce(&T) -> R) -> R {
    look(boxed)
}

/// Counts each share on a thread of its own, and merges pairs of tables until one is left.
pub fn count(shares: Vec<Vec<String>>) -> Part {
    let mut counting: Vec<_> = shares.into_iter().map(|share| thread::spawn(move || count_files(share))).collect();
    while counting.len() > 1 {
        let mut parts = counting.into_iter().map(|thread| thread.join().expect("counting does not panic"));
        let mut merging = Vec::new();
        while let Some(one) = parts.next() {
            let other = parts.next().unwrap_or_default();
            let pair = if one.table.len() < other.table.len() { (other, one) } else { (one, other) };
            merging.push(thread::spawn(move || merge(pair)));
        }
        counting = merging;
    }
    counting.pop().map(|thread| thread.join().expect("merging does not panic")).unwrap_or_default()
}
