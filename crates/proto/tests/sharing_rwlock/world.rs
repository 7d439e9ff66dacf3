//! A lock, its nodes, their threads, what is under way between them, and a number for the data.

use drust_proto::Rank;
use drust_proto::sharing::rwlock::{
    Force, Home, HomeAction, Mode, Seat, SeatAction, SeatEvent, ToHome, ToSeat, Urgency,
};
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;

/// What a thread does with the lock, once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Does {
    Lock(Mode),
    /// It may go before it has the lock.
    Timed(Mode),
    Try(Mode),
    /// Reads until another thread has done all it has to do.
    ReadUntil(u8),
    /// Locks and forgets the guard.
    Forget(Mode),
    /// `get_mut`: when all others have done.
    Own,
    /// Drops the lock: when all others have done.
    End,
}

/// A rule that is broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// Recalls are not taken back.
    NoKeep,
    /// A recall that overtakes its grant is lost.
    LosesEarly,
    /// A seat in use does not answer a soft recall.
    SaysNotBusy,
    /// The home takes a recall of readers for their return.
    RecallsAreReturns,
    /// A node that goes on reading does not send the data home.
    KeepsData,
    /// Who gives up goes at once, and who owns the lock uses the grant that is here.
    GoesAtOnce,
    /// A copy outlives its grant, and is taken for that of the next.
    CopiesStay,
    /// Guards that were forgotten keep the owner waiting.
    ForgottenCount,
}

