//! Nodes that no launcher starts, as on several machines: each is told where node 0 listens, and has a token file. How
//! they die is in `deaths`.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// On a loaded machine; elsewhere it is a moment.
const BOUND: Duration = Duration::from_secs(20);

/// Three nodes of one job, and the file that their token lies in.
struct Job {
    nodes: Vec<Child>,
    token: PathBuf,
}

impl Job {
    /// Starts node 0 last, which the others have to wait for.
    fn start(host: &str, vars: &[(&str, &str)]) -> Option<Job> {
        let port = match TcpListener::bind(format!("{host}:0")) {
            Ok(listener) => listener.local_addr().expect("it has one").port(),
            Err(error) => {
                println!("skipped: this machine does not listen at {host}: {error}");
                return None;
            }
        };
        let token = std::env::temp_dir().join(format!("drust-by-hand-{port}-{}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&token);
        writeln!(file.expect("it is new"), "{}", "5e".repeat(32)).expect("there is room");
        let mut job = Job { nodes: Vec::new(), token };
        for rank in (0..3).rev() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_life"));
            for name in ["DRUST_JOB", "DRUST_TOKEN", "DRUST_LAUNCHER", "DRUST_NODES", "DRUST_CARRIER", "DRUST_LISTEN"] {
                command.env_remove(name);
            }
            command
                .arg("success")
                .env("DRUST_RANK", rank.to_string())
                .env("DRUST_SIZE", "3")
                .env("DRUST_COORDINATOR", format!("{host}:{port}"))
                .env("DRUST_TOKEN_FILE", &job.token)
                .envs(vars.iter().copied())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            job.nodes.insert(0, command.spawn().expect("the program can be started"));
        }
        Some(job)
    }

    /// Node 0's first line, which it says when all have met.
    fn ready(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.nodes[0].stdout.as_mut().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it can be read");
        line
    }

    /// Waits for all, and says how each ended and what it said on stderr.
    fn end(&mut self) -> Vec<Output> {
        let begun = Instant::now();
        let mut ended = Vec::new();
        for (rank, node) in self.nodes.iter_mut().enumerate() {
            let status = loop {
                if let Some(status) = node.try_wait().expect("it is our child") {
                    break status;
                }
                assert!(begun.elapsed() < BOUND, "node {rank} has not ended");
                std::thread::sleep(Duration::from_millis(5));
            };
            let mut stderr = Vec::new();
            node.stderr.take().expect("it is piped").read_to_end(&mut stderr).expect("it can be read");
            ended.push(Output { status, stdout: Vec::new(), stderr });
        }
        ended
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            // Only where a test fails do they still run.
            let _ = node.kill();
            let _ = node.wait();
        }
        let _ = fs::remove_file(&self.token);
    }
}

fn runs_to_its_end(host: &str, vars: &[(&str, &str)]) {
    let Some(mut job) = Job::start(host, vars) else { return };
    let pids: Vec<String> = job.nodes.iter().map(|node| node.id().to_string()).collect();
    // There is no job number to be told.
    assert_eq!(job.ready(), format!("ready  9 {}\n", pids.join(" ")));
    for node in job.end() {
        let said = String::from_utf8_lossy(&node.stderr);
        assert!(node.status.success() && said.is_empty(), "{:?}: {said}", node.status);
    }
}

#[test]
fn they_meet_and_run() {
    runs_to_its_end("127.0.0.1", &[]);
}

#[test]
fn they_meet_by_ipv6_and_encrypt() {
    runs_to_its_end("[::1]", &[("DRUST_ENCRYPT", "1")]);
}

#[test]
fn they_meet_by_name_and_listen_where_they_are_told() {
    runs_to_its_end("localhost", &[("DRUST_LISTEN", "127.0.0.1")]);
}
