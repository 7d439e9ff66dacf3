//! One journal in which everything happens once, and what a replay says of it when it is corrupted.

use super::{Doer, Fault, Record, Replay, Rest};
use crate::coherence::{
    CopyEvent, CopyFault, CopyStep, CopyView, Ending, Event, FetchesError, FreeKind, Handle, Held, Illegal, LendError,
    Loan, SlotFault,
};
use crate::{Address, CopyKey, DescriptorId, Extent, Partition, Rank, Stamp, StampLeases, TaskId};
use std::num::NonZeroU32;

const NODE: [Rank; 2] = [Rank(0), Rank(1)];
const A: Address = Address::new(Partition(0), 64);
const B: Address = Address::new(Partition(1), 128);
const TASK: TaskId = TaskId { rank: Rank(0), seq: 1 };
const LOAN: Loan = Loan { task: TASK, pieces: 1 };
const DOER: Doer = Doer { node: Rank(1), thread: 5 };

/// A stamp of a node's first lease.
fn stamp(node: u64, number: u64) -> Stamp {
    Stamp::from_word((node << StampLeases::LEASE_BITS) + number).unwrap()
}

fn handle(address: Address, stamp: Stamp, held: Held) -> Handle {
    Handle { address, private: false, stamp, held }
}

fn key(address: Address, stamp: Stamp) -> CopyKey {
    CopyKey { stamp, address, len: 8, extent: Extent::Whole }
}

fn allocated(address: Address) -> Record {
    let descriptor = DescriptorId(NonZeroU32::MIN);
    Record::Allocated { address, bytes: 16, descriptor, capacity: 2, user_drop: false }
}

fn exposed(by: Rank, address: Address, stamp: Stamp, was_private: bool) -> Record {
    Record::Exposed { by, address, stamp, was_private, is_private: false }
}

fn copy(event: CopyEvent, step: CopyStep) -> Record {
    Record::Copy { node: NODE[1], key: key(A, stamp(0, 1)), event, step }
}

fn step(node: Rank, before: Handle, event: Event, after: Handle) -> Record {
    Record::Handle { node, copied: false, before, event, after }
}

fn served(moved: bool) -> Record {
    Record::Served { reader: NODE[1], key: key(A, stamp(0, 1)), elements: 1, moved }
}

/// Node 0 makes an object and lends it to a task on node 1, which reads it there, takes its copy for the object's new
/// home and writes it; it comes home, and is dropped afar.
fn story() -> Vec<Record> {
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let pinned = handle(A, stamp(0, 1), Held::Pin);
    let fresh = stamp(1, 1);
    let moved = handle(B, fresh, Held::Nothing);
    let home = handle(B, stamp(0, 2), Held::Nothing);
    let write = Event::Write { copy: CopyView::Sole };
    let take = CopyEvent::Take { own_pin: true, extent: Extent::Whole };
    vec![
        allocated(A),
        Record::New { node: NODE[0], handle: Handle::new(A, stamp(0, 1)) },
        exposed(NODE[0], A, stamp(0, 1), true),
        Record::Spawned { task: TASK, to: NODE[1] },
        Record::Lent { node: NODE[0], loan: LOAN },
        step(NODE[1], null, Event::Land, null),
        Record::Asked { node: NODE[1], handle: null, event: Event::Read },
        copy(CopyEvent::Pin, CopyStep::Fetch),
        Record::FetchBegun { by: DOER },
        served(false),
        Record::FetchAnswered { by: DOER },
        copy(CopyEvent::Filled, CopyStep::Wake),
        step(NODE[1], null, Event::Read, pinned),
        step(NODE[1], pinned, Event::Unpin, null),
        copy(take, CopyStep::HandOver),
        Record::Asked { node: NODE[1], handle: null, event: write },
        allocated(B),
        step(NODE[1], null, Event::Own { at: B, fresh }, Handle::new(B, fresh)),
        Record::Freed { address: A, kind: FreeKind::MovedOut, elements: 1 },
        Record::Cleared { address: A },
        exposed(NODE[1], B, fresh, true),
        step(NODE[1], handle(B, fresh, Held::Home), Event::Depart, moved),
        Record::Ended { by: DOER, ending: Ending::Completion },
        Record::Completed { task: TASK, from: NODE[1] },
        step(NODE[0], moved, Event::Land, moved),
        step(NODE[0], moved, Event::ComeHome { at: B, fresh: stamp(0, 2) }, home),
        Record::CameHome { node: NODE[0], loan: LOAN },
        Record::Asked { node: NODE[0], handle: home, event: Event::Drop { user_drop: false } },
        Record::Freed { address: B, kind: FreeKind::DropContents, elements: 1 },
        Record::Cleared { address: B },
    ]
}

