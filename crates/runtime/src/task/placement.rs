//! Where a task goes, and the event that tells why.

use crate::node::Node;
use drust_fabric::Visible;
use drust_heap::trace::Weights;
use drust_heap::{Carry, Described};
use drust_proto::Rank;
use drust_proto::balance::{Placement, Reason, place};
use std::cmp::Reverse;
use std::panic::Location;

/// Where what the arguments of a task point to is, as far as that matters where the task goes on to another node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stake {
    /// Bytes on this node.
    pub(super) here: u64,
    /// The other node that has most of them.
    pub(super) afar: Option<Rank>,
}

/// The node for a task with these arguments: the one that was chosen, or the best by [`place`]. And its stake, if the
/// task may go on to another node. A job of one node has nothing to choose, and tells of nothing.
pub(super) fn choose<A: Carry>(
    node: &'static Node,
    args: &A,
    pinned: Option<Rank>,
    spawned: &'static Location<'static>,
) -> (Rank, Option<Stake>) {
    let own = node.rank();
    if let Some(to) = pinned {
        if node.size() > 1 {
            tell(own, Placement { to, reason: Reason::Pinned }, None, Some(spawned));
        }
        return (to, None);
    }
    if node.size() == 1 {
        return (own, None);
    }
    let bytes = if A::FACTS.handles {
        // SAFETY: the arguments are a live value that nobody else has.
        unsafe { Weights::of(own, A::DESCRIPTOR, std::ptr::from_ref(args).cast()) }
    } else {
        Vec::new()
    };
    let placement = place(own, node.size(), &bytes, |rank| node.load_of(rank));
    let here = bytes.iter().find(|(home, _)| *home == own).map_or(0, |(_, bytes)| *bytes);
    let others = bytes.iter().filter(|(home, _)| *home != own && home.0 < node.size());
    let afar = others.max_by_key(|(home, bytes)| (*bytes, Reverse(*home))).map(|(home, _)| *home);
    tell(own, placement, Some(here), Some(spawned));
    (placement.to, Some(Stake { here, afar }))
}

/// Tells of a decision. Whoever listens is foreign code, and is called under no lock.
pub(super) fn tell(own: Rank, placement: Placement, stake: Option<u64>, spawned: Option<&'static Location<'static>>) {
    Visible::tell(|| {
        tracing::debug!(
            target: "drust::place",
            node = own.0,
            to = placement.to.0,
            reason = %placement.reason,
            bytes_here = stake,
            spawned = spawned.map(tracing::field::display),
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub;
    use drust_heap::trace::{Found, Kind};
    use drust_heap::{Facts, Handle, Targets};
    use drust_proto::balance::Load;
    use drust_proto::{Address, Partition, Stamp};
    use std::fmt;
    use std::sync::{Arc, Mutex};
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    /// An object of so many bytes on some node.
    struct Far(Handle, usize);

    unsafe fn weigh(at: *const u8, weights: &mut Weights) {
        // SAFETY: a spot of this kind is the first field of a `Far`.
        let far = unsafe { &*at.byte_sub(std::mem::offset_of!(Far, 0)).cast::<Far>() };
        weights.handle(&far.0, far.1);
    }

    // SAFETY: the handle is noted.
    unsafe impl Carry for Far {
        const FACTS: Facts = Facts::HANDLE;
        unsafe fn trace(this: *const Self, found: &mut Found) {
            const KIND: &Kind = &Kind { weigh, ..Handle::KIND };
            // SAFETY: the field lies inside the value the caller vouches for.
            found.note(unsafe { &raw const (*this).0 }.cast(), KIND);
        }
        fn targets(_: &mut Targets) {}
    }

    fn far(rank: u16, bytes: usize) -> Far {
        Far(Handle::exposed(Address::new(Partition(rank), 64), Stamp::from_word(7).unwrap()), bytes)
    }

    /// Writes down where each task was placed, and why.
    #[derive(Clone, Default)]
    struct Listener(Arc<Mutex<String>>);

    impl Visit for Listener {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if ["to", "reason", "bytes_here"].contains(&field.name()) {
                self.0.lock().unwrap().push_str(&format!("{value:?};"));
            }
        }
    }

    impl Subscriber for Listener {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "drust::place"
        }
        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    /// No other node.
    const NONE: u16 = u16::MAX;

    /// Where a task goes, what it leaves, and what is told of that.
    fn placed<A: Carry>(node: &'static Node, args: &A, pinned: Option<Rank>) -> (u16, Option<(u64, u16)>, String) {
        let listener = Listener::default();
        let (to, stake) =
            tracing::subscriber::with_default(listener.clone(), || choose(node, args, pinned, Location::caller()));
        let told = listener.0.lock().unwrap().clone();
        (to.0, stake.map(|stake| (stake.here, stake.afar.map_or(NONE, |rank| rank.0))), told)
    }

    #[test]
    fn bytes_decide_and_each_decision_is_told() {
        let (node, _) = stub::node();
        assert_eq!(placed(node, &(), None), (0, Some((0, NONE)), "0;no data;0;".into()));
        assert_eq!(placed(node, &(), Some(Rank(2))), (2, None, "2;pinned;".into()));
        let args = [far(1, 8), far(1, 8), far(2, 64), far(0, 40)];
        assert_eq!(placed(node, &args, None), (2, Some((40, 2)), "2;data;40;".into()));
        node.loads().heard(Rank(2), Load::new(1, 1));
        assert_eq!(placed(node, &args, None), (0, Some((40, 2)), "0;node 2 is busy;40;".into()));
        node.loads().heard(Rank(1), Load::new(1, 1));
        assert_eq!(placed(node, &[far(1, 8)], None), (0, Some((0, 1)), "0;node 1 is busy;0;".into()));
    }

    #[test]
    fn a_node_alone_has_nothing_to_choose() {
        let (node, _) = crate::wire::node(1);
        assert_eq!(placed(node, &[far(1, 8)], None), (0, None, String::new()));
        assert_eq!(placed(node, &(), Some(Rank(0))), (0, None, String::new()));
    }
}
