//! The receiving side of a channel on a node that is not its home.

use super::{Illegal, Item, Lack, Want};
use std::collections::VecDeque;

/// What a node knows of a channel that its threads receive from. A new one is as good as one that is
/// [idle](Seat::is_idle).
///
/// ```
/// use drust_proto::sharing::channel::{Item, Seat, SeatEvent, SeatOrder, Want};
/// let (mut seat, mut orders) = (Seat::new(1 << 20), Vec::new());
/// let want = Want { ticket: 7, probe: false };
/// seat.step(SeatEvent::Take(want), &mut orders).unwrap();
/// assert_eq!(orders.drain(..).collect::<Vec<_>>(), [SeatOrder::Want(want)]);
/// let item = Item::sized("value", 5);
/// seat.step(SeatEvent::Give { ticket: 7, item: item.clone() }, &mut orders).unwrap();
/// assert_eq!(orders, [SeatOrder::Got { ticket: 7, item }]);
/// assert!(seat.is_idle());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Seat<M> {
    window: u64,
    right: Right,
    /// Values of the stream that no thread has taken.
    inbox: VecDeque<Item<M>>,
    /// Threads that wait, first come first served.
    waiting: VecDeque<Waiting>,
    /// Bytes of the stream that were taken since the last report.
    taken: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Right {
    /// Each value is asked for.
    None,
    /// Values come unasked.
    Stream,
    /// As above, and all have come.
    Last,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Waiting {
    want: Want,
    /// Its time is up, and the home has been told.
    leaving: bool,
}

/// What happens to a seat.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum SeatEvent<M> {
    /// A thread wants a value, and waits for [`SeatOrder::Got`] or [`SeatOrder::Lack`].
    Take(Want),
    /// A thread's time is up; it waits on for its answer, which is on its way.
    Leave {
        /// Which.
        ticket: u32,
    },
    /// The home gives the stream to this node.
    Grant,
    /// A value for one thread.
    Give {
        /// Which.
        ticket: u32,
        /// The value.
        item: Item<M>,
    },
    /// The next value of the stream.
    Push(Item<M>),
    /// There will be no more in the stream.
    Last,
    /// There is nothing for one thread.
    Lack {
        /// Which.
        ticket: u32,
        /// And why.
        lack: Lack,
    },
    /// The home wants the stream back.
    Recall,
}

/// What is to be done about it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum SeatOrder<M> {
    /// A thread has its value.
    Got {
        /// Which.
        ticket: u32,
        /// The value.
        item: Item<M>,
    },
    /// A thread goes without.
    Lack {
        /// Which.
        ticket: u32,
        /// And why.
        lack: Lack,
    },
    /// Tell the home that a thread wants a value.
    Want(Want),
    /// Tell the home that a thread gives up.
    Leave {
        /// Which.
        ticket: u32,
    },
    /// Tell the home that so many bytes of the stream were taken.
    Report {
        /// Since the last report.
        bytes: u64,
    },
    /// Give the stream back.
    Return {
        /// Who still waits.
        wants: Vec<Want>,
        /// What was not taken.
        items: Vec<Item<M>>,
    },
}

impl<M> Seat<M> {
    /// A seat of a node that has not received yet, for streams of so many bytes ahead of need.
    #[must_use]
    pub fn new(window: u64) -> Seat<M> {
        Seat { window, right: Right::None, inbox: VecDeque::new(), waiting: VecDeque::new(), taken: 0 }
    }