fn replay(records: &[Record]) -> Result<Rest, Fault> {
    let mut replay = Replay::new(2);
    let steps = records.iter().try_for_each(|&record| replay.step(record));
    steps.and_then(|()| replay.at_rest(0)).map_err(|violation| violation.fault)
}

/// The index of the first record like that.
fn place(of: impl Fn(&Record) -> bool) -> usize {
    story().iter().position(of).unwrap()
}

/// What replaying the story says with something else in place of one record.
#[track_caller]
fn instead(of: Record, record: Record) -> Fault {
    let mut story = story();
    let at = story.iter().position(|known| *known == of).expect("the story has this record");
    story[at] = record;
    replay(&story).expect_err("the corrupted journal was not caught")
}

/// What replaying the story's first records and then another says.
#[track_caller]
fn then(upto: Record, record: Record) -> Result<Rest, Fault> {
    let mut story = story();
    let at = story.iter().position(|known| *known == upto).expect("the story has this record");
    story.truncate(at + 1);
    story.push(record);
    let mut replay = Replay::new(2);
    story.into_iter().try_for_each(|record| replay.step(record)).map_err(|violation| violation.fault)?;
    Ok(replay.at_rest(0).unwrap_or(Rest { objects: 0, copies: 0, pins: 0 }))
}

#[test]
fn the_story_holds_and_leaves_nothing() {
    assert_eq!(replay(&story()), Ok(Rest { objects: 0, copies: 0, pins: 0 }));
}

/// What changes nothing may be missing or come twice: looking, landing, handing out or giving away what is known, and
/// an end with nothing under it.
#[test]
fn a_record_left_out_or_told_twice_is_found() {
    let quiet = |record: &Record| match record {
        Record::Asked { event: Event::Read, .. } | Record::Ended { .. } | Record::Served { .. } => true,
        Record::Handle { event: Event::Land | Event::Depart, .. } => true,
        Record::Exposed { by, .. } => *by == NODE[1],
        _ => false,
    };
    let story = story();
    assert_eq!(story.iter().filter(|record| quiet(record)).count(), 7, "the others are all told apart");
    for (at, record) in story.iter().enumerate().filter(|(_, record)| !quiet(record)) {
        let mut less = story.clone();
        less.remove(at);
        assert!(replay(&less).is_err(), "{record:?} left out");
        let mut more = story.clone();
        more.insert(at, *record);
        assert!(replay(&more).is_err(), "{record:?} twice");
    }
}

#[test]
fn the_number_of_the_record_is_told() {
    let mut replay = Replay::new(2);
    replay.step(allocated(A)).unwrap();
    let violation = replay.step(allocated(A)).unwrap_err();
    assert_eq!((violation.record, violation.fault), (1, Fault::Slot(A, SlotFault::Occupied)));
    assert_eq!(violation.to_string(), "record 1: the slot at 0:0x40: the slot holds an object already");
}

#[test]
fn a_handle_is_stepped_as_the_law_does() {
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let pinned = handle(A, stamp(0, 1), Held::Pin);
    let read = step(NODE[1], null, Event::Read, pinned);
    let home = handle(A, stamp(0, 1), Held::Home);
    assert_eq!(
        instead(read, step(NODE[1], null, Event::Read, home)),
        Fault::Handle { code: home, law: pinned },
        "a remote value read as if at home"
    );
    let private = Handle { private: true, ..null };
    let broken = Fault::Illegal(Illegal::BrokenHandle(private));
    assert_eq!(instead(read, step(NODE[1], private, Event::Read, pinned)), broken, "PRIVATE without its object");
    let unpin = step(NODE[1], pinned, Event::Unpin, null);
    let keeps = Fault::Handle { code: pinned, law: null };
    assert_eq!(instead(unpin, step(NODE[1], pinned, Event::Unpin, pinned)), keeps);
    let lost = Record::New { node: NODE[0], handle: null };
    let new = Record::New { node: NODE[0], handle: Handle::new(A, stamp(0, 1)) };
    assert_eq!(instead(new, lost), Fault::Handle { code: null, law: Handle::new(A, stamp(0, 1)) });
}

