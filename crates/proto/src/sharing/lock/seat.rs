//! What a node knows of a lock, and does about it.

use super::{ALONE, Action, COHORT, Doubt, Event, Illegal, Patience};
use crate::Rank;
use std::collections::VecDeque;

/// Where the token is, as a seat knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    /// Elsewhere.
    Absent,
    /// Asked for.
    Asked {
        /// The question that is not answered yet.
        question: Option<u64>,
        /// Whom this node comes behind, once it has had word.
        behind: Option<Rank>,
    },
    /// Here.
    Here {
        /// Whether a thread of this node holds the lock.
        held: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Waiter {
    ticket: u64,
    patience: Patience,
}

/// What a node knows of a lock.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::lock::{Action, Event, Patience, Seat};
/// let mut seat = Seat::new(Rank(1), false);
/// let lock = Event::Lock { ticket: 1, patience: Patience::Endless };
/// assert_eq!(seat.step(lock).unwrap(), [Action::Request { question: None }]);
/// assert_eq!(seat.step(Event::Next { to: Rank(2), question: None }).unwrap(), [], "it may come before the token");
/// assert_eq!(seat.step(Event::Granted).unwrap(), [Action::Wake(1)]);
/// assert_eq!(seat.step(Event::Unlock { spent: false }).unwrap(), [Action::Grant(Rank(2))]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Seat {
    rank: Rank,
    place: Place,
    next: Option<Rank>,
    waiters: VecDeque<Waiter>,
    /// Whether the first waiter has been called, how often others had the lock since one waits, and how often they may.
    called: bool,
    overtaken: u32,
    cohort: u32,
    /// The highest ticket or question that there was.
    newest: u64,
    /// Questions that are answered when the token comes, if no Busy has been sent before; one an asker.
    doubts: Vec<Doubt>,
}

impl Seat {
    /// The seat of node `rank`, which has the token or has never asked for it.
    #[must_use]
    pub fn new(rank: Rank, here: bool) -> Seat {
        let place = if here { Place::Here { held: false } } else { Place::Absent };
        let (waiters, doubts) = (VecDeque::new(), Vec::new());
        let (called, cohort) = (false, COHORT);
        Seat { rank, place, next: None, waiters, called, overtaken: 0, cohort, newest: 0, doubts }
    }

    /// The seat with another bound than [`COHORT`].
    #[must_use]
    pub fn with_cohort(self, cohort: u32) -> Seat {
        Seat { cohort, ..self }
    }

    /// The seat of the home's own, where a thread has taken the lock without a word to it.
    #[must_use]
    pub fn held(rank: Rank) -> Seat {
        Seat { place: Place::Here { held: true }, ..Seat::new(rank, true) }
    }

