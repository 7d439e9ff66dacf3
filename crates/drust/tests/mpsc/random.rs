//! Random programs of one step after the other, each on some node, beside the same program on std's channels.

use crate::at;
use crate::dice::Dice;
use drust::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError};
use drust::{Box, Portable, String, node};
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

const STEPS: usize = 150;
const SEEDS: u64 = 3;
const SHORT: Duration = Duration::from_millis(1);

/// A value with something of its own in the heap.
type Value = (u64, Box<u64>, String);

fn value(number: u64) -> Value {
    (number, Box::new(number), std::format!("the value of number {number}").as_str().into())
}

fn number((number, boxed, text): Value) -> u64 {
    assert_eq!((number, std::format!("the value of number {number}").as_str()), (*boxed, text.as_str()));
    number
}

/// What a step came to: a value's number, and a letter for how it was.
type Came = (char, u64);

/// A way to send that never waits, on drust's channels and on std's.
trait Sends: Portable + Clone {
    type Std: Clone;

    fn make(bound: usize) -> (Self, Receiver<Value>);
    fn make_std(bound: usize) -> (Self::Std, std_mpsc::Receiver<u64>);
    fn send(&self, number: u64) -> Came;
    fn send_std(sender: &Self::Std, number: u64) -> Came;
}

impl Sends for Sender<Value> {
    type Std = std_mpsc::Sender<u64>;

    fn make(_: usize) -> (Self, Receiver<Value>) {
        mpsc::channel()
    }

    fn make_std(_: usize) -> (Self::Std, std_mpsc::Receiver<u64>) {
        std_mpsc::channel()
    }

    fn send(&self, sent: u64) -> Came {
        self.send(value(sent)).map_or_else(|error| ('g', number(error.0)), |()| ('s', sent))
    }

    fn send_std(sender: &Self::Std, sent: u64) -> Came {
        sender.send(sent).map_or_else(|error| ('g', error.0), |()| ('s', sent))
    }
}

impl Sends for SyncSender<Value> {
    type Std = std_mpsc::SyncSender<u64>;

    fn make(bound: usize) -> (Self, Receiver<Value>) {
        mpsc::sync_channel(bound)
    }

    fn make_std(bound: usize) -> (Self::Std, std_mpsc::Receiver<u64>) {
        std_mpsc::sync_channel(bound)
    }

    fn send(&self, sent: u64) -> Came {
        not_sent(self.try_send(value(sent)), sent, number)
    }

    fn send_std(sender: &Self::Std, sent: u64) -> Came {
        not_sent(sender.try_send(sent), sent, |sent| sent)
    }
}

fn not_sent<V>(result: Result<(), TrySendError<V>>, sent: u64, number: fn(V) -> u64) -> Came {
    match result {
        Ok(()) => ('s', sent),
        Err(TrySendError::Full(value)) => ('f', number(value)),
        Err(TrySendError::Disconnected(value)) => ('g', number(value)),
    }
}

fn receive(receiver: &Receiver<Value>, patient: bool) -> Came {
    if patient {
        return match receiver.recv_timeout(SHORT) {
            Ok(value) => ('r', number(value)),
            Err(RecvTimeoutError::Timeout) => ('e', 0),
            Err(RecvTimeoutError::Disconnected) => ('g', 0),
        };
    }
    receive_as_std(receiver.try_recv().map(number))
}

fn receive_as_std(result: Result<u64, TryRecvError>) -> Came {
    match result {
        Ok(number) => ('r', number),
        Err(TryRecvError::Empty) => ('e', 0),
        Err(TryRecvError::Disconnected) => ('g', 0),
    }
}

/// The ends of both channels.
struct Both<S: Sends> {
    senders: Vec<S>,
    receiver: Option<Receiver<Value>>,
    std_senders: Vec<S::Std>,
    std_receiver: Option<std_mpsc::Receiver<u64>>,
}

impl<S: Sends> Both<S> {
    /// One step, drust's on a node of its own; what both came to, if they said.
    fn step(&mut self, dice: &mut Dice, number: usize) -> Option<(Came, Came)> {
        let (place, what, late) = (dice.below(node::count()), dice.below(20), number > STEPS * 2 / 3);
        let one = dice.below(self.senders.len().max(1));
        match what {
            0..=7 if !self.senders.is_empty() => {
                let args = (self.senders.swap_remove(one), number as u64);
                let (sender, ours) = at(place, args, |(sender, number)| {
                    let came = sender.send(number);
                    (sender, came)
                });
                self.senders.push(sender);
                let std_sender = self.std_senders.swap_remove(one);
                let stds = S::send_std(&std_sender, number as u64);
                self.std_senders.push(std_sender);
                Some((ours, stds))
            }
            8 | 9 if !self.senders.is_empty() && self.senders.len() < 8 => {
                let sender = self.senders.swap_remove(one);
                self.senders.extend(<[S; 2]>::from(at(place, sender, |sender| (sender.clone(), sender))));
                let std_sender = self.std_senders.swap_remove(one);
                self.std_senders.extend([std_sender.clone(), std_sender]);
                None
            }
            10 | 11 if self.senders.len() > 1 || late && !self.senders.is_empty() => {
                at(place, self.senders.swap_remove(one), drop);
                self.std_senders.swap_remove(one);
                None
            }
            12..=18 => {
                let args = (self.receiver.take()?, dice.below(4) == 0);
                let (receiver, ours) = at(place, args, |(receiver, patient)| {
                    let came = receive(&receiver, patient);
                    (receiver, came)
                });
                self.receiver = Some(receiver);
                Some((ours, receive_as_std(self.std_receiver.as_ref()?.try_recv())))
            }
            19 if late && number.is_multiple_of(2) => {
                self.std_receiver = None;
                at(place, self.receiver.take()?, drop);
                None
            }
            _ => None,
        }
    }
}

fn programs<S: Sends>(bound: usize) {
    for seed in 1..=SEEDS {
        let mut dice = Dice::new(1000 * seed + bound as u64 % 97);
        let (sender, receiver) = at(dice.below(node::count()), bound, S::make);
        let (std_sender, std_receiver) = S::make_std(bound);
        let mut both = Both {
            senders: vec![sender],
            receiver: Some(receiver),
            std_senders: vec![std_sender],
            std_receiver: Some(std_receiver),
        };
        let mut counts = [0; 3];
        for number in 0..STEPS {
            if let Some((ours, stds)) = both.step(&mut dice, number) {
                assert_eq!(ours, stds, "bound {bound}, seed {seed}, step {number}");
                counts["sr".find(ours.0).unwrap_or(2)] += 1;
            }
        }
        assert!(counts[2] > 0 && (bound == 0 || counts[0] > 10 && counts[1] > 5), "too little happens: {counts:?}");
    }
}

pub fn channels_do_what_stds_do() {
    programs::<Sender<Value>>(usize::MAX);
}

pub fn small_channels_do_what_stds_do() {
    for bound in [1, 3] {
        programs::<SyncSender<Value>>(bound);
    }
}

pub fn rendezvous_do_what_stds_do() {
    programs::<SyncSender<Value>>(0);
}
