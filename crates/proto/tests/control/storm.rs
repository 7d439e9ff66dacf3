//! Random nodes report to the controller and do, late, what it orders; an observer that knows only the reports and the
//! orders checks the contract.

use drust_proto::Rank;
use drust_proto::control::{CALM, Controller, Give, LASTS, Order, ROOMY, Standing};
use drust_proto::wire::Report;
use std::collections::VecDeque;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// An order about objects is not sent.
    OrderIsLost,
    /// Objects go to the fullest.
    ToTheFullest,
    /// A node is sent its own tasks.
    ToItself,
    /// A node that is a little below the mark is told that it is roomy.
    NoMargin,
    /// One task more than is good.
    GivesTooMany,
    /// The same is told twice.
    ToldTwice,
    /// Orders bear no numbers.
    NoNumbers,
    /// Who asks for room is told that there is none.
    NoRoom,
}

/// Numbers without a pattern (SplitMix64: Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ word >> 31) % end
    }
}

/// What the observer knows of a node, from what was said.
#[derive(Clone, Default)]
struct Seen {
    report: Option<Report>,
    full: bool,
    /// Bytes that others were sent to it with since its report.
    sent: u64,
    /// By whom it was promised tasks since then, how many, and how often the giver has reported since that.
    promised: Vec<(Rank, u32, u8)>,
    told: Option<Rank>,
    number: u64,
    /// What the node itself believes, who hears its orders late and in any order.
    standing: Standing,
    orders: VecDeque<Order>,
}

struct Storm {
    dice: Dice,
    fault: Fault,
    controller: Controller,
    nodes: Vec<Seen>,
    /// How often each thing was seen to happen.
    placed: usize,
    kept: usize,
    relieved: usize,
    emptied: usize,
    refilled: usize,
}

const LIMIT: u64 = 1000;

impl Seen {
    fn said_free(&self, like: u64) -> u64 {
        self.report.map_or(like, |report| report.limit.saturating_sub(report.used))
    }

    fn tasks(&self) -> u64 {
        let promised = self.promised.iter().map(|(_, tasks, _)| u64::from(*tasks)).sum::<u64>();
        promised + self.report.map_or(0, |report| u64::from(report.queued) + u64::from(report.running))
    }
}

impl Storm {
    fn new(seed: u64, fault: Fault) -> Storm {
        let mut dice = Dice(seed);
        let size = 1 + dice.below(5) as u16;
        let nodes = vec![Seen::default(); usize::from(size)];
        let (placed, kept, relieved, emptied, refilled) = (0, 0, 0, 0, 0);
        Storm { dice, fault, controller: Controller::new(size), nodes, placed, kept, relieved, emptied, refilled }
    }

    fn rank(&mut self) -> Rank {
        Rank(self.dice.below(self.nodes.len() as u64) as u16)
    }

    fn seen(&self, rank: Rank) -> &Seen {
        &self.nodes[usize::from(rank.0)]
    }

    fn invent(&mut self) -> Report {
        let dice = &mut self.dice;
        let used = [dice.below(1001), 880 + dice.below(40), 780 + dice.below(40)][dice.below(3) as usize];
        let workers = 1 + dice.below(4) as u32;
        let cpu = [dice.below(1001), 1000, 690 + dice.below(20)][dice.below(3) as usize] as u16;
        let (queued, running, may_go) = (dice.below(9) as u32, dice.below(5) as u32, dice.below(9) as u16);
        Report { used, limit: LIMIT, cpu, may_go, queued, running, workers }
    }

    fn step(&mut self) -> Result<(), String> {
        match self.dice.below(8) {
            0 => self.ask_for_room(),
            1 | 2 => {
                let rank = self.rank();
                self.hear(rank);
                Ok(())
            }
            _ => self.report(),
        }
    }

    /// A node hears one of the orders that are on their way to it.
    fn hear(&mut self, rank: Rank) {
        let Some(last) = self.seen(rank).orders.len().checked_sub(1) else { return };
        let at = self.dice.below(last as u64 + 1) as usize;
        let node = &mut self.nodes[usize::from(rank.0)];
        if let Some(Order::Objects { number, to }) = node.orders.remove(at) {
            node.standing.heard(if self.fault == Fault::NoNumbers { u64::MAX - at as u64 } else { number }, to);
        }
    }

    fn report(&mut self) -> Result<(), String> {
        let (rank, report) = (self.rank(), self.invent());
        let node = &mut self.nodes[usize::from(rank.0)];
        node.report = Some(report);
        let before = node.full;
        node.full = report.used * 1000 / LIMIT >= if before { ROOMY } else { 900 };
        node.sent = 0;
        node.promised.clear();
        for (by, _, age) in self.nodes.iter_mut().flat_map(|node| &mut node.promised) {
            *age += u8::from(*by == rank);
        }
        self.nodes.iter_mut().for_each(|node| node.promised.retain(|(_, _, age)| *age < LASTS));
        let mut told = report;
        if self.fault == Fault::NoMargin && before && report.used < 900 {
            told.used = 0;
        }
        let orders = self.controller.report(rank, told);
        let orders = self.spoil(orders);
        for (to, order) in orders {
            self.check(to, &order)?;
            self.nodes[usize::from(to.0)].orders.push_back(order);
        }
        self.check_all()
    }

