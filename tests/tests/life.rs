//! How jobs end: success, panic, signals to any process of theirs. Everything is gone within five seconds, the exit
//! code and the last words say why, and nothing is left behind.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The documented bound on the end of a job after a loss is 5 s; loaded machines get more.
const BOUND: Duration = Duration::from_secs(20);
const ANOTHER_NODE_LOST: i32 = 113;

/// A running job: the launcher, which is a group's first process, and what rank 0 said of the others.
struct Job {
    launcher: Child,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    id: String,
    pids: Vec<i32>,
}

/// How it ended.
struct Ended {
    status: ExitStatus,
    stderr: String,
}

impl Job {
    fn start(way: &str) -> Job {
        let mut command = Command::new(env!("CARGO_BIN_EXE_life"));
        command.arg(way).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped()).stdin(Stdio::null());
        for name in ["DRUST_RANK", "DRUST_SIZE", "DRUST_JOB", "DRUST_TOKEN", "DRUST_LAUNCHER", "DRUST_NODES"] {
            command.env_remove(name);
        }
        let mut launcher = command.env("RUST_BACKTRACE", "0").spawn().expect("the program can be started");
        let mut stdout = BufReader::new(launcher.stdout.take().expect("it is piped"));
        let stderr = launcher.stderr.take().expect("it is piped");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it can be read");
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words.len() == 6 && words[0] == "ready" && words[2] == "9", "rank 0 said {line:?}");
        let pids = words[3..].iter().map(|pid| pid.parse().expect("a process id")).collect();
        let id = words[1].to_owned();
        assert_eq!(id.len(), 16, "the job's id");
        Job { launcher, stdout, stderr, id, pids }
    }

    fn kill(&self, rank: usize) {
        let pid = Pid::from_raw(self.pids[rank]).expect("a process id");
        kill_process(pid, Signal::KILL).expect("it runs");
    }

    fn launcher(&self) -> Pid {
        Pid::from_child(&self.launcher)
    }

    /// Waits for the end of all processes, and looks for what they left.
    fn end(mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.launcher.try_wait().expect("it is our child") {
                break status;
            }
            assert!(begun.elapsed() < BOUND, "the launcher has not ended");
            std::thread::sleep(Duration::from_millis(5));
        };
        while let Some(left) = self.left() {
            assert!(begun.elapsed() < BOUND, "process {left} of the job is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).expect("it can be read");
        self.stdout.read_to_string(&mut String::new()).expect("it can be read");
        assert_eq!(self.files_left(), Vec::<String>::new());
        Ended { status, stderr }
    }

    /// A process of this job, by its environment, or one that was and is not reaped by whoever adopted it.
    fn left(&self) -> Option<String> {
        let ours = format!("DRUST_JOB={}", self.id);
        let processes = fs::read_dir("/proc").expect("there is /proc").flatten();
        processes.map(|process| process.path()).find_map(|process| {
            let environment = fs::read(process.join("environ")).ok()?;
            let found = environment.split(|&byte| byte == 0).any(|variable| variable == ours.as_bytes());
            found.then(|| process.display().to_string())
        })
    }

    /// Shared memory and sockets that bear a name of drust or of this job; memory files without a process are gone by
    /// themselves.
    fn files_left(&self) -> Vec<String> {
        let folders = ["/dev/shm", "/tmp"].into_iter().filter_map(|folder| fs::read_dir(folder).ok());
        let names = folders.flatten().flatten().map(|entry| entry.path().display().to_string());
        let mut left: Vec<String> = names.filter(|name| name.contains(&self.id)).collect();
        let sockets = fs::read_to_string("/proc/net/unix").unwrap_or_default();
        left.extend(sockets.lines().filter(|line| line.contains(&self.id)).map(str::to_owned));
        let own_maps = fs::read_to_string("/proc/self/maps").expect("there are maps");
        left.extend(own_maps.lines().filter(|line| line.contains("memfd:drust")).map(str::to_owned));
        left
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // Only where a test fails: the group may be gone already, and then there is nothing to end.
        let _ = kill_process_group(self.launcher(), Signal::KILL);
        let _ = self.launcher.wait();
    }
}

fn ends(way: &str) -> Ended {
    Job::start(way).end()
}

