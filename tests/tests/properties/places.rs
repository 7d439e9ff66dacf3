//! Where a value is put between calls.

use crate::methods::Subject;
use drust::boxed::TBox;
use drust::node::NodeId;
use drust::{Box, Portable, node, thread};

/// What becomes of a value before the next call.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// At home here, its stamp known to nobody else.
    Home,
    /// At home here, and read on the other node.
    Exposed,
    /// Homed on the other node, and not seen here.
    Remote,
    /// Homed on the other node, with a copy here that the value pins.
    Pinned,
    /// Homed on the other node, with a copy here that nobody pins.
    Copied,
    /// Homed on the other node, with a copy on the third.
    CopiedElsewhere,
    /// Tied to an owner that is homed on the other node, and not seen here.
    Tied,
    /// Tied to an owner that is homed on the other node, with a copy of both here.
    TiedAndCopied,
}

/// All places, the simplest first: failures shrink to it.
pub const PLACES: [Place; 8] = [
    Place::Home,
    Place::Exposed,
    Place::Remote,
    Place::Pinned,
    Place::Copied,
    Place::CopiedElsewhere,
    Place::Tied,
    Place::TiedAndCopied,
];

/// An owner with two values tied to it.
#[derive(Portable)]
pub struct Owner<V: Portable> {
    before: u8,
    v: TBox<V>,
    w: TBox<V>,
}

/// The value that is tested, and one beside it, where the last step has put them.
pub enum Held<V: Subject> {
    Loose(V, V),
    Tied(Box<Owner<V>>),
}

/// The nth node in a circle of all.
pub fn nth(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("an index below the count")
}

impl<V: Subject> Held<V> {
    /// Both values, to be written.
    pub fn both(&mut self) -> (&mut V, &mut V) {
        match self {
            Held::Loose(v, w) => (v, w),
            Held::Tied(owner) => {
                let owner = &mut **owner;
                (&mut owner.v, &mut owner.w)
            }
        }
    }

    /// Both values, no longer tied.
    pub fn untied(self) -> (V, V) {
        match self {
            Held::Loose(v, w) => (v, w),
            Held::Tied(owner) => {
                let owner = Box::into_inner(owner);
                (TBox::into_inner(owner.v), TBox::into_inner(owner.w))
            }
        }
    }

    /// Puts the value into a place, by way of node `other`; what was seen of it on the way.
    pub fn put(self, place: Place, other: usize) -> (Held<V>, Option<String>) {
        let (mut v, w) = self.untied();
        let seen = match place {
            Place::Home => {
                let _ = &mut *v;
                None
            }
            Place::Exposed => {
                let _ = &mut *v;
                Some(v.shown_on(nth(other)))
            }
            Place::Remote => {
                v = away(v, other);
                None
            }
            Place::Pinned => {
                v = away(v, other);
                let _ = &*v;
                None
            }
            Place::Copied => {
                v = away(v, other);
                Some(format!("{v:?}"))
            }
            Place::CopiedElsewhere => {
                v = away(v, other);
                Some(v.shown_on(nth(other + 1)))
            }
            Place::Tied | Place::TiedAndCopied => return tied(v, w, place, other),
        };
        (Held::Loose(v, w), seen)
    }
}

/// Moves a value's object to another node; the value comes back.
fn away<V: Subject>(v: V, other: usize) -> V {
    let moved = thread::spawn_on(nth(other), (v,), |(mut v,)| {
        let _ = &mut *v;
        v
    });
    moved.join().expect("nothing panics there")
}

/// Ties both values to an owner, and moves them with it.
fn tied<V: Subject>(v: V, w: V, place: Place, other: usize) -> (Held<V>, Option<String>) {
    let owner = Box::new(Owner { before: 1, v: TBox::new(v), w: TBox::new(w) });
    let moved = thread::spawn_on(nth(other), (owner,), |(mut owner,)| {
        owner.before += 1;
        owner
    });
    let owner = moved.join().expect("nothing panics there");
    let seen = matches!(place, Place::TiedAndCopied).then(|| {
        assert_eq!(owner.before, 2);
        format!("{:?}", *owner.v)
    });
    (Held::Tied(owner), seen)
}
