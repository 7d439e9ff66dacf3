//! A node under the controller: what it says of itself, what it is told, and where its new objects go.
//!
//! The rules are [`drust_proto::control`]'s, driven on rank 0 by what the nodes report ([`reports`]); what they order
//! comes as messages of the family `Control`, which no counter counts. A node of its own has no controller, and pays
//! nothing. A new object goes elsewhere only where it would take more than 90 % of this node's partition and another
//! has room, by a call ([`afar`]); so the last tenth is left to what must lie here: values that are written, growing
//! vectors, what is tied. How many tasks nodes send each other is bounded by what they say of their [`queues`].

mod afar;
mod queues;
mod reports;

pub use afar::{Room, room, try_room};
pub(crate) use queues::MOST;
pub(crate) use reports::Reports;

use crate::arrival::Body;
use crate::giving::give_all;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::pool::Task;
use crate::sharing::{Ask, Reply};
use crate::task::{self, run_next};
use drust_fabric::{Lane, Mode, schedule};
use drust_proto::balance::Reason;
use drust_proto::control::giving::{Candidate, choose};
use drust_proto::control::queue::Tell;
use drust_proto::control::{Controller, Give, Op, Order, Standing};
use drust_proto::sharing::Family;
use drust_proto::wire::Report;
use drust_proto::{Address, Rank};
use queues::Queues;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a node that was told that nobody has room does not ask again, while it has some itself.
const PATIENCE: Duration = Duration::from_millis(10);
/// The answer to who has room: a node has.
const FOUND: u8 = 1;

/// What a node has of the controller; see the module.
pub(crate) struct Control {
    /// On rank 0 of several nodes.
    controller: Option<Mutex<Controller>>,
    pub(crate) reports: Reports,
    queues: Queues,
    standing: Mutex<Standing>,
    /// The node for new objects, and 1; where they stay, 0. As `standing` says, to be read without its lock.
    target: AtomicU32,
    /// When nobody had room.
    in_vain: Mutex<Option<Instant>>,
}

impl Control {
    pub(crate) fn new(rank: Rank, size: u16) -> Control {
        let controls = rank == Rank(0) && size > 1;
        Control {
            controller: controls.then(|| Mutex::new(Controller::new(size))),
            reports: Reports::default(),
            queues: Queues::new(size),
            standing: Mutex::default(),
            target: AtomicU32::new(0),
            in_vain: Mutex::default(),
        }
    }

    /// Where new objects go that need not lie here; none: they stay.
    pub(crate) fn target(&self) -> Option<Rank> {
        self.target.load(Ordering::Relaxed).checked_sub(1).map(|rank| Rank(rank as u16))
    }

    fn hear(&self, number: u64, to: Option<Rank>) {
        let mut standing = self.standing.lock().expect("no panic under this lock");
        standing.heard(number, to);
        let target = standing.target().map_or(0, |rank| u32::from(rank.0) + 1);
        self.target.store(target, Ordering::Relaxed);
    }
}

impl Node {
    /// Has the controller, which is this node's, take a report, and sends what it orders.
    fn control_by(&'static self, from: Rank, report: Report) -> Sense {
        let Some(controller) = &self.control().controller else {
            return Err("a Report, which is for rank 0".into());
        };
        let orders = controller.lock().expect("no panic under this lock").report(from, report);
        for (to, order) in orders {
            if to == self.rank() {
                self.obey(order);
            } else {
                self.send_order(to, &order);
            }
        }
        Ok(())
    }

    fn obey(&'static self, order: Order) {
        match order {
            Order::Objects { number, to } => self.control().hear(number, to),
            Order::Give(give) => self.give_up(give),
        }
    }

    /// Has tasks go elsewhere: those that nobody has begun, the ones with the fewest bytes here first, each to where
    /// most of its other bytes are, and then migratable ones. On a thread of the pool, since they are packed where a
    /// thread may wait.
    fn give_up(&'static self, give: Give) {
        run_next(self, move || self.give_now(give));
    }

