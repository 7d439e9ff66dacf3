//! std's own types as the oracle: a case is one line, which is compiled twice, on drust's type and on std's. What both
//! return, leave, drop and panic with must be the same, whichever way drust's value came.

use crate::quiet::{Quiet, hush};
use crate::ways::{away, exposed, looked_at};
use drust::{Lend, Portable};
use drust_heap::Pointee;
use std::cell::RefCell;
use std::fmt::Debug;
use std::ops::DerefMut;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One line of a table, on one side: its words, how the value is made of what it starts with, and what is done to it.
pub struct Case<P> {
    pub line: &'static str,
    pub make: fn(&'static str) -> P,
    pub body: fn(&mut P) -> String,
}

/// What a case ended in.
#[derive(PartialEq, Debug)]
struct Seen {
    /// What it returned, or the panic's message.
    end: Result<String, String>,
    /// What it left.
    state: String,
    /// What was noted meanwhile, and when the value was dropped then.
    notes: [Vec<String>; 2],
}

thread_local! {
    static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Notes what a value of the case does on this thread.
pub fn note(what: String) {
    NOTES.with_borrow_mut(|notes| notes.push(what));
}

/// What a body returned.
pub fn said(returned: impl Debug) -> String {
    format!("{returned:?}")
}

/// Makes a test of a table: `start => body` on a value, named before. Bodies name types as std's users do. Where texts
/// to start with are given, each line runs on each of them.
macro_rules! cases {
    ($test:ident: |$v:ident: $subject:ty| $($start:expr => $body:expr;)*) => {
        crate::oracle::cases! { $test, &[""], |_text, $v: $subject| $($start => $body;)* }
    };
    ($test:ident, $texts:expr, |$text:ident, $v:ident: $subject:ty| $($start:expr => $body:expr;)*) => {
        mod $test {
            mod ours {
                #[allow(unused, clippy::all, reason = "a line serves both sides")]
                use {super::super::*, drust::{Box, String, Vec, vec}};

                #[allow(unused, clippy::all, reason = "as above")]
                pub const CASES: &[crate::oracle::Case<$subject>] = &[$(crate::oracle::Case {
                    line: concat!(stringify!($start), " => ", stringify!($body)),
                    make: |$text| <$subject>::from($start),
                    body: |$v: &mut $subject| crate::oracle::said($body),
                }),*];
            }

            mod stds {
                #[allow(unused, clippy::all, reason = "as above")]
                use {super::super::*, std::{boxed::Box, string::String, vec, vec::Vec}};

                #[allow(unused, clippy::all, reason = "as above")]
                pub const CASES: &[crate::oracle::Case<$subject>] = &[$(crate::oracle::Case {
                    line: stringify!($body),
                    make: |$text| <$subject>::from($start),
                    body: |$v: &mut $subject| crate::oracle::said($body),
                }),*];
            }

            #[drust::test(nodes = 2)]
            fn as_std() {
                crate::oracle::compare(ours::CASES, stds::CASES, $texts);
            }
        }
    };
}
pub(crate) use cases;

/// Makes the value of a case, and has it come some way.
pub type Way<P> = fn(&Case<P>, &'static str) -> P;

/// Runs each case on std's value, and on drust's made here, here and seen by another node, moved there, and moved there
/// and looked at from here before.
pub fn compare<P, S>(ours: &[Case<P>], stds: &[Case<S>], texts: &[&'static str])
where
    P: Portable + Debug + Lend<Target: Pointee<Item: Portable>> + DerefMut,
    S: Debug,
{
    let ways: [(&str, Way<P>); 4] = [
        ("here", |case, text| (case.make)(text)),
        ("seen by another node", |case, text| exposed((case.make)(text))),
        ("remote", |case, text| away((case.make)(text))),
        ("remote and copied", |case, text| looked_at(away((case.make)(text)))),
    ];
    compare_ways(ours, stds, texts, &ways);
}

/// Runs each case on std's value, and on drust's, come each of these ways.
pub fn compare_ways<P: Debug, S: Debug>(
    ours: &[Case<P>],
    stds: &[Case<S>],
    texts: &[&'static str],
    ways: &[(&str, Way<P>)],
) {
    hush();
    let mut wrong = Vec::new();
    for (text, (ours, stds)) in texts.iter().flat_map(|&text| ours.iter().zip(stds).map(move |case| (text, case))) {
        let expected = seen(stds.body, (stds.make)(text));
        for (way, make) in ways {
            let found = seen(ours.body, make(ours, text));
            if found != expected {
                wrong.push(format!("{} ({text:?}, {way}):\n  drust {found:?}\n  std   {expected:?}", ours.line));
            }
        }
    }
    let runs = ours.len() * texts.len() * ways.len();
    assert!(wrong.is_empty(), "{} of {runs} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn seen<P: Debug>(body: fn(&mut P) -> String, mut value: P) -> Seen {
    let _quiet = Quiet::new();
    take_notes();
    let end = catch_unwind(AssertUnwindSafe(|| body(&mut value))).map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().map_or(String::new(), |message| (*message).to_owned()),
    });
    let (state, during) = (format!("{value:?}"), take_notes());
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(value)));
    let mut after = take_notes();
    if dropped.is_err() {
        after.push("its drop panicked".to_owned());
    }
    Seen { end, state, notes: [during, after] }
}

fn take_notes() -> Vec<String> {
    NOTES.take()
}