/// Rule 1.
#[test]
fn a_stamp_is_fresh_once() {
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let own = |fresh| step(NODE[1], null, Event::Own { at: B, fresh }, Handle::new(B, fresh));
    let of_another = Fault::ForeignStamp(stamp(0, 9));
    assert_eq!(instead(own(stamp(1, 1)), own(stamp(0, 9))), of_another);
    let again = Fault::Illegal(Illegal::StaleStamp(stamp(0, 1)));
    assert_eq!(instead(own(stamp(1, 1)), own(stamp(0, 1))), again);
    let taken = Record::New { node: NODE[1], handle: Handle::new(B, stamp(1, 1)) };
    assert_eq!(then(own(stamp(1, 1)), taken), Err(Fault::StampReused(stamp(1, 1))));
}

/// Rules 1 and 2.
#[test]
fn what_was_handed_out_is_not_private() {
    let expose = exposed(NODE[0], A, stamp(0, 1), true);
    let Record::Exposed { by, address, stamp: known, .. } = expose else { unreachable!() };
    let stays = Record::Exposed { by, address, stamp: known, was_private: true, is_private: true };
    assert!(matches!(instead(expose, stays), Fault::Handle { .. }), "the bit stays");
    let private = Handle::new(A, stamp(0, 1));
    let forgets = Record::Asked { node: NODE[0], handle: private, event: Event::Read };
    assert_eq!(then(expose, forgets), Err(Fault::FalsePrivate(A)), "another handle of it still has the bit");
    let grown = Event::Grown { at: Address::new(Partition(0), 256) };
    let moved = Handle { address: Address::new(Partition(0), 256), ..private };
    let mut story = story()[..=place(|record| *record == expose)].to_vec();
    story.extend([allocated(moved.address), step(NODE[0], private, grown, moved)]);
    assert_eq!(replay(&story), Err(Fault::FalsePrivate(A)), "it keeps a stamp that others have");
}

#[test]
fn no_other_node_gets_what_was_not_exposed() {
    let new = Record::New { node: NODE[0], handle: Handle::new(A, stamp(0, 1)) };
    for record in [served(false), copy(CopyEvent::Pin, CopyStep::Fetch)] {
        assert_eq!(then(new, record), Err(Fault::NotExposed(A)));
    }
}

/// Rule 8, and what the rules together are for: nobody sees a value that was overwritten.
#[test]
fn an_old_stamp_finds_nothing() {
    let own = Event::Own { at: A, fresh: stamp(0, 2) };
    let expose = exposed(NODE[0], A, stamp(0, 1), true);
    let written = step(NODE[0], handle(A, stamp(0, 1), Held::Home), own, Handle::new(A, stamp(0, 2)));
    let stale = Fault::Stale { address: A, used: stamp(0, 1), present: Some(stamp(0, 2)) };
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let looks = [
        served(false),
        served(true),
        copy(CopyEvent::Pin, CopyStep::Fetch),
        step(NODE[1], null, Event::Land, null),
        Record::Asked { node: NODE[1], handle: null, event: Event::Read },
        Record::Asked { node: NODE[1], handle: null, event: Event::Drop { user_drop: false } },
        step(NODE[0], null, Event::Read, handle(A, stamp(0, 1), Held::Home)),
        exposed(NODE[1], A, stamp(0, 1), false),
        step(NODE[1], null, Event::ComeHome { at: A, fresh: stamp(1, 1) }, handle(A, stamp(1, 1), Held::Nothing)),
    ];
    for look in looks {
        let mut story = story()[..=place(|record| *record == expose)].to_vec();
        story.extend([written, look]);
        assert_eq!(replay(&story), Err(stale), "{look:?}");
    }
}

