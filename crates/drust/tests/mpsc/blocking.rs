//! Threads that wait for each other.

use crate::{at, on};
use drust::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, SendTimeoutError, Sender, SyncSender};
use drust::{Box, Ref, Vec, node, thread};
use std::time::Duration;

const EACH: u64 = 200;
const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_secs(100);

fn produce(sender: &mut dyn FnMut(Box<(u64, u64)>), from: u64) {
    (0..EACH).for_each(|number| sender(Box::new((from, number))));
}

/// Counts what comes of each sender, which is in order.
fn consume(receiver: &Receiver<Box<(u64, u64)>>, senders: usize) {
    let mut next = vec![0; senders];
    for boxed in receiver {
        let (from, number) = *boxed;
        assert_eq!(number, next[from as usize], "of sender {from}");
        next[from as usize] += 1;
    }
    assert_eq!(next, vec![EACH; senders]);
}

pub fn all_values_of_all_nodes_come_in_their_senders_order() {
    for home in 0..3 {
        for to in 0..3 {
            let (sender, receiver) = at(home, (), |()| mpsc::channel());
            let producers: std::vec::Vec<_> = (0..4)
                .map(|from| {
                    let args = (sender.clone(), from as u64);
                    thread::spawn_on(on(from), args, |(sender, from): (Sender<_>, u64)| {
                        produce(&mut |value| sender.send(value).unwrap(), from);
                    })
                })
                .collect();
            drop(sender);
            at(to, receiver, |receiver| consume(&receiver, 4));
            producers.into_iter().for_each(|producer| producer.join().unwrap());
        }
    }
}

pub fn a_full_channel_has_its_senders_wait() {
    for bound in [0, 1, 5] {
        let (sender, receiver) = at(bound, bound, mpsc::sync_channel);
        let producers: std::vec::Vec<_> = (0..3)
            .map(|from| {
                let args = (sender.clone(), from as u64);
                thread::spawn_on(on(from), args, |(sender, from): (SyncSender<_>, u64)| {
                    produce(&mut |value| sender.send(value).unwrap(), from);
                })
            })
            .collect();
        drop(sender);
        at(bound + 1, receiver, |receiver| consume(&receiver, 3));
        producers.into_iter().for_each(|producer| producer.join().unwrap());
    }
}

pub fn a_rendezvous_lets_nobody_go_on_alone() {
    for (home, from, to) in [(0, 0, 0), (0, 1, 2), (1, 1, 0), (1, 2, 1), (2, 0, 0)] {
        let (sender, receiver) = at(home, 0, mpsc::sync_channel::<u32>);
        let (note, noted) = mpsc::channel();
        let sends = thread::spawn_on(on(from), (sender, note), |(sender, note)| {
            for number in 0..5 {
                sender.send(number).unwrap();
                note.send(number).unwrap();
            }
        });
        for number in 0..5 {
            assert_eq!(noted.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout), "sent {number} to nobody");
            let receives =
                thread::scope(|s| s.spawn_on(on(to), (Ref::of(&receiver),), |(receiver,)| receiver.recv()).join());
            assert_eq!(receives.unwrap(), Ok(number));
            assert_eq!(noted.recv_timeout(LONG), Ok(number));
        }
        sends.join().unwrap();
    }
}

pub fn who_waits_hears_of_the_end() {
    for (home, there) in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)] {
        let (sender, receiver) = at(home, (), |()| mpsc::channel::<u64>());
        let waits = thread::spawn_on(on(there), (receiver,), |(receiver,)| (receiver.recv(), receiver.recv()));
        at(home + 1, sender, |sender| sender.send(1).unwrap());
        assert_eq!(waits.join().unwrap(), (Ok(1), Err(RecvError)));

        let (sender, receiver) = at(home, 1, mpsc::sync_channel);
        sender.send(Box::new(1)).unwrap();
        let waits = thread::spawn_on(on(there), (sender,), |(sender,)| sender.send(Box::new(2)).unwrap_err().0);
        thread::sleep(SHORT);
        at(home + 2, receiver, drop);
        assert_eq!(*waits.join().unwrap(), 2);
    }
}

pub fn time_is_up_on_either_side() {
    for (home, there) in [(0, 0), (0, 1), (1, 0), (1, 2)] {
        let (sender, receiver) = at(home, 1, mpsc::sync_channel);
        sender.send(Box::new(1)).unwrap();
        let (sender, late) = at(there, sender, |sender: SyncSender<_>| {
            let late = sender.send_timeout(Box::new(2), SHORT);
            (
                sender,
                match late {
                    Err(SendTimeoutError::Timeout(value)) => Some(value),
                    _ => None,
                },
            )
        });
        assert_eq!(late.as_deref(), Some(&2));
        let (receiver, came) = at(there, receiver, |receiver| {
            let came = (receiver.recv_timeout(SHORT).ok(), receiver.recv_timeout(SHORT).err());
            (receiver, came)
        });
        assert_eq!((came.0.as_deref(), came.1), (Some(&1), Some(RecvTimeoutError::Timeout)));
        let waits = thread::spawn_on(on(there), (receiver,), |(receiver,)| receiver.recv_timeout(LONG));
        thread::sleep(SHORT);
        assert_eq!(sender.send_timeout(Box::new(3), LONG), Ok(()));
        assert_eq!(*waits.join().unwrap().unwrap(), 3);
    }
}

/// Threads of several nodes receive through borrows of one receiver.
pub fn threads_share_a_receiver() {
    for home in 0..2 {
        let (sender, receiver) = at(home, (), |()| mpsc::channel());
        let received: std::vec::Vec<u64> = thread::scope(|s| {
            let tasks: std::vec::Vec<_> = (0..4)
                .map(|index| {
                    s.spawn_on(on(index), (Ref::of(&receiver),), |(receiver,)| receiver.iter().collect::<Vec<u64>>())
                })
                .collect();
            let sends =
                s.spawn_on(on(1), (sender,), |(sender,)| (0..EACH).for_each(|number| sender.send(number).unwrap()));
            sends.join().unwrap();
            tasks
                .into_iter()
                .flat_map(|task| {
                    let part = task.join().unwrap();
                    assert!(part.is_sorted(), "{part:?}");
                    part
                })
                .collect()
        });
        let mut sorted = received.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..EACH), "{received:?}");
    }
}

/// More than may be on the way at once.
pub fn large_values_wait_for_the_network_and_come() {
    let many = if node::count() == 1 { 5 } else { 50 };
    for (home, from, to) in [(0, 1, 0), (1, 0, 0), (1, 0, 2)] {
        let (sender, receiver) = at(home, (), |()| mpsc::channel());
        let sends = thread::spawn_on(on(from), (sender, many), |(sender, many)| {
            for number in 0..many {
                sender.send((number, [number as u8; 60_000])).unwrap();
            }
        });
        let sum = at(to, receiver, |receiver: Receiver<(u64, [u8; 60_000])>| {
            receiver
                .iter()
                .map(|(number, bytes)| {
                    assert!(bytes.iter().all(|byte| *byte == number as u8));
                    number
                })
                .sum::<u64>()
        });
        assert_eq!(sum, many * (many - 1) / 2);
        sends.join().unwrap();
    }
}
