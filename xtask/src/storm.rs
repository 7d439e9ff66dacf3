//! `cargo xtask storm --seeds N [--from S] [--jobs J]`: storms on simulated clusters, each seed in a process of its
//! own.
//!
//! A seed that is wrong is shrunk, and told with the command that shows it again.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long one seed may run.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long a wrong seed may be shrunk.
const SHRINKING: Duration = Duration::from_secs(400);
/// How often progress is told.
const TELL: Duration = Duration::from_secs(10);

/// What is summed up over all seeds, by the words that follow the numbers in what a storm prints.
const SUMS: [&str; 7] = ["ops", "tasks", "fetches", "moves", "frees", "switches", "transitions"];

/// What was asked for.
struct Asked {
    seeds: u64,
    from: u64,
    jobs: u64,
}

/// What came of it so far.
#[derive(Default)]
struct Tally {
    done: u64,
    sums: [u64; SUMS.len()],
    wrong: Vec<String>,
}

/// Builds the storms and runs them.
pub fn run(workspace: &Path, arguments: &[String]) -> Result<(), String> {
    let asked = Asked::parse(arguments)?;
    let program = build(workspace)?;
    let (next, tally, begun) = (AtomicU64::new(0), Mutex::new(Tally::default()), Instant::now());
    let told = Mutex::new(begun);
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= asked.seeds {
                        return;
                    }
                    let outcome = one_seed(&program, asked.from + index);
                    let mut tally = tally.lock().expect("no panic under this lock");
                    tally.add(outcome);
                    let mut told = told.lock().expect("no panic under this lock");
                    if told.elapsed() >= TELL {
                        *told = Instant::now();
                        eprintln!("{} of {} seeds, {} wrong", tally.done, asked.seeds, tally.wrong.len());
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no panic under this lock");
    println!("{}", tally.summary(begun.elapsed()));
    if tally.wrong.is_empty() { Ok(()) } else { Err(format!("{} seed(s) are wrong", tally.wrong.len())) }
}

impl Asked {
    fn parse(arguments: &[String]) -> Result<Asked, String> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let mut asked = Asked { seeds: 100, from: 0, jobs: cores };
        for pair in arguments.chunks(2) {
            let value = pair.get(1).and_then(|value| value.parse().ok());
            let value = value.ok_or(format!("{} wants a number", pair[0]))?;
            match pair[0].as_str() {
                "--seeds" => asked.seeds = value,
                "--from" => asked.from = value,
                "--jobs" => asked.jobs = value.max(1),
                other => return Err(format!("there is no argument `{other}`: --seeds, --from, --jobs")),
            }
        }
        Ok(asked)
    }
}

fn build(workspace: &Path) -> Result<PathBuf, String> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace)
        .args(["build", "--package", "drust-sim", "--profile", "storm"])
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), PathBuf::from);
    if status.success() { Ok(target.join("storm/drust-sim")) } else { Err("the storms do not compile".into()) }
}

/// Runs a seed; what it printed, or what is wrong with it.
fn one_seed(program: &Path, seed: u64) -> Result<String, String> {
    let seed = seed.to_string();
    let arguments = ["--seed", &seed, "--mixed"];
    match process(Command::new(program).arg("storm").args(arguments), PATIENCE)? {
        Some((true, said)) => return Ok(said),
        Some((false, said)) => eprintln!("{said}shrinking it"),
        None => eprintln!("seed {seed} did not end in {} s; shrinking it", PATIENCE.as_secs()),
    }
    let shrunk = process(Command::new(program).arg("shrink").args(arguments), SHRINKING)?;
    let (_, said) = shrunk.unwrap_or((false, "it could not be shrunk in time".into()));
    Err(format!("seed {seed}, run by `drust-sim storm --seed {seed} --mixed`:\n{said}"))
}

/// Runs a process for at most so long: whether it ended well, and all that it printed; nothing if it did not end.
fn process(command: &mut Command, patience: Duration) -> Result<Option<(bool, String)>, String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().map_err(|error| format!("cannot wait for {command:?}: {error}"))? {
            return Ok(Some((status.success(), printed(&mut child))));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    let _ = child.wait();
    Ok(None)
}

/// What an ended child left in its pipes, which hold all that storms print.
fn printed(child: &mut Child) -> String {
    let mut text = String::new();
    let _ = child.stdout.take().map(|mut out| out.read_to_string(&mut text));
    let _ = child.stderr.take().map(|mut out| out.read_to_string(&mut text));
    text
}

impl Tally {
    fn add(&mut self, outcome: Result<String, String>) {
        self.done += 1;
        match outcome {
            Ok(said) => {
                for (sum, word) in self.sums.iter_mut().zip(SUMS) {
                    *sum += number_before(&said, word);
                }
            }
            Err(wrong) => {
                println!("{wrong}");
                self.wrong.push(wrong);
            }
        }
    }

    fn summary(&self, took: Duration) -> String {
        let rate = self.done as f64 / took.as_secs_f64().max(0.001);
        let sums: Vec<String> = self.sums.iter().zip(SUMS).map(|(sum, word)| format!("{sum} {word}")).collect();
        let wrong = self.wrong.len();
        format!(
            "{} seeds in {:.0} s, {rate:.1} seeds/s, {wrong} wrong: {}",
            self.done,
            took.as_secs_f64(),
            sums.join(", ")
        )
    }
}

/// The number that stands before a word, or 0.
fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text.split([' ', ',', ':']).filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|found| *found == word).unwrap_or(0);
    at.checked_sub(1).and_then(|before| words[before].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_off_what_a_storm_prints() {
        let said = "seed 7 returned: 120 ops, 33 tasks, 8 fetches, 1 moves, 0 frees, \
                    5123 switches, 90 transitions, digest 0a\n";
        assert_eq!(SUMS.map(|word| number_before(said, word)), [120, 33, 8, 1, 0, 5123, 90]);
        let mut tally = Tally::default();
        tally.add(Ok(said.into()));
        tally.add(Ok(said.into()));
        let summary = tally.summary(Duration::from_secs(4));
        assert!(summary.starts_with("2 seeds in 4 s, 0.5 seeds/s, 0 wrong: 240 ops, 66 tasks"), "{summary}");
    }

    #[test]
    fn arguments_are_numbers_by_name() {
        let parse = |text: &str| Asked::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let asked = parse("--seeds 5 --from 10 --jobs 0").unwrap();
        assert_eq!((asked.seeds, asked.from, asked.jobs), (5, 10, 1));
        assert!(parse("--seeds").is_err() && parse("--seeds x").is_err() && parse("--sods 3").is_err());
    }
}
