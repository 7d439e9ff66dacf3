//! Every event in every state of a handle, legal and not.

use super::*;
use crate::Partition;
use Action::{
    AllocateHere, AwaitFetches, CopyHere, DropHere, FreshStamp, KeepStamp, PinCopy, Promote, Release, UseHome,
};
use FreeKind::{DropContents, MovedOut};

const HERE: Here = Here { rank: Rank(1) };
const FAR: Rank = Rank(0);

fn at(partition: u16, slot: u64) -> Address {
    Address::new(Partition(partition), slot * 64)
}

fn stamp(number: u64) -> Stamp {
    Stamp::from_word(number).unwrap()
}

fn private() -> Handle {
    Handle::new(at(1, 1), stamp(5))
}

fn exposed(held: Held) -> Handle {
    Handle { private: false, held, ..private() }
}

fn remote(held: Held) -> Handle {
    Handle { address: at(0, 1), ..exposed(held) }
}

/// Every handle that may be on node 1 and has an object.
fn all() -> [Handle; 5] {
    [private(), exposed(Held::Home), exposed(Held::Nothing), remote(Held::Pin), remote(Held::Nothing)]
}

fn every_event() -> Vec<Event> {
    let mut events =
        vec![Event::Read, Event::Expose, Event::Depart, Event::Lend, Event::Land, Event::Unpin, Event::Forget];
    for copy in [CopyView::Absent, CopyView::Shared, CopyView::Sole] {
        events.extend([Event::Write { copy }, Event::Grow { copy }, Event::TakeOut { copy }]);
    }
    for user_drop in [false, true] {
        events.extend([Event::Set { user_drop }, Event::Drop { user_drop }]);
    }
    for place in [at(0, 7), at(1, 7)] {
        let fresh = stamp(9);
        events.extend([
            Event::Own { at: place, fresh },
            Event::Grown { at: place },
            Event::ComeHome { at: place, fresh },
        ]);
    }
    events
}

#[track_caller]
fn check(handle: Handle, event: Event, after: Handle, todo: &[Action]) {
    let (got, actions) = handle.step(HERE, event).unwrap();
    assert_eq!((got, &*actions), (after, todo), "{event:?} on {handle:?}");
}

const FETCH: Action = Action::FetchAndFree { from: FAR };
const FREE_FAR: Action = Action::SendFree { to: FAR, what: DropContents };
const MOVED_FAR: Action = Action::SendFree { to: FAR, what: MovedOut };
const FREE_HERE: Action = Action::FreeHere { what: DropContents };
const MOVED_HERE: Action = Action::FreeHere { what: MovedOut };

#[test]
fn every_step_keeps_the_invariants_and_only_own_makes_private() {
    for handle in all().into_iter().chain([Handle::reserved()]) {
        for event in every_event() {
            let Ok((after, _)) = handle.step(HERE, event) else {
                continue;
            };
            assert_eq!(after.check(HERE), Ok(()), "{event:?} on {handle:?}");
            let became_private = after.private && !handle.private;
            assert!(!became_private || matches!(event, Event::Own { .. }), "rule 1: {event:?} on {handle:?}");
            let fresh = after.stamp != handle.stamp;
            let may = matches!(event, Event::Own { .. } | Event::ComeHome { .. });
            assert!(!fresh || may, "a stamp changes only where one is given: {event:?}");
        }
    }
}

#[test]
fn nothing_ends_a_borrow_before_the_fetches_are_answered() {
    for handle in all() {
        for event in every_event() {
            let ends = match event {
                Event::Depart | Event::Lend | Event::Drop { .. } | Event::Set { .. } | Event::TakeOut { .. } => true,
                Event::Write { .. } | Event::Grow { .. } => !handle.private,
                _ => false,
            };
            let Ok((_, todo)) = handle.step(HERE, event) else {
                continue;
            };
            assert_eq!(todo.first() == Some(&AwaitFetches), ends, "rule 7: {event:?} on {handle:?}");
        }
    }
}

