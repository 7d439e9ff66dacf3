//! Where ends are, and what becomes of them and of what was sent.

use crate::{at, on};
use drust::sync::Arc;
use drust::sync::mpsc::{self, Receiver, RecvError, SendError, Sender, SyncSender, TryRecvError, TrySendError};
use drust::{Box, Portable, Ref, String, node, thread};
use std::time::Duration;

pub fn errors_come_back_with_their_values() {
    for there in 0..3 {
        let (sender, receiver) = at(there, (), |()| mpsc::channel());
        drop(receiver);
        let SendError(back) =
            at(there + 1, sender, |sender| sender.send(String::from("a text of some length")).unwrap_err());
        assert_eq!(back, "a text of some length");
        let (sender, receiver) = at(there, 1, mpsc::sync_channel);
        sender.try_send(Box::new(1)).unwrap();
        let (sender, full) = at(there + 1, sender, |sender: SyncSender<_>| {
            let full = sender.try_send(Box::new(2)).unwrap_err();
            (sender, full)
        });
        assert!(matches!(full, TrySendError::Full(value) if *value == 2));
        drop(receiver);
        let gone = at(there + 2, sender, |sender| sender.try_send(Box::new(3)).unwrap_err());
        assert!(matches!(gone, TrySendError::Disconnected(value) if *value == 3));
    }
}

fn send((sender, number): (Sender<u64>, u64)) -> (Sender<u64>, bool) {
    let sent = sender.send(number).is_ok();
    (sender, sent)
}

pub fn every_send_fails_after_the_receivers_drop() {
    for home in 0..3 {
        let (sender, receiver) = at(home, (), |()| mpsc::channel());
        let senders: Vec<_> = (0..3).map(|from| at(from, (sender.clone(), from as u64), send)).collect();
        assert!(senders.iter().all(|(_, sent)| *sent));
        at(home + 1, receiver, |receiver| {
            assert!(receiver.recv().is_ok());
        });
        for (from, (sender, _)) in senders.into_iter().enumerate() {
            assert!(!at(from, (sender, 7), send).1, "node {from} has sent to nobody");
        }
    }
}

pub fn a_receiver_goes_on_with_what_it_has_not_received() {
    for home in 0..2 {
        let (sender, mut receiver) = at(home, (), |()| mpsc::channel());
        at(home + 1, sender, |sender| (0..60).for_each(|number| sender.send(Box::new(number)).unwrap()));
        let mut received = Vec::new();
        for hop in 0..6 {
            let (back, part) = at(hop, receiver, |receiver: Receiver<Box<u64>>| {
                let part: drust::Vec<u64> = receiver.iter().take(10).map(|boxed| *boxed).collect();
                (receiver, part)
            });
            receiver = back;
            received.extend(part);
        }
        assert!(received.into_iter().eq(0..60));
        assert_eq!(receiver.recv(), Err(RecvError));
    }
}

pub fn a_channel_goes_through_a_channel() {
    let (give, take) = mpsc::channel::<(Sender<String>, Receiver<String>)>();
    let echo = thread::spawn_on(on(1), (take,), |(take,)| {
        for (to, from) in take {
            (&from).into_iter().for_each(|text| to.send(text).unwrap());
        }
    });
    for home in 0..3 {
        let (to_echo, echo_in) = at(home, (), |()| mpsc::channel());
        let (echo_out, answers) = at(home + 1, (), |()| mpsc::channel());
        to_echo.send(String::from("before")).unwrap();
        give.send((echo_out, echo_in)).unwrap();
        to_echo.send(String::from("and after")).unwrap();
        drop(to_echo);
        assert!(answers.iter().eq(["before", "and after"]));
    }
    drop(give);
    echo.join().unwrap();
}

/// An end that is dropped with what holds it is dropped, wherever that is, or lies in a channel.
pub fn ends_live_in_the_heap_and_end_there() {
    for home in 0..3 {
        let (sender, receiver) = at(home, (), |()| mpsc::channel::<u64>());
        let held = at(home + 1, (sender.clone(), sender), |(one, other)| Box::new(drust::vec![one, other]));
        held[0].send(1).unwrap();
        at(home + 2, Box::new(held), drop);
        assert_eq!((receiver.recv(), receiver.recv()), (Ok(1), Err(RecvError)));

        let (sender, receiver) = at(home, (), |()| mpsc::channel::<u64>());
        let held = at(home + 1, receiver, Box::new);
        sender.send(1).unwrap();
        drop(held);
        assert_eq!(sender.send(2), Err(SendError(2)));

        let (sender, receiver) = at(home, (), |()| mpsc::channel::<u64>());
        let (outer, inner) = at(home + 1, (), |()| mpsc::channel());
        outer.send(sender).unwrap();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        drop(inner);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    }
}