    fn ask_for_room(&mut self) -> Result<(), String> {
        let (asker, bytes) = (self.rank(), self.dice.below(LIMIT + 100));
        let refused: Vec<Rank> = (0..self.dice.below(3)).map(|_| self.rank()).collect();
        let like = self.seen(asker).report.map_or(u64::MAX, |report| report.limit);
        let others = (0..self.nodes.len() as u16).map(Rank).filter(|rank| *rank != asker && !refused.contains(rank));
        let open = others.filter(|rank| !self.seen(*rank).full);
        let having: Vec<Rank> = open.filter(|rank| self.seen(*rank).said_free(like) >= bytes).collect();
        let room = self.controller.room(asker, bytes, &refused).filter(|_| self.fault != Fault::NoRoom);
        let Some((to, number)) = room else {
            let none = || format!("{asker} is told that nobody has room for {bytes}");
            return if having.is_empty() { Ok(()) } else { Err(none()) };
        };
        if !having.contains(&to) {
            return Err(format!("{asker} asks for room for {bytes} and is sent to {to}"));
        }
        let left = |rank: &Rank| {
            let seen = self.seen(*rank);
            if seen.report.is_some() { seen.said_free(like).saturating_sub(seen.sent) } else { like }
        };
        if left(&to) < bytes && having.iter().any(|rank| left(rank) >= bytes) {
            return Err(format!("{asker} is sent to {to}, as others were before"));
        }
        self.refilled += usize::from(left(&to) < bytes);
        self.nodes[usize::from(to.0)].sent += bytes;
        let seen = &mut self.nodes[usize::from(asker.0)];
        seen.full = true;
        seen.standing.heard(number, Some(to));
        self.note(asker, number, Some(to))
    }

    /// Plants the fault in what is ordered.
    fn spoil(&mut self, mut orders: Vec<(Rank, Order)>) -> Vec<(Rank, Order)> {
        let fullest = (0..self.nodes.len()).max_by_key(|at| self.nodes[*at].report.map_or(0, |report| report.used));
        if self.fault == Fault::OrderIsLost && self.dice.below(4) == 0 {
            orders.retain(|(_, order)| matches!(order, Order::Give(_)));
        }
        if self.fault == Fault::ToldTwice {
            orders.extend(orders.clone());
        }
        for (from, order) in &mut orders {
            match (self.fault, order) {
                (Fault::ToTheFullest, Order::Objects { to: Some(to), .. }) => *to = Rank(fullest.unwrap_or(0) as u16),
                (Fault::ToItself, Order::Give(give)) => give.to = *from,
                (Fault::GivesTooMany, Order::Give(give)) => give.most += 1,
                _ => {}
            }
        }
        orders
    }

    fn check(&mut self, node: Rank, order: &Order) -> Result<(), String> {
        match order {
            Order::Objects { number, to } => {
                if self.seen(node).told == *to {
                    return Err(format!("{node} is told again what it was told: {to:?}"));
                }
                self.note(node, *number, *to)
            }
            Order::Give(give) => self.check_give(node, give),
        }
    }

    fn note(&mut self, node: Rank, number: u64, to: Option<Rank>) -> Result<(), String> {
        let seen = &mut self.nodes[usize::from(node.0)];
        if number <= seen.number {
            return Err(format!("{node} is given order {number} after {}", seen.number));
        }
        (seen.told, seen.number) = (to, number);
        Ok(())
    }

    fn check_give(&mut self, node: Rank, give: &Give) -> Result<(), String> {
        let (giver, taker) = (self.seen(node), self.seen(give.to));
        let [mine, theirs] = [giver, taker].map(Seen::tasks);
        let report = giver.report.ok_or("who has said nothing is to give")?;
        let workers = u64::from(taker.report.unwrap_or(report).workers);
        let most = u64::from(give.most);
        if give.to == node || taker.full || give.closed.contains(&give.to) {
            return Err(format!("{node} is to give tasks to {}", give.to));
        }
        if most == 0 || most > mine.min(report.may_go.into()) || give.memory != giver.full {
            return Err(format!("{node} is to give {most} of {mine} tasks, and may give {}", report.may_go));
        }
        if !give.memory && (mine - most < theirs + most || theirs + most > workers || report.cpu < CALM) {
            return Err(format!("{node} is to give {most} of {mine} tasks to one of {theirs} and {workers} workers"));
        }
        if give.memory {
            self.emptied += 1;
        } else {
            self.relieved += 1;
        }
        self.nodes[usize::from(give.to.0)].promised.push((node, give.most, 0));
        Ok(())
    }

