//! A channel at its home.

use super::{Illegal, Item, Lack, Want};
use crate::Rank;
use std::collections::VecDeque;

/// A channel: its queue, and everybody who waits at it.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::channel::{Home, HomeEvent, HomeOrder, How, Item, Want};
/// let (mut home, mut orders) = (Home::new(Rank(0), Some(1), 1 << 20, 1), Vec::new());
/// let item = Item::sized("value", 5);
/// let send = |ticket| HomeEvent::Send { from: Rank(1), ticket, how: How::Try, item: item.clone() };
/// home.step(send(7), &mut orders).unwrap();
/// assert_eq!(orders.pop(), Some(HomeOrder::Accept { to: Rank(1), ticket: 7 }));
/// home.step(send(8), &mut orders).unwrap();
/// assert!(matches!(orders.pop(), Some(HomeOrder::Refuse { ticket: 8, .. })));
/// let want = Want { ticket: 9, probe: false };
/// home.step(HomeEvent::Want { from: Rank(2), want }, &mut orders).unwrap();
/// assert_eq!(orders, [HomeOrder::Give { to: Rank(2), ticket: 9, item }]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Home<M> {
    rank: Rank,
    capacity: Option<usize>,
    window: u64,
    queue: VecDeque<Item<M>>,
    /// Senders that wait for room.
    pending: VecDeque<Pending<M>>,
    /// Threads that wait for a value, or for the stream to come back.
    wants: VecDeque<(Rank, Want)>,
    stream: Option<Stream>,
    taps: Vec<TapAt>,
    /// Weight of all senders there are.
    weight: u128,
    senders: Senders,
    receiver: Receiver,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pending<M> {
    from: Rank,
    ticket: u32,
    item: Item<M>,
}

/// The node that is sent all values ahead of need.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Stream {
    node: Rank,
    /// Bytes pushed that were not reported as received.
    ahead: u64,
    recalled: bool,
    /// It knows that nothing follows.
    last: bool,
}

/// A node that posts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct TapAt {
    node: Rank,
    /// Bytes that came and were not acknowledged.
    arrived: u64,
    /// It was asked to forget its tap.
    told: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Senders {
    Some,
    /// All are gone, but their last posts may be on the way.
    Going,
    Gone,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Receiver {
    Here,
    /// Its drop waits until all who send know of it.
    Going(Rank, u32),
    Gone,
}

/// How a value is sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum How {
    /// By a node that has a tap, unanswered.
    Post,
    /// To be answered when there is room.
    Wait,
    /// To be answered at once.
    Try,
}

/// Why a value was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// There is no room.
    Full,
    /// There is no receiver.
    Gone,
}

/// What happens to a channel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum HomeEvent<M> {
    /// A value is sent.
    Send {
        /// By a thread of this node.
        from: Rank,
        /// Which thread; of a post nothing.
        ticket: u32,
        /// How.
        how: How,
        /// The value.
        item: Item<M>,
    },
    /// A sender's time is up.
    Quit {
        /// On this node.
        from: Rank,
        /// Which thread's.
        ticket: u32,
    },
    /// A thread wants a value.
    Want {
        /// Of this node.
        from: Rank,
        /// Which, and how.
        want: Want,
    },
    /// A receiving thread's time is up.
    Leave {
        /// On this node.
        from: Rank,
        /// Which thread's.
        ticket: u32,
    },
    /// Bytes of the stream were received.
    Report {
        /// By this node.
        from: Rank,
        /// So many.
        bytes: u64,
    },
    /// The stream comes back.
    Return {
        /// From this node.
        from: Rank,
        /// Its threads that wait.
        wants: Vec<Want>,
        /// What they did not receive.
        items: Vec<Item<M>>,
    },
    /// Weight is given out for one more sender.
    Credit {
        /// So much.
        weight: u64,
    },
    /// A sender was dropped.
    Back {
        /// And had so much weight.
        weight: u64,
    },
    /// A node has forgotten its tap; nothing that it posted is on the way.
    OverAck {
        /// This node.
        from: Rank,
    },
    /// The receiver was dropped; nobody waits for values.
    Close {
        /// On this node.
        from: Rank,
        /// By this thread, which waits for [`HomeOrder::Closed`].
        ticket: u32,
    },
}

