//! `Arc` and `Weak` as std's own: each line runs on both, and drust's `Arc` comes in several ways: new, seen by another
//! node, made on another node, and read from here before; the home of the value is this node or the other.

mod alone;
mod counts;
mod drops;
mod traits;
mod values;

use crate::oracle::Case;
use crate::ways::there;
use drust::Portable;
use drust::sync::Arc;
use drust::thread;
use drust_heap::Pointee;

/// A table of cases, named by a type, so that another node can make their values.
trait Table {
    /// What is looked at.
    type Subject: Portable;
    const CASES: &'static [Case<Self::Subject>];
}

/// The value of a case, made on the other node.
fn made_there<T: Table + 'static>(case: &Case<T::Subject>) -> T::Subject {
    let number = T::CASES.iter().position(|other| other.line == case.line).expect("a case of the table");
    let made = thread::spawn_on(there(), (number as u64,), |(number,)| (T::CASES[number as usize].make)(""));
    made.join().expect("nothing panics there")
}

/// Has the other node read the value, and clone and end handles of its own.
fn seen_there<V: ?Sized + Pointee<Item: Portable> + 'static>(value: Arc<V>) -> Arc<V> {
    let look = thread::spawn_on(there(), (value.clone(),), |(value,)| {
        let (weak, more) = (Arc::downgrade(&value), value.clone());
        let _ = &*more;
        drop(value);
        drop((weak, more));
    });
    look.join().expect("nothing panics there");
    value
}

/// Makes a test of a table: `start => body` on an Arc, named before.
macro_rules! cases {
    ($test:ident: |$v:ident: Arc<$of:ty>| $($start:expr => $body:expr;)*) => {
        mod $test {
            #[allow(unused, clippy::all, reason = "a line serves both sides")]
            mod ours {
                use {super::super::*, drust::{Box, String, Vec, vec, sync::{Arc, Weak}}};

                pub(super) struct Ours;

                impl crate::arc::Table for Ours {
                    type Subject = Arc<$of>;
                    const CASES: &'static [crate::oracle::Case<Arc<$of>>] = &[$(crate::oracle::Case {
                        line: concat!(stringify!($start), " => ", stringify!($body)),
                        make: |_| <Arc<$of>>::from($start),
                        body: |$v: &mut Arc<$of>| crate::oracle::said($body),
                    }),*];
                }
            }

            #[allow(unused, clippy::all, reason = "as above")]
            mod stds {
                use {super::super::*, std::{boxed::Box, string::String, vec, vec::Vec, sync::{Arc, Weak}}};

                pub const CASES: &[crate::oracle::Case<Arc<$of>>] = &[$(crate::oracle::Case {
                    line: stringify!($body),
                    make: |_| <Arc<$of>>::from($start),
                    body: |$v: &mut Arc<$of>| crate::oracle::said($body),
                }),*];
            }

            #[drust::test(nodes = 2)]
            fn as_std() {
                use crate::arc::{Table, made_there, seen_there};
                use crate::ways::looked_at;
                crate::oracle::compare_ways(ours::Ours::CASES, stds::CASES, &[""], &[
                    ("here", |case, text| (case.make)(text)),
                    ("seen by another node", |case, text| seen_there((case.make)(text))),
                    ("remote", |case, _| made_there::<ours::Ours>(case)),
                    ("remote and copied", |case, _| looked_at(made_there::<ours::Ours>(case))),
                    ("remote, and seen by its home", |case, _| seen_there(made_there::<ours::Ours>(case))),
                ]);
            }
        }
    };
}
pub(crate) use cases;