    /// Where the token is.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whether nobody waits, here or elsewhere: a lock at its home is then taken and given back without its seat.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.next.is_none() && self.waiters.is_empty() && !matches!(self.place, Place::Asked { .. })
    }

    /// Whether another node waits for this one.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.next.is_some()
    }

    /// Takes an event and says what to do, in order.
    ///
    /// # Errors
    /// [`Illegal`], and the state is as it was.
    pub fn step(&mut self, event: Event) -> Result<Vec<Action>, Illegal> {
        match event {
            Event::Lock { ticket, patience } => Ok(self.lock(Waiter { ticket, patience })),
            Event::Leave { ticket } => Ok(self.leave(ticket)),
            Event::Come { ticket } => Ok(self.come(ticket)),
            Event::Unlock { spent } => self.unlock(spent),
            Event::Granted => self.granted(),
            Event::Next { to, question } => self.follow(to, question),
            Event::Busy { question, behind } => Ok(self.busy(question, behind)),
            Event::Probe { from, doubt } => Ok(self.probe(from, doubt)),
        }
    }

    /// Whether a thread waits here that will not leave.
    fn has_endless(&self) -> bool {
        self.waiters.iter().any(|waiter| matches!(waiter.patience, Patience::Endless | Patience::Alone))
    }

    fn lock(&mut self, waiter: Waiter) -> Vec<Action> {
        let Waiter { ticket, patience } = waiter;
        let tries = patience == Patience::None;
        self.newest = self.newest.max(ticket);
        match self.place {
            Place::Here { held: false } => {
                self.overtaken += u32::from(!self.waiters.is_empty());
                self.place = Place::Here { held: true };
                vec![Action::Take]
            }
            Place::Here { held: true } if patience == Patience::Alone => vec![Action::Take],
            Place::Here { held: true } if tries => vec![Action::Refuse(ticket)],
            Place::Asked { .. } if tries && self.has_endless() => vec![Action::Refuse(ticket)],
            Place::Asked { .. } if tries => {
                self.waiters.push_back(waiter);
                self.inquire()
            }
            Place::Here { held: true } | Place::Asked { .. } => {
                self.waiters.push_back(waiter);
                Vec::new()
            }
            Place::Absent => {
                self.waiters.push_back(waiter);
                vec![self.ask()]
            }
        }
    }

    /// The first waiter has the lock now.
    fn take_first(&mut self) -> Option<u64> {
        let first = self.waiters.pop_front()?;
        (self.called, self.overtaken) = (false, 0);
        self.place = Place::Here { held: true };
        Some(first.ticket)
    }

    fn come(&mut self, ticket: u64) -> Vec<Action> {
        if self.waiters.front().is_none_or(|first| first.ticket != ticket) {
            return Vec::new();
        }
        self.called = false;
        if self.place != (Place::Here { held: false }) {
            return Vec::new();
        }
        self.take_first().map(|_| Action::Take).into_iter().collect()
    }

    /// Asks for the token, and whether the lock is held where nobody waits for good.
    fn ask(&mut self) -> Action {
        let alone = self.waiters.iter().any(|waiter| waiter.patience == Patience::Alone);
        let question = if alone { Some(ALONE) } else { (!self.has_endless()).then(|| self.number()) };
        self.place = Place::Asked { question, behind: None };
        Action::Request { question }
    }

    /// The number of a question that all who wait here ask.
    fn number(&mut self) -> u64 {
        self.newest += 1;
        self.newest
    }

    /// Asks whether the lock is held, where threads want to know, none has asked, and it is known whom to ask.
    fn inquire(&mut self) -> Vec<Action> {
        let Place::Asked { question: None, behind: Some(behind) } = self.place else { return Vec::new() };
        if self.waiters.iter().all(|waiter| waiter.patience != Patience::None) {
            return Vec::new();
        }
        let question = self.number();
        self.place = Place::Asked { question: Some(question), behind: Some(behind) };
        vec![Action::Probe { to: behind, doubt: Doubt { asker: self.rank, question, behind } }]
    }

    fn leave(&mut self, ticket: u64) -> Vec<Action> {
        let Some(at) = self.waiters.iter().position(|waiter| waiter.ticket == ticket) else { return Vec::new() };
        let unheard = matches!(self.place, Place::Asked { behind: None, .. });
        if unheard && !self.has_endless() {
            // The home may not have heard of the request.
            self.waiters[at].patience = Patience::None;
            return Vec::new();
        }
        self.waiters.remove(at);
        let mut actions = vec![Action::Refuse(ticket)];
        let called = at == 0 && std::mem::take(&mut self.called);
        if self.place == (Place::Here { held: false }) {
            match self.next.filter(|_| self.waiters.is_empty()) {
                Some(to) => actions.extend(self.pass(to)),
                None if called => actions.extend(self.call()),
                None => {}
            }
        }
        actions
    }

    /// Calls the first waiter, unless that has been called.
    fn call(&mut self) -> Option<Action> {
        let first = self.waiters.front().filter(|_| !self.called)?;
        self.called = true;
        Some(Action::Call(first.ticket))
    }

    fn unlock(&mut self, spent: bool) -> Result<Vec<Action>, Illegal> {
        let Place::Here { held: true } = self.place else { return Err(Illegal("an unlock of a lock not held here")) };
        if let Some(to) = self.next.filter(|_| spent || self.waiters.is_empty()) {
            return Ok(self.pass(to));
        }
        if self.overtaken >= self.cohort
            && let Some(first) = self.take_first()
        {
            return Ok(vec![Action::Wake(first)]);
        }
        self.place = Place::Here { held: false };
        Ok(self.call().into_iter().collect())
    }

    /// Lets the token go, and asks for it again where threads wait.
    fn pass(&mut self, to: Rank) -> Vec<Action> {
        (self.next, self.called, self.overtaken) = (None, false, 0);
        self.place = Place::Absent;
        let mut actions = vec![Action::Grant(to)];
        if !self.waiters.is_empty() {
            actions.push(self.ask());
        }
        actions
    }

    fn granted(&mut self) -> Result<Vec<Action>, Illegal> {
        let Place::Asked { .. } = self.place else { return Err(Illegal("a grant of a lock not asked for")) };
        let doubts = std::mem::take(&mut self.doubts);
        let Some(first) = self.take_first() else {
            // What the doubts are about is answered by whom the token goes to.
            self.place = Place::Here { held: false };
            return Ok(self.next.map_or_else(Vec::new, |to| self.pass(to)));
        };
        let mut actions = vec![Action::Wake(first)];
        let tries = self.waiters.iter().filter(|waiter| waiter.patience == Patience::None);
        actions.extend(tries.map(|waiter| Action::Refuse(waiter.ticket)));
        self.waiters.retain(|waiter| waiter.patience != Patience::None);
        actions.extend(doubts.into_iter().map(Action::Busy));
        Ok(actions)
    }

    fn follow(&mut self, to: Rank, question: Option<u64>) -> Result<Vec<Action>, Illegal> {
        if self.next.is_some() || to == self.rank {
            return Err(Illegal("two nodes that come next, or this one behind itself"));
        }
        let alone = question == Some(ALONE);
        let doubt = question.filter(|_| !alone).map(|question| Doubt { asker: to, question, behind: self.rank });
        match self.place {
            Place::Absent => Err(Illegal("a node that comes next where the token is not and was not asked for")),
            Place::Here { held } if self.waiters.is_empty() && (alone || !held) => Ok(self.pass(to)),
            Place::Here { .. } => {
                self.next = Some(to);
                Ok(self.taken().chain(doubt.map(Action::Busy)).collect())
            }
            Place::Asked { .. } => {
                self.next = Some(to);
                Ok(doubt.into_iter().flat_map(|doubt| self.doubt(doubt)).collect())
            }
        }
    }

    /// Answers a question while the token is asked for, or hands it on.
    fn doubt(&mut self, doubt: Doubt) -> Vec<Action> {
        if self.has_endless() {
            return vec![Action::Busy(doubt)];
        }
        // An asker has one question out: an older one has been answered, or its answer means nothing any more.
        if self.doubts.iter().any(|other| other.asker == doubt.asker && other.question > doubt.question) {
            return Vec::new();
        }
        self.doubts.retain(|other| other.asker != doubt.asker);
        self.doubts.push(doubt);
        match self.place {
            Place::Asked { behind: Some(to), .. } => vec![Action::Probe { to, doubt }],
            _ => Vec::new(),
        }
    }

    fn probe(&mut self, from: Rank, doubt: Doubt) -> Vec<Action> {
        if self.next != Some(from) || doubt.asker == self.rank {
            return Vec::new();
        }
        match self.place {
            Place::Here { .. } => self.taken().chain([Action::Busy(doubt)]).collect(),
            Place::Asked { .. } => self.doubt(doubt),
            Place::Absent => Vec::new(),
        }
    }

    /// Has a thread of this node hold the lock: the first waiter, where it is free and that was called.
    fn taken(&mut self) -> std::option::IntoIter<Action> {
        let first = if self.place == (Place::Here { held: false }) { self.take_first() } else { None };
        first.map(Action::Wake).into_iter()
    }

    fn busy(&mut self, answered: u64, behind: Rank) -> Vec<Action> {
        let Place::Asked { question: Some(question), behind: known } = self.place else { return Vec::new() };
        if question != answered {
            return Vec::new();
        }
        self.place = Place::Asked { question: None, behind: Some(behind) };
        let heard = |waiter: &Waiter| waiter.patience == Patience::None && waiter.ticket < answered;
        let refused = self.waiters.iter().filter(|waiter| heard(waiter));
        let mut actions: Vec<Action> = refused.map(|waiter| Action::Refuse(waiter.ticket)).collect();
        self.waiters.retain(|waiter| !heard(waiter));
        if known.is_none() {
            actions.extend(self.doubts.iter().map(|&doubt| Action::Probe { to: behind, doubt }));
        }
        actions.extend(self.inquire());
        actions
    }
}