/// What is to be done about it, in this order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum HomeOrder<M> {
    /// Give a value to a thread that wants one.
    Give {
        /// Of this node.
        to: Rank,
        /// Which.
        ticket: u32,
        /// The value.
        item: Item<M>,
    },
    /// There is none for it.
    Lack {
        /// On this node.
        to: Rank,
        /// Which thread.
        ticket: u32,
        /// Why.
        lack: Lack,
    },
    /// Give the stream to a node.
    Grant {
        /// This one.
        to: Rank,
    },
    /// Send it the next value of it.
    Push {
        /// The node.
        to: Rank,
        /// The value.
        item: Item<M>,
    },
    /// Tell it that nothing follows.
    Last {
        /// The node.
        to: Rank,
    },
    /// Ask for the stream.
    Recall {
        /// The node that has it.
        to: Rank,
    },
    /// Tell a node that bytes of its posts have come.
    Ack {
        /// This one.
        to: Rank,
        /// So many.
        bytes: u64,
    },
    /// Have a node forget its tap.
    Over {
        /// This one.
        to: Rank,
    },
    /// Tell a sender that its value was taken.
    Accept {
        /// On this node.
        to: Rank,
        /// Which thread.
        ticket: u32,
    },
    /// Tell a sender that it was not.
    Refuse {
        /// On this node.
        to: Rank,
        /// Which thread.
        ticket: u32,
        /// Why.
        why: Refusal,
        /// The value: the sender's again, who on another node has kept it.
        item: Item<M>,
    },
    /// Tell the receiver's drop that every sender knows of it.
    Closed {
        /// On this node.
        to: Rank,
        /// Which thread.
        ticket: u32,
        /// What was sent and not received.
        rest: Vec<Item<M>>,
    },
    /// Forget the channel: nobody knows it any more.
    End,
}

type Orders<M> = Vec<HomeOrder<M>>;

impl<M> Home<M> {
    /// A channel of node `rank`, bounded or not, with a window of so many bytes, whose first sender has this weight.
    #[must_use]
    pub fn new(rank: Rank, capacity: Option<usize>, window: u64, weight: u64) -> Home<M> {
        Home {
            rank,
            capacity,
            window,
            queue: VecDeque::new(),
            pending: VecDeque::new(),
            wants: VecDeque::new(),
            stream: None,
            taps: Vec::new(),
            weight: u128::from(weight),
            senders: Senders::Some,
            receiver: Receiver::Here,
        }
    }

    /// Whether values of other threads of the home would leave it now: another node has the stream, or waits first.
    #[must_use]
    pub fn leads_away(&self) -> bool {
        self.stream.is_some() || self.wants.front().is_some_and(|(node, _)| *node != self.rank)
    }

    /// Values that are in the queue, or wait for room in it.
    pub fn waiting_values(&mut self) -> impl Iterator<Item = &mut M> {
        let pending = self.pending.iter_mut().map(|pending| &mut pending.item);
        self.queue.iter_mut().chain(pending).map(|item| &mut item.value)
    }

    /// Takes an event, and appends what to do.
    ///
    /// # Errors
    /// [`Illegal`]: a node sends what it may not; nothing has changed.
    pub fn step(&mut self, event: HomeEvent<M>, orders: &mut Orders<M>) -> Result<(), Illegal> {
        match event {
            HomeEvent::Send { from, how: How::Post, item, .. } => return self.post(from, [item], orders),
            HomeEvent::Send { from, ticket, how, item } => {
                return self.sent(Pending { from, ticket, item }, how, orders);
            }
            HomeEvent::Quit { from, ticket } => {
                let at = self.pending.iter().position(|each| (each.from, each.ticket) == (from, ticket));
                if let Some(Pending { item, .. }) = at.and_then(|at| self.pending.remove(at)) {
                    orders.push(HomeOrder::Refuse { to: from, ticket, why: Refusal::Full, item });
                }
            }
            HomeEvent::Want { from, want } => self.wanted(from, want, orders),
            HomeEvent::Leave { from, ticket } => self.leave(from, ticket, orders),
            HomeEvent::Report { from, bytes } => {
                let stream = self.stream.as_mut().filter(|stream| stream.node == from && stream.ahead >= bytes);
                stream.ok_or(Illegal("a report of what was not pushed"))?.ahead -= bytes;
                self.pump(orders);
            }
            HomeEvent::Return { from, wants, items } => return self.returned(from, wants, items, orders),
            HomeEvent::Credit { .. } if self.weight == 0 => return Err(Illegal("credit for a sender of none")),
            HomeEvent::Credit { weight } => self.weight += u128::from(weight),
            HomeEvent::Back { weight } => {
                let left = self.weight.checked_sub(u128::from(weight)).filter(|_| weight > 0);
                self.weight = left.ok_or(Illegal("weight that was not given out"))?;
                if self.weight == 0 {
                    self.senders = Senders::Going;
                    self.tell_over(orders);
                }
            }
            HomeEvent::OverAck { from } => {
                let at = self.taps.iter().position(|tap| tap.node == from && tap.told);
                self.taps.swap_remove(at.ok_or(Illegal("a tap forgotten that nobody asked to be"))?);
                self.settle(orders);
            }
            HomeEvent::Close { from, ticket } => return self.close(from, ticket, orders),
        }
        Ok(())
    }

