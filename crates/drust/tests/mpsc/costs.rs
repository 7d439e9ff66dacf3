//! What sending and receiving costs, as counts over the whole cluster.

use crate::on;
use drust::sync::mpsc::{self, Receiver, Sender, SyncSender};
use drust::{Ref, stats, thread};

/// One-ways, and requests with their replies, but for the one of the task that does it on node `there`.
fn cost<A: drust::Portable, R: drust::Portable>(there: usize, args: A, function: fn(A) -> R) -> (R, (u64, u64)) {
    let (result, counts) = stats::count(|| thread::spawn_on(on(there), args, function).join().unwrap());
    assert_eq!(counts.requests, counts.replies);
    (result, (counts.one_ways, counts.requests - u64::from(there != 0)))
}

#[drust::test(nodes = 3, carrier = "shm")]
fn the_costs_are_those_of_the_table() {
    let ((sender, receiver), made) = cost(0, (), |()| mpsc::channel::<u64>());
    assert_eq!(made, (0, 0));
    let local = |(sender, receiver): (Sender<u64>, Receiver<u64>)| {
        sender.send(1).unwrap();
        receiver.recv().unwrap();
        (sender.clone(), receiver)
    };
    let ((sender, receiver), at_home) = cost(0, (sender, receiver), local);
    assert_eq!(at_home, (0, 0));
    let (sender, first) = cost(1, sender, |sender| {
        sender.send(1).unwrap();
        sender
    });
    assert_eq!(first, (2, 0));
    let (sender, later) = cost(1, sender, |sender| {
        (0..10).for_each(|number| sender.send(number).unwrap());
        (sender.clone(), sender).0
    });
    assert!(
        (2..=10 + 1).contains(&later.0),
        "10 values, the last of them together, and the end of a sender: {later:?}"
    );
    let (receiver, streamed) = cost(2, receiver, |receiver| {
        receiver.iter().take(11).for_each(drop);
        receiver
    });
    assert_eq!(streamed, (2 + 11, 0), "the stream is asked for and given, then come the values");
    let (receiver, back) = cost(0, receiver, |receiver| {
        assert!(receiver.try_recv().is_err());
        receiver
    });
    assert_eq!(back, (2, 0), "the stream is asked for and comes back");
    let (_, copied) = stats::count(|| {
        thread::scope(|s| {
            let clone = s.spawn_on(on(1), (Ref::of(&sender),), |(sender,)| drop(Sender::clone(&sender)));
            clone.join().unwrap();
        });
    });
    assert_eq!((copied.requests, copied.one_ways), (1 + 1, 1), "a task, and credit for a clone that ends there");
    drop(receiver);
}

#[drust::test(nodes = 3, carrier = "shm")]
fn a_bounded_channel_asks_its_home() {
    let (sender, receiver) = mpsc::sync_channel::<u64>(10);
    let (sender, sent) = cost(1, sender, |sender: SyncSender<u64>| {
        (0..10).for_each(|number| sender.send(number).unwrap());
        assert!(sender.try_send(10).is_err());
        sender
    });
    assert_eq!(sent, (2 * 11, 0));
    let (_, received) = cost(2, receiver, |receiver| {
        receiver.iter().take(10).for_each(drop);
        receiver
    });
    assert_eq!(received, (2 * 10, 0));
    drop(sender);
}
