//! Three nodes, their threads, and the messages between them.

use crate::planted::Fault;
use crate::scenarios::{Op, Scenario};
use drust_proto::Rank;
use drust_proto::sharing::channel::{
    Home, HomeEvent, HomeOrder, How, Item, Lack, Refusal, Seat, SeatEvent, SeatOrder, Tap, TapEvent, TapOrder, Want,
};
use std::collections::{BTreeSet, VecDeque};

const NODES: usize = 3;
const HOME: Rank = Rank(0);

/// A value: its sender's number, and the how manieth it is.
type Value = u8;
/// A set of values.
type Values = u64;

fn value(thread: usize, sent: u8) -> Value {
    assert!(thread < 8 && sent < 8, "more than a set holds");
    thread as u8 * 8 + sent
}

fn one(value: Value) -> Values {
    1 << value
}

/// What may happen.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// A thread goes on.
    Run(usize),
    /// A thread's time is up.
    TimeUp(usize),
    /// The home handles a message of a node.
    Up(usize),
    /// A node handles a message of the home.
    Down(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum State {
    Ready,
    Sending { quits: bool },
    Parked,
    Receiving { leaves: bool },
    Closing,
}

#[derive(Clone, Hash)]
struct Thread {
    node: u16,
    at: usize,
    state: State,
    sent: u8,
    /// Whether its send began after the receiver's drop had ended.
    late: bool,
    /// Whether it receives until all senders are gone.
    all: bool,
    /// What had come when it began to look.
    there: Values,
    /// How many values of each thread it has received.
    next: [u8; 8],
}

#[derive(Clone, Hash)]
pub struct World {
    home: Option<Home<Value>>,
    taps: [Option<Tap>; NODES],
    seats: [Seat<Value>; NODES],
    up: [VecDeque<HomeEvent<Value>>; NODES],
    down: [VecDeque<HomeOrder<Value>>; NODES],
    threads: Vec<Thread>,
    /// What was sent, has come to the home, was given to receivers, was received, and was left at the end.
    sent: Values,
    come: Values,
    given: Values,
    got: Values,
    rest: Values,
    closed: bool,
}

type Stop = Result<(), String>;

/// What a step is taken under.
struct Rules<'a> {
    scenario: &'a Scenario,
    fault: Option<Fault>,
    said: &'a mut BTreeSet<String>,
}

impl Rules<'_> {
    fn broken(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }
}

fn name(shown: &str) -> String {
    let name: String = shown.chars().take_while(|letter| letter.is_alphabetic()).collect();
    if name == "Send" && shown.contains("how: Post") { "Post".into() } else { name }
}

fn thread_of(ticket: u32) -> usize {
    ticket as usize % 8
}

fn receives(script: &[Op]) -> bool {
    script.iter().any(|op| matches!(op, Op::Recv | Op::TryRecv | Op::RecvFor | Op::RecvAll))
}

impl World {
    pub fn new(scenario: &Scenario) -> World {
        let senders = scenario.threads.iter().filter(|(_, ops)| ops.contains(&Op::Drop)).count() as u64;
        let ready = |node| Thread {
            node,
            at: 0,
            state: State::Ready,
            sent: 0,
            late: false,
            all: false,
            there: 0,
            next: [0; 8],
        };
        World {
            home: Some(Home::new(HOME, scenario.capacity, scenario.window, senders)),
            taps: [const { None }; NODES],
            seats: std::array::from_fn(|_| Seat::new(scenario.window)),
            up: Default::default(),
            down: Default::default(),
            threads: scenario.threads.iter().map(|(node, _)| ready(*node)).collect(),
            sent: 0,
            come: 0,
            given: 0,
            got: 0,
            rest: 0,
            closed: false,
        }
    }

    fn op(&self, scenario: &Scenario, thread: usize) -> Option<Op> {
        scenario.threads[thread].1.get(self.threads[thread].at).copied()
    }

    /// The number of a thread's wait: no two have the same, since answers may come too late.
    fn ticket(&self, index: usize) -> u32 {
        index as u32 + 8 * self.threads[index].at as u32
    }

