//! Taking a journal, record by record, through the rules.

use super::copies::Copies;
use super::objects::Objects;
use super::stamps::Stamps;
use super::{Doer, Fault, Record, Violation};
use crate::coherence::{
    Action, Actions, CopyEvent, Ending, Event, Fetches, FetchesError, FreeKind, Handle, Held, Here, Ledger, Loan,
    SlotEvent, Verdict,
};
use crate::{Address, CopyKey, Rank, Stamp, TaskId};
use std::collections::BTreeMap;

/// The state of the whole cluster, as its journal tells it.
///
/// ```
/// use drust_proto::coherence::Handle;
/// use drust_proto::coherence::journal::{Fault, Record, Replay};
/// use drust_proto::{Address, DescriptorId, Partition, Rank, Stamp};
/// let address = Address::new(Partition(0), 64);
/// let descriptor = DescriptorId(7.try_into()?);
/// let handle = Handle::new(address, Stamp(1.try_into()?));
/// let mut replay = Replay::new(2);
/// replay.step(Record::Allocated { address, bytes: 16, descriptor, capacity: 2, user_drop: false })?;
/// replay.step(Record::New { node: Rank(0), handle })?;
/// replay.step(Record::Cleared { address })?;
/// let again = replay.step(Record::Cleared { address }).unwrap_err();
/// assert!(matches!(again.fault, Fault::Slot(..)), "{again}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    nodes: u16,
    taken: u64,
    pub(super) stamps: Stamps,
    pub(super) objects: Objects,
    pub(super) copies: Copies,
    fetches: BTreeMap<Doer, Fetches>,
    /// Asked for by messages and not answered: which bytes, how many values, and whether they move.
    requests: BTreeMap<(Rank, u64), (CopyKey, u64, bool)>,
    ledgers: Vec<Ledger>,
    away: BTreeMap<TaskId, Rank>,
    coming: Option<Coming>,
}

/// A loan that is being stored where it was lent: from its task's completion until it is home nothing else happens.
#[derive(Debug)]
struct Coming {
    loan: Loan,
    /// A handle that landed, and still has the borrower's stamp.
    landed: Option<Address>,
}

/// What is left when nothing goes on any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rest {
    /// Live objects.
    pub objects: u64,
    /// Copies in all tables.
    pub copies: u64,
    /// Their pins, but for those that handles in copies hold.
    pub pins: u64,
}

impl Replay {
    /// A cluster of so many nodes, before anything happened.
    #[must_use]
    pub fn new(nodes: u16) -> Replay {
        Replay {
            nodes,
            taken: 0,
            stamps: Stamps::default(),
            objects: Objects::default(),
            copies: Copies::default(),
            fetches: BTreeMap::new(),
            requests: BTreeMap::new(),
            ledgers: (0..nodes).map(|_| Ledger::new(0)).collect(),
            away: BTreeMap::new(),
            coming: None,
        }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`Violation`]: the code broke a rule here, or did so before and it shows here. What is replayed after that means
    /// nothing.
    pub fn step(&mut self, record: Record) -> Result<(), Violation> {
        let number = self.taken;
        self.taken += 1;
        self.take(record).map_err(|fault| Violation { record: number, fault })
    }

    /// Checks what must hold when every thread has ended or waits, all one-ways are carried out, and no handle or guard
    /// but at most `forgotten` of them exists outside of copies and objects: pins are given back, what was given up is
    /// freed, what was lent is home.
    ///
    /// An unpinned copy keeps the pins of the handles in it until it is evicted; evict all copies first to have those
    /// checked as well.
    ///
    /// # Errors
    /// The first thing that is not at rest.
    pub fn at_rest(&self, forgotten: u64) -> Result<Rest, Violation> {
        self.rest(forgotten).map_err(|fault| Violation { record: self.taken, fault })
    }

    fn rest(&self, forgotten: u64) -> Result<Rest, Fault> {
        if let Some(loan) = self.ledgers.iter().find_map(|ledger| ledger.out().next()) {
            return Err(Fault::StillLent(loan));
        }
        if let Some(&task) = self.away.keys().next() {
            return Err(Fault::StillAway(task));
        }
        if !self.fetches.is_empty() || !self.requests.is_empty() {
            return Err(Fault::StillFetching);
        }
        let (copies, pins) = self.copies.at_rest()?;
        if pins > forgotten {
            return Err(Fault::PinsLeft { left: pins, forgotten });
        }
        Ok(Rest { objects: self.objects.at_rest()?, copies, pins })
    }

