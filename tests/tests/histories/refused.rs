//! What the specifications refuse: histories that are wrong by one detail, each beside one that is right.

use crate::check::check;
use crate::notes::Noted;
use crate::spec::{
    Count, Counting, Entry, Guarding, Keyed, Lock, Locking, Op, Passing, Queue, RwLock, Word, Wording, met,
};
use drust::Portable;
use todc_utils::Specification;

/// Operations with the times at which they were called and returned.
fn history<O: Portable + Clone>(operations: &[(u64, u64, O)]) -> Vec<Noted<O>> {
    operations.iter().cloned().map(|(called, returned, op)| Noted { called, returned, op }).collect()
}

fn is_fine<S: Specification<Operation: Portable>>(operations: &[(u64, u64, S::Operation)]) -> bool {
    check::<S>(&history(operations)).is_ok()
}

#[test]
fn words() {
    use Wording::{Add, Exchange, Load, Max, Store, Swap, Tell};
    // Reads of one thread that see a store that is under way, and then do not.
    assert!(is_fine::<Word>(&[(0, 9, Store(1)), (1, 2, Load(0)), (3, 4, Load(1))]));
    assert!(!is_fine::<Word>(&[(0, 9, Store(1)), (1, 2, Load(1)), (3, 4, Load(0))]));
    // Store buffering.
    assert!(!is_fine::<Word>(&[(0, 1, Store(1)), (2, 3, Load(0))]));
    // Two threads that count see the same number, or leave one out.
    assert!(is_fine::<Word>(&[(0, 5, Add { by: 1, was: 1 }), (1, 4, Add { by: 1, was: 0 })]));
    assert!(!is_fine::<Word>(&[(0, 5, Add { by: 1, was: 0 }), (1, 4, Add { by: 1, was: 0 })]));
    assert!(!is_fine::<Word>(&[(0, 5, Add { by: 1, was: 0 }), (1, 4, Add { by: 1, was: 2 })]));
    // What was told may come late, but not after it was waited for, and only once.
    assert!(is_fine::<Word>(&[(0, u64::MAX, Tell { by: 2 }), (1, 2, Load(0)), (3, 4, Load(2))]));
    assert!(!is_fine::<Word>(&[(0, 2, Tell { by: 2 }), (3, 4, Load(0))]));
    assert!(!is_fine::<Word>(&[(0, u64::MAX, Tell { by: 2 }), (1, 2, Load(4))]));
    let exchange = |result| Exchange { old: 0, put: 3, result };
    assert!(is_fine::<Word>(&[(0, 9, exchange(Ok(0))), (1, 8, exchange(Err(3)))]));
    assert!(!is_fine::<Word>(&[(0, 9, exchange(Ok(0))), (1, 8, exchange(Ok(0)))]));
    assert!(!is_fine::<Word>(&[(0, 9, exchange(Err(0)))]));
    assert!(is_fine::<Word>(&[(0, 1, Swap { put: 4, was: 0 }), (2, 3, Max { with: 3, was: 4 }), (4, 5, Load(4))]));
    assert!(!is_fine::<Word>(&[(0, 1, Swap { put: 4, was: 0 }), (2, 3, Max { with: 5, was: 4 }), (4, 5, Load(4))]));
}

#[test]
fn locks() {
    use Locking::{Late, Lock as Locked, Try, Unlock, With};
    let held_in_turn =
        |second| [(0, 1, Locked { saw: 0 }), (2, 9, Locked { saw: 1 }), (3, 4, Unlock { left: 1 }), (10, 11, second)];
    assert!(is_fine::<Lock>(&held_in_turn(Unlock { left: 2 })));
    assert!(is_fine::<Lock>(&held_in_turn(Try { saw: None })));
    assert!(is_fine::<Lock>(&held_in_turn(Late)));
    assert!(!is_fine::<Lock>(&held_in_turn(Try { saw: Some(1) })));
    assert!(!is_fine::<Lock>(&held_in_turn(With { was: 1, left: 1 })));
    // Two hold it at once; a write is lost.
    assert!(!is_fine::<Lock>(&[(0, 1, Locked { saw: 0 }), (2, 3, Locked { saw: 0 }), (4, 5, Unlock { left: 0 })]));
    assert!(!is_fine::<Lock>(&[(0, 1, Locked { saw: 0 }), (2, 3, Unlock { left: 1 }), (4, 5, Locked { saw: 0 })]));
    assert!(is_fine::<Lock>(&[(0, 9, With { was: 2, left: 3 }), (1, 8, With { was: 0, left: 2 })]));
    assert!(!is_fine::<Lock>(&[(0, 9, With { was: 0, left: 3 }), (1, 8, With { was: 0, left: 2 })]));
}

#[test]
fn locks_of_readers() {
    use Guarding::{EndRead, EndWrite, Late, Read, TryRead, TryWrite, Write};
    let two_read = [(0, 1, Read { saw: 0 }), (2, 3, TryRead { saw: Some(0) }), (4, 5, EndRead)];
    let then = |op| [&two_read[..], &[(6, 7, op)]].concat();
    assert!(is_fine::<RwLock>(&then(EndRead)));
    assert!(is_fine::<RwLock>(&then(TryWrite { saw: None })));
    assert!(is_fine::<RwLock>(&then(Late)));
    assert!(!is_fine::<RwLock>(&then(Write { saw: 0 })));
    assert!(!is_fine::<RwLock>(&then(TryWrite { saw: Some(0) })));
    assert!(!is_fine::<RwLock>(&then(EndWrite { left: 0 })));
    // A reader beside a writer; a copy that was not recalled.
    let written = [(0, 1, Write { saw: 0 }), (2, 3, EndWrite { left: 7 })];
    assert!(!is_fine::<RwLock>(&[written[0], (2, 3, Read { saw: 0 })]));
    assert!(!is_fine::<RwLock>(&[written[0], (2, 3, TryRead { saw: Some(0) })]));
    assert!(is_fine::<RwLock>(&[written[0], written[1], (4, 5, Read { saw: 7 })]));
    assert!(!is_fine::<RwLock>(&[written[0], written[1], (4, 5, Read { saw: 0 })]));
}