    pub fn moves(&self, scenario: &Scenario, fault: Option<Fault>) -> Vec<Move> {
        let mut moves = Vec::new();
        for (index, thread) in self.threads.iter().enumerate() {
            let Some(op) = self.op(scenario, index) else { continue };
            let may = match op {
                Op::Join => (0..self.threads.len()).all(|other| {
                    other == index || !receives(scenario.threads[other].1) || self.op(scenario, other).is_none()
                }),
                Op::Fence => self.up[usize::from(thread.node)].is_empty() || fault == Some(Fault::NoFence),
                _ => true,
            };
            match thread.state {
                State::Ready if may => moves.push(Move::Run(index)),
                State::Sending { quits: false } if op == Op::SendFor => moves.push(Move::TimeUp(index)),
                State::Receiving { leaves: false } if op == Op::RecvFor => moves.push(Move::TimeUp(index)),
                _ => {}
            }
        }
        moves.extend((0..NODES).filter(|node| !self.up[*node].is_empty()).map(Move::Up));
        moves.extend((0..NODES).filter(|node| !self.down[*node].is_empty()).map(Move::Down));
        moves
    }

    pub fn take(&mut self, scenario: &Scenario, fault: Option<Fault>, step: Move, said: &mut BTreeSet<String>) -> Stop {
        let rules = &mut Rules { scenario, fault, said };
        match step {
            Move::Run(thread) => self.run(rules, thread),
            Move::TimeUp(thread) => self.time_up(rules, thread),
            Move::Up(node) => {
                let event = self.up[node].pop_front().expect("a message");
                self.at_home(rules, event)
            }
            Move::Down(node) => {
                let order = self.down[node].pop_front().expect("a message");
                self.at_node(rules, node, order)
            }
        }
    }

    /// Tells the home, from whichever node.
    fn tell(&mut self, rules: &mut Rules<'_>, node: u16, event: HomeEvent<Value>) -> Stop {
        if node == HOME.0 {
            return self.at_home(rules, event);
        }
        let up = &mut self.up[usize::from(node)];
        match event {
            HomeEvent::Report { .. } if rules.broken(Fault::NoReport) => {}
            HomeEvent::Leave { .. } if rules.broken(Fault::NoLeave) => {}
            HomeEvent::Send { how: How::Post, .. } if rules.broken(Fault::PostsOvertake) => up.push_front(event),
            HomeEvent::Return { from, wants, mut items } => {
                match rules.fault {
                    Some(Fault::ReturnsReversed) => items.reverse(),
                    Some(Fault::ReturnsNothing) => items.clear(),
                    _ => {}
                }
                let wants = if rules.broken(Fault::ReturnsNoWants) { Vec::new() } else { wants };
                up.push_back(HomeEvent::Return { from, wants, items });
            }
            event => up.push_back(event),
        }
        Ok(())
    }

    fn run(&mut self, rules: &mut Rules<'_>, index: usize) -> Stop {
        let op = self.op(rules.scenario, index).expect("a ready thread has something to do");
        let (node, ticket) = (self.threads[index].node, self.ticket(index));
        match op {
            Op::Send | Op::SendFor => self.send(rules, index, How::Wait),
            Op::TrySend => self.send(rules, index, How::Try),
            Op::Recv | Op::RecvFor | Op::RecvAll => {
                self.threads[index].all = op == Op::RecvAll;
                self.receive(rules, index, false)
            }
            Op::TryRecv => self.receive(rules, index, true),
            Op::Hop(to) => {
                self.threads[index].node = to;
                self.done(index);
                Ok(())
            }
            Op::Drop => {
                self.done(index);
                self.tell(rules, node, HomeEvent::Back { weight: 1 })
            }
            Op::Join | Op::Fence => {
                self.done(index);
                Ok(())
            }
            Op::Close => {
                self.threads[index].state = State::Closing;
                self.tell(rules, node, HomeEvent::Close { from: Rank(node), ticket })
            }
        }
    }

    fn done(&mut self, index: usize) {
        let thread = &mut self.threads[index];
        (thread.at, thread.state) = (thread.at + 1, State::Ready);
    }

