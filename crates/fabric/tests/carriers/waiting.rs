//! Waiting over `shm`: round trips spinning and asleep, many waiters, deadlines, ticks, local completions.

use crate::support::cluster;
use drust_fabric::shm::Shm;
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// A node that sends what arrives back to where it came from.
pub fn echo(fabric: Arc<dyn Fabric>) -> Arc<Progress> {
    let back = fabric.clone();
    let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
        // A client that has gone needs no answer.
        let _ = back.send(from, lane, &[Part::from(message.as_uninit())], Mode::Defer);
    };
    Progress::new(fabric, Arc::new(sink))
}

/// A node that asks an echo and waits for the answers.
pub struct Client {
    pub progress: Arc<Progress>,
    pending: Arc<Mutex<HashMap<u64, Waiter>>>,
}

impl Client {
    pub fn new(fabric: Arc<dyn Fabric>) -> Client {
        let pending: Arc<Mutex<HashMap<u64, Waiter>>> = Arc::default();
        let place: Arc<OnceLock<std::sync::Weak<Progress>>> = Arc::default();
        let (waiters, own) = (pending.clone(), place.clone());
        let sink = move |_: Rank, _: Lane, message: Message<'_>| {
            // SAFETY: clients send initialised bytes, the number first.
            let number = u64::from_le_bytes(*unsafe { message.initialised(0..8) }.first_chunk().unwrap());
            let waiter = waiters.lock().unwrap().remove(&number);
            if let (Some(waiter), Some(progress)) = (waiter, own.get().and_then(std::sync::Weak::upgrade)) {
                progress.wake(&waiter);
            }
        };
        let progress = Progress::new(fabric, Arc::new(sink));
        place.set(Arc::downgrade(&progress)).unwrap();
        Client { progress, pending }
    }

    /// One round trip of `number` to node 1.
    pub fn ask(&self, number: u64, waiter: &Waiter) {
        waiter.reset();
        self.pending.lock().unwrap().insert(number, waiter.clone());
        let bytes = number.to_le_bytes();
        self.progress.fabric().send(Rank(1), Lane::Small, &[Part::from(&bytes)], Mode::Block).unwrap();
        assert!(self.progress.wait(waiter, None));
    }
}

fn pair() -> (Client, Arc<Progress>) {
    let mut nodes = cluster(2).into_iter().map(|node: Shm| Arc::new(node) as Arc<dyn Fabric>);
    let (first, second) = (nodes.next().unwrap(), nodes.next().unwrap());
    let (client, echo) = (Client::new(first), echo(second));
    client.progress.start_background(|| ()).unwrap();
    echo.start_background(|| ()).unwrap();
    (client, echo)
}

fn stop((client, echo): (Client, Arc<Progress>)) {
    client.progress.stop();
    echo.stop();
}

#[test]
fn ten_thousand_round_trips() {
    let pair = pair();
    let waiter = Waiter::new();
    (0..10_000).for_each(|number| pair.0.ask(number, &waiter));
    assert_eq!(pair.1.fabric().sent(Rank(0)).messages, 10_000);
    stop(pair);
}

#[test]
fn ten_thousand_round_trips_asleep() {
    let pair = pair();
    // A host that looks busy: nobody spins, every wait sleeps.
    (0..4096).for_each(|_| pair.0.progress.fabric().host().enter());
    let waiter = Waiter::new();
    (0..10_000).for_each(|number| pair.0.ask(number, &waiter));
    stop(pair);
}

#[test]
fn many_threads_wait_at_once() {
    let pair = pair();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let client = &pair.0;
            scope.spawn(move || {
                let waiter = Waiter::new();
                for round in 0..1000 {
                    client.ask(thread << 32 | round, &waiter);
                    if round % 16 == thread {
                        // A wait that ends by its deadline, as leader or as follower.
                        let soon = Instant::now() + Duration::from_micros(50);
                        assert!(!client.progress.wait(&Waiter::new(), Some(soon)));
                    }
                }
            });
        }
    });
    stop(pair);
}

#[test]
fn without_a_background_thread_the_waiting_thread_serves() {
    let nodes: Vec<Arc<dyn Fabric>> = cluster(2).into_iter().map(|node| Arc::new(node) as Arc<dyn Fabric>).collect();
    let (client, echo) = (Client::new(nodes[0].clone()), echo(nodes[1].clone()));
    let end = Waiter::new();
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(echo.wait(&end, None)));
        let waiter = Waiter::new();
        (0..1000).for_each(|number| client.ask(number, &waiter));
        // A completion on this node, by a thread that does not poll.
        echo.wake(&end);
    });
}

#[test]
fn local_completions_wake_leader_and_followers() {
    let pair = pair();
    let waiters: Vec<Waiter> = (0..6).map(|_| Waiter::new()).collect();
    for round in 0..300 {
        std::thread::scope(|scope| {
            for waiter in &waiters {
                scope.spawn(|| assert!(pair.0.progress.wait(waiter, None)));
            }
            // In another order each time, so that leaders leave first, last and in between.
            (0..waiters.len()).for_each(|at| pair.0.progress.wake(&waiters[(at * 5 + round) % waiters.len()]));
        });
        waiters.iter().for_each(Waiter::reset);
    }
    stop(pair);
}

#[test]
fn a_wait_may_look_at_anything() {
    let pair = pair();
    let (waiter, flag) = (Waiter::new(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            flag.store(true, Ordering::Relaxed);
            pair.0.progress.wake(&waiter);
        });
        assert!(pair.0.progress.wait_until(&waiter, &|| flag.load(Ordering::Relaxed), None));
    });
    assert!(!pair.0.progress.wait_until(&waiter, &|| false, Some(Instant::now())));
    stop(pair);
}

#[test]
fn ticks_come_when_asked_for() {
    let nodes = cluster(1);
    let progress = echo(Arc::new(nodes.into_iter().next().unwrap()));
    let (ticks, ticked) = (Arc::new(AtomicUsize::new(0)), Waiter::new());
    let (count, waiter, own) = (ticks.clone(), ticked.clone(), Arc::downgrade(&progress));
    let tick = move || {
        count.fetch_add(1, Ordering::Relaxed);
        own.upgrade().unwrap().wake(&waiter);
    };
    progress.start_background(tick).unwrap();
    for expected in 1..=5 {
        ticked.reset();
        progress.request_tick(Duration::from_secs(3600));
        progress.request_tick(Duration::from_millis(1));
        assert!(progress.wait(&ticked, None));
        assert_eq!(ticks.load(Ordering::Relaxed), expected);
    }
    progress.stop();
}

#[test]
fn a_panicking_sink_gives_the_seat_back() {
    let nodes = cluster(1);
    let fabric: Arc<dyn Fabric> = Arc::new(nodes.into_iter().next().unwrap());
    let got = Arc::new(AtomicUsize::new(0));
    let count = got.clone();
    let sink = move |_: Rank, _: Lane, message: Message<'_>| {
        assert!(!message.is_empty(), "planted");
        count.fetch_add(1, Ordering::Relaxed);
    };
    let progress = Progress::new(fabric.clone(), Arc::new(sink));
    let send = |bytes: &[u8]| fabric.send(Rank(0), Lane::Small, &[Part::from(bytes)], Mode::Block).unwrap();
    send(b"");
    send(b"next");
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| progress.poll()));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"planted"));
    assert_eq!(progress.poll(), 1);
    assert_eq!(got.load(Ordering::Relaxed), 1);
}