    /// Gives up to so many tasks up at once, as if the controller had said so: for storms.
    ///
    /// # Panics
    /// Where there is no such node.
    #[doc(hidden)]
    pub fn give_tasks(&'static self, most: u32, to: Rank, memory: bool) {
        assert!(to.0 < self.size(), "node {to} is not in this cluster of {}", self.size());
        if to != self.rank() {
            self.give_now(Give { most, to, memory, closed: Vec::new() });
        }
    }

    fn give_now(&'static self, mut give: Give) {
        let waiting = self.pool().take_spare(|_| give.most as usize);
        give.most = give.most.saturating_sub(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
        let reason = Reason::Short { memory: give.memory };
        give_all(self, reason, self.with_takers(&give, waiting));
        self.order_moves(&give);
    }

    /// Tasks that nobody has begun, each with the node that is to take it.
    fn with_takers(&self, give: &Give, tasks: Vec<Task>) -> Vec<(Task, Rank)> {
        let candidate = |(at, task): (u64, &Task)| Candidate {
            task: at,
            accesses: task.reach().map(|rank| (rank, 1)).into_iter().collect(),
        };
        let candidates: Vec<_> = (0..).zip(&tasks).map(candidate).collect();
        let all = Give { most: u32::MAX, ..give.clone() };
        let takers: BTreeMap<_, _> = choose(&all, self.rank(), &candidates).into_iter().collect();
        tasks.into_iter().zip(takers.into_values()).collect()
    }

    /// Has migratable tasks go elsewhere before their next step, those first that access other nodes most.
    fn order_moves(&self, give: &Give) {
        let present = self.moves().unordered();
        let accesses = |task: &task::Candidate| task.most.map(|rank| (rank, task.accesses)).into_iter().collect();
        let candidates = (0..).zip(&present).map(|(at, task)| Candidate { task: at, accesses: accesses(task) });
        for (at, to) in choose(give, self.rank(), &candidates.collect::<Vec<_>>()) {
            let task = present[at as usize].task;
            let ordered = self.moves().order(task, to);
            let reason = Reason::Short { memory: give.memory };
            tracing::debug!(target: "drust::place", %task, to = to.0, ordered, %reason, "a task is to go elsewhere");
        }
    }

    fn send_order(&self, to: Rank, order: &Order) {
        let ask = |op: Op, number: u32, a: u64, b: u64| Ask {
            family: Family::Control,
            op: op as u16,
            number,
            id: 0,
            address: Address::RESERVED,
            a,
            b,
        };
        match order {
            Order::Objects { number, to: target } => {
                let target = target.map_or(0, |rank| u64::from(rank.0) + 1);
                self.send_share(to, Lane::Small, ask(Op::Objects, 0, target, *number), &[], Mode::Defer);
            }
            Order::Give(Give { most, to: taker, memory, closed }) => {
                let ask = ask(Op::Give, *most, taker.0.into(), (*memory).into());
                self.send_share(to, Lane::Small, ask, &[to_bytes(closed).as_slice().into()], Mode::Defer);
            }
        }
    }

    /// Whether another node has room for so many bytes, as far as this one was told. Where it was told nothing it asks,
    /// as [`Node::ask_for_room`] does, but not again and again.
    fn knows_of_room(&'static self, bytes: u64) -> bool {
        if self.control().target().is_some() {
            return true;
        }
        let in_vain = || self.control().in_vain.lock().expect("no panic under this lock");
        let now = schedule::now();
        if in_vain().is_some_and(|then| now.saturating_duration_since(then) < PATIENCE) {
            return false;
        }
        let found = self.ask_for_room(bytes, &[]).is_some();
        *in_vain() = (!found).then_some(now);
        found
    }

    /// A node with room for so many bytes, as far as rank 0 knows, none of those that have refused. On other nodes than
    /// that 1 request, 1 reply.
    fn ask_for_room(&'static self, bytes: u64, refused: &[Rank]) -> Option<Rank> {
        if self.control().controller.is_some() {
            let (to, number) = self.find_room(self.rank(), bytes, refused)?;
            self.told_of_room(number, to);
            return Some(to);
        }
        let (op, address) = (Op::Room as u16, Address::RESERVED);
        let ask = Ask { family: Family::Control, op, number: 0, id: 0, address, a: bytes, b: 0 };
        let refused = to_bytes(refused);
        let what = format_args!("node 0 to say who has room for {bytes} bytes");
        let (reply, _) = self.ask_share(Rank(0), ask, &[refused.as_slice().into()], &what);
        if reply.outcome != FOUND {
            return None;
        }
        let to = self.rank_in(reply.a).unwrap_or_else(|nonsense| self.refuse(Rank(0), nonsense));
        self.told_of_room(reply.b, to);
        Some(to)
    }

    /// Rank 0 has said where there is room, and takes this node for full: it is to hear when that is over.
    fn told_of_room(&'static self, number: u64, to: Rank) {
        self.control().hear(number, Some(to));
        self.control().reports.thought_full();
        self.pool().look_on(self);
    }

    /// What the controller, which is this node's, says to who asks for room.
    fn find_room(&self, asker: Rank, bytes: u64, refused: &[Rank]) -> Option<(Rank, u64)> {
        let controller = self.control().controller.as_ref()?;
        controller.lock().expect("no panic under this lock").room(asker, bytes, refused)
    }

    /// The rank that a peer names.
    fn rank_in(&self, number: u64) -> Sense<Rank> {
        let rank = u16::try_from(number).ok().filter(|rank| *rank < self.size());
        Ok(Rank(rank.ok_or_else(|| format!("node {number}, which is none of the cluster's"))?))
    }
}

/// Does what a peer says about room and load.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: &Body) -> Sense {
    // SAFETY: what is said of room and load is sent from initialised bytes.
    let body = unsafe { body.bytes().assume_init_ref() };
    let op = Op::from_u16(ask.op).ok_or_else(|| format!("operation {} of {:?}, which is none", ask.op, ask.family))?;
    if matches!(op, Op::Objects | Op::Give) && from != Rank(0) {
        return Err(format!("{op:?}, which is rank 0's to order").into());
    }
    match op {
        Op::Report => node.control_by(from, Report::decode(body)?)?,
        Op::Objects => {
            let to = ask.a.checked_sub(1).map(|rank| node.rank_in(rank)).transpose()?;
            node.control().hear(ask.b, to.filter(|to| *to != node.rank()));
        }
        Op::Give => {
            let (to, closed) = (node.rank_in(ask.a)?, from_bytes(body)?);
            if to == node.rank() {
                return Err("tasks for this node itself".into());
            }
            node.give_up(Give { most: ask.number, to, memory: ask.b == 1, closed });
        }
        Op::Room if ask.id == 0 || node.control().controller.is_none() => {
            return Err("a question about room that nobody here answers".into());
        }
        Op::Room => {
            let found = node.find_room(from, ask.a, &from_bytes(body)?);
            let reply = found.map_or_else(Reply::default, |(to, number)| Reply {
                outcome: FOUND,
                number: 0,
                a: to.0.into(),
                b: number,
            });
            node.answer_share(from, ask.id, reply, &[]);
        }
        Op::Queue => node.hear_of_queue(from, Tell { number: ask.b, full: ask.a == 1 }),
    }
    Ok(())
}

fn to_bytes(ranks: &[Rank]) -> Vec<u8> {
    ranks.iter().flat_map(|rank| rank.0.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Sense<Vec<Rank>> {
    let (ranks, []) = bytes.as_chunks::<2>() else { return Err("ranks that are no whole ones".into()) };
    Ok(ranks.iter().map(|rank| Rank(u16::from_le_bytes(*rank))).collect())
}

#[cfg(test)]
mod tests;
