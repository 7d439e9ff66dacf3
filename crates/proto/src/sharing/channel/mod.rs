//! Queues of values with many senders and one receiver, whose ends may be on any node: `mpsc`.
//!
//! A channel lives at its home, the node that made it, for good. Ends know it by its name alone, which is never used
//! again, so they travel as they are, and a copy of an end is as good as the end for all but its drop. Three machines
//! keep the rules:
//!
//! | machine | where | what it holds |
//! |---|---|---|
//! | [`Home`] | at the home | the queue, who waits for values or for room, the weight of all senders |
//! | [`Tap`] | where an unbounded channel is sent to from afar | bytes on the way that the home has not seen |
//! | [`Seat`] | where is received from afar | values ahead of need, and the threads that wait |
//!
//! A *bounded* channel has each send answered by the home, which alone knows whether there is room, and each value
//! asked for by itself: so the capacity means over the cluster what it means in one process, also 0, a rendezvous.
//!
//! An *unbounded* channel has a node's first send answered: the home then knows that this node sends, and the node that
//! there is a receiver. From then on its sends are posts that nobody answers; the home acknowledges their bytes by
//! and by. The one node that receives is given the stream: values are pushed to it as they come, as far ahead as the
//! window allows. When another node wants a value the stream is recalled, and what was not received comes back to the
//! queue's front, along with the wants of threads that still wait. While several nodes wait nobody has the stream.
//!
//! When the last sender or the receiver is gone the home says so to every node that posts. Each forgets its tap and
//! says so, by the way that its posts have taken. So there is an end only after the last post, even if the last sender
//! had gone on to a third node and was dropped there; and after a receiver's drop has returned every send fails.
//!
//! Senders are counted by *weight*: each has a part of what the home has given out, a clone takes a part of that, a
//! drop gives its part back. A sender without weight is a copy of one that somebody holds.
//!
//! A thread whose time is up hears from the home that there is nothing, or gets what was there: so a `recv_timeout`
//! that began after a send had ended finds the value, however short its time. What gives up, a `Leave` or a `Quit`, may
//! come when it was answered already, even to a channel that has ended.
//!
//! All messages between two nodes about a channel go by one lane, in order. What a sender has sent from one node comes
//! before what it sends from another since the release fence lies between.

mod home;
mod seat;
mod tap;

pub use super::Illegal;
pub use home::{Home, HomeEvent, HomeOrder, How, Refusal};
pub use seat::{Seat, SeatEvent, SeatOrder};
pub use tap::{Tap, TapEvent, TapOrder};

/// Bytes that may be on the way, from a node to the home, or from there to the one that has the stream.
pub const WINDOW: u64 = 1 << 18;

/// What a message costs its receiver beside its own bytes.
const OVERHEAD: u64 = 64;

/// What the home gives to a sender at once.
pub const MINT: u64 = 1 << 60;

/// What a clone takes of a sender's weight: less than one can notice of much, half of little; 0 where the weight cannot
/// be split and the home must be asked.
///
/// ```
/// use drust_proto::sharing::channel::{MINT, share_of};
/// assert_eq!((share_of(7), share_of(1), share_of(0)), (3, 0, 0));
/// let mut left = MINT;
/// (0..1_000_000).for_each(|_| left -= share_of(left));
/// assert!(share_of(left) > 0);
/// ```
#[must_use]
pub const fn share_of(weight: u64) -> u64 {
    if weight >> 32 == 0 { weight / 2 } else { weight >> 16 }
}

/// A value in a channel, and the bytes it is charged with.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Item<M> {
    /// The value: whatever stands for it.
    pub value: M,
    /// What it counts in a window.
    pub bytes: u64,
}

impl<M> Item<M> {
    /// A value whose image has so many bytes.
    ///
    /// ```
    /// assert!(drust_proto::sharing::channel::Item::sized((), 0).bytes > 0);
    /// ```
    #[must_use]
    pub fn sized(value: M, image: usize) -> Item<M> {
        Item { value, bytes: OVERHEAD + image as u64 }
    }
}

/// A thread of a node that waits for a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Want {
    /// Which thread: a number that its node chose.
    pub ticket: u32,
    /// Whether it only looks, and is answered at once.
    pub probe: bool,
}

/// Why there is no value for a receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lack {
    /// None is there now.
    Empty,
    /// None is there, and all senders are gone.
    Gone,
}

operations! {
    /// What a message about a channel says.
    pub enum Op {
        /// To the home: values of a node that has a tap. Body: the length of each image, then the images.
        Post = 1,
        /// To the home: a value, to be answered when there is room. Body: its image.
        Send = 2,
        /// To the home: a value, to be answered at once. Body: its image.
        TrySend = 3,
        /// To the home: a `Send` is given up, if it was not answered.
        Quit = 4,
        /// To the home: a thread waits for a value.
        Want = 5,
        /// To the home: a thread looks for a value.
        Probe = 6,
        /// To the home: a `Want` is given up, if it was not answered.
        Leave = 7,
        /// To the home: bytes of the stream were received.
        Report = 8,
        /// To the home: the stream goes back. Body: the wants of threads that wait.
        Return = 9,
        /// To the home: weight for a clone of a copy is asked for.
        Credit = 10,
        /// To the home: weight of a sender that was dropped.
        Back = 11,
        /// To the home: the tap is forgotten.
        OverAck = 12,
        /// To the home: the receiver was dropped.
        Close = 13,
        /// From the home: a value for a `Want` or a `Probe`. Body: its image.
        Give = 14,
        /// From the home: the stream is yours.
        Grant = 15,
        /// From the home: a value of the stream. Body: its image.
        Push = 16,
        /// From the home: nothing follows in the stream, for ever.
        Last = 17,
        /// From the home: the stream is wanted back.
        Recall = 18,
        /// From the home: there is no value for a `Want` or a `Probe`.
        Lack = 19,
        /// From the home: bytes of posts have come.
        Ack = 20,
        /// From the home: forget the tap, and say so.
        Over = 21,
        /// From the home: a `Send` or `TrySend` is in the queue.
        Accept = 22,
        /// From the home: a `Send` or `TrySend` is not; the sender has the value.
        Refuse = 23,
        /// From the home: all senders know that the receiver is gone.
        Closed = 24,
        /// To the home: a value of the stream that was not received. Body: its image.
        Unread = 25,
        /// From the home: a value that the receiver did not receive, which was dropped. Body: its image.
        Rest = 26,
    }
}
