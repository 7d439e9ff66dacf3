//! The rules of condition variables, explored exhaustively: takers wait until there is something, makers add it and
//! notify, and messages arrive in any order. Rules broken on purpose are found.

use drust_proto::Rank;
use drust_proto::sharing::board::{Board, Op, Step, Wait, WaitEvent, Waiter};
use std::collections::{BTreeSet, HashSet, VecDeque};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fault {
    None,
    /// The mutex is given up before the home has answered.
    UnlocksFirst,
    /// A wake that comes before the answer is lost.
    ForgetsEarlyWake,
    /// A waiter that was notified says that its time was up.
    SwallowsNotify,
    /// The home leaves a waiter on the list whose time was up.
    KeepsCancelled,
    /// A notification takes two off the list, and wakes one.
    TakesTwo,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Role {
    Taker,
    /// Gives up when its time is up, without another look.
    TimedTaker,
    /// Adds one, and notifies one.
    Maker,
    /// Adds one for each taker, and notifies all.
    MakerOfAll,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Status {
    /// Wants the mutex.
    Wants,
    Waits(Wait),
    /// Has the mutex no more, and is to notify.
    Notifies,
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Sent {
    Enter(usize),
    Entered(usize),
    Notify(bool),
    Wake(usize),
    Cancel(usize),
    Cancelled(usize, bool),
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Act(usize),
    Expire(usize),
    Deliver(Sent),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    fault: Fault,
    threads: Vec<(Role, Status)>,
    holder: Option<usize>,
    things: usize,
    board: Board,
    sent: Vec<Sent>,
}

impl World {
    fn new(roles: &[Role], fault: Fault) -> World {
        let threads = roles.iter().map(|&role| (role, Status::Wants)).collect();
        World { fault, threads, holder: None, things: 0, board: Board::default(), sent: Vec::new() }
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves: Vec<Move> = self.sent.iter().map(|&sent| Move::Deliver(sent)).collect();
        for (at, (role, status)) in self.threads.iter().enumerate() {
            match status {
                Status::Wants if self.holder.is_none() => moves.push(Move::Act(at)),
                Status::Notifies => moves.push(Move::Act(at)),
                Status::Waits(Wait::Waiting) if *role == Role::TimedTaker => moves.push(Move::Expire(at)),
                _ => {}
            }
        }
        moves
    }

    fn step(&mut self, step: Move, seen: &mut BTreeSet<String>) -> Result<(), String> {
        match step {
            Move::Act(at) => self.act(at),
            Move::Expire(at) => self.wait(at, WaitEvent::Expired, seen)?,
            Move::Deliver(sent) => {
                let at = self.sent.iter().position(|other| *other == sent).expect("it is under way");
                self.sent.remove(at);
                self.deliver(sent, seen)?;
            }
        }
        self.sent.sort_unstable();
        Ok(())
    }

    fn act(&mut self, at: usize) {
        let takers = self.threads.iter().filter(|(role, _)| matches!(role, Role::Taker | Role::TimedTaker)).count();
        let (role, status) = self.threads[at];
        self.threads[at].1 = match (role, status) {
            (Role::Maker | Role::MakerOfAll, Status::Wants) => {
                self.things += if role == Role::Maker { 1 } else { takers };
                Status::Notifies
            }
            (_, Status::Notifies) => {
                self.sent.push(Sent::Notify(role == Role::MakerOfAll));
                Status::Done
            }
            (_, _) if self.things > 0 => {
                self.things -= 1;
                Status::Done
            }
            (_, _) => {
                self.holder = (self.fault != Fault::UnlocksFirst).then_some(at);
                self.sent.push(Sent::Enter(at));
                Status::Waits(Wait::default())
            }
        };
    }

    fn wait(&mut self, at: usize, event: WaitEvent, seen: &mut BTreeSet<String>) -> Result<(), String> {
        let (role, Status::Waits(mut wait)) = self.threads[at] else {
            return Err(format!("gone: {event:?} for a thread that does not wait"));
        };
        seen.insert(format!("{wait:?} {event:?}"));
        let early = matches!(wait, Wait::Entering { .. }) && event == WaitEvent::Woken;
        if early && self.fault == Fault::ForgetsEarlyWake {
            return Ok(());
        }
        let mut step = wait.step(event).map_err(|illegal| format!("illegal: {illegal}"))?;
        if event == WaitEvent::Cancelled(false) && self.fault == Fault::SwallowsNotify {
            step = Step::Return { notified: false };
            self.sent.retain(|sent| *sent != Sent::Wake(at));
        }
        self.threads[at].1 = Status::Waits(wait);
        match step {
            Step::Nothing => {}
            Step::Unlock if self.fault == Fault::UnlocksFirst => {}
            Step::Unlock => self.holder = None,
            Step::Pass => {
                self.holder = None;
                self.threads[at].1 = Status::Wants;
            }
            Step::Cancel => self.sent.push(Sent::Cancel(at)),
            Step::Return { notified: false } if role == Role::TimedTaker => self.threads[at].1 = Status::Done,
            Step::Return { .. } => self.threads[at].1 = Status::Wants,
        }
        Ok(())
    }

    fn deliver(&mut self, sent: Sent, seen: &mut BTreeSet<String>) -> Result<(), String> {
        let waiter = |at: usize| Waiter { node: Rank(at as u16 % 2), ticket: at as u64 };
        match sent {
            Sent::Enter(at) => {
                self.board.enter(waiter(at)).map_err(|illegal| format!("illegal: {illegal}"))?;
                self.sent.push(Sent::Entered(at));
            }
            Sent::Notify(all) => {
                let woken = self.board.notify(all);
                if self.fault == Fault::TakesTwo && !all {
                    self.board.notify(false);
                }
                self.sent.extend(woken.into_iter().map(|waiter| Sent::Wake(waiter.ticket as usize)));
            }
            Sent::Cancel(at) => {
                let before = self.board.clone();
                let off = self.board.cancel(waiter(at));
                if self.fault == Fault::KeepsCancelled {
                    self.board = before;
                }
                self.sent.push(Sent::Cancelled(at, off));
            }
            Sent::Entered(at) => return self.wait(at, WaitEvent::Entered, seen),
            Sent::Wake(at) => return self.wait(at, WaitEvent::Woken, seen),
            Sent::Cancelled(at, off) => return self.wait(at, WaitEvent::Cancelled(off), seen),
        }
        Ok(())
    }

    /// Nothing can happen any more: nobody may wait for what is there, and all is given back.
    fn check_end(&self) -> Result<(), String> {
        let waiting = self.threads.iter().filter(|(_, status)| *status != Status::Done).count();
        if waiting > 0 && self.things > 0 {
            return Err(format!("lost: {waiting} wait, and {} things are there", self.things));
        }
        if self.holder.is_some() || waiting == 0 && !self.board.is_empty() {
            return Err("left: a mutex held, or a waiter on the list".into());
        }
        Ok(())
    }
}

fn explore(start: World, seen: &mut BTreeSet<String>) -> (usize, Option<String>) {
    let mut known = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([start]);
    while let Some(world) = open.pop_front() {
        let moves = world.moves();
        if moves.is_empty()
            && let Err(how) = world.check_end()
        {
            return (known.len(), Some(how));
        }
        for step in moves {
            let mut next = world.clone();
            if let Err(how) = next.step(step, seen) {
                return (known.len(), Some(format!("{how}, at {step:?}")));
            }
            if known.insert(next.clone()) {
                open.push_back(next);
            }
        }
    }
    (known.len(), None)
}

const SCENARIOS: &[&[Role]] = &[
    &[Role::Taker, Role::Maker],
    &[Role::Taker, Role::Taker, Role::Maker, Role::Maker],
    &[Role::Taker, Role::TimedTaker, Role::Maker],
    &[Role::TimedTaker, Role::Taker, Role::TimedTaker, Role::Maker, Role::Maker],
    &[Role::Taker, Role::Taker, Role::TimedTaker, Role::MakerOfAll],
];

#[test]
fn no_notification_is_lost() {
    let (mut seen, mut worlds) = (BTreeSet::new(), 0);
    for &roles in SCENARIOS {
        let (explored, violation) = explore(World::new(roles, Fault::None), &mut seen);
        println!("{roles:?}: {explored} worlds");
        assert_eq!(violation, None, "{roles:?}");
        worlds += explored;
    }
    assert!(worlds > 4000, "{worlds} worlds");
    let expected = [
        "Entering { woken: false } Entered",
        "Entering { woken: true } Entered",
        "Entering { woken: false } Woken",
        "Waiting Woken",
        "Waiting Expired",
        "Cancelling { woken: false } Woken",
        "Cancelling { woken: false } Cancelled(true)",
        "Cancelling { woken: false } Cancelled(false)",
        "Cancelling { woken: true } Cancelled(false)",
        "Notified Woken",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected.into_iter().collect());
}

#[track_caller]
fn caught(fault: Fault, how: &str) {
    let found = SCENARIOS.iter().filter_map(|roles| explore(World::new(roles, fault), &mut BTreeSet::new()).1);
    let ways: BTreeSet<String> = found.map(|way| way.split(':').next().unwrap_or_default().to_owned()).collect();
    assert!(ways.contains(how), "{fault:?} shows as {ways:?}");
}

#[test]
fn a_mutex_given_up_before_the_waiter_is_on_the_list() {
    caught(Fault::UnlocksFirst, "lost");
}

#[test]
fn a_wake_that_came_before_the_answer_and_was_forgotten() {
    caught(Fault::ForgetsEarlyWake, "lost");
}

#[test]
fn a_notification_that_a_waiter_swallows_whose_time_was_up() {
    caught(Fault::SwallowsNotify, "lost");
}

#[test]
fn a_waiter_that_stays_on_the_list_after_its_time() {
    caught(Fault::KeepsCancelled, "gone");
}

#[test]
fn a_notification_that_takes_two_off_the_list() {
    caught(Fault::TakesTwo, "lost");
}

#[test]
fn operations_have_their_numbers_and_what_cannot_be_is_refused() {
    for number in 0..100 {
        let op = Op::from_u16(number);
        assert_eq!(op.map(|op| op as u16), (1..=Op::ALL.len() as u16).contains(&number).then_some(number));
    }
    let waiter = Waiter { node: Rank(1), ticket: 1 };
    let mut board = Board::default();
    board.enter(waiter).unwrap();
    board.enter(waiter).expect_err("it is there");
    assert_eq!(board.notify(true), [waiter]);
    let mut wait = Wait::default();
    for event in [WaitEvent::Expired, WaitEvent::Cancelled(true), WaitEvent::Cancelled(false)] {
        wait.step(event).expect_err("it has not entered");
        assert_eq!(wait, Wait::default());
    }
}
