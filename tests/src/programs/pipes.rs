//! Channels whose ends are on different nodes and move between them.

use super::world::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, TrySendError};
use super::world::*;
use std::time::Duration;

#[derive(Portable, PartialEq)]
struct Parcel {
    from: usize,
    number: u64,
    text: Box<str>,
}

fn send((sender, from): (Sender<Parcel>, usize)) {
    for number in 0..10 {
        sender.send(Parcel { from, number, text: Box::from("inside") }).unwrap();
    }
}

/// Receives all, and whether each sender's came in order.
fn receive((receiver,): (Receiver<Parcel>,)) -> (usize, bool) {
    let (mut count, mut next) = (0, [0; 4]);
    let mut in_order = true;
    for parcel in receiver {
        in_order &= parcel.number == next[parcel.from] && &*parcel.text == "inside";
        next[parcel.from] += 1;
        count += 1;
    }
    (count, in_order)
}

/// Each stage adds its number to what passes through.
fn stage((from, to, add): (Receiver<u64>, SyncSender<u64>, u64)) {
    from.iter().for_each(|value| to.send(value * 10 + add).unwrap());
}

fn pipeline() -> Vec<u64> {
    let (first, mut from) = mpsc::sync_channel(2);
    for add in 1..4 {
        let (to, next) = mpsc::sync_channel(add as usize % 2);
        drop(thread::spawn_on(nth(add as usize), (from, to, add), stage));
        from = next;
    }
    let feed = |(first,): (SyncSender<u64>,)| (0..5).for_each(|value| first.send(value).unwrap());
    drop(thread::spawn_on(nth(2), (first,), feed));
    from.iter().collect()
}

/// What the ends say when the others are gone, or when there is nothing, or no room.
fn ends() -> String {
    let (sender, receiver) = thread::spawn_on(nth(1), (), |()| mpsc::channel::<Box<u64>>()).join().unwrap();
    let empty = receiver.try_recv() == Err(TryRecvError::Empty);
    let late = receiver.recv_timeout(Duration::from_millis(2)) == Err(RecvTimeoutError::Timeout);
    let sender = thread::spawn_on(nth(2), (sender,), |(sender,)| {
        sender.send(Box::new(1)).unwrap();
        sender
    });
    let one = (sender.join().map(drop).is_ok(), receiver.recv().map(|value| *value));
    let gone = (receiver.try_recv() == Err(TryRecvError::Disconnected), receiver.recv().is_err());
    let (sender, receiver) = mpsc::channel();
    thread::spawn_on(nth(3), (receiver,), |(receiver,)| drop::<Receiver<Box<u64>>>(receiver)).join().unwrap();
    let back = sender.send(Box::new(8)).map_err(|error| *error.0);
    let (sender, receiver) = mpsc::sync_channel(1);
    let full = thread::spawn_on(nth(1), (sender,), |(sender,)| {
        sender.try_send(Box::new(1_u64)).unwrap();
        matches!(sender.try_send(Box::new(2)), Err(TrySendError::Full(value)) if *value == 2)
    });
    let full = (full.join().unwrap(), receiver.recv().map(|value| *value), receiver.try_iter().count());
    format!("{empty} {late} {one:?} {gone:?} {back:?} {full:?}")
}

pub fn run() -> String {
    let (sender, receiver) = mpsc::channel();
    let received = thread::spawn_on(nth(3), (receiver,), receive);
    let senders: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (sender.clone(), i), send)).collect();
    drop(sender);
    senders.into_iter().for_each(|task| task.join().unwrap());
    let received = received.join().unwrap();
    format!("{received:?} {:?} {}", pipeline(), ends())
}
