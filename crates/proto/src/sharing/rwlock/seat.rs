//! A node's place at a lock: what it was granted, who uses that, and who waits for it.

use super::{COHORT, Force, Illegal, Leave, Mode, ToHome, ToSeat, Urgency};
use std::collections::VecDeque;

/// What happens at a seat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SeatEvent {
    /// A thread wants the lock, under a number that no other waiter here has.
    Ask {
        /// The thread's number.
        ticket: u64,
        /// What it wants.
        mode: Mode,
        /// How urgently.
        urgency: Urgency,
    },
    /// A waiter's time is over: it may go when [`SeatAction::Gone`] says so.
    Leave {
        /// Its number.
        ticket: u64,
    },
    /// A guard ends.
    Unlock(Mode),
    /// The home tells something.
    Told(ToSeat),
}

/// What is to be done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SeatAction {
    /// The thread has the lock. One that owns the lock uses no guard.
    Admit(u64),
    /// The lock is in use; a try fails.
    Refuse(u64),
    /// A waiter whose time was over may go.
    Gone(u64),
    /// Tell the home. A return of a grant to write takes the data along, unless this is the home's own seat; what is
    /// not kept is forgotten.
    Send(ToHome),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Waiter {
    ticket: u64,
    mode: Mode,
    urgency: Urgency,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Grant {
    mode: Mode,
    epoch: u64,
}

/// A request that the home has not settled.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Asked {
    ask: u32,
    mode: Mode,
    urgency: Urgency,
    /// Whose it is.
    ticket: u64,
    /// Whether that waiter has left, and waits for the end of the request.
    cancelled: bool,
}

/// What came about a grant before the grant did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Early {
    epoch: u64,
    hard: Option<(Leave, Force)>,
    soft: Option<(Leave, Force)>,
}

/// A node's place at a lock.
///
/// ```
/// use drust_proto::sharing::rwlock::{Mode, Seat, SeatAction, SeatEvent, ToHome, ToSeat, Urgency};
/// let mut seat = Seat::new(true);
/// let (mode, urgency) = (Mode::Read, Urgency::Wait);
/// let asked = seat.step(SeatEvent::Ask { ticket: 7, mode, urgency });
/// assert_eq!(asked, Ok(vec![SeatAction::Send(ToHome::Want { ask: 1, mode, urgency })]));
/// let granted = seat.step(SeatEvent::Told(ToSeat::Grant { ask: 1, mode, epoch: 1 }));
/// assert_eq!(granted, Ok(vec![SeatAction::Admit(7)]));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Seat {
    /// Whether a grant to write is good for reading too.
    shares: bool,
    /// Whether it is the seat of the lock's home, to which nothing is ever under way.
    home: bool,
    grant: Option<Grant>,
    /// The number of the last grant.
    last: u64,
    recalled: Option<Leave>,
    /// How many waiters are still served although the grant is recalled.
    left: u32,
    readers: u32,
    writing: bool,
    queue: VecDeque<Waiter>,
    asked: Option<Asked>,
    asks: u32,
    early: Option<Early>,
}

impl Seat {
    /// A seat that was granted nothing. Where values of the lock's type cannot be here and at home at once, since they
    /// hold counted handles, a grant to write does not share itself with readers.
    #[must_use]
    pub const fn new(shares: bool) -> Seat {
        Seat {
            shares,
            home: false,
            grant: None,
            last: 0,
            recalled: None,
            left: 0,
            readers: 0,
            writing: false,
            queue: VecDeque::new(),
            asked: None,
            asks: 0,
            early: None,
        }
    }

    /// The seat of the lock's home, which may write by this grant, and whose threads are using the lock so.
    #[must_use]
    pub fn at_home(epoch: u64, readers: u32, writing: bool) -> Seat {
        let grant = Some(Grant { mode: Mode::Write, epoch });
        Seat { home: true, grant, last: epoch, readers, writing, ..Seat::new(true) }
    }