#[test]
fn a_pin_is_given_back_exactly_where_the_handle_loses_it() {
    for event in every_event() {
        let pinned = remote(Held::Pin);
        let Ok((after, todo)) = pinned.step(HERE, event) else {
            continue;
        };
        let taken = todo.contains(&Promote);
        let given = todo.iter().filter(|action| **action == Release).count() + usize::from(taken);
        let lost = usize::from(after.held != Held::Pin);
        // Bytes that land hold the pins of another node, which are not ours to give back (rule 3).
        assert_eq!(given, if event == Event::Land { 0 } else { lost }, "rule 4: {event:?}");
        for other in all().into_iter().filter(|handle| handle.held != Held::Pin) {
            if let Ok((_, todo)) = other.step(HERE, event) {
                assert!(!todo.contains(&Release), "rule 4: {event:?} on {other:?}");
            }
        }
    }
}

#[test]
fn read_uses_the_home_or_pins_a_copy() {
    for held in [private(), exposed(Held::Home), remote(Held::Pin)] {
        check(held, Event::Read, held, &[]);
    }
    check(exposed(Held::Nothing), Event::Read, exposed(Held::Home), &[UseHome]);
    check(remote(Held::Nothing), Event::Read, remote(Held::Pin), &[PinCopy]);
    let key = remote(Held::Nothing).key(24);
    assert_eq!(key, CopyKey { stamp: stamp(5), address: at(0, 1), len: 24, extent: Extent::Whole });
}

#[test]
fn write_takes_a_fresh_stamp_first() {
    let copy = CopyView::Absent;
    check(private(), Event::Write { copy }, private(), &[]);
    let write = Event::Write { copy };
    check(exposed(Held::Home), write, exposed(Held::Home), &[AwaitFetches, FreshStamp]);
    check(exposed(Held::Nothing), write, exposed(Held::Home), &[AwaitFetches, UseHome, FreshStamp]);
    let null = remote(Held::Nothing);
    check(null, write, null, &[AwaitFetches, AllocateHere, FETCH, FreshStamp]);
    check(remote(Held::Pin), write, null, &[AwaitFetches, AllocateHere, Release, FETCH, FreshStamp]);
    let shared = Event::Write { copy: CopyView::Shared };
    check(null, shared, null, &[AwaitFetches, AllocateHere, FETCH, FreshStamp]);
}

#[test]
fn a_sole_copy_is_promoted_with_one_one_way() {
    let null = remote(Held::Nothing);
    let todo = [AwaitFetches, AllocateHere, Promote, MOVED_FAR, FreshStamp];
    for handle in [null, remote(Held::Pin)] {
        check(handle, Event::Write { copy: CopyView::Sole }, null, &todo);
        check(handle, Event::Grow { copy: CopyView::Sole }, null, &todo);
        check(handle, Event::TakeOut { copy: CopyView::Sole }, null, &[AwaitFetches, Promote, MOVED_FAR]);
    }
}

#[test]
fn own_stores_place_and_stamp_and_sets_private() {
    let own = Event::Own { at: at(1, 3), fresh: stamp(6) };
    for handle in [private(), exposed(Held::Home), remote(Held::Nothing), Handle::reserved()] {
        check(handle, own, Handle::new(at(1, 3), stamp(6)), &[]);
    }
}

#[test]
fn own_refuses_a_used_stamp_a_far_place_and_a_pin() {
    let own = |handle: Handle, at, fresh| handle.step(HERE, Event::Own { at, fresh }).unwrap_err();
    let handle = exposed(Held::Home);
    assert_eq!(own(handle, at(1, 3), stamp(5)), Illegal::StaleStamp(stamp(5)));
    assert_eq!(own(handle, at(1, 3), Stamp::RESERVED), Illegal::StaleStamp(Stamp::RESERVED));
    assert_eq!(own(handle, at(0, 3), stamp(6)), Illegal::NotHere(at(0, 3)));
    assert_eq!(own(handle, Address::RESERVED, stamp(6)), Illegal::NoObject);
    assert_eq!(own(remote(Held::Pin), at(1, 3), stamp(6)), Illegal::StillPinned(at(0, 1)));
}