    /// What holds whenever all that was ordered is known.
    fn check_all(&mut self) -> Result<(), String> {
        let roomy = self.nodes.iter().filter(|seen| !seen.full).count();
        for (rank, seen) in self.nodes.iter().enumerate() {
            let own = usize::from(!seen.full);
            if seen.told.is_some() != (seen.full && roomy > own) {
                return Err(format!("node {rank}, full: {}, is told {:?}", seen.full, seen.told));
            }
            match seen.told {
                Some(to) if usize::from(to.0) == rank || self.seen(to).full => {
                    return Err(format!("the objects of node {rank} go to {to}"));
                }
                Some(_) => self.placed += 1,
                None => self.kept += usize::from(seen.full),
            }
        }
        Ok(())
    }

    /// When all orders have been heard, every node believes what it was told last.
    fn settle(&mut self) -> Result<(), String> {
        for rank in (0..self.nodes.len()).map(|rank| Rank(rank as u16)) {
            while !self.seen(rank).orders.is_empty() {
                self.hear(rank);
            }
            let seen = self.seen(rank);
            if seen.standing.target() != seen.told {
                return Err(format!("{rank} believes {:?} and was told {:?}", seen.standing.target(), seen.told));
            }
        }
        Ok(())
    }
}

fn storm(seed: u64, fault: Fault) -> Result<Storm, String> {
    let mut storm = Storm::new(seed, fault);
    for _ in 0..200 {
        storm.step()?;
    }
    storm.settle()?;
    Ok(storm)
}

#[test]
fn the_contract_holds_in_storms() {
    let (mut placed, mut kept, mut relieved, mut emptied, mut refilled) = (0, 0, 0, 0, 0);
    for seed in 0..500 {
        let storm = storm(seed, Fault::None).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        placed += storm.placed;
        kept += storm.kept;
        relieved += storm.relieved;
        emptied += storm.emptied;
        refilled += storm.refilled;
    }
    let seen = [placed, kept, relieved, emptied, refilled];
    assert!(seen.iter().all(|times| *times > 100), "{seen:?}");
}

#[test]
fn planted_faults_are_found() {
    use Fault::*;
    for fault in [OrderIsLost, ToTheFullest, ToItself, NoMargin, GivesTooMany, ToldTwice, NoNumbers, NoRoom] {
        assert!((0..100).any(|seed| storm(seed, fault).is_err()), "{fault:?}");
    }
}

const ROOMY_NODE: Report = Report { used: 50, limit: 100, cpu: 0, may_go: 0, queued: 0, running: 0, workers: 4 };

#[test]
fn who_has_refused_and_is_at_rest_is_asked_again_for_less() {
    let mut controller = Controller::new(2);
    assert!(controller.report(Rank(1), ROOMY_NODE).is_empty());
    assert_eq!(controller.room(Rank(0), 45, &[]), Some((Rank(1), 1)), "which has as much, but not up to its mark");
    assert_eq!(controller.room(Rank(0), 45, &[Rank(1)]), None);
    assert_eq!(controller.room(Rank(0), 10, &[]), Some((Rank(1), 2)));
}

#[test]
fn who_was_promised_tasks_that_never_came_is_promised_others() {
    let mut controller = Controller::new(2);
    let hot = Report { cpu: 1000, running: 4, may_go: 4, ..ROOMY_NODE };
    assert!(controller.report(Rank(1), ROOMY_NODE).is_empty());
    let gives: Vec<usize> = (0..4).map(|_| controller.report(Rank(0), hot).len()).collect();
    assert_eq!(gives, [1, 1, 0, 1], "2 of 4, 1 more, and again when the first should have come");
}

#[test]
fn who_has_nothing_that_may_go_is_told_nothing() {
    for hot in [Report { cpu: 1000, running: 4, ..ROOMY_NODE }, Report { used: 95, queued: 9, ..ROOMY_NODE }] {
        let mut controller = Controller::new(2);
        assert!(controller.report(Rank(1), ROOMY_NODE).is_empty());
        let gives = |order: &(Rank, Order)| matches!(order.1, Order::Give(_));
        assert!(!controller.report(Rank(0), hot).iter().any(gives));
        assert!(controller.report(Rank(0), Report { may_go: 1, ..hot }).iter().any(gives));
    }
}

#[test]
fn numbers_at_their_ends_do_no_harm() {
    let mut controller = Controller::new(2);
    let all = u32::MAX;
    let (used, limit) = (u64::MAX, u64::MAX);
    let huge = Report { used, limit, cpu: 1000, may_go: u16::MAX, queued: all, running: all, workers: 0 };
    for report in [huge, Report::default(), Report { limit: 0, ..huge }, Report { used: u64::MAX, limit: 1, ..huge }] {
        for rank in [Rank(0), Rank(1), Rank(2)] {
            let _ = controller.report(rank, report);
            let _ = controller.room(rank, u64::MAX, &[]);
        }
    }
    assert!(controller.report(Rank(9), huge).is_empty(), "who is not there is not heard");
}