    fn send(&mut self, rules: &mut Rules<'_>, index: usize, how: How) -> Stop {
        let (closed, ticket) = (self.closed, self.ticket(index));
        let thread = &mut self.threads[index];
        let (node, from) = (thread.node, Rank(thread.node));
        let item = Item { value: value(index, thread.sent), bytes: 1 };
        thread.late = closed;
        thread.state = State::Sending { quits: false };
        let event = |how| HomeEvent::Send { from, ticket, how, item };
        if let Some(tap) = &mut self.taps[usize::from(node)] {
            return match tap.step(TapEvent::Send { bytes: 1 }).map_err(|illegal| illegal.to_string())? {
                TapOrder::Park => {
                    self.threads[index].state = State::Parked;
                    Ok(())
                }
                _ => {
                    self.tell(rules, node, event(How::Post))?;
                    self.was_sent(index)
                }
            };
        }
        self.tell(rules, node, event(how))
    }

    /// A value is on its way for good.
    fn was_sent(&mut self, index: usize) -> Stop {
        let thread = &mut self.threads[index];
        self.sent |= one(value(index, thread.sent));
        thread.sent += 1;
        let late = thread.late;
        self.done(index);
        if late { Err("a value was sent after the receiver's drop".into()) } else { Ok(()) }
    }

    fn receive(&mut self, rules: &mut Rules<'_>, index: usize, probe: bool) -> Stop {
        let there = self.come & !self.got;
        let thread = &mut self.threads[index];
        (thread.there, thread.state) = (there, State::Receiving { leaves: false });
        let (node, want) = (thread.node, Want { ticket: self.ticket(index), probe });
        if node == HOME.0 {
            return self.at_home(rules, HomeEvent::Want { from: HOME, want });
        }
        self.at_seat(rules, usize::from(node), SeatEvent::Take(want))
    }

    fn time_up(&mut self, rules: &mut Rules<'_>, index: usize) -> Stop {
        let (node, ticket) = (self.threads[index].node, self.ticket(index));
        let thread = &mut self.threads[index];
        match &mut thread.state {
            State::Sending { .. } if rules.broken(Fault::QuitsAlone) => {
                thread.sent += 1;
                self.done(index);
                Ok(())
            }
            State::Sending { quits } => {
                *quits = true;
                self.tell(rules, node, HomeEvent::Quit { from: Rank(node), ticket })
            }
            State::Receiving { leaves } => {
                *leaves = true;
                if node == HOME.0 {
                    return self.at_home(rules, HomeEvent::Leave { from: HOME, ticket });
                }
                self.at_seat(rules, usize::from(node), SeatEvent::Leave { ticket })
            }
            other => unreachable!("the time of a thread that is {other:?}"),
        }
    }