#[test]
fn growing_keeps_the_stamp_only_while_private() {
    let grow = Event::Grow { copy: CopyView::Absent };
    check(private(), grow, private(), &[AllocateHere, CopyHere, MOVED_HERE, KeepStamp]);
    let handle = exposed(Held::Nothing);
    check(handle, grow, handle, &[AwaitFetches, AllocateHere, CopyHere, MOVED_HERE, FreshStamp]);
    let null = remote(Held::Nothing);
    check(null, grow, null, &[AwaitFetches, AllocateHere, FETCH, FreshStamp]);

    let grown = Event::Grown { at: at(1, 2) };
    check(private(), grown, Handle { address: at(1, 2), ..private() }, &[]);
    assert_eq!(handle.step(HERE, grown), Err(Illegal::Exposed(at(1, 1))));
    assert_eq!(private().step(HERE, Event::Grown { at: at(0, 2) }), Err(Illegal::NotHere(at(0, 2))));
    let nowhere = Event::Grown { at: Address::RESERVED };
    assert_eq!(private().step(HERE, nowhere), Err(Illegal::NoObject));
}

#[test]
fn exposure_clears_private_in_the_original_and_in_what_is_sent() {
    check(private(), Event::Expose, exposed(Held::Home), &[]);
    check(remote(Held::Pin), Event::Expose, remote(Held::Pin), &[]);
    for handle in all() {
        let sent = handle.sent();
        assert!(!sent.private && sent.held == Held::Nothing);
        assert_eq!((sent.address, sent.stamp), (handle.address, handle.stamp));
    }
}

#[test]
fn what_departs_or_is_lent_keeps_no_pointer_and_no_pin() {
    for event in [Event::Depart, Event::Lend] {
        for handle in [private(), exposed(Held::Home), exposed(Held::Nothing), remote(Held::Nothing)] {
            check(handle, event, handle.sent(), &[AwaitFetches]);
        }
        check(remote(Held::Pin), event, remote(Held::Nothing), &[AwaitFetches, Release]);
    }
}

#[test]
fn landing_keeps_nothing_of_the_sender() {
    let as_sent_by_node_0 = [Handle::new(at(0, 1), stamp(5)), Handle { held: Held::Pin, ..exposed(Held::Nothing) }];
    for handle in all().into_iter().chain(as_sent_by_node_0) {
        assert_eq!(handle.sent().check(HERE), Ok(()));
        check(handle, Event::Land, handle.sent(), &[]);
    }
}

#[test]
fn a_lent_handle_comes_home_with_the_final_place_and_a_fresh_stamp() {
    for place in [at(0, 4), at(1, 1), at(1, 4)] {
        let after = Handle { address: place, private: false, stamp: stamp(6), held: Held::Nothing };
        let home = Event::ComeHome { at: place, fresh: stamp(6) };
        check(exposed(Held::Nothing), home, after, &[]);
        check(remote(Held::Nothing), home, after, &[]);
        check(Handle::reserved(), home, after, &[]);
        for held in [private(), exposed(Held::Home), remote(Held::Pin)] {
            assert_eq!(held.step(HERE, home), Err(Illegal::NotLent(held.address)));
        }
    }
    let emptied = Event::ComeHome { at: Address::RESERVED, fresh: stamp(6) };
    check(remote(Held::Nothing), emptied, Handle::reserved(), &[]);
    let stale = Event::ComeHome { at: at(1, 1), fresh: stamp(5) };
    assert_eq!(remote(Held::Nothing).step(HERE, stale), Err(Illegal::StaleStamp(stamp(5))));
}

#[test]
fn unpin_gives_back_a_pin_and_nothing_else() {
    check(remote(Held::Pin), Event::Unpin, remote(Held::Nothing), &[Release]);
    for handle in [private(), exposed(Held::Home), remote(Held::Nothing)] {
        check(handle, Event::Unpin, handle, &[]);
    }
}