    /// Whether there is nothing to remember.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.right == Right::None && self.waiting.is_empty()
    }

    /// Takes an event, and appends what to do.
    ///
    /// # Errors
    /// [`Illegal`]: the home sends what it may not; nothing has changed.
    pub fn step(&mut self, event: SeatEvent<M>, orders: &mut Vec<SeatOrder<M>>) -> Result<(), Illegal> {
        match event {
            SeatEvent::Take(want) => self.take(want, orders),
            SeatEvent::Leave { ticket } => self.leave(ticket, orders),
            SeatEvent::Grant => self.granted(orders)?,
            SeatEvent::Give { ticket, item } => {
                self.remove(ticket).ok_or(Illegal("a value for a thread that wants none"))?;
                orders.push(SeatOrder::Got { ticket, item });
            }
            SeatEvent::Push(_) if self.right != Right::Stream => return Err(Illegal("a value of no stream")),
            SeatEvent::Push(item) => match self.waiting.pop_front() {
                Some(Waiting { want, .. }) => self.hand(want.ticket, item, orders),
                None => self.inbox.push_back(item),
            },
            SeatEvent::Last if self.right != Right::Stream => return Err(Illegal("an end of no stream")),
            SeatEvent::Last => {
                self.right = Right::Last;
                let waiting = self.waiting.drain(..);
                orders.extend(waiting.map(|each| SeatOrder::Lack { ticket: each.want.ticket, lack: Lack::Gone }));
            }
            // A thread that looked may have been given a value of the stream meanwhile.
            SeatEvent::Lack { ticket, lack } => {
                if self.remove(ticket).is_some() {
                    orders.push(SeatOrder::Lack { ticket, lack });
                }
            }
            SeatEvent::Recall => self.recalled(orders)?,
        }
        Ok(())
    }

    fn take(&mut self, want: Want, orders: &mut Vec<SeatOrder<M>>) {
        if let Some(item) = self.inbox.pop_front() {
            return self.hand(want.ticket, item, orders);
        }
        if self.right == Right::Last {
            return orders.push(SeatOrder::Lack { ticket: want.ticket, lack: Lack::Gone });
        }
        self.waiting.push_back(Waiting { want, leaving: false });
        if self.right == Right::None || want.probe {
            orders.push(SeatOrder::Want(want));
        }
    }

    /// Gives a thread a value of the stream.
    fn hand(&mut self, ticket: u32, item: Item<M>, orders: &mut Vec<SeatOrder<M>>) {
        self.taken += item.bytes;
        orders.push(SeatOrder::Got { ticket, item });
        if self.taken >= self.window.div_ceil(4) {
            orders.push(SeatOrder::Report { bytes: std::mem::take(&mut self.taken) });
        }
    }

    /// A thread whose time is up looks once more: what was sent before it began may be on its way.
    fn leave(&mut self, ticket: u32, orders: &mut Vec<SeatOrder<M>>) {
        let streams = self.right != Right::None;
        let Some(waiting) = self.waiting.iter_mut().find(|each| each.want.ticket == ticket) else { return };
        if streams {
            waiting.want.probe = true;
            orders.push(SeatOrder::Want(waiting.want));
        } else {
            waiting.leaving = true;
            orders.push(SeatOrder::Leave { ticket });
        }
    }

    /// The home looks no more at wants of this node: the stream will serve them.
    fn granted(&mut self, orders: &mut Vec<SeatOrder<M>>) -> Result<(), Illegal> {
        if self.right != Right::None {
            return Err(Illegal("a stream that this node has already"));
        }
        self.right = Right::Stream;
        for waiting in self.waiting.iter_mut().filter(|each| each.leaving) {
            (waiting.want.probe, waiting.leaving) = (true, false);
            orders.push(SeatOrder::Want(waiting.want));
        }
        Ok(())
    }

    fn recalled(&mut self, orders: &mut Vec<SeatOrder<M>>) -> Result<(), Illegal> {
        if self.right == Right::None {
            return Err(Illegal("a recall of a stream that this node has not"));
        }
        self.right = Right::None;
        self.taken = 0;
        let wants = self.waiting.iter().map(|each| each.want).collect();
        orders.push(SeatOrder::Return { wants, items: self.inbox.drain(..).collect() });
        Ok(())
    }

    fn remove(&mut self, ticket: u32) -> Option<Waiting> {
        let at = self.waiting.iter().position(|each| each.want.ticket == ticket)?;
        self.waiting.remove(at)
    }
}