#[test]
fn success_leaves_nothing_and_says_nothing() {
    let ended = ends("success");
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_exit_code_is_the_jobs() {
    assert_eq!(ends("exit").status.code(), Some(7));
}

#[test]
fn a_panic_in_main_is_a_101() {
    let ended = ends("panic");
    assert_eq!(ended.status.code(), Some(101), "{}", ended.stderr);
    assert!(ended.stderr.contains("as asked, in main"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("drust: leak"), "main's values are dropped as it unwinds: {}", ended.stderr);
}

#[test]
fn a_panic_in_a_task_is_its_joiners() {
    let ended = ends("panic in task");
    assert_eq!(ended.status.code(), Some(101), "{}", ended.stderr);
    let told = "as asked, in a task";
    assert!(ended.stderr.matches(told).count() >= 2, "by the task and by its joiner: {}", ended.stderr);
    assert!(ended.stderr.contains("node: 1"), "{}", ended.stderr);
}

#[test]
fn a_node_that_exits_is_named() {
    let ended = ends("exit in task");
    assert_eq!(ended.status.code(), Some(9), "{}", ended.stderr);
    assert!(ended.stderr.contains("drust: node 2 (host"), "{}", ended.stderr);
    assert!(ended.stderr.contains("exited with code 9"), "{}", ended.stderr);
}

#[test]
fn a_node_that_aborts_is_named() {
    let ended = ends("abort in task");
    assert_eq!(ended.status.code(), Some(128 + 6), "{}", ended.stderr);
    assert!(ended.stderr.contains("drust: node 2 (host"), "{}", ended.stderr);
    assert!(ended.stderr.contains("SIGABRT"), "{}", ended.stderr);
}

#[test]
fn ctrl_c_ends_all() {
    let job = Job::start("wait");
    kill_process_group(job.launcher(), Signal::INT).expect("the group runs");
    let ended = job.end();
    let by_signal = ended.status.signal() == Some(2) || ended.status.code() == Some(128 + 2);
    assert!(by_signal, "{:?} {}", ended.status, ended.stderr);
}

#[test]
fn a_terminated_launcher_takes_all_with_it() {
    let job = Job::start("wait");
    kill_process(job.launcher(), Signal::TERM).expect("it runs");
    let ended = job.end();
    assert_eq!(ended.status.signal(), Some(15), "{}", ended.stderr);
}

#[test]
fn a_killed_rank_0_is_named() {
    killed_is_named(0);
}

#[test]
fn another_killed_rank_is_named() {
    killed_is_named(2);
}

fn killed_is_named(rank: usize) {
    let job = Job::start("wait");
    let pid = job.pids[rank];
    job.kill(rank);
    let ended = job.end();
    assert_eq!(ended.status.code(), Some(128 + 9), "{}", ended.stderr);
    let launchers = ended.stderr.lines().find(|line| line.contains("was killed by signal 9 (SIGKILL)"));
    let named = launchers.is_some_and(|line| {
        line.starts_with(&format!("drust: node {rank} (host ")) && line.contains(&format!(", pid {pid}) was killed"))
    });
    assert!(named, "{}", ended.stderr);
    let others: Vec<_> = ended.stderr.lines().filter(|line| line.contains("the job was ended on all nodes")).collect();
    assert_eq!(others.len(), 1, "one culprit: {}", ended.stderr);
    // The other nodes say whom they lost, those that the launcher did not end before.
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("it can be read");
    let loss = format!("): node {rank} (host {}, pid {pid}) was lost: ", host.trim());
    let losses: Vec<_> = ended.stderr.lines().filter(|line| line.contains(" was lost: ")).collect();
    assert!(losses.iter().all(|line| line.contains(&loss) && line.ends_with("; the job ends")), "{}", ended.stderr);
    assert_ne!(ended.status.code(), Some(ANOTHER_NODE_LOST));
}

#[test]
fn a_killed_launcher_takes_all_with_it() {
    let job = Job::start("wait");
    kill_process(job.launcher(), Signal::KILL).expect("it runs");
    assert_eq!(job.end().status.signal(), Some(9));
}

#[test]
fn a_killed_launcher_takes_a_stopped_node_with_it() {
    let job = Job::start("wait");
    let stopped = Pid::from_raw(job.pids[1]).expect("a process id");
    kill_process(stopped, Signal::STOP).expect("it runs");
    kill_process(job.launcher(), Signal::KILL).expect("it runs");
    let ended = job.end();
    assert_eq!(ended.status.signal(), Some(9));
    // It is woken, and ends as the others do.
    let lines: Vec<_> = ended.stderr.lines().filter(|line| line.ends_with("its launcher died")).collect();
    assert_eq!(lines.len(), 3, "{}", ended.stderr);
}

#[test]
fn leaks_are_told_by_node_and_type() {
    let ended = ends("leak");
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let leaks: Vec<_> = ended.stderr.lines().filter(|line| line.contains("leak")).collect();
    assert_eq!(leaks.len(), 2, "{}", ended.stderr);
    assert!(leaks[0].contains("node 0 ") && leaks[0].contains("1 of u64"), "{leaks:?}");
    assert!(leaks[1].contains("node 1 ") && leaks[1].contains("2 of life::Lost"), "{leaks:?}");
}