    /// Whether nothing is here, nothing is wanted, and no request is under way: the seat can be forgotten. What is told
    /// later is about the grant that was returned, and comes before what is told of a new one.
    #[must_use]
    pub fn is_vacant(&self) -> bool {
        self.grant.is_none() && self.queue.is_empty() && self.asked.is_none()
    }

    /// Whether the node may write and nobody waits or wants the grant back; then only guards come and go.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let writes = self.grant.as_ref().is_some_and(|grant| grant.mode == Mode::Write);
        writes && self.recalled.is_none() && self.queue.is_empty() && self.asked.is_none()
    }

    /// Guards in use here that read, and whether one writes.
    #[must_use]
    pub fn guards(&self) -> (u32, bool) {
        (self.readers, self.writing)
    }

    /// The guards that came and went while nobody looked: while the seat was quiet.
    pub fn set_guards(&mut self, readers: u32, writing: bool) {
        (self.readers, self.writing) = (readers, writing);
    }

    /// What the node may do.
    #[must_use]
    pub fn granted(&self) -> Option<Mode> {
        self.grant.as_ref().map(|grant| grant.mode)
    }

    /// Takes an event and says what to do, in this order.
    ///
    /// # Errors
    /// [`Illegal`], and the state is as it was.
    pub fn step(&mut self, event: SeatEvent) -> Result<Vec<SeatAction>, Illegal> {
        let mut actions = Vec::new();
        match event {
            SeatEvent::Ask { ticket, mode, urgency } => self.ask(Waiter { ticket, mode, urgency }, &mut actions)?,
            SeatEvent::Leave { ticket } => self.leave(ticket, &mut actions)?,
            SeatEvent::Unlock(mode) => self.unlock(mode)?,
            SeatEvent::Told(ToSeat::Grant { ask, mode, epoch }) => self.granted_now(ask, mode, epoch, &mut actions)?,
            SeatEvent::Told(ToSeat::Refused { ask }) => self.refused(ask, &mut actions)?,
            SeatEvent::Told(ToSeat::Recall { epoch, leave, force }) => self.recall(epoch, leave, force, &mut actions),
            SeatEvent::Told(ToSeat::Keep { epoch }) => self.keep(epoch),
        }
        self.settle(&mut actions);
        Ok(actions)
    }

    /// Lets a thread have the lock at once, if what is here will do and nobody waits: what asking for it would come to.
    pub fn enter(&mut self, mode: Mode) -> bool {
        let free = self.queue.is_empty() && self.admits(mode);
        if free {
            self.admit(mode);
        }
        free
    }

    fn ask(&mut self, waiter: Waiter, actions: &mut Vec<SeatAction>) -> Result<(), Illegal> {
        if waiter.urgency != Urgency::Own && self.enter(waiter.mode) {
            actions.push(SeatAction::Admit(waiter.ticket));
            return Ok(());
        }
        match waiter.urgency {
            Urgency::Wait => {}
            Urgency::Try
                if self.queue.iter().any(|other| other.urgency != Urgency::Try) || self.must_refuse(&waiter) =>
            {
                actions.push(SeatAction::Refuse(waiter.ticket));
                return Ok(());
            }
            Urgency::Try => {}
            Urgency::Own if !self.queue.is_empty() || self.asked.is_some() => {
                return Err(Illegal("who owns a lock is alone with it"));
            }
            Urgency::Own => {
                // A recall that is not wanted any more may be under way, and must not find this grant.
                (self.readers, self.writing) = (0, false);
                if !self.home {
                    self.give_back(false, actions);
                }
            }
        }
        self.queue.push_back(waiter);
        Ok(())
    }

    /// Whether a try fails because of who uses the lock here.
    fn must_refuse(&self, waiter: &Waiter) -> bool {
        self.grant.is_some() && self.is_used() && !self.admits(waiter.mode)
    }

    fn leave(&mut self, ticket: u64, actions: &mut Vec<SeatAction>) -> Result<(), Illegal> {
        let at = self.queue.iter().position(|waiter| waiter.ticket == ticket);
        self.queue.remove(at.ok_or(Illegal("nobody waits under this number"))?);
        let heir = self.queue.front().map(|waiter| (waiter.ticket, waiter.mode, waiter.urgency));
        match &mut self.asked {
            Some(asked) if asked.ticket == ticket && !asked.cancelled => match heir {
                Some((heir, mode, urgency)) if (mode, urgency) == (asked.mode, asked.urgency) => asked.ticket = heir,
                _ => {
                    asked.cancelled = true;
                    actions.push(SeatAction::Send(ToHome::Cancel { ask: asked.ask }));
                    return Ok(());
                }
            },
            _ => {}
        }
        actions.push(SeatAction::Gone(ticket));
        Ok(())
    }

    fn unlock(&mut self, mode: Mode) -> Result<(), Illegal> {
        match mode {
            Mode::Read if self.readers > 0 => self.readers -= 1,
            Mode::Write if self.writing => self.writing = false,
            _ => return Err(Illegal("an end of a guard that there is not")),
        }
        Ok(())
    }

    /// Takes the request that the home has settled.
    fn settled(&mut self, ask: u32, actions: &mut Vec<SeatAction>) -> Result<Asked, Illegal> {
        let asked = self.asked.take_if(|asked| asked.ask == ask).ok_or(Illegal("an answer to no request"))?;
        if asked.cancelled {
            actions.push(SeatAction::Gone(asked.ticket));
        }
        Ok(asked)
    }

    fn granted_now(&mut self, ask: u32, mode: Mode, epoch: u64, actions: &mut Vec<SeatAction>) -> Result<(), Illegal> {
        let enough = self.asked.as_ref().is_some_and(|asked| asked.ask == ask && asked.mode <= mode);
        if self.grant.is_some() || epoch <= self.last || !enough {
            return Err(Illegal("a grant of what was not asked for"));
        }
        self.settled(ask, actions)?;
        self.grant = Some(Grant { mode, epoch });
        (self.last, self.recalled) = (epoch, None);
        if let Some(early) = self.early.take_if(|early| early.epoch == epoch) {
            for (leave, force) in early.hard.into_iter().chain(early.soft) {
                self.admit_all(actions);
                self.recall(epoch, leave, force, actions);
            }
        }
        Ok(())
    }

    fn refused(&mut self, ask: u32, actions: &mut Vec<SeatAction>) -> Result<(), Illegal> {
        let asked = self.settled(ask, actions)?;
        if asked.urgency == Urgency::Try
            && let Some(at) = self.queue.iter().position(|waiter| waiter.ticket == asked.ticket)
        {
            self.queue.remove(at);
            actions.push(SeatAction::Refuse(asked.ticket));
        }
        Ok(())
    }

    fn recall(&mut self, epoch: u64, leave: Leave, force: Force, actions: &mut Vec<SeatAction>) {
        let Some(grant) = self.grant.as_ref().filter(|grant| grant.epoch == epoch) else {
            return self.recall_early(epoch, leave, force);
        };
        match force {
            // It has come back already, but for what may be kept.
            Force::Soft(_) | Force::Hard if leave == Leave::Read && grant.mode == Mode::Read => {}
            Force::Soft(round) if self.writing || self.readers > 0 && leave == Leave::Nothing => {
                actions.push(SeatAction::Send(ToHome::Busy { epoch, round }));
            }
            Force::Soft(_) => self.give_back(leave == Leave::Read && self.readers > 0, actions),
            Force::Own => {
                (self.readers, self.writing) = (0, false);
                self.give_back(false, actions);
            }
            Force::Hard => {
                if self.recalled.is_none() {
                    self.left = COHORT.min(self.queue.len() as u32);
                }
                self.recalled = Some(leave);
            }
        }
    }

    /// A recall of a grant that is not here: that has come back already, or is under way.
    fn recall_early(&mut self, epoch: u64, leave: Leave, force: Force) {
        if self.asked.is_none() || epoch <= self.last {
            return;
        }
        let known = self.early.filter(|early| early.epoch == epoch);
        let mut early = known.unwrap_or(Early { epoch, hard: None, soft: None });
        match force {
            Force::Soft(_) => early.soft = Some((leave, force)),
            Force::Hard | Force::Own => early.hard = Some((leave, force)),
        }
        self.early = Some(early);
    }

    /// A recall is not wanted any more; one that this node has made itself by asking for more stands.
    fn keep(&mut self, epoch: u64) {
        let wants_more = self.asked.as_ref().is_some_and(|asked| asked.mode == Mode::Write && !asked.cancelled);
        if let Some(early) = self.early.as_mut().filter(|early| early.epoch == epoch) {
            early.hard = None;
        }
        if !wants_more && self.grant.as_ref().is_some_and(|grant| grant.epoch == epoch) {
            self.recalled = None;
        }
    }

    fn is_used(&self) -> bool {
        self.writing || self.readers > 0
    }

    fn admits(&self, mode: Mode) -> bool {
        let Some(grant) = &self.grant else { return false };
        if self.recalled.is_some() && self.left == 0 || self.writing {
            return false;
        }
        match mode {
            Mode::Read => grant.mode == Mode::Read || self.shares,
            Mode::Write => grant.mode == Mode::Write && self.readers == 0,
        }
    }

    fn admit(&mut self, mode: Mode) {
        match mode {
            Mode::Read => self.readers += 1,
            Mode::Write => self.writing = true,
        }
        self.left = self.left.saturating_sub(1);
    }

    /// Serves those who wait, in their order, as far as the grant goes.
    fn admit_all(&mut self, actions: &mut Vec<SeatAction>) {
        while let Some(first) = self.queue.front() {
            let ticket = first.ticket;
            if self.admits(first.mode) {
                if first.urgency != Urgency::Own {
                    self.admit(first.mode);
                }
                actions.push(SeatAction::Admit(ticket));
            } else if first.urgency == Urgency::Try && self.must_refuse(first) {
                actions.push(SeatAction::Refuse(ticket));
            } else {
                return;
            }
            self.queue.pop_front();
        }
    }

    /// Does what there is to do: serves, gives back, serves who can share what is left, asks.
    fn settle(&mut self, actions: &mut Vec<SeatAction>) {
        self.admit_all(actions);
        let waits = !self.queue.is_empty();
        match (self.granted(), self.recalled) {
            (None, _) => {}
            (Some(_), Some(_)) if !self.is_used() => self.give_back(false, actions),
            (Some(Mode::Write), Some(Leave::Read)) if !self.writing => self.give_back(true, actions),
            (Some(_), Some(_)) => {}
            (Some(_), None) if waits && !self.is_used() => self.give_back(false, actions),
            (Some(_), None) => {}
        }
        self.admit_all(actions);
        self.ask_home(actions);
    }

    /// Asks for the first who waits, unless what is here will do for it. A node that reads and wants to write returns
    /// its grant when its readers have done: it would wait for itself.
    fn ask_home(&mut self, actions: &mut Vec<SeatAction>) {
        let Some(Waiter { ticket, mode, urgency }) = self.queue.front().cloned() else { return };
        let more = mode == Mode::Write && self.granted() == Some(Mode::Read);
        if self.asked.is_some() || self.grant.is_some() && !more {
            return;
        }
        if more {
            (self.recalled, self.left) = (Some(Leave::Nothing), 0);
        }
        self.asks = self.asks.wrapping_add(1);
        let ask = self.asks;
        self.asked = Some(Asked { ask, mode, urgency, ticket, cancelled: false });
        actions.push(SeatAction::Send(ToHome::Want { ask, mode, urgency }));
    }

    /// Returns the grant, or all of it but the right to read.
    fn give_back(&mut self, kept: bool, actions: &mut Vec<SeatAction>) {
        let Some(Grant { mode, epoch }) = self.grant.take() else { return };
        if kept {
            self.grant = Some(Grant { mode: Mode::Read, epoch });
        }
        (self.recalled, self.left) = (None, 0);
        actions.push(SeatAction::Send(ToHome::Return { epoch, from: mode, kept }));
    }
}
