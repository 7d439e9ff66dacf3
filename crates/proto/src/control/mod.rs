//! The controller: on rank 0, what it hears of the nodes and what it orders.
//!
//! Each node reports its memory and its load; where its partition is *full* it is told where else new objects go, and
//! to give up tasks; where its processors are *hot* it is told to give up tasks alone. [`giving`] says which tasks
//! these are, and [`queue`] when a node is sent no more of them.
//!
//! ```text
//!            used >= 90 %                          cpu >= 90 %
//!   roomy ----------------> full         calm ------------------> hot
//!         <----------------                   <------------------
//!            used < 80 %                           cpu < 70 %
//! ```
//!
//! Contract of [`Controller`]:
//!
//! 1. A node is told where its objects go exactly while it is full and another is not, and told anew only when that
//!    changes; orders bear rising numbers, so that one that comes late is known for it ([`Standing`]).
//! 2. Nobody is told to send objects or tasks to itself, or to a node that is full; nor tasks to one that is hot, for
//!    the sake of time.
//! 3. What is given up for the sake of time leaves the giver with no fewer tasks than the taker has then, and the taker
//!    with no more than it has workers. So no task goes back and forth. Who has none that may go is not told to give.
//! 4. A node that has said nothing is taken for one that has nothing, and is as large as who asks.
//! 5. What others were sent to a node with counts there until it reports, though less may have come; tasks, no longer
//!    than until their giver has reported [`LASTS`] times. Nobody is told that there is no room while a node that is
//!    not full has said that it has some.

pub mod giving;
pub mod queue;

use crate::Rank;
use crate::sharing::operations;
use crate::wire::Report;

/// Of a thousand: a partition that is taken up to here is full.
pub const FULL: u64 = 900;
/// Of a thousand: a full partition that is taken up to less is so no more.
pub const ROOMY: u64 = 800;
/// Of a thousand: a node whose workers are busy for so much of the time is hot.
pub const HOT: u16 = 900;
/// Of a thousand: a hot node that is busy for less is so no more.
pub const CALM: u16 = 700;
/// Reports of a node after which the tasks that it was to give have come, or will not: none were to be had, or they
/// were too short to be told of.
pub const LASTS: u8 = 3;
/// Of a thousand: by how much more another node must be taken than the emptiest before objects go there instead.
const UNEVEN: u64 = 100;

operations! {
    /// What nodes say about room and load.
    pub enum Op {
        /// To rank 0: how the sender stands. Body: a [`Report`].
        Report = 1,
        /// From rank 0: new objects go to rank `a` - 1, or stay where `a` is 0. `b` is the order's number.
        Objects = 2,
        /// From rank 0: give up so many tasks (`number`), those that access no other node most to rank `a`; for the
        /// sake of memory where `b` is 1. Body: ranks, of 2 bytes, that take none.
        Give = 3,
        /// To rank 0, which answers: who has room for `a` bytes? Body: ranks, of 2 bytes, that have none. Outcome 1:
        /// rank `a`, by the order that has the number `b`.
        Room = 4,
        /// To a sender of tasks: the queue here is full (`a` is 1), or takes more again; `b` is the number of it.
        Queue = 5,
    }
}

/// What a node is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Where new objects go.
    Objects {
        /// The order's number, higher than of those before.
        number: u64,
        /// The node; none: they stay.
        to: Option<Rank>,
    },
    /// Tasks are to go elsewhere, once.
    Give(Give),
}

/// Tasks that are to be given up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Give {
    /// At most so many.
    pub most: u32,
    /// Who takes those that access no node more than others.
    pub to: Rank,
    /// Whether memory is short, not time.
    pub memory: bool,
    /// Nodes that take none.
    pub closed: Vec<Rank>,
}

/// Tasks that a node was told to give another.
#[derive(Clone, Copy, Debug)]
struct Promise {
    by: Rank,
    tasks: u32,
    /// How often the giver has reported since.
    age: u8,
}

/// What is known of a node.
#[derive(Clone, Debug, Default)]
struct Known {
    report: Option<Report>,
    full: bool,
    hot: bool,
    /// Where it was last told to put new objects.
    target: Option<Rank>,
    /// Bytes that others were sent here with since it has reported, and tasks that it was promised.
    sent: u64,
    promised: Vec<Promise>,
}

impl Known {
    /// Takes the node's own word, for which nothing needs to be guessed any more.
    fn heard(&mut self, report: Report) {
        self.full = is_full(&report, self.full);
        self.hot = report.cpu >= if self.hot { CALM } else { HOT };
        (self.report, self.sent) = (Some(report), 0);
        self.promised.clear();
    }

