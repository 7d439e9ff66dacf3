//! Channels: several senders on several nodes, and a receiver that may be on any.

use crate::everywhere;
use crate::notes::Notes;
use crate::play::{Game, Seat};
use crate::spec::{Passing, Queue};
use drust::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel};
use drust::{Portable, Vec};
use drust_tests::kill::Dice;

/// Who sends, and the message's number among his.
type Message = (usize, u64);

/// One thread's end.
#[derive(Portable)]
enum End {
    In(usize, Sender<Message>),
    InBounded(usize, SyncSender<Message>),
    Out(Receiver<Message>),
    /// There are more threads than senders.
    Nothing,
}

/// As many senders as two nodes have threads for, beside the receiver.
const SENDERS: usize = 3;
/// Few: what was told may come in any order with what others told, and the search goes through these.
const MESSAGES: u64 = 3;

/// Deals a receiver, and senders to the threads after it.
fn deal(threads: usize, receiver: Receiver<Message>, mut sender: impl FnMut(usize) -> End) -> Vec<End> {
    let mut ends: Vec<End> = (0..SENDERS).map(&mut sender).collect();
    // The senders and the receiver are on all nodes, each time others: the first thread is the home's neighbour.
    ends.insert(threads % SENDERS, End::Out(receiver));
    ends.extend((ends.len()..threads).map(|_| End::Nothing));
    ends
}

fn receive(receiver: &Receiver<Message>, dice: &mut Dice, notes: &mut Notes<Passing>) {
    let mut left = SENDERS as u64 * MESSAGES;
    while left > 0 {
        let got = notes.note(|| match dice.below(2) {
            0 => match receiver.try_recv() {
                Ok(message) => (Passing::Receive(message), 1),
                Err(TryRecvError::Empty) => (Passing::Empty, 0),
                Err(TryRecvError::Disconnected) => (Passing::Ended, left),
            },
            _ => match receiver.recv() {
                Ok(message) => (Passing::Receive(message), 1),
                Err(_) => (Passing::Ended, left),
            },
        });
        left -= got;
    }
}

/// A channel without bound.
struct Unbounded;

impl Game for Unbounded {
    type Shared = u8;
    type End = End;
    type Op = Passing;
    type Spec = Queue<SENDERS, { usize::MAX }>;

    fn deal(threads: usize) -> (u8, Vec<End>) {
        let (sender, receiver) = channel();
        (0, deal(threads, receiver, |number| End::In(number, sender.clone())))
    }

    fn play(_: &u8, end: End, seat: Seat, notes: &mut Notes<Passing>) {
        let mut dice = seat.dice();
        match end {
            End::In(from, sender) => {
                for number in 0..MESSAGES {
                    // A send to another node is told, not waited for.
                    notes.tell(|| {
                        sender.send((from, number)).unwrap();
                        Passing::Send((from, number))
                    });
                }
                notes.tell(|| {
                    drop(sender);
                    Passing::Leave
                });
            }
            End::Out(receiver) => {
                receive(&receiver, &mut dice, notes);
                let ended = notes.note(|| (Passing::Ended, receiver.recv().is_err()));
                assert!(ended, "more came than was sent");
            }
            End::InBounded(..) | End::Nothing => {}
        }
    }
}

/// A channel with room for two.
struct Bounded;

impl Game for Bounded {
    type Shared = u8;
    type End = End;
    type Op = Passing;
    type Spec = Queue<SENDERS, 2>;

    fn deal(threads: usize) -> (u8, Vec<End>) {
        let (sender, receiver) = sync_channel(2);
        (0, deal(threads, receiver, |number| End::InBounded(number, sender.clone())))
    }

    fn play(_: &u8, end: End, seat: Seat, notes: &mut Notes<Passing>) {
        let mut dice = seat.dice();
        match end {
            End::InBounded(from, sender) => {
                let mut number = 0;
                while number < MESSAGES {
                    let message = (from, number);
                    number += notes.note(|| match dice.below(3) {
                        0 => match sender.try_send(message) {
                            Ok(()) => (Passing::Send(message), 1),
                            Err(TrySendError::Full(_)) => (Passing::Full, 0),
                            Err(TrySendError::Disconnected(_)) => (Passing::Refused, MESSAGES),
                        },
                        _ => {
                            sender.send(message).unwrap();
                            (Passing::Send(message), 1)
                        }
                    });
                }
                notes.tell(|| {
                    drop(sender);
                    Passing::Leave
                });
            }
            End::Out(receiver) => receive(&receiver, &mut dice, notes),
            End::In(..) | End::Nothing => {}
        }
    }
}

everywhere! {
    unbounded: Unbounded,
    bounded: Bounded,
}