/// Rules 6 and 8: from when its owner gives it up until it is freed.
#[test]
fn what_was_given_up_is_not_looked_at() {
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let write = Record::Asked { node: NODE[1], handle: null, event: Event::Write { copy: CopyView::Sole } };
    let drop = Record::Asked { node: NODE[1], handle: null, event: Event::Drop { user_drop: false } };
    for record in [served(false), copy(CopyEvent::Pin, CopyStep::Fetch), drop, write] {
        assert_eq!(then(write, record), Err(Fault::GivenUp(A)), "{record:?}");
    }
    assert!(then(write, served(true)).is_ok(), "but for who moves it");
    let other = Record::Served { reader: NODE[0], key: key(A, stamp(0, 1)), elements: 1, moved: true };
    assert_eq!(then(write, other), Err(Fault::GivenUp(A)));
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    assert_eq!(then(filled, served(true)), Err(Fault::NotGivenUp(A)));
}

#[test]
fn an_object_is_freed_once_as_its_owner_asked() {
    let free = |kind| Record::Freed { address: A, kind, elements: 1 };
    let moved_out = free(FreeKind::MovedOut);
    assert_eq!(
        instead(moved_out, free(FreeKind::DropContents)),
        Fault::OtherFree { address: A, asked: FreeKind::MovedOut }
    );
    let many = Record::Freed { address: A, kind: FreeKind::MovedOut, elements: 3 };
    let too_many = SlotFault::TooMany { elements: 3, capacity: 2 };
    assert_eq!(instead(moved_out, many), Fault::Slot(A, too_many));
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    assert_eq!(then(filled, moved_out), Err(Fault::NotGivenUp(A)), "nobody gave it up");
    assert_eq!(then(filled, Record::Cleared { address: A }), Err(Fault::NotGivenUp(A)));
    let cleared = Record::Cleared { address: A };
    for again in [cleared, moved_out, served(false)] {
        assert_eq!(then(cleared, again), Err(Fault::Slot(A, SlotFault::Free)), "{again:?}");
    }
    assert_eq!(then(moved_out, allocated(A)), Err(Fault::Slot(A, SlotFault::Occupied)), "agreed to, but not clear");
    assert_eq!(then(cleared, allocated(A)).map(|_| ()), Ok(()));
    assert_eq!(instead(moved_out, served(true)), Fault::NotTold(A));
}

#[test]
fn slots_do_not_overlap_and_are_served_within() {
    let other = |offset| allocated(Address::new(Partition(0), offset));
    for offset in [56, 72] {
        assert_eq!(then(allocated(A), other(offset)), Err(Fault::Overlap(A)), "{offset}");
    }
    assert!(then(allocated(A), other(80)).is_ok() && then(allocated(A), other(48)).is_ok());
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    let part = |offset, len, extent| {
        let key = CopyKey { stamp: stamp(0, 1), address: Address::inside(A.word() + offset), len, extent };
        then(filled, Record::Served { reader: NODE[1], key, elements: 1, moved: false }).map(|_| ())
    };
    assert_eq!(part(3, 13, Extent::Range), Ok(()));
    assert_eq!(part(3, 14, Extent::Range), Err(Fault::Outside(Address::inside(A.word() + 3))));
    assert_eq!(part(8, 8, Extent::Whole), Err(Fault::NoObject(Address::new(Partition(0), 72))));
    assert_eq!(then(filled, Record::Cleared { address: B }), Err(Fault::NoObject(B)));
}

/// Rule 4.
#[test]
fn pins_are_counted() {
    let (null, pinned) = (handle(A, stamp(0, 1), Held::Nothing), handle(A, stamp(0, 1), Held::Pin));
    let read = step(NODE[1], null, Event::Read, pinned);
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    let release = copy(CopyEvent::Release, CopyStep::Spare);
    assert_eq!(then(read, release), Err(Fault::Unpinned(A, stamp(0, 1))), "the handle still holds it");
    assert!(then(filled, release).is_ok(), "the pin was a guard's");
    assert_eq!(then(read, read), Err(Fault::Unpinned(A, stamp(0, 1))), "two handles, one pin");
    let departs = step(NODE[1], pinned, Event::Depart, null);
    assert_eq!(then(filled, departs), Err(Fault::NoHolder(A, stamp(0, 1))), "no handle was given it");
    let evict = copy(CopyEvent::Evict, CopyStep::Forget);
    assert_eq!(then(read, evict), Err(Fault::Copy(key(A, stamp(0, 1)), CopyFault::InUse)));
    let serves = copy(CopyEvent::Filled, CopyStep::Spare);
    let law = CopyStep::Wake;
    assert_eq!(instead(filled, serves), Fault::CopyStep { code: CopyStep::Spare, law });
}