/// A scenario.
pub struct Scenario {
    pub name: &'static str,
    /// Each thread's node and program; node 0 is the lock's home.
    pub threads: &'static [(u8, &'static [Does])],
    pub shares: bool,
    /// Whether grants, which have data, may take another time than the rest.
    pub lanes: bool,
    /// Whether the messages are counted.
    pub counts: bool,
    pub fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum State {
    Idle,
    Waits,
    Leaves,
    Holds(Mode),
    Owns,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Thread {
    node: u8,
    done: u8,
    state: State,
    /// Whether somebody else has stood in the way of its try.
    excused: bool,
}

/// A number of the data that travel, or none.
type Data = Option<u8>;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Post {
    Home(ToHome, Data),
    Seat(ToSeat, Data),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Move {
    Ask(u8),
    Leave(u8),
    Finish(u8),
    Deliver { from: u8, to: u8, bulk: bool },
}

/// Everything there is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct World {
    home: Home,
    seats: Vec<Seat>,
    threads: Vec<Thread>,
    /// What each node has of the data; the home's is that of the lock.
    data: Vec<Data>,
    /// The number that was last written.
    written: u8,
    posts: Vec<((u8, u8, bool), VecDeque<Post>)>,
    ended: bool,
    messages: u16,
    grants: u16,
}

fn word<E: Debug>(error: E) -> String {
    format!("{error:?}")
}

/// The first word of how something is written.
fn kind(thing: &impl Debug) -> String {
    format!("{thing:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned()
}

impl World {
    pub fn new(scenario: &Scenario) -> World {
        let nodes = 1 + scenario.threads.iter().map(|(node, _)| *node).max().unwrap_or(0);
        let seat = |node| if node == 0 { Seat::at_home(1, 0, false) } else { Seat::new(scenario.shares) };
        let thread = |&(node, _): &(u8, _)| Thread { node, done: 0, state: State::Idle, excused: false };
        World {
            home: Home::held_at_home(Rank(0), 1),
            seats: (0..nodes).map(seat).collect(),
            threads: scenario.threads.iter().map(thread).collect(),
            data: (0..nodes).map(|node| (node == 0).then_some(0)).collect(),
            written: 0,
            posts: Vec::new(),
            ended: false,
            messages: 0,
            grants: 0,
        }
    }

    fn does(&self, scenario: &Scenario, thread: u8) -> Option<Does> {
        let at = &self.threads[usize::from(thread)];
        scenario.threads[usize::from(thread)].1.get(usize::from(at.done)).copied()
    }

    pub fn moves(&self, scenario: &Scenario) -> Vec<Move> {
        let mut moves = Vec::new();
        for number in 0..self.threads.len() as u8 {
            let Some(does) = self.does(scenario, number) else { continue };
            let alone = || (0..self.threads.len() as u8).all(|at| at == number || self.does(scenario, at).is_none());
            match (self.threads[usize::from(number)].state, does) {
                (State::Idle, Does::Own | Does::End) if !alone() => {}
                (State::Idle, _) => moves.push(Move::Ask(number)),
                (State::Waits, Does::Timed(_)) => moves.push(Move::Leave(number)),
                (State::Holds(_), Does::ReadUntil(other)) if self.does(scenario, other).is_some() => {}
                (State::Holds(_) | State::Owns, _) => moves.push(Move::Finish(number)),
                (State::Waits | State::Leaves, _) => {}
            }
        }
        moves.extend(self.posts.iter().map(|&((from, to, bulk), _)| Move::Deliver { from, to, bulk }));
        moves
    }

    pub fn go(&mut self, scenario: &Scenario, step: Move, seen: &mut BTreeSet<String>) -> Result<(), String> {
        match step {
            Move::Ask(thread) => self.ask(scenario, thread, seen)?,
            Move::Leave(thread) => {
                let node = self.threads[usize::from(thread)].node;
                self.threads[usize::from(thread)].state = State::Leaves;
                self.at_seat(scenario, node, SeatEvent::Leave { ticket: thread.into() }, None, seen)?;
                if scenario.fault == Fault::GoesAtOnce && self.threads[usize::from(thread)].state == State::Leaves {
                    self.next(thread);
                }
            }
            Move::Finish(thread) => self.finish(scenario, thread, seen)?,
            Move::Deliver { from, to, bulk } => self.deliver(scenario, (from, to, bulk), seen)?,
        }
        self.excuse();
        Ok(())
    }

    fn ask(&mut self, scenario: &Scenario, number: u8, seen: &mut BTreeSet<String>) -> Result<(), String> {
        let (mode, urgency) = match self.does(scenario, number) {
            Some(Does::Lock(mode) | Does::Timed(mode) | Does::Forget(mode)) => (mode, Urgency::Wait),
            Some(Does::ReadUntil(_)) => (Mode::Read, Urgency::Wait),
            Some(Does::Try(mode)) => (mode, Urgency::Try),
            Some(Does::Own) => (Mode::Write, Urgency::Own),
            Some(Does::End) => {
                self.next(number);
                let actions = self.home.end().map_err(word)?;
                return self.home_does(scenario, actions, seen);
            }
            None => unreachable!("a thread that has done asks for nothing"),
        };
        let node = self.threads[usize::from(number)].node;
        self.threads[usize::from(number)].state = State::Waits;
        self.threads[usize::from(number)].excused = false;
        self.excuse();
        if scenario.fault == Fault::GoesAtOnce && urgency == Urgency::Own && self.seats[usize::from(node)].is_quiet() {
            self.threads[usize::from(number)].state = State::Owns;
            return Ok(());
        }
        self.at_seat(scenario, node, SeatEvent::Ask { ticket: number.into(), mode, urgency }, None, seen)
    }

    fn next(&mut self, thread: u8) {
        let thread = &mut self.threads[usize::from(thread)];
        (thread.state, thread.done) = (State::Idle, thread.done + 1);
    }

    fn finish(&mut self, scenario: &Scenario, number: u8, seen: &mut BTreeSet<String>) -> Result<(), String> {
        let Thread { node, state, .. } = self.threads[usize::from(number)];
        if matches!(state, State::Holds(Mode::Write) | State::Owns) {
            self.written += 1;
            self.data[usize::from(node)] = Some(self.written);
        }
        let forgets = matches!(self.does(scenario, number), Some(Does::Forget(_)));
        self.next(number);
        match state {
            State::Holds(mode) if !forgets => self.at_seat(scenario, node, SeatEvent::Unlock(mode), None, seen),
            _ => Ok(()),
        }
    }

    fn deliver(
        &mut self,
        scenario: &Scenario,
        lane: (u8, u8, bool),
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let (from, to, _) = lane;
        let at = self.posts.iter().position(|(other, _)| *other == lane).expect("something is under way");
        let post = self.posts[at].1.pop_front().expect("something is under way");
        if self.posts[at].1.is_empty() {
            self.posts.remove(at);
        }
        match post {
            Post::Home(message, data) => self.at_home(scenario, from, message, data, seen),
            Post::Seat(message, data) => {
                let here = self.seats[usize::from(to)].granted().is_some();
                let early = matches!(message, ToSeat::Recall { .. }) && !here;
                if early && scenario.fault == Fault::LosesEarly {
                    return Ok(());
                }
                self.at_seat(scenario, to, SeatEvent::Told(message), data, seen)
            }
        }
    }

    fn send(&mut self, scenario: &Scenario, from: u8, to: u8, post: Post) {
        let bulk = scenario.lanes && matches!(&post, Post::Seat(_, Some(_)));
        self.messages += u16::from(scenario.counts);
        match self.posts.iter_mut().find(|(lane, _)| *lane == (from, to, bulk)) {
            Some((_, posts)) => posts.push_back(post),
            None => {
                self.posts.push(((from, to, bulk), VecDeque::from([post])));
                self.posts.sort_by_key(|(lane, _)| *lane);
            }
        }
    }

    fn at_home(
        &mut self,
        scenario: &Scenario,
        from: u8,
        message: ToHome,
        data: Data,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        if let (ToHome::Return { from: Mode::Write, .. }, true) = (message, from != 0) {
            if data.is_none() || self.data[0].is_some() {
                return Err(format!("data {data:?} come home, where {:?} is", self.data[0]));
            }
            self.data[0] = data;
        }
        let actions = self.home.step(Rank(from.into()), message).map_err(word)?;
        for action in &actions {
            seen.insert(format!("home: {} -> {}", kind(&message), home_kind(action)));
        }
        self.home_does(scenario, actions, seen)
    }

    fn home_does(
        &mut self,
        scenario: &Scenario,
        actions: Vec<HomeAction>,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        for action in actions {
            let HomeAction::Send(to, message) = action else {
                if std::mem::replace(&mut self.ended, true) || self.data[0] != Some(self.written) {
                    return Err("the lock ends twice, or without its data".to_owned());
                }
                continue;
            };
            let to = to.0 as u8;
            if scenario.fault == Fault::NoKeep && matches!(message, ToSeat::Keep { .. }) {
                continue;
            }
            if to == 0 {
                self.at_seat(scenario, 0, SeatEvent::Told(message), None, seen)?;
                continue;
            }
            let data = match message {
                ToSeat::Grant { mode, .. } => {
                    self.grants += u16::from(scenario.counts);
                    let data = self.data[0].ok_or("the lock is granted, and its data are elsewhere")?;
                    if mode == Mode::Write {
                        self.data[0] = None;
                    }
                    Some(data)
                }
                _ => None,
            };
            self.send(scenario, 0, to, Post::Seat(message, data));
            if let (ToSeat::Recall { epoch, force: Force::Hard, .. }, Fault::RecallsAreReturns) =
                (message, scenario.fault)
                && self.seats[usize::from(to)].granted() == Some(Mode::Read)
            {
                let returned = ToHome::Return { epoch, from: Mode::Read, kept: false };
                self.at_home(scenario, to, returned, None, seen)?;
            }
        }
        Ok(())
    }

    fn at_seat(
        &mut self,
        scenario: &Scenario,
        node: u8,
        event: SeatEvent,
        data: Data,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let at = usize::from(node);
        let stale = scenario.fault == Fault::CopiesStay && self.data[at].is_some();
        if node != 0 && matches!(event, SeatEvent::Told(ToSeat::Grant { .. })) && !stale {
            self.data[at] = data;
        }
        if scenario.fault == Fault::ForgottenCount
            && let SeatEvent::Told(ToSeat::Recall { epoch, leave, force: Force::Own }) = event
        {
            let event = SeatEvent::Told(ToSeat::Recall { epoch, leave, force: Force::Hard });
            return self.at_seat(scenario, node, event, data, seen);
        }
        let actions = self.seats[at].step(event).map_err(word)?;
        for action in actions {
            seen.insert(format!("seat: {} -> {}", seat_event(&event), seat_kind(&action)));
            self.seat_does(scenario, node, action, seen)?;
        }
        Ok(())
    }

    fn seat_does(
        &mut self,
        scenario: &Scenario,
        node: u8,
        action: SeatAction,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), String> {
        let at = usize::from(node);
        match action {
            SeatAction::Admit(ticket) => self.admit(scenario, ticket as u8),
            SeatAction::Refuse(ticket) => {
                if !self.threads[ticket as usize].excused {
                    return Err(format!("thread {ticket} tries in vain, and nobody is in its way"));
                }
                self.next(ticket as u8);
                Ok(())
            }
            SeatAction::Gone(ticket) => {
                if scenario.fault != Fault::GoesAtOnce || self.threads[ticket as usize].state == State::Leaves {
                    self.next(ticket as u8);
                }
                Ok(())
            }
            SeatAction::Send(message) if node == 0 => self.at_home(scenario, 0, message, None, seen),
            SeatAction::Send(ToHome::Busy { .. }) if scenario.fault == Fault::SaysNotBusy => Ok(()),
            SeatAction::Send(message) => {
                let mut data = None;
                if let ToHome::Return { from, kept, .. } = message {
                    data =
                        self.data[at].filter(|_| from == Mode::Write && !(kept && scenario.fault == Fault::KeepsData));
                    self.grants += u16::from(scenario.counts && kept);
                    if !(kept || scenario.fault == Fault::CopiesStay && from == Mode::Read) {
                        self.data[at] = None;
                    }
                }
                self.send(scenario, node, 0, Post::Home(message, data));
                Ok(())
            }
        }
    }

    fn admit(&mut self, scenario: &Scenario, number: u8) -> Result<(), String> {
        let state = match self.does(scenario, number) {
            Some(Does::Lock(mode) | Does::Timed(mode) | Does::Try(mode) | Does::Forget(mode)) => State::Holds(mode),
            Some(Does::ReadUntil(_)) => State::Holds(Mode::Read),
            Some(Does::Own) => State::Owns,
            Some(Does::End) | None => return Err(format!("thread {number} is admitted and has not asked")),
        };
        if self.threads[usize::from(number)].state != State::Waits {
            return Err(format!("thread {number} is admitted and does not wait"));
        }
        self.threads[usize::from(number)].state = state;
        Ok(())
    }

    /// Notes whose try may fail: somebody else holds the lock, or wants it.
    fn excuse(&mut self) {
        let busy = self.threads.iter().filter(|thread| thread.state != State::Idle).count();
        for thread in &mut self.threads {
            thread.excused |= busy > usize::from(thread.state != State::Idle);
        }
    }

    /// What must hold in every world: nobody writes beside others, and whoever holds the lock finds what was written.
    pub fn check(&self) -> Result<(), String> {
        let holding = |mode| self.threads.iter().filter(move |thread| thread.state == State::Holds(mode));
        let owns = self.threads.iter().filter(|thread| thread.state == State::Owns).count();
        let (readers, writers) = (holding(Mode::Read).count(), holding(Mode::Write).count() + owns);
        if writers > 1 || writers == 1 && readers > 0 {
            return Err(format!("{writers} write and {readers} read"));
        }
        for thread in &self.threads {
            let data = self.data[usize::from(thread.node)];
            if matches!(thread.state, State::Holds(_) | State::Owns) && data != Some(self.written) {
                return Err(format!("node {} finds {data:?}, and {} was written", thread.node, self.written));
            }
        }
        Ok(())
    }

    /// What must hold where nothing can happen any more: all have done, and what is recalled has come back.
    pub fn over(&self, scenario: &Scenario) -> Result<(), String> {
        if let Some(number) = (0..self.threads.len() as u8).find(|number| self.does(scenario, *number).is_some()) {
            return Err(format!("thread {number} waits for ever: {:?}", self.threads[usize::from(number)]));
        }
        let ends = scenario.threads.iter().any(|(_, program)| program.last() == Some(&Does::End));
        if ends && !self.ended {
            return Err("the lock does not end".to_owned());
        }
        if ends && self.seats.iter().any(|seat| !seat.is_vacant()) {
            return Err("a seat outlives its lock".to_owned());
        }
        if self.messages > 4 * self.grants {
            return Err(format!("{} messages for {} grants", self.messages, self.grants));
        }
        Ok(())
    }
}

fn home_kind(action: &HomeAction) -> String {
    match action {
        HomeAction::Send(_, ToSeat::Recall { leave, force, .. }) => format!("Recall {leave:?} {}", kind(force)),
        HomeAction::Send(_, ToSeat::Grant { mode, .. }) => format!("Grant {mode:?}"),
        HomeAction::Send(_, message) => kind(message),
        HomeAction::End => "End".to_owned(),
    }
}

fn seat_event(event: &SeatEvent) -> String {
    match event {
        SeatEvent::Told(ToSeat::Recall { leave, force, .. }) => format!("Recall {leave:?} {}", kind(force)),
        SeatEvent::Told(message) => kind(message),
        SeatEvent::Ask { urgency, .. } => format!("Ask {urgency:?}"),
        SeatEvent::Unlock(mode) => format!("Unlock {mode:?}"),
        SeatEvent::Leave { .. } => "Leave".to_owned(),
    }
}

fn seat_kind(action: &SeatAction) -> String {
    match action {
        SeatAction::Send(ToHome::Return { kept: true, .. }) => "Return kept".to_owned(),
        SeatAction::Send(message) => kind(message),
        SeatAction::Admit(_) | SeatAction::Refuse(_) | SeatAction::Gone(_) => kind(action),
    }
}