    fn take(&mut self, record: Record) -> Result<(), Fault> {
        match record {
            Record::Allocated { address, bytes, descriptor, capacity, user_drop } => {
                self.node(address.home())?;
                self.objects.allocated(address, bytes, SlotEvent::Allocate { descriptor, capacity, user_drop })
            }
            Record::Freed { address, kind, elements } => self.objects.freed(address, kind, elements),
            Record::Cleared { address } => self.objects.cleared(address),
            Record::New { node, handle } => self.made(node, handle),
            Record::Asked { node, handle, event } => self.asked(node, handle, event),
            Record::Handle { node, copied, before, event, after } => self.stepped((node, copied), before, event, after),
            Record::Exposed { by, address, stamp, was_private, is_private } => {
                self.node(by)?;
                self.exposed(address, stamp, was_private, is_private)
            }
            Record::Copy { node, key, event, step } => {
                self.node(node)?;
                self.copied(key, event)?;
                self.copies.step(node, key, event, step)
            }
            Record::Served { reader, key, elements, moved } => {
                self.node(reader)?;
                self.objects.served(reader, &key, elements, moved)
            }
            Record::Requested { reader, id, key, elements, moved } => {
                self.node(reader)?;
                let request = (key, elements, moved);
                self.requests.insert((reader, id), request).map_or(Ok(()), |_| Err(Fault::RequestedTwice(id)))
            }
            Record::Answered { reader, id } => {
                let (key, elements, moved) = self.requests.remove(&(reader, id)).ok_or(Fault::NotRequested(id))?;
                self.objects.served(reader, &key, elements, moved)
            }
            Record::FetchBegun { by } => self.fetch(by, Fetches::begin),
            Record::FetchAnswered { by } => self.fetch(by, Fetches::answered),
            Record::Ended { by, ending } => self.ended(by, ending),
            Record::Spawned { task, to } => self.spawned(task, to),
            Record::Completed { task, from } => self.completed(task, from),
            Record::Lent { node, loan } => self.ledger(node)?.lend(loan).map_err(Fault::Lend),
            Record::CameHome { node, loan } => self.came_home(node, loan),
        }
    }

    fn node(&self, rank: Rank) -> Result<(), Fault> {
        if rank.0 < self.nodes { Ok(()) } else { Err(Fault::NoNode(rank)) }
    }

    fn made(&mut self, node: Rank, handle: Handle) -> Result<(), Fault> {
        self.node(node)?;
        let law = Handle::new(handle.address, handle.stamp);
        if handle != law {
            return Err(Fault::Handle { code: handle, law });
        }
        handle.check(Here { rank: node }).map_err(Fault::Illegal)?;
        self.stamps.take(handle.stamp, node, self.nodes)?;
        self.objects.made(handle)
    }

    /// What the law answers tells whether the owner gives the object up, and how it is to be freed.
    fn asked(&mut self, node: Rank, handle: Handle, event: Event) -> Result<(), Fault> {
        let (_, actions) = self.law(node, handle, event)?;
        if handle.is_reserved() {
            return Ok(());
        }
        match freed_by(&actions) {
            Some(kind) => self.objects.give_up(&handle, kind, node),
            None => self.objects.wanted(&handle),
        }
    }

    fn stepped(
        &mut self,
        (node, copied): (Rank, bool),
        before: Handle,
        event: Event,
        after: Handle,
    ) -> Result<(), Fault> {
        let (law, _) = self.law(node, before, event)?;
        if after != law {
            return Err(Fault::Handle { code: after, law });
        }
        let writes = matches!(event, Event::Own { .. } | Event::Grown { .. } | Event::ComeHome { .. });
        if copied && writes {
            return Err(Fault::CopyWritten(before.address));
        }
        match event {
            Event::Own { at, fresh } => {
                self.stamps.take(fresh, node, self.nodes)?;
                self.objects.owned(before, at, fresh)?;
            }
            Event::ComeHome { fresh, .. } => {
                self.stamps.take(fresh, node, self.nodes)?;
                self.objects.came_home(before, fresh)?;
                self.coming.iter_mut().for_each(|coming| coming.landed = None);
            }
            Event::Grown { at } => self.objects.grown(before, at)?,
            // Forgotten bytes may be old.
            Event::Forget => {}
            Event::Land if !before.is_reserved() => {
                self.objects.used(&before)?;
                self.renamed(node, Some(before.address))?;
            }
            _ if before.is_reserved() => {}
            Event::Read => self.objects.wanted(&before)?,
            _ => self.objects.used(&before)?,
        }
        self.copies.hold(node, copied, before, after)
    }

