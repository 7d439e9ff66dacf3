//! The ring and the bell under every interleaving that loom can make of them, within a bound on preemptions.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p drust-fabric --test loom --release`, seconds. Loom reports a lost
//! wake-up as a deadlock (nothing here sleeps with a timeout) and a byte that both ends touch unordered as a conflict.
//! Three preemptions are the usual bound under which such faults show; unbounded runs of the same models do not end.
#![cfg(loom)]

use drust_fabric::loom_doors::{Bell, BellRef, Consumer, Control, Gather, Producer, Ring, Watch, Word, Wrote};
use drust_fabric::{Part, Role};
use loom::model::Builder;
use loom::thread;
use std::ptr::NonNull;
use std::sync::Arc;

const CAPACITY: usize = 128;

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

/// What stands in for a mapping: a ring, a bell, and bytes.
struct Memory {
    control: Control,
    bell: Bell,
    data: [Block; CAPACITY / 16],
}

#[derive(Clone, Copy)]
#[repr(align(16))]
struct Block {
    _bytes: [u8; 16],
}

// SAFETY: the bytes are touched through the ring's raw pointer only, whose accesses loom checks; the rest is atomic.
unsafe impl Sync for Memory {}

fn memory() -> (Ring, BellRef) {
    let data = [Block { _bytes: [0; 16] }; CAPACITY / 16];
    let memory = Box::into_raw(Box::new(Memory { control: Control::default(), bell: Bell::default(), data }));
    // SAFETY: just made by `Box::into_raw`; the `Keep` is its only owner and frees it after the last ring and bell.
    let (control, bell, data) =
        unsafe { (&raw mut (*memory).control, &raw mut (*memory).bell, &raw mut (*memory).data) };
    let keep = Arc::new(Keep(memory));
    let place = |pointer: *mut u8| NonNull::new(pointer).unwrap();
    // SAFETY: control, data and bell live in `keep`; each model makes one producer and one consumer of the ring.
    unsafe {
        let data = place(data.cast());
        let ring = Ring::new(place(control.cast()).cast(), data, CAPACITY, Watch::new(CAPACITY), keep.clone());
        (ring, BellRef::new(place(bell.cast()).cast(), keep))
    }
}

struct Keep(*mut Memory);

// SAFETY: only dropped, once; see `Drop`.
unsafe impl Send for Keep {}
// SAFETY: it has no method at all.
unsafe impl Sync for Keep {}

impl Drop for Keep {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`, and whatever points into it kept this `Keep` alive until now.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// Sends `message`, sleeping while there is no room.
fn send(producer: &mut Producer, space: &Word, bell: &BellRef, message: &[u8]) {
    let parts = [Part::from(message)];
    let mut gather = Gather::new(&parts);
    let mut left = message.len() as u64;
    loop {
        let seen = space.load();
        match producer.write(&mut gather).unwrap() {
            Wrote::Full => {
                if !producer.want(left).unwrap() {
                    space.wait(seen, None);
                }
                continue;
            }
            wrote => {
                producer.publish();
                bell.ring();
                if wrote == Wrote::All {
                    return;
                }
                left = left.saturating_sub(16);
            }
        }
    }
}

/// Receives `count` messages, sleeping as `role` while there is none.
fn receive(consumer: &mut Consumer, ring: &Ring, bell: &BellRef, role: Role, count: usize) -> Vec<Vec<u8>> {
    let mut got = Vec::new();
    while got.len() < count {
        let ticket = bell.ticket(role);
        let mut sink = |message: drust_fabric::Message<'_>| {
            // SAFETY: the models send initialised bytes only.
            got.push(unsafe { message.initialised(0..message.len()) }.to_vec());
        };
        consumer.drain(&mut sink, &|| ()).unwrap();
        if got.len() < count {
            bell.arm(role);
            if !ring.occupied() {
                bell.doze(role, ticket, None);
            }
        }
    }
    got
}

#[test]
fn records_and_wake_ups_are_not_lost() {
    model(|| {
        let (ring, bell) = memory();
        let (mut producer, mut consumer) = (Producer::new(ring.clone()), Consumer::new(ring.clone()));
        let sender = {
            let (ring, bell) = (ring.clone(), bell.clone());
            thread::spawn(move || {
                send(&mut producer, ring.space(), &bell, &[1; 4]);
                send(&mut producer, ring.space(), &bell, &[2; 16]);
            })
        };
        assert_eq!(receive(&mut consumer, &ring, &bell, Role::Leader, 2), [vec![1; 4], vec![2; 16]]);
        sender.join().unwrap();
    });
}

#[test]
fn a_full_ring_wakes_its_sender() {
    model(|| {
        let (ring, bell) = memory();
        let (mut producer, mut consumer) = (Producer::new(ring.clone()), Consumer::new(ring.clone()));
        // Three of the four records that fit are there before the race begins.
        (0..3).for_each(|at| send(&mut producer, ring.space(), &bell, &[at; 16]));
        let sender = {
            let (ring, bell) = (ring.clone(), bell.clone());
            thread::spawn(move || (3..5).for_each(|at| send(&mut producer, ring.space(), &bell, &[at; 16])))
        };
        let got = receive(&mut consumer, &ring, &bell, Role::Background, 5);
        assert!(got.iter().zip(0..).all(|(message, at)| *message == [at; 16]));
        sender.join().unwrap();
    });
}

#[test]
fn a_message_larger_than_the_ring_comes_through() {
    model(|| {
        let (ring, bell) = memory();
        let (mut producer, mut consumer) = (Producer::new(ring.clone()), Consumer::new(ring.clone()));
        let long: Vec<u8> = (0..80).collect();
        let sender = {
            let (ring, bell, long) = (ring.clone(), bell.clone(), long.clone());
            thread::spawn(move || send(&mut producer, ring.space(), &bell, &long))
        };
        assert_eq!(receive(&mut consumer, &ring, &bell, Role::Leader, 1), [long]);
        sender.join().unwrap();
    });
}

#[test]
fn two_senders_and_one_bell() {
    model(|| {
        let ((first, bell), (second, _)) = (memory(), memory());
        let senders = [&first, &second].map(|ring| {
            let (mut producer, ring, bell) = (Producer::new(ring.clone()), ring.clone(), bell.clone());
            thread::spawn(move || send(&mut producer, ring.space(), &bell, &[9; 8]))
        });
        let mut consumers = [Consumer::new(first.clone()), Consumer::new(second.clone())];
        let mut got = 0;
        // A leader takes the first message and leaves the bell to the background role, as `Progress` does.
        for (role, goal) in [(Role::Leader, 1), (Role::Background, 2)] {
            while got < goal {
                let ticket = bell.ticket(role);
                let drained = consumers.iter_mut().map(|consumer| consumer.drain(&mut |_| (), &|| ()).unwrap());
                got += drained.sum::<usize>();
                bell.arm(role);
                if got < goal && !first.occupied() && !second.occupied() {
                    bell.doze(role, ticket, None);
                }
            }
        }
        assert_eq!(got, 2);
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    });
}
