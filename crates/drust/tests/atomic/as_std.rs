//! A case is one line, compiled on drust's type and on std's; what both return, panic with and leave must be the same,
//! on a word that is here and on one of another node.
#![allow(invalid_atomic_ordering, unused_braces, reason = "what is refused is refused alike; lines may be blocks")]

use crate::last;
use drust::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use drust::thread;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a body returned or panicked with.
fn ended(body: impl FnOnce() -> String) -> String {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(said) => said,
        Err(panic) => match panic.downcast::<String>() {
            Ok(message) => format!("panicked: {message}"),
            Err(panic) => format!("panicked: {}", panic.downcast_ref::<&str>().unwrap_or(&"")),
        },
    }
}

fn said(value: impl Debug) -> String {
    format!("{value:?}")
}

/// Makes tests of lines on a type, for each start and operand among the corners, on every carrier.
macro_rules! as_std {
    ($test:ident, $atomic:ident, $value:ty, $corners:expr, |$w:ident, $a:ident, $b:ident| $($body:expr;)*) => {
        mod $test {
            use super::*;

            #[allow(unused_variables, reason = "not every line has operands")]
            const LINES: &[Line] =
                &[$((stringify!($body), |$w, $a, $b| said($body), |$w, $a, $b| said($body))),*];

            type Line = (&'static str, Body<drust::sync::atomic::$atomic>, Body<std::sync::atomic::$atomic>);
            type Body<A> = fn(&mut A, $value, $value) -> String;

            fn check() {
                for start in $corners {
                    for (a, b) in $corners.into_iter().flat_map(|a| $corners.map(|b| (a, b))) {
                        LINES.iter().for_each(|line| check_line(line, start, a, b));
                    }
                }
            }

            fn check_line(&(line, ours, stds): &Line, start: $value, a: $value, b: $value) {
                let mut expected = std::sync::atomic::$atomic::new(start);
                let expected = (ended(|| stds(&mut expected, a, b)), said(&expected), expected.into_inner());
                let make = || drust::sync::atomic::$atomic::new(start);
                let made = thread::spawn_on(last(), (start,), |(start,)| drust::sync::atomic::$atomic::new(start));
                for mut word in [make(), made.join().expect("nothing panics there")] {
                    let found = (ended(|| ours(&mut word, a, b)), said(&word), word.into_inner());
                    assert_eq!(found, expected, "{line} with {a} and {b} on {start}");
                }
            }

            #[drust::test(nodes = 2, carrier = "shm")]
            fn in_shared_memory() {
                check();
            }

            #[drust::test(nodes = 2, carrier = "tcp")]
            fn over_tcp() {
                check();
            }

            #[drust::test(nodes = 2, seed = 3)]
            fn simulated() {
                check();
            }
        }
    };
}

/// The same, on the operations that all have too.
macro_rules! as_all {
    ($test:ident, $atomic:ident, $value:ty, $corners:expr, |$w:ident, $a:ident, $b:ident| $($body:expr;)*) => {
        as_std! { $test, $atomic, $value, $corners, |$w, $a, $b|
            $w.load(Relaxed);
            ($w.load(SeqCst), $w.load(Acquire));
            $w.load(Release);
            $w.load(AcqRel);
            $w.store($a, Relaxed);
            $w.store($a, Release);
            $w.store($a, Acquire);
            $w.store($a, AcqRel);
            $w.swap($a, AcqRel);
            $w.compare_exchange($a, $b, AcqRel, Acquire);
            $w.compare_exchange($a, $b, SeqCst, Release);
            $w.compare_exchange($a, $b, Relaxed, AcqRel);
            { while $w.load(Relaxed) == $a && $w.compare_exchange_weak($a, $b, Relaxed, Relaxed).is_err() {} };
            $w.fetch_and($a, Relaxed);
            $w.fetch_nand($a, Relaxed);
            $w.fetch_or($a, Relaxed);
            $w.fetch_xor($a, Relaxed);
            $w.fetch_update(Relaxed, Relaxed, |value| (value == $a).then_some($b));
            $w.fetch_update(Release, Acquire, |value| (value != $a).then_some($b));
            $w.fetch_update(Relaxed, Release, |_| None);
            $w.try_update(Relaxed, Relaxed, |value| (value != $a).then_some($b));
            { *$w.get_mut() = $a; $w.fetch_or($b, Relaxed) };
            std::mem::take($w).into_inner();
            std::mem::replace($w, $a.into());
            $($body;)*
        }
    };
}

/// Operations that only numbers have.
macro_rules! integers {
    ($($test:ident: $atomic:ident, $value:ty;)*) => {$(
        as_all! { $test, $atomic, $value, [1, 77, <$value>::MAX, <$value>::MIN], |w, a, b|
            w.fetch_add(a, Relaxed);
            (w.fetch_add(a, Acquire), w.fetch_add(b, Release), w.load(Relaxed));
            w.fetch_sub(a, Relaxed);
            (w.fetch_max(a, Relaxed), w.fetch_max(b, Relaxed));
            (w.fetch_min(a, Relaxed), w.fetch_min(b, Relaxed));
            w.fetch_update(Relaxed, Relaxed, |value| value.checked_add(a));
            w.try_update(AcqRel, Acquire, |value| value.checked_sub(b));
            w.update(Relaxed, Relaxed, |value| value.wrapping_mul(a));
            { *w.get_mut() = a; w.fetch_add(b, Relaxed) };
            { let word = w.get_mut(); *word = word.wrapping_add(b) };
        }
    )*};
}

integers! {
    i32s: AtomicI32, i32;
    u32s: AtomicU32, u32;
    i64s: AtomicI64, i64;
    u64s: AtomicU64, u64;
    isizes: AtomicIsize, isize;
    usizes: AtomicUsize, usize;
}

as_all! { bools, AtomicBool, bool, [false, true], |w, a, b|
    (w.fetch_not(Relaxed), w.fetch_not(AcqRel), w.fetch_not(SeqCst));
    w.update(Relaxed, Relaxed, |value| value ^ a);
    { *w.get_mut() ^= b };
}

#[test]
fn a_fence_is_refused_where_std_refuses_it() {
    let done = String::new;
    let ours = |order| {
        ended(|| {
            drust::sync::atomic::fence(order);
            done()
        })
    };
    let stds = |order| {
        ended(|| {
            std::sync::atomic::fence(order);
            done()
        })
    };
    for order in [Ordering::Relaxed, Acquire, Release, AcqRel, SeqCst] {
        assert_eq!(ours(order), stds(order));
    }
}
