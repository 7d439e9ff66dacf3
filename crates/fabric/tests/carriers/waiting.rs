//! Waiting over a carrier: round trips, many waiters, deadlines, ticks, local completions.

use crate::client::{Client, echo};
use crate::harness::Cluster;
use drust_fabric::{Lane, Message, Mode, Part, Progress, Waiter, schedule};
use drust_proto::Rank;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const ZERO: Rank = Rank(0);

on_every_carrier! {
    2 nodes: round_trips,
    2 nodes: round_trips_on_a_busy_host,
    2 nodes: many_threads_wait_at_once,
    2 nodes: without_a_background_thread_the_waiting_thread_serves,
    2 nodes: local_completions_wake_leader_and_followers,
    2 nodes: a_wait_may_look_at_anything,
}

on_one_node! {
    ticks_come_when_asked_for,
    a_panicking_sink_gives_the_seat_back,
}

/// A client on node 0, and an echo on node 1.
struct Pair {
    client: Client,
    echo: Arc<Progress>,
}

impl Pair {
    fn start(cluster: &Cluster) -> Pair {
        let pair = Pair { client: Client::new(cluster.node(0)), echo: echo(cluster.node(1)) };
        pair.client.progress.start_background(|| ()).unwrap();
        let echo = pair.echo.clone();
        cluster.start(1, move |_| echo.start_background(|| ()).unwrap()).join();
        pair
    }

    fn stop(self) {
        self.client.progress.stop();
        self.echo.stop();
    }
}

fn round_trips(cluster: &mut Cluster) {
    let pair = Pair::start(cluster);
    let waiter = Waiter::new();
    (0..2000).for_each(|number| pair.client.ask(number, &waiter));
    assert_eq!(pair.echo.fabric().sent(ZERO).messages, 2000);
    pair.stop();
}

/// A host that looks busy: nobody spins, every wait sleeps.
fn round_trips_on_a_busy_host(cluster: &mut Cluster) {
    let pair = Pair::start(cluster);
    (0..4096).for_each(|_| pair.client.progress.fabric().host().enter());
    let waiter = Waiter::new();
    (0..2000).for_each(|number| pair.client.ask(number, &waiter));
    pair.stop();
}

fn many_threads_wait_at_once(cluster: &mut Cluster) {
    let pair = Pair::start(cluster);
    let threads: Vec<_> = (0..8_u64)
        .map(|thread| {
            let client = pair.client.clone();
            cluster.start(0, move |_| {
                let waiter = Waiter::new();
                for round in 0..150 {
                    client.ask(thread << 32 | round, &waiter);
                    if round % 16 == thread {
                        // A wait that ends by its deadline, as leader or as follower.
                        let soon = schedule::now() + Duration::from_micros(50);
                        assert!(!client.progress.wait(&Waiter::new(), Some(soon)));
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join());
    pair.stop();
}

fn without_a_background_thread_the_waiting_thread_serves(cluster: &mut Cluster) {
    let (client, echo, end) = (Client::new(cluster.node(0)), echo(cluster.node(1)), Waiter::new());
    let (serving, ended) = (echo.clone(), end.clone());
    let server = cluster.start(1, move |_| assert!(serving.wait(&ended, None)));
    let waiter = Waiter::new();
    (0..500).for_each(|number| client.ask(number, &waiter));
    // A completion on this node, by a thread that does not poll.
    echo.wake(&end);
    server.join();
}

fn local_completions_wake_leader_and_followers(cluster: &mut Cluster) {
    let pair = Pair::start(cluster);
    let waiters: Vec<Waiter> = (0..6).map(|_| Waiter::new()).collect();
    for round in 0..50 {
        let one = |waiter: &Waiter| {
            let (progress, waiter) = (pair.client.progress.clone(), waiter.clone());
            cluster.start(0, move |_| assert!(progress.wait(&waiter, None)))
        };
        let threads: Vec<_> = waiters.iter().map(one).collect();
        // In another order each time, so that leaders leave first, last and in between.
        for at in 0..waiters.len() {
            pair.client.progress.wake(&waiters[(at * 5 + round) % waiters.len()]);
            schedule::pass();
        }
        threads.into_iter().for_each(|thread| thread.join());
        waiters.iter().for_each(Waiter::reset);
    }
    pair.stop();
}

fn a_wait_may_look_at_anything(cluster: &mut Cluster) {
    let pair = Pair::start(cluster);
    let (waiter, flag) = (Waiter::new(), Arc::new(AtomicBool::new(false)));
    let (progress, set, woken) = (pair.client.progress.clone(), flag.clone(), waiter.clone());
    let waker = cluster.start(0, move |_| {
        set.store(true, Ordering::Relaxed);
        progress.wake(&woken);
    });
    let progress = &pair.client.progress;
    assert!(progress.wait_until(&waiter, &|| flag.load(Ordering::Relaxed), None));
    assert!(!progress.wait_until(&waiter, &|| false, Some(schedule::now())));
    waker.join();
    pair.stop();
}

fn ticks_come_when_asked_for(cluster: &mut Cluster) {
    let progress = echo(cluster.node(0));
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

fn a_panicking_sink_gives_the_seat_back(cluster: &mut Cluster) {
    let fabric = cluster.node(0);
    let got = Arc::new(AtomicUsize::new(0));
    let count = got.clone();
    let sink = move |_: Rank, _: Lane, message: Message<'_>| {
        assert!(!message.is_empty(), "planted");
        count.fetch_add(1, Ordering::Relaxed);
    };
    let progress = Progress::new(fabric.clone(), Arc::new(sink));
    let send = |bytes: &[u8]| fabric.send(ZERO, Lane::Small, &[Part::from(bytes)], Mode::Block).unwrap();
    send(b"");
    send(b"next");
    let panic = loop {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| progress.poll())) {
            break panic;
        }
    };
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"planted"));
    while progress.poll() == 0 {}
    assert_eq!(got.load(Ordering::Relaxed), 1);
}