    /// Another node has reported, which may have promised tasks.
    fn ages(&mut self, giver: Rank) {
        self.promised.retain_mut(|promise| {
            promise.age += u8::from(promise.by == giver);
            promise.age < LASTS
        });
    }

    fn tasks(&self) -> u64 {
        let promised = self.promised.iter().map(|promise| u64::from(promise.tasks)).sum::<u64>();
        promised + self.report.map_or(0, |report| u64::from(report.queued) + u64::from(report.running))
    }

    fn workers(&self, like: &Report) -> u64 {
        u64::from(self.report.as_ref().unwrap_or(like).workers)
    }

    /// Bytes that it has said are free.
    fn said_free(&self, like: u64) -> u64 {
        self.report.map_or(like, |report| report.limit.saturating_sub(report.used))
    }

    /// Bytes that are free when all has come that was sent here.
    fn free(&self, like: u64) -> u64 {
        self.report.map_or(like, |_| self.said_free(like).saturating_sub(self.sent))
    }

    /// Of a thousand, how much is taken then.
    fn taken(&self) -> u64 {
        self.report.map_or(0, |report| taken(&Report { used: report.used.saturating_add(self.sent), ..report }))
    }
}

/// Whether a node that reports so is full; one that was full is so until much is free.
///
/// ```
/// use drust_proto::control::is_full;
/// use drust_proto::wire::Report;
/// let report = Report { used: 85, limit: 100, ..Report::default() };
/// assert_eq!([false, true].map(|was| is_full(&report, was)), [false, true]);
/// ```
#[must_use]
pub fn is_full(report: &Report, was: bool) -> bool {
    taken(report) >= if was { ROOMY } else { FULL }
}

/// Of a thousand, how much of a partition is taken; one without room is full.
fn taken(report: &Report) -> u64 {
    let Some(limit) = Some(u128::from(report.limit)).filter(|limit| *limit > 0) else { return 1000 };
    (u128::from(report.used) * 1000 / limit).min(1000) as u64
}

/// What rank 0 knows of all nodes; see the module.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::control::{Controller, Order};
/// use drust_proto::wire::Report;
/// let mut controller = Controller::new(2);
/// let full = Report { used: 95, limit: 100, ..Report::default() };
/// let orders = controller.report(Rank(1), full);
/// assert_eq!(orders, [(Rank(1), Order::Objects { number: 1, to: Some(Rank(0)) })]);
/// assert!(controller.report(Rank(1), Report { used: 85, ..full }).is_empty(), "it was full just now");
/// let orders = controller.report(Rank(1), Report { used: 79, ..full });
/// assert_eq!(orders, [(Rank(1), Order::Objects { number: 2, to: None })]);
/// ```
#[derive(Clone, Debug)]
pub struct Controller {
    nodes: Vec<Known>,
    number: u64,
}

impl Controller {
    /// The controller of so many nodes, which have said nothing yet.
    #[must_use]
    pub fn new(size: u16) -> Controller {
        Controller { nodes: vec![Known::default(); usize::from(size)], number: 0 }
    }

    /// Takes a node's report; whom to tell what. A rank outside the cluster is passed over.
    #[must_use]
    pub fn report(&mut self, from: Rank, report: Report) -> Vec<(Rank, Order)> {
        let Some(node) = self.nodes.get_mut(usize::from(from.0)) else { return Vec::new() };
        node.heard(report);
        self.nodes.iter_mut().for_each(|node| node.ages(from));
        let mut orders = self.place_objects();
        orders.extend(self.give(from, &report).map(|give| (from, Order::Give(give))));
        orders
    }

    /// The node for `bytes` that `asker` has no room for, none of those that have `refused`, and the number of the
    /// order that this is; the asker is full from now on.
    ///
    /// Those who ask one after the other are sent elsewhere in turn, as long as there is room elsewhere. What they were
    /// sent with may have been refused, or have gone again, and who is at rest says nothing: so where it would be in
    /// the way of all, it does not count.
    #[must_use]
    pub fn room(&mut self, asker: Rank, bytes: u64, refused: &[Rank]) -> Option<(Rank, u64)> {
        let like = self.nodes.get(usize::from(asker.0))?.report.map_or(u64::MAX, |report| report.limit);
        let fits = |rank: Rank, node: &Known| !refused.contains(&rank) && bytes <= node.free(like);
        let said = |rank: Rank, node: &Known| !refused.contains(&rank) && bytes <= node.said_free(like);
        let to = self.emptiest(asker, like, fits).or_else(|| self.emptiest(asker, like, said))?;
        let taker = &mut self.nodes[usize::from(to.0)];
        taker.sent = taker.sent.saturating_add(bytes);
        self.number += 1;
        let node = &mut self.nodes[usize::from(asker.0)];
        (node.full, node.target) = (true, Some(to));
        Some((to, self.number))
    }

