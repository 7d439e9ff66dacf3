//! What a node knows of a lock, and does about it.

use super::{Action, COHORT, Doubt, Event, Illegal, Patience};
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
/// assert_eq!(seat.step(Event::Unlock).unwrap(), [Action::Grant(Rank(2))]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Seat {
    rank: Rank,
    place: Place,
    next: Option<Rank>,
    waiters: VecDeque<Waiter>,
    /// Waiters of this node that were served since the token came, and how many may be while another node waits.
    served: u32,
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
        Seat { rank, place, next: None, waiters, served: 0, cohort: COHORT, newest: 0, doubts }
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
            Event::Unlock => self.unlock(),
            Event::Granted => self.granted(),
            Event::Next { to, question } => self.follow(to, question),
            Event::Busy { question, behind } => Ok(self.busy(question, behind)),
            Event::Probe { from, doubt } => Ok(self.probe(from, doubt)),
        }
    }

    /// Whether a thread waits here that will not leave.
    fn has_endless(&self) -> bool {
        self.waiters.iter().any(|waiter| waiter.patience == Patience::Endless)
    }

    fn lock(&mut self, waiter: Waiter) -> Vec<Action> {
        let Waiter { ticket, patience } = waiter;
        let tries = patience == Patience::None;
        self.newest = self.newest.max(ticket);
        match self.place {
            Place::Here { held: false } => {
                self.place = Place::Here { held: true };
                vec![Action::Take]
            }
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

    /// Asks for the token, and whether the lock is held where nobody waits for good.
    fn ask(&mut self) -> Action {
        let question = (!self.has_endless()).then(|| self.number());
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
        vec![Action::Refuse(ticket)]
    }

    fn unlock(&mut self) -> Result<Vec<Action>, Illegal> {
        let Place::Here { held: true } = self.place else { return Err(Illegal("an unlock of a lock not held here")) };
        if let Some(to) = self.next.filter(|_| self.waiters.is_empty() || self.served >= self.cohort) {
            return Ok(self.pass(to));
        }
        Ok(match self.waiters.pop_front() {
            Some(waiter) => {
                self.served = self.served.saturating_add(1);
                vec![Action::Wake(waiter.ticket)]
            }
            None => {
                self.place = Place::Here { held: false };
                Vec::new()
            }
        })
    }

    /// Lets the token go, and asks for it again where threads wait.
    fn pass(&mut self, to: Rank) -> Vec<Action> {
        self.next = None;
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
        self.served = 0;
        let Some(first) = self.waiters.pop_front() else {
            // What the doubts are about is answered by whom the token goes to.
            self.place = Place::Here { held: false };
            return Ok(self.next.map_or_else(Vec::new, |to| self.pass(to)));
        };
        self.place = Place::Here { held: true };
        let mut actions = vec![Action::Wake(first.ticket)];
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
        let doubt = question.map(|question| Doubt { asker: to, question, behind: self.rank });
        match self.place {
            Place::Absent => Err(Illegal("a node that comes next where the token is not and was not asked for")),
            Place::Here { held: false } => Ok(self.pass(to)),
            Place::Here { held: true } => {
                self.next = Some(to);
                Ok(doubt.map(Action::Busy).into_iter().collect())
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
            Place::Here { .. } => vec![Action::Busy(doubt)],
            Place::Asked { .. } => self.doubt(doubt),
            Place::Absent => Vec::new(),
        }
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
