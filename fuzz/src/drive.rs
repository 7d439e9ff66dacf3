//! Runs a target: case after case, each on a seed of its own, until enough frames were fed.
//!
//! A case is wrong where it says so, panics, or does not end; and the whole run is, where the process has grown by the
//! end of it. Whatever is wrong names the seed of its case, which shows it again.

use crate::dice::Dice;
use crate::memory::Resident;
use crate::tally::Tally;
use crate::targets::{Row, Target};
use std::fmt;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// By how much the process may grow after the first tenth of a run, which fills what is kept on purpose.
const GROWTH: u64 = 8 << 20;
/// For how long one case may last.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
pub struct Asked<'a> {
    /// The first case's seed; each has the next.
    pub seed: u64,
    /// Frames after which it is enough.
    pub frames: u64,
    /// Where the seed of the case under way is kept, for whoever sees this process die.
    pub trail: Option<&'a File>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// The target.
    pub name: &'static str,
    /// Frames by outcome.
    pub tally: Tally,
    /// Cases.
    pub cases: u64,
    took: Duration,
    before: Resident,
    after: Resident,
    /// What the target says in the end.
    left: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let frames = self.tally.frames();
        write!(
            f,
            "{:<9} {frames:>8} frames in {} cases, {:.0} frames/s, resident {:.1} -> {:.1} MiB (peak {:.1}): {}{}",
            self.name,
            self.cases,
            frames as f64 / self.took.as_secs_f64().max(1e-6),
            mib(self.before.now),
            mib(self.after.now),
            mib(self.after.peak),
            self.tally,
            self.left
        )
    }
}

/// Runs a target.
///
/// # Errors
/// What was wrong, with the command that shows it again.
pub fn run(row: &Row, asked: &Asked) -> Result<Report, String> {
    let mut target = (row.make)();
    let begun = Instant::now();
    let watch = Watch::default();
    let (tell, told) = channel();
    thread::scope(|scope| {
        let watch = &watch;
        scope.spawn(move || watch.keep(row.name, told));
        let fed = feed(&mut *target, row, asked, watch);
        let fed = fed.and_then(|fed| {
            let finished = target.finish();
            finished
                .map(|left| (fed, left))
                .map_err(|wrong| format!("{}, from --seed {}: {wrong}", row.name, asked.seed))
        });
        drop(tell);
        let ((tally, cases, before), left) = fed?;
        let (took, after) = (begun.elapsed(), Resident::own());
        let report = Report { name: row.name, tally, cases, took, before, after, left };
        match report.after.now.saturating_sub(before.now) {
            grown if grown > GROWTH => Err(format!("{report}\n{} has grown by {} KiB", row.name, grown >> 10)),
            _ => Ok(report),
        }
    })
}

fn feed(target: &mut dyn Target, row: &Row, asked: &Asked, watch: &Watch) -> Result<(Tally, u64, Resident), String> {
    let mut tally = Tally::default();
    let mut before = None;
    let mut cases = 0;
    while tally.frames() < asked.frames {
        if before.is_none() && tally.frames() >= asked.frames / 10 {
            before = Some(Resident::own());
        }
        let seed = asked.seed.wrapping_add(cases);
        watch.seed.store(seed, Ordering::Relaxed);
        if let Some(trail) = asked.trail {
            trail.write_all_at(&seed.to_le_bytes(), 0).map_err(|error| format!("the trail: {error}"))?;
        }
        let case = || target.case(&mut Dice::new(seed), &mut tally);
        catch_unwind(AssertUnwindSafe(case))
            .unwrap_or_else(|_| Err("it panicked".into()))
            .map_err(|wrong| format!("{}: {wrong}\n{}", row.name, again(row.name, seed)))?;
        cases += 1;
        watch.cases.store(cases, Ordering::Relaxed);
    }
    Ok((tally, cases, before.unwrap_or_else(Resident::own)))
}

/// How a case is run again.
pub fn again(name: &str, seed: u64) -> String {
    format!("again: cargo xtask fuzz --target {name} --seed {seed} --frames 1")
}

/// Sees to it that cases end.
#[derive(Default)]
struct Watch {
    seed: AtomicU64,
    cases: AtomicU64,
}

impl Watch {
    /// Ends the process where the same case goes on for too long; returns when there are no more.
    fn keep(&self, name: &str, told: Receiver<()>) {
        let mut seen = u64::MAX;
        while told.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let cases = self.cases.load(Ordering::Relaxed);
            if cases == seen {
                let seed = self.seed.load(Ordering::Relaxed);
                eprintln!("{name}: a case does not end\n{}", again(name, seed));
                std::process::exit(1);
            }
            seen = cases;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::ALL;

    /// Frames of each target in the tests.
    const FRAMES: u64 = 20_000;

    fn asked(frames: u64) -> Asked<'static> {
        Asked { seed: 1, frames, trail: None }
    }

    /// A node under attack is a process of the program, which tests are not.
    #[test]
    fn every_parser_withstands_a_short_attack() {
        for row in ALL.into_iter().filter(|row| !["member", "port", "raw"].contains(&row.name)) {
            let report = run(&row, &asked(FRAMES)).unwrap_or_else(|wrong| panic!("{wrong}"));
            // Good and bad are both met.
            assert!(report.tally.frames() >= FRAMES && report.tally.to_string().contains(", "), "{report}");
        }
    }

    #[test]
    fn shares_make_a_whole() {
        assert_eq!(ALL.iter().map(|row| row.share).sum::<u64>(), 1000);
    }

    struct Sick;

    impl Target for Sick {
        fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
            tally.add("fed");
            if dice.one_in(50) { Err("it is sick".into()) } else { Ok(()) }
        }
    }

    #[test]
    fn what_is_wrong_names_a_seed_that_shows_it_again() {
        let row = Row { name: "sick", about: "", share: 0, make: || Box::new(Sick) };
        let wrong = run(&row, &asked(10_000)).unwrap_err();
        let seed = wrong.split("--seed ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a seed is named");
        let one = Asked { seed: seed.parse().expect("it is a number"), frames: 1, trail: None };
        assert_eq!(run(&row, &one).unwrap_err(), wrong);
        assert_eq!(run(&row, &Asked { seed: one.seed + 1, ..one }).unwrap().cases, 1);
    }
}