#[test]
fn forget_releases_pins_only() {
    check(remote(Held::Pin), Event::Forget, remote(Held::Nothing), &[Release]);
    for handle in [private(), exposed(Held::Home), remote(Held::Nothing)] {
        check(handle, Event::Forget, handle.sent(), &[]);
    }
}

#[test]
fn a_value_taken_out_leaves_an_empty_slot() {
    let take = |copy| Event::TakeOut { copy };
    check(private(), take(CopyView::Absent), exposed(Held::Nothing), &[AwaitFetches, CopyHere, MOVED_HERE]);
    let null = remote(Held::Nothing);
    check(null, take(CopyView::Absent), null, &[AwaitFetches, FETCH]);
    check(remote(Held::Pin), take(CopyView::Shared), null, &[AwaitFetches, Release, FETCH]);
}

#[test]
fn values_without_a_user_drop_are_freed_at_home() {
    let drop = Event::Drop { user_drop: false };
    check(private(), drop, exposed(Held::Nothing), &[AwaitFetches, FREE_HERE]);
    check(remote(Held::Pin), drop, remote(Held::Nothing), &[AwaitFetches, Release, FREE_FAR]);
    check(remote(Held::Nothing), drop, remote(Held::Nothing), &[AwaitFetches, FREE_FAR]);
}

#[test]
fn values_with_a_user_drop_drop_on_this_thread() {
    let drop = Event::Drop { user_drop: true };
    check(private(), drop, exposed(Held::Nothing), &[AwaitFetches, DropHere, MOVED_HERE]);
    check(remote(Held::Pin), drop, remote(Held::Nothing), &[AwaitFetches, Release, FETCH, DropHere]);
}

#[test]
fn set_frees_the_old_and_fetches_only_for_a_user_drop() {
    let null = remote(Held::Nothing);
    let set = |user_drop| Event::Set { user_drop };
    let new = [AllocateHere, FreshStamp];
    check(null, set(false), null, &[&[AwaitFetches, FREE_FAR][..], &new].concat());
    check(remote(Held::Pin), set(true), null, &[&[AwaitFetches, Release, FETCH, DropHere][..], &new].concat());
    check(private(), set(false), exposed(Held::Nothing), &[&[AwaitFetches, FREE_HERE][..], &new].concat());
}

#[test]
fn a_value_without_an_object_costs_nothing_and_travels_unchanged() {
    let none = Handle::reserved();
    assert_eq!(none.sent(), none);
    let free = [Event::Read, Event::Expose, Event::Depart, Event::Lend, Event::Land, Event::Unpin, Event::Forget];
    for event in free {
        check(none, event, none, &[]);
    }
    let copy = CopyView::Absent;
    check(none, Event::Write { copy }, none, &[]);
    check(none, Event::TakeOut { copy }, none, &[]);
    check(none, Event::Drop { user_drop: false }, none, &[]);
    check(none, Event::Drop { user_drop: true }, none, &[DropHere]);
    check(none, Event::Grow { copy }, none, &[AllocateHere, FreshStamp]);
    check(none, Event::Set { user_drop: false }, none, &[AllocateHere, FreshStamp]);
    check(none, Event::Set { user_drop: true }, none, &[DropHere, AllocateHere, FreshStamp]);
    assert_eq!(none.step(HERE, Event::Grown { at: at(1, 1) }), Err(Illegal::NoObject));
}

#[test]
fn handles_that_cannot_be_are_refused_before_anything_happens() {
    let broken = [
        Handle { held: Held::Nothing, ..private() },
        Handle { address: at(0, 1), ..private() },
        Handle { private: true, ..remote(Held::Pin) },
        Handle { held: Held::Pin, ..exposed(Held::Nothing) },
        Handle { held: Held::Home, ..remote(Held::Nothing) },
        Handle { stamp: Stamp::RESERVED, ..private() },
        Handle { private: false, ..Handle::reserved() },
        Handle { stamp: stamp(3), ..Handle::reserved() },
    ];
    for handle in broken {
        for event in every_event().into_iter().filter(|event| *event != Event::Land) {
            assert_eq!(handle.step(HERE, event), Err(Illegal::BrokenHandle(handle)));
        }
    }
}
