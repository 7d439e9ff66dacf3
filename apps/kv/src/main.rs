//! `kv`: a Redis-compatible store over the memory of many nodes, and beside it the same store on std's types.
//!
//! `kv serve --nodes 4` listens on four ports, and each answers for every key. What differs from the twin is in
//! `ours.rs` and `twin.rs`, and nowhere else.

mod arguments;
mod catalog;
mod glob;
mod mix;
mod ours;
mod resp;
mod signals;
mod twin;

use arguments::{Arguments, Serve, Task, Ycsb};
use clap::{Parser, ValueEnum};
use mix::Workload;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Task::Serve(arguments) => serve(&arguments),
        Task::Ycsb(arguments) => ycsb(&arguments),
    }
}

/// Both stores have settings, loads and reports of their own; this makes them from the same arguments.
macro_rules! either {
    ($twin:expr, $nodes:expr, $kv:ident => $run:expr) => {
        if $twin {
            use twin::kv as $kv;
            $run
        } else {
            use ours::kv as $kv;
            cluster($nodes).run(|| $run)
        }
    };
}

fn cluster(nodes: Option<u16>) -> drust::Builder {
    match nodes {
        Some(nodes) => drust::Builder::new().nodes(nodes),
        None => drust::Builder::new(),
    }
}

fn serve(arguments: &Serve) -> ExitCode {
    if let Err(error) = signals::watch(arguments.host.clone(), arguments.port) {
        eprintln!("kv: signals would not be heard: {error}");
        return ExitCode::FAILURE;
    }
    let &Serve { port, memory, clients, .. } = arguments;
    let served = either!(arguments.twin, arguments.nodes, kv => {
        let host = arguments.host.as_bytes().into();
        kv::serve(&kv::Settings { host, port, memory, clients }, announce)
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kv: {error}");
            ExitCode::FAILURE
        }
    }
}

fn announce(addresses: &[String]) {
    for (node, address) in addresses.iter().enumerate() {
        println!("node {node} listens on {address}");
    }
    println!("ready");
}

fn ycsb(arguments: &Ycsb) -> ExitCode {
    let &Ycsb { threads, records, value_size, seed, .. } = arguments;
    let workload = Workload::value_variants().iter().position(|known| *known == arguments.workload);
    let workload = workload.expect("all workloads are listed") as u64;
    let ops = arguments.ops.unwrap_or(u64::MAX);
    let seconds = arguments.seconds.or(arguments.ops.is_none().then_some(10));
    let millis = seconds.map_or(u64::MAX, |seconds| seconds * 1000);
    let (text, right) = either!(arguments.twin, arguments.nodes, kv => {
        let report = kv::measure(&kv::Load { workload, threads, records, ops, millis, value_size, seed });
        (if arguments.json { report.json() } else { report.to_string() }, report.is_right())
    });
    println!("{text}");
    if right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