/// Rules 4 and 5.
#[test]
fn a_handle_in_a_copy_gives_its_pin_up_from_there_and_is_never_written() {
    let (null, pinned) = (handle(A, stamp(0, 1), Held::Nothing), handle(A, stamp(0, 1), Held::Pin));
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    let inside = |before, event, after| Record::Handle { node: NODE[1], copied: true, before, event, after };
    let mut story = story()[..=place(|record| *record == filled)].to_vec();
    story.push(inside(null, Event::Read, pinned));
    let mut first = Replay::new(2);
    story.iter().try_for_each(|&record| first.step(record)).unwrap();
    assert_eq!(first.copies.at_rest(), Ok((1, 0)), "the copy holds the pin, not a forgotten handle");
    let elsewhere = step(NODE[1], pinned, Event::Forget, null);
    assert_eq!(first.step(elsewhere).unwrap_err().fault, Fault::NoHolder(A, stamp(0, 1)));
    story.extend([inside(pinned, Event::Forget, null), copy(CopyEvent::Release, CopyStep::Spare), allocated(B)]);
    let own = Event::Own { at: B, fresh: stamp(1, 1) };
    story.push(inside(null, own, Handle::new(B, stamp(1, 1))));
    assert_eq!(replay(&story), Err(Fault::CopyWritten(A)));
}

/// Rule 7.
#[test]
fn no_borrow_ends_while_a_fetch_is_unanswered() {
    let ended = |ending| Record::Ended { by: DOER, ending };
    let begun = Record::FetchBegun { by: DOER };
    assert_eq!(then(begun, ended(Ending::Drop)), Err(Fault::TooEarly(Ending::Drop)));
    assert!(then(begun, ended(Ending::PrivateWrite)).is_ok());
    let other = Doer { thread: 6, ..DOER };
    assert!(then(begun, Record::Ended { by: other, ending: Ending::Drop }).is_ok(), "another thread's");
    let answered = Record::FetchAnswered { by: DOER };
    assert_eq!(then(answered, answered), Err(Fault::Fetches(FetchesError::NotAsked)));
}

/// Rule 8.
#[test]
fn what_comes_home_has_a_fresh_stamp() {
    let mut story = story();
    let at = place(|record| matches!(record, Record::Handle { event: Event::ComeHome { .. }, .. }));
    let (land, _) = (story[at - 1], story.remove(at));
    assert_eq!(replay(&story), Err(Fault::OldName(B)));
    story.insert(at, land);
    assert_eq!(replay(&story), Err(Fault::OldName(B)), "nor before the next lands");
}

/// Rule 8.
#[test]
fn loans_come_home_whole_and_tasks_complete_once() {
    let home = Record::CameHome { node: NODE[0], loan: LOAN };
    let more = Record::CameHome { node: NODE[0], loan: Loan { pieces: 2, ..LOAN } };
    assert_eq!(instead(home, more), Fault::Lend(LendError::Pieces { lent: LOAN, came: 2 }));
    let completed = Record::Completed { task: TASK, from: NODE[1] };
    assert_eq!(then(completed, completed), Err(Fault::Task(TASK)));
    assert_eq!(instead(completed, Record::Completed { task: TASK, from: NODE[0] }), Fault::Task(TASK));
}

