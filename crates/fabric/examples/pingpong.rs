//! Round trips between two processes over `shm`, three ways: both polling, waiting as the runtime does, and asleep.
//!
//! `cargo run --release -p drust-fabric --example pingpong`; prints the median and the 99th percentile of each.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the clock")]

use drust_fabric::shm::{self, Config, Shm};
use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use rustix::fd::AsFd;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

const PARTITION: usize = 1 << 16;
const ROUNDS: usize = 20_000;
const WARM_UP: usize = 2_000;
const ONE: Rank = Rank(1);

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    if let (Some(job), Some(way)) = (arguments.next(), arguments.next()) {
        return serve(Arc::new(join(1, job)?), &way);
    }
    for way in ["polling", "waiting", "asleep"] {
        for len in [64, 512] {
            let mut times = measure(way, len)?;
            times.sort_unstable();
            let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
            println!("{way:8} {len:4} bytes there and back: median {median:?}, 99 % within {late:?}");
        }
    }
    Ok(())
}

fn join(rank: u16, job: String) -> Result<Shm, Failure> {
    let partition = rustix::fs::memfd_create("pingpong", rustix::fs::MemfdFlags::CLOEXEC)?;
    rustix::fs::ftruncate(&partition, PARTITION as u64)?;
    let config = Config {
        rank: Rank(rank),
        size: 2,
        job,
        token: [1; 32],
        build: [1; 32],
        partition: partition.as_fd(),
        partition_len: PARTITION,
        partition_base: 0,
        timeout: Config::TIMEOUT,
        heartbeat: Config::HEARTBEAT,
        launcher: None,
        rings: None,
    };
    Ok(shm::join(&config)?)
}

/// Sends back what comes, until an empty message does.
fn serve(node: Arc<Shm>, way: &str) -> Result<(), Failure> {
    let end = Arc::new(AtomicBool::new(false));
    let (back, over) = (node.clone(), end.clone());
    let sink = move |from: Rank, lane: Lane, message: Message<'_>| {
        over.store(message.is_empty(), Ordering::Relaxed);
        // Where the other side is gone the process ends by itself.
        let _ = back.send(from, lane, &[Part::from(message.as_uninit())], Mode::Defer);
    };
    let done = || end.load(Ordering::Relaxed);
    if way == "polling" {
        while !done() {
            node.poll(&mut |from, lane, message| sink(from, lane, message));
        }
    } else {
        Progress::new(node.clone(), Arc::new(sink)).wait_until(&Waiter::new(), &done, None);
    }
    node.farewell();
    Ok(())
}

fn measure(way: &str, len: usize) -> Result<Vec<Duration>, Failure> {
    let job = format!("pingpong-{}-{way}-{len}", std::process::id());
    let mut other: Child = Command::new(std::env::current_exe()?).args([&job, way]).spawn()?;
    let node = Arc::new(join(0, job)?);
    if way == "asleep" {
        // A host that looks busy: nobody spins.
        (0..4096).for_each(|_| node.host().enter());
    }
    let waiter = Waiter::new();
    let progress = client(node.clone(), &waiter);
    let message = vec![7; len];
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..WARM_UP + ROUNDS {
        let start = Instant::now();
        waiter.reset();
        node.send(ONE, Lane::Small, &[Part::from(&message[..])], Mode::Block)?;
        if way == "polling" {
            while node.poll(&mut |_, _, _| ()) == 0 {}
        } else {
            progress.wait(&waiter, None);
        }
        if round >= WARM_UP {
            times.push(start.elapsed());
        }
    }
    node.send(ONE, Lane::Small, &[], Mode::Block)?;
    other.wait()?;
    Ok(times)
}

/// The waiting of the asking side: every message is the answer.
fn client(node: Arc<Shm>, waiter: &Waiter) -> Arc<Progress> {
    let place: Arc<OnceLock<Weak<Progress>>> = Arc::default();
    let (own, waiter) = (place.clone(), waiter.clone());
    let sink = move |_: Rank, _: Lane, _: Message<'_>| {
        if let Some(progress) = own.get().and_then(Weak::upgrade) {
            progress.wake(&waiter);
        }
    };
    let progress = Progress::new(node, Arc::new(sink));
    place.get_or_init(|| Arc::downgrade(&progress));
    progress
}