    fn at_home(&mut self, rules: &mut Rules<'_>, event: HomeEvent<Value>) -> Stop {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            if let HomeEvent::Send { how: How::Post, item, .. } = &event {
                self.come |= one(item.value);
            }
            // The answer may have crossed it, and all that followed too.
            if self.home.is_none() && matches!(event, HomeEvent::Leave { .. } | HomeEvent::Quit { .. }) {
                continue;
            }
            let shown = name(&format!("{event:?}"));
            let home = self.home.as_mut().ok_or("a message about a channel that has ended")?;
            let mut orders = Vec::new();
            home.step(event, &mut orders).map_err(|illegal| format!("{shown}: {illegal}"))?;
            for order in orders {
                rules.said.insert(format!("{shown}>{}", name(&format!("{order:?}"))));
                match order {
                    HomeOrder::Over { to } if rules.broken(Fault::NoOver) => {
                        events.push_back(HomeEvent::OverAck { from: to });
                    }
                    HomeOrder::Recall { to } if rules.broken(Fault::ClosesAlone) && shown == "Close" => {
                        events.push_back(HomeEvent::Return { from: to, wants: Vec::new(), items: Vec::new() });
                    }
                    HomeOrder::Ack { .. } if rules.broken(Fault::NoAck) => {}
                    HomeOrder::Last { .. } if rules.broken(Fault::NoLast) => {}
                    order => self.carry_out(order)?,
                }
            }
        }
        Ok(())
    }

    /// Sends on what the home orders, or does it where the home itself is meant.
    fn carry_out(&mut self, order: HomeOrder<Value>) -> Stop {
        let to = match &order {
            HomeOrder::Give { to, item, .. } | HomeOrder::Push { to, item } => {
                self.given |= one(item.value);
                *to
            }
            HomeOrder::Accept { to, ticket } => {
                let index = thread_of(*ticket);
                self.come |= one(value(index, self.threads[index].sent));
                *to
            }
            HomeOrder::Closed { to, rest, .. } => {
                self.rest |= rest.iter().fold(0, |rest, item| rest | one(item.value));
                *to
            }
            HomeOrder::Lack { to, .. }
            | HomeOrder::Grant { to }
            | HomeOrder::Last { to }
            | HomeOrder::Recall { to }
            | HomeOrder::Ack { to, .. }
            | HomeOrder::Over { to }
            | HomeOrder::Refuse { to, .. } => *to,
            HomeOrder::End => {
                self.home = None;
                return Ok(());
            }
        };
        if to != HOME {
            self.down[usize::from(to.0)].push_back(order);
            return Ok(());
        }
        match order {
            HomeOrder::Give { ticket, item, .. } => self.received(thread_of(ticket), item.value),
            HomeOrder::Lack { ticket, lack, .. } => self.lacks(thread_of(ticket), lack),
            other => self.answered(other),
        }
    }

    fn at_node(&mut self, rules: &mut Rules<'_>, node: usize, order: HomeOrder<Value>) -> Stop {
        let event = match order {
            HomeOrder::Give { ticket, item, .. } => SeatEvent::Give { ticket, item },
            HomeOrder::Lack { ticket, lack, .. } => SeatEvent::Lack { ticket, lack },
            HomeOrder::Grant { .. } => SeatEvent::Grant,
            HomeOrder::Push { item, .. } => SeatEvent::Push(item),
            HomeOrder::Last { .. } => SeatEvent::Last,
            HomeOrder::Recall { .. } => SeatEvent::Recall,
            HomeOrder::Ack { bytes, .. } => return self.at_tap(rules, node, TapEvent::Ack { bytes }),
            HomeOrder::Over { .. } => return self.at_tap(rules, node, TapEvent::Over),
            HomeOrder::Accept { .. } if rules.scenario.capacity.is_none() => {
                self.taps[node].get_or_insert_with(|| Tap::open(rules.scenario.window));
                return self.answered(order);
            }
            other => return self.answered(other),
        };
        self.at_seat(rules, node, event)
    }

    fn answered(&mut self, order: HomeOrder<Value>) -> Stop {
        match order {
            HomeOrder::Accept { ticket, .. } => match self.threads[thread_of(ticket)].state {
                State::Sending { .. } => self.was_sent(thread_of(ticket)),
                _ => Err("an answer that nobody waits for".into()),
            },
            HomeOrder::Refuse { ticket, why, .. } => {
                let index = thread_of(ticket);
                self.threads[index].sent += 1;
                self.done(index);
                match why {
                    Refusal::Full => Ok(()),
                    Refusal::Gone if self.threads.iter().any(|thread| thread.state == State::Closing) => Ok(()),
                    Refusal::Gone if self.closed => Ok(()),
                    Refusal::Gone => Err("a value was refused, and there is a receiver".into()),
                }
            }
            HomeOrder::Closed { ticket, .. } => {
                self.closed = true;
                self.done(thread_of(ticket));
                Ok(())
            }
            other => unreachable!("{other:?} is no answer"),
        }
    }

    fn at_tap(&mut self, rules: &mut Rules<'_>, node: usize, event: TapEvent) -> Stop {
        let tap = self.taps[node].as_mut().ok_or("news of a tap that is forgotten")?;
        let order = tap.step(event).map_err(|illegal| illegal.to_string())?;
        if order == TapOrder::Forget {
            self.taps[node] = None;
            self.tell(rules, node as u16, HomeEvent::OverAck { from: Rank(node as u16) })?;
        }
        if matches!(order, TapOrder::Retry | TapOrder::Forget) {
            let here = |thread: &&mut Thread| usize::from(thread.node) == node && thread.state == State::Parked;
            self.threads.iter_mut().filter(here).for_each(|thread| thread.state = State::Ready);
        }
        Ok(())
    }

    fn at_seat(&mut self, rules: &mut Rules<'_>, node: usize, event: SeatEvent<Value>) -> Stop {
        let shown = name(&format!("{event:?}"));
        let mut orders = Vec::new();
        self.seats[node].step(event, &mut orders).map_err(|illegal| format!("{shown}: {illegal}"))?;
        let from = Rank(node as u16);
        for order in orders {
            rules.said.insert(format!("{shown}>{}", name(&format!("{order:?}"))));
            let event = match order {
                SeatOrder::Got { ticket, item } => {
                    self.received(thread_of(ticket), item.value)?;
                    continue;
                }
                SeatOrder::Lack { ticket, lack } => {
                    self.lacks(thread_of(ticket), lack)?;
                    continue;
                }
                SeatOrder::Want(want) => HomeEvent::Want { from, want },
                SeatOrder::Leave { ticket } => HomeEvent::Leave { from, ticket },
                SeatOrder::Report { bytes } => HomeEvent::Report { from, bytes },
                SeatOrder::Return { wants, items } => HomeEvent::Return { from, wants, items },
            };
            self.tell(rules, from.0, event)?;
        }
        Ok(())
    }

    fn received(&mut self, index: usize, value: Value) -> Stop {
        let thread = &mut self.threads[index];
        let (sender, nth) = (usize::from(value / 8), value % 8);
        if !matches!(thread.state, State::Receiving { .. }) {
            return Err("a value for a thread that waits for none".into());
        }
        if self.got & one(value) != 0 {
            return Err(format!("value {nth} of thread {sender} was received twice"));
        }
        if nth < thread.next[sender] {
            return Err(format!("value {nth} of thread {sender} was received late"));
        }
        thread.next[sender] = nth + 1;
        thread.at += usize::from(!thread.all);
        thread.state = State::Ready;
        self.got |= one(value);
        Ok(())
    }

    fn lacks(&mut self, index: usize, lack: Lack) -> Stop {
        let thread = &mut self.threads[index];
        if !matches!(thread.state, State::Receiving { .. }) {
            return Err("no value for a thread that waits for none".into());
        }
        let missed = match lack {
            Lack::Empty => thread.there & !self.given,
            Lack::Gone => self.sent & !self.given,
        };
        self.done(index);
        if missed == 0 { Ok(()) } else { Err(format!("{lack:?}, but {missed:#x} were there")) }
    }

    pub fn check(&self, scenario: &Scenario) -> Stop {
        let inside = (self.come & !self.given).count_ones() as usize;
        let left = (self.rest & !self.given).count_ones() as usize;
        if scenario.capacity.is_some_and(|capacity| inside - left > capacity) {
            return Err(format!("{inside} values where there is room for {:?}", scenario.capacity));
        }
        let posts = |events: &VecDeque<HomeEvent<Value>>| {
            events.iter().filter(|event| matches!(event, HomeEvent::Send { how: How::Post, .. })).count() as u64
        };
        if self.up.iter().any(|events| posts(events) > scenario.window) {
            return Err("more is on its way to the home than the window allows".into());
        }
        let pushes = |orders: &VecDeque<HomeOrder<Value>>| {
            orders.iter().filter(|order| matches!(order, HomeOrder::Push { .. })).count() as u64
        };
        if self.down.iter().any(|orders| pushes(orders) > scenario.window) {
            return Err("more is on its way to the receiver than the window allows".into());
        }
        Ok(())
    }

    /// What must hold where nothing can happen any more.
    pub fn check_end(&self, scenario: &Scenario) -> Stop {
        for (index, thread) in self.threads.iter().enumerate() {
            if self.op(scenario, index).is_some() {
                return Err(format!("thread {index} waits for ever, {:?}", thread.state));
            }
        }
        if self.home.is_some() {
            return Err("the channel has not ended".into());
        }
        if self.taps.iter().any(Option::is_some) || self.seats.iter().any(|seat| !seat.is_idle()) {
            return Err("a node remembers a channel that has ended".into());
        }
        if self.got & self.rest != 0 || self.got | self.rest != self.sent {
            return Err(format!("{:#x} sent, {:#x} received, {:#x} left", self.sent, self.got, self.rest));
        }
        Ok(())
    }
}