#[test]
fn ranks_outside_the_cluster_are_found() {
    let (two, at) = (Rank(2), Address::new(Partition(2), 0));
    let by = Doer { node: two, thread: 0 };
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let strangers = [
        allocated(at),
        Record::New { node: two, handle: Handle::new(at, stamp(0, 1)) },
        Record::Asked { node: two, handle: null, event: Event::Read },
        step(two, null, Event::Forget, null),
        exposed(two, A, stamp(0, 1), false),
        Record::Copy { node: two, key: key(A, stamp(0, 1)), event: CopyEvent::Pin, step: CopyStep::Fetch },
        Record::Served { reader: two, key: key(A, stamp(0, 1)), elements: 1, moved: false },
        Record::FetchBegun { by },
        Record::Ended { by, ending: Ending::Drop },
        Record::Spawned { task: TASK, to: two },
        Record::Lent { node: two, loan: LOAN },
    ];
    for record in strangers {
        assert_eq!(replay(&[record]), Err(Fault::NoNode(two)), "{record:?}");
    }
}

#[test]
fn what_is_not_at_rest_is_said() {
    let rest = |upto: &Record, forgotten| {
        let mut replay = Replay::new(2);
        let story = story();
        let upto = story.iter().position(|known| known == upto).unwrap();
        story[..=upto].iter().try_for_each(|&record| replay.step(record)).unwrap();
        let quiet = [Record::Completed { task: TASK, from: NODE[1] }, Record::CameHome { node: NODE[0], loan: LOAN }];
        let away = replay.at_rest(0).unwrap_err().fault;
        for record in quiet {
            let _ = replay.step(record);
        }
        (away, replay.at_rest(forgotten).map_err(|violation| violation.fault))
    };
    let lent = Fault::StillLent(LOAN);
    let pin = copy(CopyEvent::Pin, CopyStep::Fetch);
    assert_eq!(rest(&pin, 0), (lent, Err(Fault::StillFilling(key(A, stamp(0, 1))))));
    let begun = Record::FetchBegun { by: DOER };
    assert_eq!(rest(&begun, 0), (lent, Err(Fault::StillFetching)));
    let filled = copy(CopyEvent::Filled, CopyStep::Wake);
    assert_eq!(rest(&filled, 0), (lent, Err(Fault::PinsLeft { left: 1, forgotten: 0 })));
    assert_eq!(rest(&filled, 1), (lent, Ok(Rest { objects: 1, copies: 1, pins: 1 })), "a guard was forgotten");
    let null = handle(A, stamp(0, 1), Held::Nothing);
    let write = Record::Asked { node: NODE[1], handle: null, event: Event::Write { copy: CopyView::Sole } };
    assert_eq!(rest(&write, 0), (lent, Err(Fault::NeverFreed(A))));
}

#[test]
fn a_replay_forgets_what_it_needs_no_more() {
    let mut replay = Replay::new(1);
    for number in 1..=1000 {
        let handle = Handle::new(A, stamp(0, number));
        replay.step(allocated(A)).unwrap();
        replay.step(Record::New { node: NODE[0], handle }).unwrap();
        replay.step(Record::Cleared { address: A }).unwrap();
    }
    assert_eq!((replay.objects.len(), replay.stamps.runs()), (1, 1));
}

#[test]
fn a_record_is_small() {
    assert!(size_of::<Record>() <= 88, "{}", size_of::<Record>());
}

#[test]
fn what_is_asked_for_by_a_message_is_served_once_and_as_it_is_then() {
    let begun = |stamp| Record::Requested { reader: NODE[1], id: 7, key: key(A, stamp), elements: 1, moved: false };
    let answered = Record::Answered { reader: NODE[1], id: 7 };
    let until = exposed(NODE[0], A, stamp(0, 1), true);
    let asked = |stamp| {
        let mut replay = Replay::new(2);
        let upto = place(|record| *record == until);
        story()[..=upto].iter().try_for_each(|&record| replay.step(record)).unwrap();
        replay.step(begun(stamp)).unwrap();
        replay
    };
    let mut replay = asked(stamp(0, 1));
    assert_eq!(replay.at_rest(0).unwrap_err().fault, Fault::StillFetching);
    replay.step(answered).unwrap();
    assert_eq!(replay.step(answered).unwrap_err().fault, Fault::NotRequested(7));
    let stale = asked(stamp(0, 9)).step(answered).unwrap_err().fault;
    assert!(matches!(stale, Fault::Stale { address: A, .. }), "{stale:?}");
    assert_eq!(asked(stamp(0, 1)).step(begun(stamp(0, 1))).unwrap_err().fault, Fault::RequestedTwice(7));
}
