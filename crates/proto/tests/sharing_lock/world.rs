//! Nodes, threads, and messages under way; what may happen next, and what must hold.

use crate::rules::{self, Fault};
use drust_proto::Rank;
use drust_proto::sharing::lock::{ALONE, Action, Doubt, Event, Home, Patience, Place, Seat, TICKET_STEP};
use std::collections::BTreeSet;

/// What a thread does, besides giving the lock back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Do {
    Lock,
    /// Gives up at any time.
    Timed,
    Try,
    /// Takes the lock, and forgets that it has it.
    Forget,
    /// When all others are done, takes the lock and ends it.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Status {
    Idle,
    Waiting {
        ticket: u64,
        /// Its time is up.
        expired: bool,
        /// It was called, and is about to come.
        called: bool,
        /// Since it began to wait, the lock has been held, or wanted by one who waits for good.
        excuse: bool,
    },
    Holding,
    /// It holds the lock, and will not give it back.
    Forgotten,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Thread {
    node: u16,
    to_do: Vec<Do>,
    status: Status,
}

impl Thread {
    fn holds(&self) -> bool {
        matches!(self.status, Status::Holding | Status::Forgotten)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sent {
    Request { question: Option<u64> },
    Next { to: u16, question: Option<u64> },
    Grant,
    Busy { question: u64, behind: u16 },
    Probe { asker: u16, question: u64, behind: u16 },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Post {
    from: u16,
    to: u16,
    sent: Sent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    Start(usize),
    Leave(usize),
    Come(usize),
    /// Whether the node's time with the lock is spent.
    Unlock(usize, bool),
    Deliver(Post),
}

#[derive(Clone, Hash)]
pub struct World {
    home: Home,
    seats: Vec<Seat>,
    threads: Vec<Thread>,
    /// Sorted: they may arrive in any order.
    posts: Vec<Post>,
    tickets: Vec<u64>,
    over: bool,
    cohort: u32,
    fault: Fault,
}

type Checked<T = ()> = Result<T, String>;

impl World {
    /// A lock made on node 0, and ended by a thread of node `owner`.
    pub fn new(owner: u16, cohort: u32, threads: &[(u16, &[Do])], fault: Fault) -> World {
        let thread = |&(node, to_do): &(u16, &[Do])| {
            let to_do = to_do.iter().rev().copied().collect();
            Thread { node, to_do, status: Status::Idle }
        };
        let mut threads: Vec<Thread> = threads.iter().map(thread).collect();
        threads.push(thread(&(owner, &[Do::End])));
        let nodes = threads.iter().map(|thread| thread.node).max().unwrap_or(0) + 1;
        World {
            home: Home::new(Rank(0)),
            seats: (0..nodes).map(|rank| Seat::new(Rank(rank), rank == 0).with_cohort(cohort)).collect(),
            threads,
            posts: Vec::new(),
            tickets: vec![0; usize::from(nodes)],
            over: false,
            cohort,
            fault,
        }
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    fn others_done(&self, but: usize) -> bool {
        self.threads.iter().enumerate().all(|(at, thread)| at == but || thread.to_do.is_empty())
    }

    pub fn moves(&self) -> Vec<Move> {
        let mut moves: Vec<Move> = Vec::new();
        for (at, thread) in self.threads.iter().enumerate() {
            let doing = thread.to_do.last();
            if matches!(thread.status, Status::Waiting { called: true, .. }) {
                moves.push(Move::Come(at));
            }
            match (thread.status, doing) {
                (Status::Idle, Some(Do::End)) => moves.extend(self.others_done(at).then_some(Move::Start(at))),
                (Status::Idle, Some(_)) => moves.push(Move::Start(at)),
                (Status::Waiting { expired: false, .. }, Some(Do::Timed)) => moves.push(Move::Leave(at)),
                (Status::Holding, _) => {
                    moves.push(Move::Unlock(at, false));
                    let seat = &self.seats[usize::from(thread.node)];
                    moves.extend(seat.is_wanted().then_some(Move::Unlock(at, true)));
                }
                (Status::Idle, None) | (Status::Waiting { .. } | Status::Forgotten, _) => {}
            }
        }
        let mut posts = self.posts.clone();
        posts.dedup();
        moves.extend(posts.into_iter().map(Move::Deliver));
        moves
    }

    pub fn step(&mut self, step: Move, seen: &mut BTreeSet<String>) -> Checked {
        match step {
            Move::Start(at) => self.start(at, seen)?,
            Move::Leave(at) => {
                let Status::Waiting { ticket, expired, .. } = &mut self.threads[at].status else { unreachable!() };
                *expired = true;
                let event = Event::Leave { ticket: *ticket };
                self.at_seat(self.threads[at].node, event, None, seen)?;
            }
            Move::Come(at) => {
                let Status::Waiting { ticket, called, .. } = &mut self.threads[at].status else { unreachable!() };
                *called = false;
                let event = Event::Come { ticket: *ticket };
                self.at_seat(self.threads[at].node, event, Some(at), seen)?;
            }
            Move::Unlock(at, _) if self.threads[at].to_do.last() == Some(&Do::End) => self.end(at, seen)?,
            Move::Unlock(at, _) if self.threads[at].to_do.last() == Some(&Do::Forget) => {
                self.threads[at].to_do.pop();
                self.threads[at].status = Status::Forgotten;
            }
            Move::Unlock(at, spent) => {
                self.done(at);
                self.at_seat(self.threads[at].node, Event::Unlock { spent }, None, seen)?;
            }
            Move::Deliver(post) => {
                let at = self.posts.iter().position(|other| *other == post).expect("it was under way");
                self.posts.remove(at);
                self.deliver(post, seen)?;
            }
        }
        self.excuse();
        self.posts.sort_unstable();
        Ok(())
    }

    fn start(&mut self, at: usize, seen: &mut BTreeSet<String>) -> Checked {
        let node = self.threads[at].node;
        self.tickets[usize::from(node)] += TICKET_STEP;
        let ticket = self.tickets[usize::from(node)];
        let patience = match self.threads[at].to_do.last() {
            Some(Do::Lock | Do::Forget) => Patience::Endless,
            Some(Do::End) => Patience::Alone,
            Some(Do::Timed) => Patience::Limited,
            Some(Do::Try) | None => Patience::None,
        };
        self.threads[at].status = Status::Waiting { ticket, expired: false, called: false, excuse: false };
        self.excuse();
        self.at_seat(node, Event::Lock { ticket, patience }, Some(at), seen)
    }

    fn done(&mut self, at: usize) {
        self.threads[at].status = Status::Idle;
        self.threads[at].to_do.pop();
    }

    fn excuse(&mut self) {
        let held = self.threads.iter().any(|thread| thread.holds());
        let for_good = |thread: &Thread| {
            matches!(
                (thread.status, thread.to_do.last()),
                (Status::Waiting { .. }, Some(Do::Lock | Do::Forget | Do::End))
            )
        };
        let wanted = self.threads.iter().any(for_good);
        for thread in &mut self.threads {
            if let Status::Waiting { excuse, .. } = &mut thread.status {
                *excuse |= held || wanted;
            }
        }
    }

    fn at_seat(&mut self, node: u16, event: Event, by: Option<usize>, seen: &mut BTreeSet<String>) -> Checked {
        let seat = &mut self.seats[usize::from(node)];
        seen.insert(format!("{} {}", name(event), place(seat)));
        let stepped = rules::step(seat, Rank(node), event, self.fault);
        if seat.place() == Place::Absent && seat.is_quiet() {
            *seat = Seat::new(Rank(node), false).with_cohort(self.cohort);
        }
        for action in stepped.map_err(|illegal| format!("illegal: {illegal}, at {event:?}"))? {
            self.act(node, action, by)?;
        }
        Ok(())
    }

    fn act(&mut self, node: u16, action: Action, by: Option<usize>) -> Checked {
        let (to, sent) = match action {
            Action::Take => return self.hold(by.expect("a thread's own event")),
            Action::Wake(ticket) => {
                return match self.waiting(node, ticket) {
                    Some(at) => self.hold(at),
                    None if self.fault == Fault::LeavesUnheard => {
                        self.at_seat(node, Event::Unlock { spent: false }, None, &mut BTreeSet::new())
                    }
                    None => Err("gone: a thread that does not wait is given the lock".into()),
                };
            }
            Action::Call(ticket) => {
                if let Some(at) = self.waiting(node, ticket)
                    && let Status::Waiting { called, .. } = &mut self.threads[at].status
                {
                    *called = true;
                    return Ok(());
                }
                return Err("gone: a thread that does not wait is called".into());
            }
            Action::Refuse(ticket) => return self.refuse(node, ticket),
            Action::Request { question } => (0, Sent::Request { question }),
            Action::Grant(to) => (to.0, Sent::Grant),
            Action::Busy(Doubt { asker, question, behind }) => (asker.0, Sent::Busy { question, behind: behind.0 }),
            Action::Probe { to, doubt: Doubt { asker, question, behind } } => {
                (to.0, Sent::Probe { asker: asker.0, question, behind: behind.0 })
            }
        };
        self.posts.push(Post { from: node, to, sent });
        Ok(())
    }

    fn waiting(&self, node: u16, wanted: u64) -> Option<usize> {
        self.threads.iter().position(|thread| {
            thread.node == node && matches!(thread.status, Status::Waiting { ticket, .. } if ticket == wanted)
        })
    }

    fn hold(&mut self, at: usize) -> Checked {
        if self.threads[at].to_do.last() == Some(&Do::End) {
            // All others have gone; what they forgot, nobody uses.
            self.forget();
        }
        self.threads[at].status = Status::Holding;
        Ok(())
    }

    fn forget(&mut self) {
        let forgotten = |thread: &&mut Thread| thread.status == Status::Forgotten;
        self.threads.iter_mut().filter(forgotten).for_each(|thread| thread.status = Status::Idle);
    }

    fn refuse(&mut self, node: u16, ticket: u64) -> Checked {
        self.excuse();
        let Some(at) = self.waiting(node, ticket) else {
            let left = self.fault == Fault::LeavesUnheard;
            return left.then_some(()).ok_or("gone: a thread that does not wait is refused".into());
        };
        let Status::Waiting { expired, excuse, .. } = self.threads[at].status else { unreachable!() };
        match self.threads[at].to_do.last() {
            Some(Do::Try) if !excuse => return Err("spurious: a free lock was refused".into()),
            Some(Do::Timed) if !expired => return Err("early: a thread is refused before its time is up".into()),
            Some(Do::Lock | Do::Forget | Do::End) => return Err("refused: a thread that waits for good".into()),
            _ => {}
        }
        self.done(at);
        Ok(())
    }

    fn deliver(&mut self, post: Post, seen: &mut BTreeSet<String>) -> Checked {
        let Post { from, to, sent } = post;
        if self.over {
            return Ok(());
        }
        if let Sent::Next { question: Some(ALONE), .. } = sent {
            self.forget();
        }
        let event = match sent {
            Sent::Request { question } => {
                let told = rules::request(&mut self.home, Rank(from), self.fault);
                let told = told.map_err(|illegal| format!("illegal: {illegal}"))?;
                self.posts.push(Post { from: 0, to: told.0, sent: Sent::Next { to: from, question } });
                return Ok(());
            }
            Sent::Next { to, question } => Event::Next { to: Rank(to), question },
            Sent::Grant => Event::Granted,
            Sent::Busy { question, behind } => Event::Busy { question, behind: Rank(behind) },
            Sent::Probe { asker, question, behind } => {
                let doubt = Doubt { asker: Rank(asker), question, behind: Rank(behind) };
                Event::Probe { from: Rank(from), doubt }
            }
        };
        self.at_seat(to, event, None, seen)
    }

    /// The owner ends the lock: nothing may come any more that means something.
    fn end(&mut self, at: usize, seen: &mut BTreeSet<String>) -> Checked {
        let owner = self.threads[at].node;
        if self.seats[usize::from(owner)].is_wanted() {
            self.threads[at].status = Status::Idle;
            return self.at_seat(owner, Event::Unlock { spent: false }, None, seen);
        }
        let late = |post: &&Post| !matches!(post.sent, Sent::Busy { .. } | Sent::Probe { .. });
        if let Some(post) = self.posts.iter().find(late) {
            return Err(format!("end: {post:?} is under way"));
        }
        let served = |seat: &Seat| seat.place() == Place::Absent && seat.is_quiet();
        if self.home.tail() != Rank(owner) {
            return Err(format!("end: the chain goes on to {:?}", self.home.tail()));
        }
        if self.seats.iter().enumerate().any(|(rank, seat)| rank != usize::from(owner) && !served(seat)) {
            return Err("end: another node knows of the lock".into());
        }
        self.done(at);
        self.over = true;
        Ok(())
    }

    pub fn check(&self) -> Checked {
        if self.over {
            return Ok(());
        }
        let here = self.seats.iter().filter(|seat| matches!(seat.place(), Place::Here { .. })).count();
        let tokens = here + self.posts.iter().filter(|post| post.sent == Sent::Grant).count();
        if tokens != 1 {
            return Err(format!("tokens: there are {tokens}"));
        }
        let holders = self.threads.iter().filter(|thread| thread.holds()).count();
        let held = self.seats.iter().filter(|seat| seat.place() == Place::Here { held: true }).count();
        if holders != held || holders > 1 {
            return Err(format!("held: {holders} hold the lock, {held} seats say so"));
        }
        let tries = |thread: &Thread| match thread.status {
            Status::Waiting { expired, .. } => expired || thread.to_do.last() == Some(&Do::Try),
            _ => false,
        };
        if self.posts.is_empty() && self.threads.iter().any(tries) {
            return Err("waits: a thread that would not, and nothing is under way".into());
        }
        Ok(())
    }
}

fn name(event: Event) -> &'static str {
    match event {
        Event::Lock { .. } => "Lock",
        Event::Leave { .. } => "Leave",
        Event::Come { .. } => "Come",
        Event::Unlock { .. } => "Unlock",
        Event::Granted => "Granted",
        Event::Next { .. } => "Next",
        Event::Busy { .. } => "Busy",
        Event::Probe { .. } => "Probe",
    }
}

fn place(seat: &Seat) -> &'static str {
    match seat.place() {
        Place::Absent => "Absent",
        Place::Asked { .. } => "Asked",
        Place::Here { held: false } => "Here free",
        Place::Here { held: true } => "Here held",
    }
}
