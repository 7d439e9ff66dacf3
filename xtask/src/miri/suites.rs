//! What runs under Miri, and with which flags.
//!
//! * With strict provenance wherever no address becomes a pointer. That happens in three places: a descriptor is found
//!   by its id, a function by its offset, a peer's partition by its base. Suites that do so run with exposed
//!   provenance. In both a pointer made from thin air is an error.
//! * Tests of several nodes share one simulated cluster a process. There one thread runs at a time and Miri sees no
//!   races; for these there are the tests of threads on one node, under several of Miri's schedules.

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
    /// Tests on one simulated cluster, on a seed: all, or, where time is short, those whose names contain these words.
    Simulated(u64, &'static [&'static str]),
}

impl Suite {
    const fn together(package: &'static str, target: &'static [&'static str], flags: &'static str) -> Suite {
        Suite { package, target, how: How::Together("", 1), flags }
    }

    const fn seeds(self, filter: &'static str, seeds: u32) -> Suite {
        Suite { how: How::Together(filter, seeds), ..self }
    }

    const fn simulated(
        package: &'static str,
        target: &'static [&'static str],
        seed: u64,
        short: &'static [&'static str],
    ) -> Suite {
        Suite { package, target, how: How::Simulated(seed, short), flags: NODE }
    }
}

/// Seeds of simulated clusters whose clock goes fast: one reads peers' memory in place, one by messages.
const IN_PLACE: u64 = 5;
const BY_MESSAGES: u64 = 9;

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

/// The pointers, on one node and on simulated ones: the short choice takes some three minutes on two cores, all of them
/// a quarter of an hour.
pub(super) static NODES: [Suite; 6] = [
    Suite::simulated("drust", &["--test", "vec"], IN_PLACE, &["empty_vector", "nested", "parts", "tied"]),
    Suite::simulated(
        "drust",
        &["--test", "boxed"],
        IN_PLACE,
        &["apart", "without", "taken_out", "drops_once", "slices"],
    ),
    Suite::simulated("drust-tests", &["--test", "forgets"], BY_MESSAGES, &["borrows", "guards", "tied", "relent"]),
    Suite::simulated("drust", &["--test", "string"], IN_PLACE, &["split", "collected", "compared"]),
    Suite::simulated("drust-tests", &["--test", "borrows"], BY_MESSAGES, &[]),
    Suite::together("drust", &["--test", "threads"], THREADS).seeds("", 3),
];

/// One process to run.
pub(super) struct Job {
    suite: &'static Suite,
    /// Miri's.
    seed: u32,
    short: bool,
}

impl Suite {
    /// Builds the test program, and says what is to be run.
    pub(super) fn jobs(&'static self, toolchain: &Toolchain, short: bool) -> Result<Vec<Job>, String> {
        let mut build = toolchain.cargo("test");
        let (built, text) = said(build.args(["--package", self.package]).args(self.target).arg("--no-run"))?;
        if !built {
            return Err(format!("miri: the tests of {} were not built:\n{text}", self.package));
        }
        let seeds = if let How::Together(_, seeds) = self.how { seeds } else { 1 };
        Ok((0..seeds).map(|seed| Job { suite: self, seed, short }).collect())
    }
}

impl Job {
    pub(super) fn name(&self) -> String {
        let Job { suite: Suite { package, target, how, flags }, seed, .. } = self;
        let target = target.last().expect("a suite has a target");
        let model = if *flags == STRICT_TREE { ", Tree Borrows" } else { "" };
        match how {
            How::Together(filter, _) => format!("{package} {target} {filter} (seed {seed}{model})"),
            How::Simulated(cluster, _) => format!("{package} {target} (cluster's seed {cluster}{model})"),
        }
    }

    /// Completes `cargo miri test`.
    pub(super) fn describe(&self, command: &mut Command) {
        let Job { suite: Suite { package, target, how, flags }, seed, short } = self;
        let mut flags = format!("{flags} -Zmiri-seed={seed}");
        command.args(["--package", package]).args(*target).args(["--", "--test-threads=1"]);
        match how {
            How::Together(filter, _) => {
                command.arg(filter);
            }
            How::Simulated(cluster, words) => {
                command.args(words.iter().filter(|_| *short));
                command.env("DRUST_CARRIER", "sim").env("DRUST_SEED", cluster.to_string());
                flags.push_str(" -Zmiri-env-forward=DRUST_CARRIER -Zmiri-env-forward=DRUST_SEED");
            }
        }
        command.env("MIRIFLAGS", flags);
    }
}