pub fn a_copy_of_a_sender_sends_and_is_cloned() {
    for home in 0..3 {
        let (sender, receiver) = at(home, (), |()| mpsc::channel());
        let boxed = Box::new(sender);
        let clones: Vec<Sender<usize>> = thread::scope(|s| {
            let tasks: Vec<_> = (0..3)
                .map(|index| {
                    s.spawn_on(on(index), (Ref::new(&boxed), index), |(sender, index)| {
                        sender.send(index).unwrap();
                        let clone = Sender::clone(&sender);
                        clone.send(index + 10).unwrap();
                        clone
                    })
                })
                .collect();
            tasks.into_iter().map(|task| task.join().unwrap()).collect()
        });
        at(home + 1, boxed, |boxed| drop(Box::into_inner(boxed)));
        let more = clones.into_iter().enumerate();
        more.for_each(|(index, clone)| at(index + 1, (clone, index), |(clone, index)| clone.send(index + 20).unwrap()));
        let mut received: Vec<_> = receiver.iter().collect();
        received.sort_unstable();
        assert_eq!(received, [0, 1, 2, 10, 11, 12, 20, 21, 22]);
    }
}

/// Says when it is dropped.
#[derive(Portable)]
#[portable(drop)]
struct Loud {
    number: u64,
    said: Sender<(u64, usize)>,
}

impl Drop for Loud {
    fn drop(&mut self) {
        self.said.send((self.number, node::current().index())).unwrap();
    }
}

pub fn values_left_are_dropped_by_who_drops_the_receiver() {
    for home in 0..3 {
        for dropped in 0..3 {
            let (said, heard) = mpsc::channel();
            let (sender, receiver) = at(home, (), |()| mpsc::channel());
            for number in 0..4_u64 {
                let loud = Loud { number, said: said.clone() };
                at(number as usize, (sender.clone(), loud), |(sender, loud)| sender.send(loud).ok().unwrap());
            }
            let first = receiver.recv().unwrap();
            assert_eq!(heard.try_recv(), Err(TryRecvError::Empty), "nothing is dropped on the way");
            at(dropped, receiver, drop);
            let place = on(dropped).index();
            assert!(heard.try_iter().eq((1..4).map(|number| (number, place))));
            drop((first, said, sender));
            assert!(heard.iter().eq([(0, 0)]));
        }
    }
}

/// Counted handles are counted on their way, and dropped with the receiver.
pub fn arcs_in_a_channel_are_counted() {
    for home in 0..3 {
        let (sender, receiver) = at(home, (), |()| mpsc::channel());
        let shared = Arc::new(Box::new(5));
        for from in 0..3 {
            at(from, (sender.clone(), Arc::clone(&shared)), |(sender, shared)| {
                assert!((0..2).all(|_| sender.send(Arc::clone(&shared)).is_ok()));
            });
        }
        assert_eq!(Arc::strong_count(&shared), 7);
        let received = at(home + 1, receiver, |receiver| receiver.recv().unwrap());
        assert_eq!(**received, 5);
        assert_eq!(Arc::strong_count(&shared), 2, "the others ended with the receiver");
        let shared = Arc::try_unwrap(shared).unwrap_err();
        at(home + 2, received, drop);
        assert_eq!(*Arc::try_unwrap(shared).unwrap(), 5);
    }
}

/// A sender goes on to another channel when what it has sent before is there: also what waited for more to come.
pub fn what_one_channel_tells_of_is_in_the_other() {
    for _ in 0..10 {
        let (values, heard) = at(1, (), |()| mpsc::channel::<u64>());
        let (tell, told) = at(2, (), |()| mpsc::channel::<u64>());
        let look = |(heard, told): (Receiver<u64>, Receiver<u64>)| {
            let mut had = 0;
            for sent in &told {
                (had..sent).for_each(|value| assert_eq!(heard.try_recv(), Ok(value)));
                had = sent;
            }
        };
        let looks = thread::spawn_on(on(2), (heard, told), look);
        let mut sent = 0;
        for round in 0..40 {
            for _ in 0..=round % 3 {
                values.send(sent).unwrap();
                sent += 1;
            }
            if round % 4 != 3 {
                tell.send(sent).unwrap();
            }
        }
        drop((values, tell));
        looks.join().unwrap();
    }
}

/// The end of a counted handle releases, too: from the handle's home and towards it.
pub fn what_was_sent_is_there_when_an_arc_is_sole_again() {
    let send_and_drop = |(sender, shared): (Sender<u64>, Arc<u64>)| {
        (0..3).for_each(|value| sender.send(value).unwrap());
        drop(shared);
        // The task's end is one more release; what is seen before it is seen by the drop.
        thread::sleep(Duration::from_millis(3));
    };
    for home in 0..6 {
        let (sender, receiver) = at(2, (), |()| mpsc::channel());
        let mut shared = at(home, 5, Arc::new);
        let task = thread::spawn_on(on(1), (sender, shared.clone()), send_and_drop);
        while Arc::get_mut(&mut shared).is_none() {
            thread::yield_now();
        }
        (0..3).for_each(|value| assert_eq!(receiver.try_recv(), Ok(value)));
        task.join().unwrap();
    }
}