    /// Takes values that a node has posted one after the other, as one [`HomeEvent::Send`] for each would.
    ///
    /// # Errors
    /// [`Illegal`]: the node has no tap; nothing has changed.
    pub fn post(
        &mut self,
        from: Rank,
        items: impl IntoIterator<Item = Item<M>>,
        orders: &mut Orders<M>,
    ) -> Result<(), Illegal> {
        let at = self.taps.iter().position(|tap| tap.node == from).ok_or(Illegal("a post of a node without a tap"))?;
        let mut bytes = 0;
        for item in items {
            bytes += item.bytes;
            self.deliver(item, orders);
        }
        let tap = &mut self.taps[at];
        tap.arrived += bytes;
        // A tap that is to be forgotten has no use for it.
        if tap.arrived >= self.window.div_ceil(4) && !tap.told {
            orders.push(HomeOrder::Ack { to: from, bytes: std::mem::take(&mut tap.arrived) });
        }
        Ok(())
    }

    /// The next value, for a thread of the home, where a [`HomeEvent::Want`] of it would give that and do nothing else.
    pub fn pop(&mut self) -> Option<Item<M>> {
        if self.stream.is_some() || !self.pending.is_empty() {
            return None;
        }
        self.queue.pop_front()
    }

    fn sent(&mut self, sent: Pending<M>, how: How, orders: &mut Orders<M>) -> Result<(), Illegal> {
        if self.weight == 0 {
            return Err(Illegal("a value of no sender"));
        }
        let Pending { from: to, ticket, .. } = sent;
        let room = self.capacity.is_none_or(|capacity| self.queue.len() < capacity || !self.wants.is_empty());
        if self.receiver != Receiver::Here {
            orders.push(HomeOrder::Refuse { to, ticket, why: Refusal::Gone, item: sent.item });
        } else if room {
            if self.capacity.is_none() && to != self.rank && !self.taps.iter().any(|tap| tap.node == to) {
                self.taps.push(TapAt { node: to, arrived: 0, told: false });
            }
            orders.push(HomeOrder::Accept { to, ticket });
            self.deliver(sent.item, orders);
        } else if how == How::Try {
            orders.push(HomeOrder::Refuse { to, ticket, why: Refusal::Full, item: sent.item });
        } else {
            self.pending.push_back(sent);
        }
        Ok(())
    }

    /// A value that was taken goes to who waits for it, or into the queue.
    fn deliver(&mut self, item: Item<M>, orders: &mut Orders<M>) {
        if self.stream.is_none()
            && let Some((to, Want { ticket, .. })) = self.wants.pop_front()
        {
            return orders.push(HomeOrder::Give { to, ticket, item });
        }
        self.queue.push_back(item);
        self.pump(orders);
    }

    /// Pushes to the node that has the stream what there is room for on the way.
    fn pump(&mut self, orders: &mut Orders<M>) {
        let Some(stream) = self.stream.as_mut().filter(|stream| !stream.recalled) else { return };
        let to = stream.node;
        while stream.ahead < self.window
            && let Some(item) = self.queue.pop_front()
        {
            stream.ahead += item.bytes;
            orders.push(HomeOrder::Push { to, item });
        }
        if self.queue.is_empty() && self.senders == Senders::Gone && !stream.last {
            stream.last = true;
            orders.push(HomeOrder::Last { to });
        }
    }

    fn wanted(&mut self, from: Rank, want: Want, orders: &mut Orders<M>) {
        match &mut self.stream {
            None => {
                let alone = self.wants.is_empty();
                self.serve(from, want, alone, orders);
            }
            // The stream serves its node's threads; when it comes back their wants come with it.
            Some(stream) if stream.node == from => {
                if want.probe && !stream.recalled && (stream.last || self.senders == Senders::Some) {
                    let lack = if stream.last { Lack::Gone } else { Lack::Empty };
                    orders.push(HomeOrder::Lack { to: from, ticket: want.ticket, lack });
                }
            }
            Some(_) => {
                self.wants.push_back((from, want));
                self.recall(orders);
            }
        }
    }