    /// The law's step. The home of a handle that is PRIVATE is the node it is on, by rule 3.
    fn law(&self, node: Rank, handle: Handle, event: Event) -> Result<(Handle, Actions), Fault> {
        self.node(node)?;
        handle.step(Here { rank: node }, event).map_err(Fault::Illegal)
    }

    fn exposed(&mut self, address: Address, stamp: Stamp, was: bool, is: bool) -> Result<(), Fault> {
        if address == Address::RESERVED {
            return Ok(());
        }
        let held = if was { Held::Home } else { Held::Nothing };
        let before = Handle { address, private: was, stamp, held };
        let code = Handle { private: is, ..before };
        let (law, _) = self.law(address.home(), before, Event::Expose)?;
        if code != law {
            return Err(Fault::Handle { code, law });
        }
        self.objects.exposed(&before)
    }

    /// Whoever pins a copy, or fills it, borrows the value.
    fn copied(&mut self, key: CopyKey, event: CopyEvent) -> Result<(), Fault> {
        match event {
            CopyEvent::Pin | CopyEvent::Filled => self.objects.looked_at(&key),
            CopyEvent::FillFailed | CopyEvent::Release | CopyEvent::Evict | CopyEvent::Take { .. } => Ok(()),
        }
    }

    fn fetch(&mut self, by: Doer, step: fn(Fetches) -> Result<Fetches, FetchesError>) -> Result<(), Fault> {
        self.node(by.node)?;
        let count = step(self.fetches.get(&by).copied().unwrap_or_default()).map_err(Fault::Fetches)?;
        if count == Fetches::NONE {
            self.fetches.remove(&by);
        } else {
            self.fetches.insert(by, count);
        }
        Ok(())
    }

    fn ended(&mut self, by: Doer, ending: Ending) -> Result<(), Fault> {
        self.node(by.node)?;
        let count = self.fetches.get(&by).copied().unwrap_or_default();
        if count.before(ending) == Verdict::Go { Ok(()) } else { Err(Fault::TooEarly(ending)) }
    }

    fn spawned(&mut self, task: TaskId, to: Rank) -> Result<(), Fault> {
        self.node(task.rank).and_then(|()| self.node(to))?;
        if self.away.insert(task, to).is_some() { Err(Fault::Task(task)) } else { Ok(()) }
    }

    fn completed(&mut self, task: TaskId, from: Rank) -> Result<(), Fault> {
        if self.away.remove(&task) != Some(from) {
            return Err(Fault::Task(task));
        }
        let loan = self.ledger(task.rank)?.out().find(|loan| loan.task == task);
        self.coming = loan.map(|loan| Coming { loan, landed: None });
        Ok(())
    }

    /// Rule 8: of a loan that comes home each handle that landed has been given a fresh stamp before the next.
    fn renamed(&mut self, node: Rank, next: Option<Address>) -> Result<(), Fault> {
        let Some(coming) = self.coming.as_mut().filter(|coming| coming.loan.task.rank == node) else { return Ok(()) };
        match std::mem::replace(&mut coming.landed, next) {
            Some(address) => Err(Fault::OldName(address)),
            None => Ok(()),
        }
    }

    fn came_home(&mut self, node: Rank, loan: Loan) -> Result<(), Fault> {
        self.renamed(node, None)?;
        self.coming = None;
        self.ledger(node)?.come_home(loan).map_err(Fault::Lend)
    }

    fn ledger(&mut self, node: Rank) -> Result<&mut Ledger, Fault> {
        self.ledgers.get_mut(usize::from(node.0)).ok_or(Fault::NoNode(node))
    }
}

/// How these actions end the object where it is now, if they do.
fn freed_by(actions: &Actions) -> Option<FreeKind> {
    actions.iter().find_map(|action| match *action {
        Action::FreeHere { what } | Action::SendFree { what, .. } => Some(what),
        Action::FetchAndFree { .. } => Some(FreeKind::MovedOut),
        _ => None,
    })
}
