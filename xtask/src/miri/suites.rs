//! What runs under Miri, and with which flags.
//!
//! * With strict provenance wherever no address becomes a pointer. That happens in three places: a descriptor is found
//!   by its id, a function by its offset, a peer's partition by its base. Suites that do so run with exposed
//!   provenance. In both a pointer made from thin air is an error.
//! * Tests of several nodes are simulated, one process each, since a process has one cluster. There one thread runs at
//!   a time and Miri sees no races; for these there are the tests of threads on one node, under several seeds.

use super::said;
use super::toolchain::Toolchain;
use std::process::Command;

/// No number becomes a pointer.
const STRICT: &str = "-Zmiri-strict-provenance";
const STRICT_TREE: &str = "-Zmiri-strict-provenance -Zmiri-tree-borrows";
/// What a node leaves behind is leaked on purpose; the system is asked for nothing.
const NODE: &str = "-Zmiri-permissive-provenance -Zmiri-ignore-leaks -Zmiri-isolation-error=hide";
/// As many threads run tasks.
const THREADS: &str = "-Zmiri-permissive-provenance -Zmiri-ignore-leaks -Zmiri-isolation-error=hide -Zmiri-num-cpus=3";

/// Tests of one test program, run alike.
pub(super) struct Suite {
    package: &'static str,
    /// Which test program, as cargo's arguments.
    target: &'static [&'static str],
    how: How,
    flags: &'static str,
}

#[derive(Clone, Copy)]
enum How {
    /// All tests whose names contain this in one process, once for each seed below the number.
    Together(&'static str, u32),
    /// Each test in a process of its own, where its nodes are simulated, but for those whose names contain one of these
    /// words.
    Simulated(&'static [&'static str]),
}

impl Suite {
    const fn together(package: &'static str, target: &'static [&'static str], flags: &'static str) -> Suite {
        Suite { package, target, how: How::Together("", 1), flags }
    }

    const fn seeds(self, filter: &'static str, seeds: u32) -> Suite {
        Suite { how: How::Together(filter, seeds), ..self }
    }

    const fn simulated(package: &'static str, target: &'static [&'static str], but: &'static [&'static str]) -> Suite {
        Suite { package, target, how: How::Simulated(but), flags: NODE }
    }
}

/// What needs no node: some two minutes on two cores.
pub(super) static FLOOR: [Suite; 9] = [
    Suite::together("drust-heap", &["--test", "space"], STRICT),
    Suite::together("drust-heap", &["--test", "copies"], STRICT),
    Suite::together("drust-heap", &["--test", "copies"], STRICT_TREE).seeds("taken", 1),
    Suite::together("drust-heap", &["--test", "copies"], STRICT).seeds("thread", 4),
    Suite::together("drust-heap", &["--test", "trace"], STRICT).seeds("", 4),
    Suite::together("drust-heap", &["--test", "trace"], STRICT_TREE),
    Suite::together("drust-heap", &["--test", "drops"], STRICT),
    Suite::together("drust-heap", &["--lib"], STRICT),
    Suite::together("drust-macros", &["--test", "derive"], STRICT),
];

/// The pointers, on one node and on simulated ones.
pub(super) static NODES: [Suite; 6] = [
    Suite::simulated("drust-tests", &["--test", "forgets"], &[]),
    Suite::simulated("drust-tests", &["--test", "borrows"], &[]),
    Suite::simulated("drust", &["--test", "boxed"], &["no_nodes"]),
    Suite::simulated("drust", &["--test", "vec"], &[]),
    Suite::simulated("drust", &["--test", "string"], &[]),
    Suite::together("drust", &["--test", "threads"], THREADS).seeds("", 3),
];

/// One process to run.
pub(super) struct Job {
    suite: &'static Suite,
    filter: String,
    seed: u32,
}

impl Suite {
    /// Builds the test program, and says what is to be run.
    pub(super) fn jobs(&'static self, toolchain: &Toolchain) -> Result<Vec<Job>, String> {
        let mut list = toolchain.cargo("test");
        let (listed, text) =
            said(list.args(["--package", self.package]).args(self.target).args(["--", "--list", "--format=terse"]))?;
        if !listed {
            return Err(format!("miri: the tests of {} were not built:\n{text}", self.package));
        }
        let job = |filter: &str, seed| Job { suite: self, filter: filter.to_owned(), seed };
        Ok(match self.how {
            How::Together(filter, seeds) => (0..seeds).map(|seed| job(filter, seed)).collect(),
            How::Simulated(but) => {
                let names = text.lines().filter_map(|line| line.strip_suffix(": test"));
                let names = names.filter(|name| !but.iter().any(|part| name.contains(part)));
                names.map(|name| job(name, 0)).collect()
            }
        })
    }
}

impl Job {
    pub(super) fn name(&self) -> String {
        let Job { suite, filter, seed } = self;
        let target = suite.target.last().expect("a suite has a target");
        format!(
            "{} {target} {filter} {} seed {seed}",
            suite.package,
            if suite.flags == STRICT_TREE { "tree" } else { "" }
        )
    }

    /// Completes `cargo miri test`.
    pub(super) fn describe(&self, command: &mut Command) {
        let mut flags = format!("{} -Zmiri-seed={}", self.suite.flags, self.seed);
        command.args(["--package", self.suite.package]).args(self.suite.target).arg("--");
        match self.suite.how {
            How::Together(..) => {
                command.args(["--test-threads=1", &self.filter]);
            }
            How::Simulated(_) => {
                command.args(["--exact", &self.filter]).env("DRUST_CARRIER", "sim");
                flags.push_str(" -Zmiri-env-forward=DRUST_CARRIER");
            }
        }
        command.env("MIRIFLAGS", flags);
    }
}