    /// Answers a thread, or has it wait; one that waits `alone` at an unbounded channel is given the stream.
    fn serve(&mut self, to: Rank, want: Want, alone: bool, orders: &mut Orders<M>) {
        let ticket = want.ticket;
        let streams = alone && self.capacity.is_none() && to != self.rank;
        if self.queue.is_empty() && self.pending.is_empty() {
            if self.senders == Senders::Gone || want.probe && self.senders == Senders::Some {
                let lack = if self.senders == Senders::Gone { Lack::Gone } else { Lack::Empty };
                return orders.push(HomeOrder::Lack { to, ticket, lack });
            }
            // While the last posts are on their way, who only looks waits for them too: nobody will send any more.
            if !streams || want.probe {
                return self.wants.push_back((to, want));
            }
        }
        if streams {
            self.stream = Some(Stream { node: to, ahead: 0, recalled: false, last: false });
            orders.push(HomeOrder::Grant { to });
            return self.pump(orders);
        }
        let item = self.queue.pop_front();
        let admitted = self.pending.pop_front().map(|Pending { from, ticket, item }| {
            orders.push(HomeOrder::Accept { to: from, ticket });
            item
        });
        // With no room at all a value passes from hand to hand.
        match item {
            Some(item) => {
                self.queue.extend(admitted);
                orders.push(HomeOrder::Give { to, ticket, item });
            }
            None => orders.extend(admitted.map(|item| HomeOrder::Give { to, ticket, item })),
        }
    }

    /// A thread's time is up: it looks once more, when there is something to look at.
    fn leave(&mut self, to: Rank, ticket: u32, orders: &mut Orders<M>) {
        let at = self.wants.iter().position(|(node, want)| (*node, want.ticket) == (to, ticket));
        let Some(at) = at else { return };
        if self.stream.is_some() || self.senders == Senders::Going {
            self.wants[at].1.probe = true;
        } else {
            self.wants.remove(at);
            orders.push(HomeOrder::Lack { to, ticket, lack: Lack::Empty });
        }
    }

    fn recall(&mut self, orders: &mut Orders<M>) {
        if let Some(stream) = self.stream.as_mut().filter(|stream| !stream.recalled) {
            stream.recalled = true;
            orders.push(HomeOrder::Recall { to: stream.node });
        }
    }

    fn returned(
        &mut self,
        from: Rank,
        wants: Vec<Want>,
        items: Vec<Item<M>>,
        orders: &mut Orders<M>,
    ) -> Result<(), Illegal> {
        let back = items.iter().fold(0_u64, |sum, item| sum.saturating_add(item.bytes));
        let own = |stream: &&Stream| stream.node == from && stream.recalled && stream.ahead >= back;
        self.stream.as_ref().filter(own).ok_or(Illegal("a stream comes back that nobody asked for"))?;
        self.stream = None;
        for item in items.into_iter().rev() {
            self.queue.push_front(item);
        }
        self.wants.extend(wants.into_iter().map(|want| (from, want)));
        let parked = std::mem::take(&mut self.wants);
        let alone = parked.len() == 1;
        for (to, want) in parked {
            self.serve(to, want, alone, orders);
        }
        self.settle(orders);
        Ok(())
    }

    fn tell_over(&mut self, orders: &mut Orders<M>) {
        for tap in self.taps.iter_mut().filter(|tap| !tap.told) {
            tap.told = true;
            orders.push(HomeOrder::Over { to: tap.node });
        }
        self.settle(orders);
    }

    fn close(&mut self, from: Rank, ticket: u32, orders: &mut Orders<M>) -> Result<(), Illegal> {
        if self.receiver != Receiver::Here || !self.wants.is_empty() {
            return Err(Illegal("the drop of a receiver that is gone or in use"));
        }
        self.receiver = Receiver::Going(from, ticket);
        orders.extend(self.pending.drain(..).map(|Pending { from: to, ticket, item }| HomeOrder::Refuse {
            to,
            ticket,
            why: Refusal::Gone,
            item,
        }));
        self.recall(orders);
        self.tell_over(orders);
        Ok(())
    }

    /// Ends what has been waiting for the last post, or for the stream.
    fn settle(&mut self, orders: &mut Orders<M>) {
        if !self.taps.is_empty() {
            return;
        }
        if self.senders == Senders::Going {
            self.senders = Senders::Gone;
            if self.stream.is_none() {
                let wants = self.wants.drain(..);
                orders.extend(wants.map(|(to, want)| HomeOrder::Lack { to, ticket: want.ticket, lack: Lack::Gone }));
            }
            self.pump(orders);
        }
        if let Receiver::Going(to, ticket) = self.receiver
            && self.stream.is_none()
        {
            self.receiver = Receiver::Gone;
            orders.push(HomeOrder::Closed { to, ticket, rest: self.queue.drain(..).collect() });
        }
        if self.receiver == Receiver::Gone && self.senders == Senders::Gone {
            orders.push(HomeOrder::End);
        }
    }
}
