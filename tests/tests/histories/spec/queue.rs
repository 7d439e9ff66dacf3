//! A channel: senders, one receiver, and what is between them.

use crate::notes::Noted;
use drust::Portable;
use std::collections::VecDeque;
use todc_utils::Specification;

/// A channel of so many senders, who number their messages from 0, with room for `ROOM`.
#[derive(Debug)]
pub struct Queue<const SENDERS: usize, const ROOM: usize>;

/// Who sends, and the message's number among his.
type Message = (usize, u64);

/// What is done with it, and what that returned.
#[derive(Clone, Copy, Debug, Portable)]
pub enum Passing {
    Send(Message),
    /// There was no room for it.
    Full,
    /// The receiver was gone.
    Refused,
    /// The sender left.
    Leave,
    Receive(Message),
    /// There was nothing to receive.
    Empty,
    /// There was nothing, and no sender was left.
    Ended,
    /// The receiver left.
    Close,
}

/// What waits, how many each sender has sent, and who is there.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State<const SENDERS: usize> {
    waiting: VecDeque<Message>,
    sent: [u64; SENDERS],
    senders: usize,
    has_receiver: bool,
}

impl<const SENDERS: usize, const ROOM: usize> Specification for Queue<SENDERS, ROOM> {
    type State = State<SENDERS>;
    type Operation = Passing;

    fn init() -> State<SENDERS> {
        State { waiting: VecDeque::new(), sent: [0; SENDERS], senders: SENDERS, has_receiver: true }
    }

    fn apply(op: &Passing, state: &State<SENDERS>) -> (bool, State<SENDERS>) {
        let mut next = state.clone();
        let is_valid = match *op {
            Passing::Send((sender, number)) => {
                next.waiting.push_back((sender, number));
                next.sent[sender] += 1;
                // A message may be sent while the receiver leaves, and is lost then.
                state.waiting.len() < ROOM && state.sent[sender] == number
            }
            Passing::Full => state.waiting.len() >= ROOM,
            Passing::Refused => !state.has_receiver,
            Passing::Leave => {
                next.senders = state.senders.saturating_sub(1);
                state.senders > 0
            }
            Passing::Receive(message) => next.waiting.pop_front() == Some(message),
            Passing::Empty => state.waiting.is_empty() && state.senders > 0,
            Passing::Ended => state.waiting.is_empty() && state.senders == 0,
            Passing::Close => {
                next.has_receiver = false;
                next.waiting.clear();
                state.has_receiver
            }
        };
        (is_valid, if is_valid { next } else { state.clone() })
    }
}

/// Whether no send returned before its message was asked for, as where there is no room at all.
pub fn met(noted: &[Noted<Passing>]) -> bool {
    noted.iter().all(|sent| match sent.op {
        Passing::Send(message) => noted.iter().any(|received| {
            matches!(received.op, Passing::Receive(other) if other == message) && received.called < sent.returned
        }),
        _ => true,
    })
}
