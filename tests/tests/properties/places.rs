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
    moves: u8,
    v: TBox<V>,
    w: TBox<V>,
}

/// The value that is tested, and one beside it, where the last step has put them.
#[derive(Portable)]
pub enum Held<V: Portable> {
    Loose(V, V),
    Tied(Box<Owner<V>>),
}

/// The nth node in a circle of all.
pub fn nth(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("an index below the count")
}

impl<V: Subject> Held<V> {
    /// Both values.
    pub fn both(&self) -> (&V, &V) {
        match self {
            Held::Loose(v, w) => (v, w),
            Held::Tied(owner) => (&owner.v, &owner.w),
        }
    }

    /// Both values, to be written.
    pub fn both_mut(&mut self) -> (&mut V, &mut V) {
        match self {
            Held::Loose(v, w) => (v, w),
            Held::Tied(owner) => {
                let owner = &mut **owner;
                (&mut owner.v, &mut owner.w)
            }
        }
    }

    /// Both values, no longer tied.
    fn untied(&mut self) -> (V, V) {
        match std::mem::replace(self, Held::Loose(V::default(), V::default())) {
            Held::Loose(v, w) => (v, w),
            Held::Tied(owner) => {
                let owner = Box::into_inner(owner);
                (TBox::into_inner(owner.v), TBox::into_inner(owner.w))
            }
        }
    }

    /// Puts the value into a place, by way of node `other`; what was seen of it on the way.
    pub fn put(&mut self, place: Place, other: usize) -> Option<String> {
        let (v, w) = self.untied();
        let held = match place {
            Place::Tied | Place::TiedAndCopied => {
                Held::Tied(Box::new(Owner { moves: 0, v: TBox::new(v), w: TBox::new(w) }))
            }
            _ => Held::Loose(v, w),
        };
        *self = match place {
            Place::Home | Place::Exposed => held.owned(),
            _ => held.away(nth(other)),
        };
        let v = self.both().0;
        match place {
            Place::Exposed => Some(v.shown_on(nth(other))),
            Place::CopiedElsewhere => Some(v.shown_on(nth(other + 1))),
            Place::Copied | Place::TiedAndCopied => Some(format!("{v:?}")),
            Place::Pinned => {
                let _ = &**v;
                None
            }
            Place::Home | Place::Remote | Place::Tied => None,
        }
    }

    /// Writes the value, or else the owner that it is tied to, so that the object is this node's own.
    fn owned(mut self) -> Held<V> {
        match &mut self {
            Held::Loose(v, _) => _ = &mut **v,
            Held::Tied(owner) => owner.moves += 1,
        }
        self
    }

    /// Moves the object to another node; what owns it comes back.
    fn away(self, other: NodeId) -> Held<V> {
        let moved = thread::spawn_on(other, (self,), |(held,)| held.owned());
        moved.join().expect("nothing panics there")
    }
}