#[test]
fn channels() {
    use Passing::{Close, Empty, Ended, Full, Leave, Receive, Refused, Send};
    type Wide = Queue<2, { usize::MAX }>;
    type Narrow = Queue<2, 1>;
    let sent = [(0, 5, Send((0, 0))), (6, u64::MAX, Send((0, 1))), (0, 5, Send((1, 0)))];
    let then = |received: &[Passing]| {
        let received =
            received.iter().enumerate().map(|(index, op)| (10 + 2 * index as u64, 11 + 2 * index as u64, *op));
        sent.into_iter().chain(received).collect::<Vec<_>>()
    };
    assert!(is_fine::<Wide>(&then(&[Receive((1, 0)), Receive((0, 0)), Empty, Receive((0, 1))])));
    assert!(is_fine::<Wide>(&then(&[Receive((0, 0)), Receive((1, 0)), Receive((0, 1)), Leave, Leave, Ended])));
    assert!(!is_fine::<Wide>(&then(&[Receive((0, 1)), Receive((0, 0))])));
    assert!(!is_fine::<Wide>(&then(&[Receive((1, 0)), Receive((1, 0))])));
    assert!(!is_fine::<Wide>(&then(&[Receive((1, 0)), Empty])));
    assert!(!is_fine::<Wide>(&then(&[Receive((0, 0)), Receive((1, 0)), Receive((0, 1)), Leave, Ended])));
    assert!(!is_fine::<Wide>(&then(&[Refused])));
    assert!(is_fine::<Wide>(&then(&[Close, Refused])));
    assert!(!is_fine::<Narrow>(&then(&[])));
    assert!(is_fine::<Narrow>(&[(0, 1, Send((0, 0))), (2, 3, Full), (2, 9, Send((1, 0))), (4, 5, Receive((0, 0)))]));
    assert!(!is_fine::<Narrow>(&[(0, 1, Full)]));
    assert!(met(&history(&[(0, 5, Send((0, 0))), (3, 9, Receive((0, 0)))])));
    assert!(!met(&history(&[(0, 5, Send((0, 0))), (6, 9, Receive((0, 0)))])));
}

#[test]
fn entries() {
    use Op::{Contains, Get, GetOrInsert, Insert, Remove, Set, Update};
    let is_fine = |ops: &[(u64, u64, Op)]| {
        is_fine::<Entry>(
            &ops.iter().map(|&(called, returned, op)| (called, returned, Keyed { key: 3, op })).collect::<Vec<_>>(),
        )
    };
    let put = (0, 1, Insert { put: 1, was: None });
    assert!(is_fine(&[put, (2, 3, Get(Some(1))), (4, 5, Contains(true)), (6, 7, Remove { was: Some(1) })]));
    assert!(is_fine(&[put, (2, 5, Update { by: 2, was: Some(1) }), (3, 4, Get(Some(3)))]));
    assert!(is_fine(&[put, (2, 3, GetOrInsert { put: 2, got: 1 }), (4, 5, Set { put: 2, is_set: false })]));
    for wrong in [
        Get(None),
        Get(Some(2)),
        Contains(false),
        Insert { put: 2, was: None },
        Remove { was: None },
        Update { by: 1, was: None },
        GetOrInsert { put: 2, got: 2 },
        Set { put: 2, is_set: true },
    ] {
        assert!(!is_fine(&[put, (2, 3, wrong)]), "{wrong:?}");
    }
    // A copy that a writer did not recall.
    assert!(!is_fine(&[put, (2, 3, Remove { was: Some(1) }), (4, 5, Get(Some(1)))]));
}

#[test]
fn counts() {
    use Counting::{Clone, Drop, Unwrap, Upgrade};
    let is_fine = is_fine::<Count<1>>;
    assert!(is_fine(&[(0, 1, Clone), (2, u64::MAX, Drop), (3, 4, Unwrap(false)), (5, 6, Unwrap(true))]));
    assert!(!is_fine(&[(0, 1, Clone), (2, 3, Drop), (4, 5, Unwrap(false))]));
    assert!(!is_fine(&[(0, 1, Clone), (2, 3, Unwrap(true))]));
    assert!(is_fine(&[(0, 9, Drop), (1, 2, Upgrade(true)), (3, 8, Drop), (10, 11, Upgrade(false))]));
    assert!(!is_fine(&[(0, 1, Drop), (2, 3, Upgrade(true))]));
    assert!(!is_fine(&[(0, 1, Upgrade(false))]));
    assert!(!is_fine(&[(0, 1, Unwrap(true)), (2, 3, Upgrade(true))]));
}

#[test]
fn nothing_is_fine_and_what_is_not_is_told_in_order() {
    assert!(check::<Word>(&[]).is_ok());
    let wrong = history(&[(20, u64::MAX, Wording::Tell { by: 1 }), (12, 15, Wording::Load(5))]);
    let told = check::<Word>(&wrong).unwrap_err().to_string();
    assert_eq!(told, "2 operations that no order explains:\n  0 to 3: Load(5)\n  8 to ..: Tell { by: 1 }\n");
}
