//! `Box`, `Vec` and `String` beside std's own, through the same random operations, while the value is at home, seen
//! elsewhere, remote, copied, lent, or tied to an owner that wanders.
//!
//! Each table (`vec.rs`, `string.rs`, ...) has one line per method, which is compiled twice: on drust's type and on
//! std's. What both return, print, hash to, make, drop and panic with must be the same, call by call. `PROPTEST_CASES`
//! asks for more cases than the few that run by default, `PROPTEST_RNG_SEED` for others; `PROPTEST_VERBOSE=1` prints
//! each before it runs, for failures that end a process.

mod boxed;
mod boxed_slice;
mod boxed_str;
mod check;
mod forward;
mod methods;
mod places;
#[path = "../../../crates/drust/tests/quiet/mod.rs"]
mod quiet;
mod string;
mod tied;
mod twins;
mod values;
mod vec;
