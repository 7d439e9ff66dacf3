//! Tasks that are saved: a job that was killed goes on in another, and files that are wrong are refused.

use drust::thread::{self, Builder, CancellationToken, Checkpoint, CheckpointError, JoinError, Step, restart_from};
use drust::{Box, Portable, Vec, node, spawn};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

/// The file that a job of several nodes saves to, and whether it begins with it.
const FILE: &str = "DRUST_TEST_CHECKPOINT";
const RESTART: &str = "DRUST_TEST_RESTART";
/// How many steps are saved when the first job is killed, at the least.
const KILLED_AFTER: u64 = 40;
const EVERY: u64 = 4;
const BOUND: Duration = Duration::from_secs(60);

/// A sum of squares, with some of it in boxes.
#[derive(Portable, Serialize, Deserialize)]
struct Sum {
    next: u64,
    sum: Box<u64>,
    last: Vec<u64>,
}

fn squares(below: u64) -> u64 {
    (0..below).map(|number| number * number).sum()
}

/// Adds for ever in the first job, on one node after the other; the second ends when it likes.
fn add(state: &mut Sum) -> Step<(u64, u64)> {
    let restarted = std::env::var_os(RESTART).is_some();
    assert!(!restarted || state.next >= KILLED_AFTER, "it began anew: {}", state.next);
    *state.sum += state.next * state.next;
    state.last.push(state.next);
    if state.last.len() > 10 {
        state.last.remove(0);
    }
    state.next += 1;
    assert!(state.last.iter().rev().zip(1..).all(|(last, back)| *last == state.next - back));
    if restarted && state.next.is_multiple_of(64) {
        return Step::Done((state.next, *state.sum));
    }
    if state.next.is_multiple_of(3) {
        let nodes = node::count();
        return Step::To(node::all().nth(state.next as usize % nodes).expect("a node"));
    }
    Step::Continue
}

/// Not a test of its own: what the other runs, as a job of several nodes.
#[drust::test(nodes = 3)]
fn job() {
    let Some(file) = std::env::var_os(FILE).map(PathBuf::from) else { return };
    let task = if std::env::var_os(RESTART).is_some() {
        restart_from(&file, add).expect("the file is whole")
    } else {
        let state = Sum { next: 0, sum: Box::new(0), last: Vec::new() };
        Checkpoint::to(&file).every(EVERY).spawn(state, add)
    };
    let (next, sum) = task.join().unwrap();
    assert_eq!(sum, squares(next));
    std::fs::write(said_beside(&file), next.to_string()).unwrap();
}

/// Where a job says how many steps it took.
fn said_beside(file: &Path) -> PathBuf {
    file.with_extension("said")
}

