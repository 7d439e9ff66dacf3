//! Round trips between two processes over `shm` or `tcp`, three ways: both polling, waiting as the runtime does, and
//! asleep; over tcp beside bare sockets, both polling.
//!
//! `cargo run --release -p drust-fabric --example pingpong -- tcp`; prints the median and the 99th percentile of each.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the clock")]

mod link;

use drust_fabric::{Fabric, Lane, Message, Mode, Part, Progress, Waiter};
use drust_proto::Rank;
use link::Failure;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

const ROUNDS: usize = 20_000;
const WARM_UP: usize = 2_000;
const ONE: Rank = Rank(1);

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [carrier, job, way] if way == "bare" => serve_bare(job.parse()?, carrier.parse()?),
        [carrier, job, way] => {
            let node = join(carrier, 1, job)?;
            busy(&*node, way);
            serve(node, way)
        }
        [] => measure_all("shm"),
        [carrier] => measure_all(carrier),
        _ => Err("usage: pingpong [shm|tcp|encrypted]".into()),
    }
}

fn measure_all(carrier: &str) -> Result<(), Failure> {
    for way in ["bare", "polling", "waiting", "asleep"] {
        for len in [64, 512] {
            let mut times = match way {
                "bare" if carrier == "shm" => continue,
                "bare" => measure_bare(len)?,
                _ => measure(carrier, way, len)?,
            };
            times.sort_unstable();
            let (median, late) = (times[times.len() / 2], times[times.len() * 99 / 100]);
            println!("{way:8} {len:4} bytes there and back: median {median:?}, 99 % within {late:?}");
        }
    }
    Ok(())
}

fn join(carrier: &str, rank: u16, job: &str) -> Result<Arc<dyn Fabric>, Failure> {
    if carrier == "shm" {
        link::over_shm(rank, 2, job)
    } else {
        link::over_tcp(rank, 2, job.parse()?, carrier == "encrypted")
    }
}

/// A host that looks busy: nobody spins.
fn busy(node: &dyn Fabric, way: &str) {
    if way == "asleep" {
        (0..4096).for_each(|_| node.host().enter());
    }
}

/// A port that is free now.
fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Sends back on a bare socket what comes, until it ends.
fn serve_bare(port: u16, len: usize) -> Result<(), Failure> {
    let mut socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    let mut message = vec![0; len];
    while exchange_half(&mut socket, &mut message)? {
        socket.write_all(&message)?;
    }
    Ok(())
}

/// Receives a message by polling; `false` at the end.
fn exchange_half(socket: &mut TcpStream, message: &mut [u8]) -> Result<bool, Failure> {
    let mut got = 0;
    while got < message.len() {
        match socket.read(&mut message[got..]) {
            Ok(0) => return Ok(false),
            Ok(count) => got += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

fn measure_bare(len: usize) -> Result<Vec<Duration>, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port().to_string();
    let mut other = Command::new(std::env::current_exe()?).args([&len.to_string(), &port, "bare"]).spawn()?;
    let (mut socket, _) = listener.accept()?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)?;
    let mut message = vec![7; len];
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..WARM_UP + ROUNDS {
        let start = Instant::now();
        socket.write_all(&message)?;
        exchange_half(&mut socket, &mut message)?;
        if round >= WARM_UP {
            times.push(start.elapsed());
        }
    }
    drop(socket);
    other.wait()?;
    Ok(times)
}

/// Sends back what comes, until an empty message does.
fn serve(node: Arc<dyn Fabric>, way: &str) -> Result<(), Failure> {
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

fn measure(carrier: &str, way: &str, len: usize) -> Result<Vec<Duration>, Failure> {
    let job = match carrier {
        "shm" => format!("pingpong-{}-{way}-{len}", std::process::id()),
        _ => free_port()?.to_string(),
    };
    let mut other: Child = Command::new(std::env::current_exe()?).args([carrier, &job, way]).spawn()?;
    let node = join(carrier, 0, &job)?;
    busy(&*node, way);
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
fn client(node: Arc<dyn Fabric>, waiter: &Waiter) -> Arc<Progress> {
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
