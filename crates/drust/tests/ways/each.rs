//! All ways a value can come to a test.

use crate::ways::{away, exposed, looked_at};
use drust::{Lend, Portable};
use drust_heap::Pointee;
use std::ops::DerefMut;

/// Runs `check` on what `make` makes, each way.
pub fn each_way<P>(make: fn() -> P, mut check: impl FnMut(P))
where
    P: Portable + Lend<Target: Pointee<Item: Portable>> + DerefMut,
{
    check(make());
    check(exposed(make()));
    check(away(make()));
    check(looked_at(away(make())));
}