fn start(file: &Path, restart: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args(["--exact", "job", "--nocapture", "--test-threads=1"]).env(FILE, file);
    if restart {
        command.env(RESTART, "1");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the test binary can be started")
}

/// Steps that are in a file; none where there is no file.
fn saved(file: &Path) -> u64 {
    let bytes = std::fs::read(file).unwrap_or_default();
    bytes.get(24..32).map_or(0, |word| u64::from_le_bytes(word.try_into().expect("eight bytes")))
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a job of real processes is waited for, and killed")]
fn a_killed_job_goes_on_in_another() {
    let file = path("killed");
    let mut first = start(&file, false);
    let begun = Instant::now();
    while saved(&file) < KILLED_AFTER {
        assert!(begun.elapsed() < BOUND && first.try_wait().unwrap().is_none(), "{} steps", saved(&file));
        std::thread::sleep(Duration::from_millis(1));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // The nodes end with the launcher, and the first of them might save until then.
    let mut steps = 0;
    while steps != saved(&file) {
        steps = saved(&file);
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(steps >= KILLED_AFTER && steps.is_multiple_of(EVERY), "{steps}");
    let second = start(&file, true).wait_with_output().unwrap();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stdout));
    let said = std::fs::read_to_string(said_beside(&file)).unwrap();
    assert_eq!(said, (steps + 1).next_multiple_of(64).to_string(), "{steps} steps");
    for file in [said_beside(&file), file] {
        std::fs::remove_file(file).unwrap();
    }
}

fn count(n: &mut u64) -> Step<u64> {
    *n += 1;
    if *n < 10 { Step::Continue } else { Step::Done(*n) }
}

#[drust::test]
fn a_restarted_task_is_saved_on() {
    let file = path("saved_on");
    assert_eq!(Checkpoint::to(&file).every(4).spawn(0, count).join().unwrap(), 10);
    assert_eq!(saved(&file), 8);
    let again = restart_from(&file, |n: &mut u64| {
        *n += 100;
        if *n < 600 { Step::Continue } else { Step::Done(*n) }
    });
    assert_eq!(again.unwrap().join().unwrap(), 608);
    assert_eq!(saved(&file), 12);
    std::fs::remove_file(&file).unwrap();
}

/// A state that cannot be read, as one whose form has changed since it was written.
#[derive(Portable, Serialize, Debug)]
struct Changed(u64);

impl<'de> Deserialize<'de> for Changed {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Changed, D::Error> {
        Err(serde::de::Error::custom("not any more"))
    }
}

#[drust::test]
fn files_that_are_wrong_are_refused() {
    let file = path("wrong");
    let restart = || restart_from(&file, count).expect_err("it is wrong");
    assert!(matches!(restart(), CheckpointError::Io(_)));
    Checkpoint::to(&file).spawn(0, count).join().unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(restart(), CheckpointError::Truncated { .. }));
    let mut spoilt = whole.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &spoilt).unwrap();
    assert!(matches!(restart(), CheckpointError::Damaged));
    std::fs::write(&file, &whole).unwrap();
    let other = restart_from(&file, |n: &mut u32| Step::Done(*n)).expect_err("a u64");
    assert!(other.to_string().ends_with("type u64, where u32 is expected"), "{other}");
    let up = |changed: &mut Changed| {
        changed.0 += 1;
        if changed.0 < 3 { Step::Continue } else { Step::Done(()) }
    };
    Checkpoint::to(&file).spawn(Changed(0), up).join().unwrap();
    let error = restart_from(&file, up).expect_err("it cannot be read");
    assert!(matches!(&error, CheckpointError::State(why) if why.to_string().contains("not any more")), "{error}");
    std::fs::remove_file(&file).unwrap();
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn a_task_that_cannot_be_saved_goes_on() {
    let nowhere = Path::new("/proc/no/such/place");
    assert_eq!(Checkpoint::to(nowhere).spawn(0, count).join().unwrap(), 10);
    let far = node::all().last().unwrap();
    let ran = spawn!(on far; [] || Checkpoint::to("/proc/no/such/place").spawn(0, count).join().unwrap());
    assert_eq!(ran.join().unwrap(), 10);
}

#[drust::test(nodes = 3)]
fn a_saved_task_has_a_name_and_a_place() {
    let (file, last) = (path("placed"), node::all().last().unwrap());
    let step = |(n, begun_on): &mut (u64, Option<usize>)| {
        begun_on.get_or_insert_with(|| node::current().index());
        *n += 1;
        if *n < 10 { Step::Continue } else { Step::Done(*begun_on) }
    };
    let there = || Builder::new().name("there".into()).on(last);
    let first = there().spawn_saved(Checkpoint::to(&file).every(4), (0, None), step).unwrap();
    assert_eq!(first.name(), Some("there"));
    assert_eq!(first.join().unwrap(), Some(last.index()));
    assert_eq!(saved(&file), 8, "the file is the spawner's");
    let again = there().restart_from(&file, |(n, begun_on): &mut (u64, Option<usize>)| {
        assert_eq!((*n, *begun_on), (8, node::all().last().map(|last| last.index())));
        Step::Done(node::current())
    });
    let again = again.unwrap();
    assert_eq!(again.name(), Some("there"));
    assert_eq!(again.join().unwrap(), last);
    std::fs::remove_file(&file).unwrap();
}

/// A task that was cancelled goes on from its last save, as one whose job has ended.
#[drust::test(nodes = 2)]
fn a_saved_task_is_cancelled_and_goes_on_later() {
    let (file, last) = (path("cancelled"), node::all().last().unwrap());
    let token = CancellationToken::new();
    let cancelled = || Builder::new().on(last).cancelled_by(&token);
    let stops = |n: &mut u64| {
        *n += 1;
        if *n == 6 {
            thread::sleep(Duration::from_secs(3600));
        }
        Step::<()>::To(node::current())
    };
    let first = cancelled().spawn_saved(Checkpoint::to(&file), 0, stops).unwrap();
    while saved(&file) < 5 {
        thread::sleep(Duration::from_millis(1));
    }
    token.cancel();
    assert!(matches!(first.join(), Err(JoinError::Cancelled { .. })));
    assert_eq!(saved(&file), 5);
    let never = cancelled().restart_from(&file, count).unwrap();
    assert!(matches!(never.join(), Err(JoinError::Cancelled { .. })));
    assert_eq!(restart_from(&file, count).unwrap().join().unwrap(), 10);
    std::fs::remove_file(&file).unwrap();
}

/// Of a node that has many tasks, the spawner hears that, and not that there is something wrong with the file.
#[drust::test(nodes = 2, seed = 3)]
fn a_saved_task_finds_a_full_queue() {
    let (file, last) = (path("full"), node::all().last().unwrap());
    Checkpoint::to(&file).spawn(0, count).join().unwrap();
    let at_once = || Builder::new().on(last).queue_timeout(Duration::ZERO);
    let mut tasks = std::vec::Vec::new();
    let full = loop {
        assert!(tasks.len() < 20_000, "nobody is told that the queue is full");
        match at_once().spawn((), |()| thread::sleep(Duration::from_micros(100))) {
            Ok(task) => tasks.push(task),
            Err(_) => break at_once().restart_from(&file, count).expect_err("it is full"),
        }
    };
    assert!(matches!(&full, CheckpointError::Start(why) if why.kind() == ErrorKind::TimedOut), "{full}");
    assert!(at_once().spawn_saved(Checkpoint::to(&file), 0, count).is_err());
    tasks.into_iter().for_each(|task| task.join().unwrap());
    std::fs::remove_file(&file).unwrap();
}