    /// Tells each node whose objects are to go elsewhere than it was last told.
    fn place_objects(&mut self) -> Vec<(Rank, Order)> {
        let mut orders = Vec::new();
        for rank in (0..self.nodes.len()).map(|rank| Rank(rank as u16)) {
            let node = &self.nodes[usize::from(rank.0)];
            let to = if node.full { self.target(rank, node) } else { None };
            if to != node.target {
                self.number += 1;
                self.nodes[usize::from(rank.0)].target = to;
                orders.push((rank, Order::Objects { number: self.number, to }));
            }
        }
        orders
    }

    /// Where the objects of a full node go: where they went, as long as that is about as empty as the emptiest.
    fn target(&self, rank: Rank, node: &Known) -> Option<Rank> {
        let like = node.report.map_or(u64::MAX, |report| report.limit);
        let emptiest = self.emptiest(rank, like, |_, _| true)?;
        let least = self.nodes[usize::from(emptiest.0)].taken();
        let stays = node.target.filter(|target| {
            let target = &self.nodes[usize::from(target.0)];
            !target.full && target.taken() < least + UNEVEN
        });
        stays.or(Some(emptiest))
    }

    /// The node with most room but for `asker` and those that are full, of those that `fit`.
    fn emptiest(&self, asker: Rank, like: u64, fits: impl Fn(Rank, &Known) -> bool) -> Option<Rank> {
        let ranked = self.nodes.iter().enumerate().map(|(rank, node)| (Rank(rank as u16), node));
        let roomy = ranked.filter(|(rank, node)| *rank != asker && !node.full && fits(*rank, node));
        roomy.max_by_key(|(rank, node)| (node.free(like), u16::MAX - rank.0)).map(|(rank, _)| rank)
    }

    /// What a node that reports is to give up.
    fn give(&mut self, from: Rank, report: &Report) -> Option<Give> {
        let node = &self.nodes[usize::from(from.0)];
        let memory = node.full;
        let (to, most) = if memory {
            (node.target?, node.tasks().div_ceil(2))
        } else if node.hot {
            self.relieve(from, node.tasks(), report)?
        } else {
            return None;
        };
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(report.may_go.into());
        if most == 0 {
            return None;
        }
        let closed = |node: &Known| node.full || !memory && node.hot;
        let ranked = self.nodes.iter().enumerate().filter(|(_, node)| closed(node));
        let closed = ranked.map(|(rank, _)| Rank(rank as u16)).collect();
        self.nodes[usize::from(to.0)].promised.push(Promise { by: from, tasks: most, age: 0 });
        Some(Give { most, to, memory, closed })
    }

    /// Who is to take how many tasks of a hot node.
    fn relieve(&self, from: Rank, tasks: u64, report: &Report) -> Option<(Rank, u64)> {
        let ranked = self.nodes.iter().enumerate().map(|(rank, node)| (Rank(rank as u16), node));
        let cool = ranked.filter(|(rank, node)| *rank != from && !node.hot && !node.full);
        let spare = |node: &Known| node.workers(report).saturating_sub(node.tasks());
        let (to, node) = cool.max_by_key(|(rank, node)| (spare(node), u16::MAX - rank.0))?;
        Some((to, (tasks.saturating_sub(node.tasks()) / 2).min(spare(node))))
    }
}

/// Where a node was last told to put new objects.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::control::Standing;
/// let mut standing = Standing::default();
/// standing.heard(2, Some(Rank(3)));
/// standing.heard(1, None);
/// assert_eq!(standing.target(), Some(Rank(3)), "the first order came last");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Standing {
    number: u64,
    to: Option<Rank>,
}

impl Standing {
    /// Takes an order, unless a later one has come.
    pub fn heard(&mut self, number: u64, to: Option<Rank>) {
        if number > self.number {
            *self = Standing { number, to };
        }
    }

    /// The node for new objects; none: they stay.
    #[must_use]
    pub fn target(&self) -> Option<Rank> {
        self.to
    }
}
