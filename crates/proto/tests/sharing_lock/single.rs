//! Single seats: what is refused, what a turn is, and what it takes.

use drust_proto::Rank;
use drust_proto::sharing::lock::{Action, COHORT, Event, Op, Patience, Place, Seat, TICKET_STEP};

fn lock(number: u64) -> Event {
    Event::Lock { ticket: number * TICKET_STEP, patience: Patience::Endless }
}

fn next(rank: u16) -> Event {
    Event::Next { to: Rank(rank), question: None }
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let seats = [Seat::new(Rank(1), false), Seat::new(Rank(1), true), Seat::held(Rank(1))];
    for (seat, event) in [(0, UNLOCK), (0, Event::Granted), (0, next(2)), (1, UNLOCK)].into_iter().chain([
        (1, Event::Granted),
        (1, next(1)),
        (2, Event::Granted),
        (2, next(1)),
    ]) {
        let mut after = seats[seat].clone();
        after.step(event).expect_err("it cannot happen");
        assert_eq!(after, seats[seat], "{event:?}");
    }
    let mut told = Seat::held(Rank(1));
    told.step(next(2)).unwrap();
    told.step(next(0)).expect_err("two come next");
}

#[test]
fn operations_have_their_numbers_and_others_are_none() {
    for number in 0..100 {
        let op = Op::from_u16(number);
        assert_eq!(op.map(|op| op as u16), (1..=Op::ALL.len() as u16).contains(&number).then_some(number));
    }
}

const UNLOCK: Event = Event::Unlock { spent: false };

fn come(number: u64) -> Event {
    Event::Come { ticket: number * TICKET_STEP }
}

#[test]
fn a_node_serves_its_own_until_its_time_is_spent() {
    let waiting = 100;
    let mut seat = Seat::held(Rank(1));
    for number in 1..=waiting {
        assert_eq!(seat.step(lock(number)).unwrap(), []);
    }
    for number in 1..waiting {
        let spent = number < 50;
        if number == 50 {
            assert_eq!(seat.step(next(2)).unwrap(), []);
        }
        let unlocked = seat.step(Event::Unlock { spent }).unwrap();
        assert_eq!(
            unlocked,
            [Action::Call(number * TICKET_STEP)],
            "in order, and time does not count where none waits"
        );
        assert_eq!(seat.step(come(number)).unwrap(), [Action::Take]);
    }
    let passed = [Action::Grant(Rank(2)), Action::Request { question: None }];
    assert_eq!(seat.step(Event::Unlock { spent: true }).unwrap(), passed);
    assert_eq!(seat.step(Event::Granted).unwrap(), [Action::Wake(waiting * TICKET_STEP)]);
}

#[test]
fn a_waiter_is_overtaken_so_often_and_then_has_its_turn() {
    let mut seat = Seat::held(Rank(1));
    assert_eq!(seat.step(lock(1)).unwrap(), []);
    assert_eq!(seat.step(UNLOCK).unwrap(), [Action::Call(TICKET_STEP)]);
    for number in 2..2 + u64::from(COHORT) {
        assert_eq!(seat.step(lock(number)).unwrap(), [Action::Take]);
        let first = seat.clone().step(UNLOCK).unwrap();
        assert_eq!(seat.step(come(1)).unwrap(), [], "it comes too late, and waits on");
        let again = seat.step(UNLOCK).unwrap();
        let due = number == 1 + u64::from(COHORT);
        assert_eq!(again, [if due { Action::Wake(TICKET_STEP) } else { Action::Call(TICKET_STEP) }]);
        assert_eq!(first.is_empty(), !due, "it is called once for each time it comes");
    }
    assert_eq!(seat.step(come(1)).unwrap(), [], "it has the lock, and was called before");
}

#[test]
fn a_lock_that_stays_costs_nothing() {
    let mut seat = Seat::new(Rank(1), false);
    assert_eq!(seat.step(lock(1)).unwrap(), [Action::Request { question: None }]);
    assert_eq!(seat.step(Event::Granted).unwrap(), [Action::Wake(TICKET_STEP)]);
    assert_eq!(seat.step(UNLOCK).unwrap(), []);
    for number in 2..10 {
        assert_eq!(seat.step(lock(number)).unwrap(), [Action::Take]);
        assert_eq!(seat.step(UNLOCK).unwrap(), []);
    }
    assert_eq!(seat.place(), Place::Here { held: false });
    assert_eq!(seat.step(next(0)).unwrap(), [Action::Grant(Rank(0))]);
    assert_eq!(seat.place(), Place::Absent);
}
