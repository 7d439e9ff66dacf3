//! The command line.

use crate::mix::{LEAST_VALUE, Workload};
use crate::resp::number::parse_bytes;
use clap::{Args, Parser, Subcommand};

/// A Redis-compatible store over the memory of many nodes.
#[derive(Parser, Debug)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Task,
}

/// What is to be done.
#[derive(Subcommand, Debug)]
pub enum Task {
    /// Serve Redis clients, on a port of each node
    Serve(Serve),
    /// Run a workload of YCSB in the nodes themselves, and check what it reads
    Ycsb(Ycsb),
}

/// How to serve.
#[derive(Args, Debug)]
pub struct Serve {
    /// The first node's port, from which the others' follow; 0: each takes one that is free
    #[arg(long, default_value_t = 6379)]
    pub port: u16,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,
    /// As many processes on this host (else what the launcher or DRUST_NODES says)
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "twin")]
    pub nodes: Option<u16>,
    /// What all values may take, as 64MiB; 0: as much as there is
    #[arg(long, default_value = "64MiB", value_parser = memory)]
    pub memory: u64,
    /// Clients of a node at most
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub clients: u32,
    /// Serve from std's types in this process, for comparison
    #[arg(long)]
    pub twin: bool,
}

/// What to run.
#[derive(Args, Debug)]
pub struct Ycsb {
    /// The workload
    #[arg(long, ignore_case = true)]
    pub workload: Workload,
    /// Threads of each node
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub threads: u64,
    /// Records that are there from the start
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(2..=1 << 32))]
    pub records: u64,
    /// Operations of each thread
    #[arg(long, conflicts_with = "seconds", value_parser = clap::value_parser!(u64).range(1..))]
    pub ops: Option<u64>,
    /// Seconds that it takes (10 where nothing is said)
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: Option<u64>,
    /// Bytes of a value
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(LEAST_VALUE..=1 << 20))]
    pub value_size: u64,
    /// Which of all sequences of operations
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..1 << 31))]
    pub seed: u64,
    /// As many processes on this host (else what the launcher or DRUST_NODES says)
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "twin")]
    pub nodes: Option<u16>,
    /// Run it on std's types in this process, for comparison
    #[arg(long)]
    pub twin: bool,
    /// Print one JSON object of numbers
    #[arg(long)]
    pub json: bool,
}

fn memory(text: &str) -> Result<u64, String> {
    parse_bytes(text).ok_or_else(|| "bytes are wanted, such as 64MiB or 2gb".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
        let parsed = Arguments::try_parse_from(["kv", "ycsb", "--workload", "f", "--ops", "5"]).unwrap();
        assert!(matches!(parsed.command, Task::Ycsb(Ycsb { workload: Workload::F, ops: Some(5), .. })));
        for wrong in [
            &["kv"][..],
            &["kv", "serve", "--memory", "much"],
            &["kv", "serve", "--twin", "--nodes", "2"],
            &["kv", "ycsb"],
            &["kv", "ycsb", "--workload", "A", "--threads", "65"],
            &["kv", "ycsb", "--workload", "A", "--ops", "1", "--seconds", "1"],
        ] {
            assert!(Arguments::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
