//! The ways a value of more than one object can come to a test: new, seen by another node before, made there, and made
//! there and looked at from here before.

use drust::node::NodeId;
use drust::{Portable, Ref, node, thread};

/// The last node.
pub fn there() -> NodeId {
    node::all().last().expect("a cluster has nodes")
}

/// Runs `$check` on what the function `$make` makes: here, here and seen by another node, there, and there and looked
/// at by `$look` from here before.
macro_rules! wherever_made {
    ($make:path, $look:expr, $check:expr) => {
        $crate::wherever::wherever(
            $make,
            || {
                let made = drust::thread::spawn_on($crate::wherever::there(), (), |()| $make());
                made.join().expect("nothing panics there")
            },
            $look,
            $check,
        )
    };
}
pub(crate) use wherever_made;

/// What `wherever_made` expands to.
pub fn wherever<P: Portable>(make: fn() -> P, make_there: fn() -> P, look: fn(&P), mut check: impl FnMut(P)) {
    check(make());
    let exposed = make();
    thread::scope(|s| {
        s.spawn_on(there(), (Ref::of(&exposed),), |(seen,)| {
            let _ = &*seen;
        });
    });
    check(exposed);
    check(make_there());
    let copied = make_there();
    look(&copied);
    check(copied);
}
