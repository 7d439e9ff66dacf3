//! The command as users run it.
#![expect(clippy::disallowed_methods, reason = "the command's promises are about real processes")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// `drust` with these arguments, in an environment without settings.
fn drust(args: &[&str], vars: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drust"));
    command.args(args).env_clear().env("PATH", "/usr/bin:/bin").envs(vars.iter().copied());
    command.output().expect("the command was built")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn lines(output: &Output) -> Vec<String> {
    let mut lines: Vec<String> = stdout(output).lines().map(String::from).collect();
    lines.sort();
    lines
}

#[test]
fn run_starts_every_node() {
    let script = "echo node $DRUST_RANK of $DRUST_SIZE gets $1 $2";
    let output = drust(&["run", "-n", "3", "sh", "-c", script, "sh", "-x", "--nodes"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected: Vec<String> = (0..3).map(|n| format!("node {n} of 3 gets -x --nodes")).collect();
    assert_eq!(lines(&output), expected);
    assert_eq!(stderr(&output), "");
}

#[test]
fn the_number_of_nodes_may_come_from_the_environment() {
    let count = |args: &[&str], vars: &[(&str, &str)]| lines(&drust(args, vars)).len();
    assert_eq!(count(&["run", "sh", "-c", "echo x"], &[]), 1);
    assert_eq!(count(&["run", "sh", "-c", "echo x"], &[("DRUST_NODES", "2")]), 2);
    assert_eq!(count(&["run", "-n", "3", "sh", "-c", "echo x"], &[("DRUST_NODES", "2")]), 3);
}

#[test]
fn what_follows_the_program_is_the_programs() {
    let output = drust(&["run", "echo", "-n", "--carrier", "x", "--help", "--", "-h"], &[]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "--carrier x --help -- -h"));
    assert_eq!(drust(&["run", "-n", "2"], &[]).status.code(), Some(2));
}

#[test]
fn carrier_and_its_settings_reach_the_nodes() {
    let script = "echo $DRUST_CARRIER $DRUST_ENCRYPT $DRUST_HEARTBEAT ${DRUST_COORDINATOR%:*}";
    let one = |args: &[&str], vars: &[(&str, &str)]| {
        let output = drust(&[&["run"], args, &["sh", "-c", script]].concat(), vars);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(one(&[], &[]), "shm\n");
    assert_eq!(one(&["--carrier", "tcp", "--encrypt", "--heartbeat", "5"], &[]), "tcp 1 5 127.0.0.1\n");
    let vars = [("DRUST_CARRIER", "tcp"), ("DRUST_ENCRYPT", "1"), ("DRUST_HEARTBEAT", "7")];
    assert_eq!(one(&["--heartbeat", "9"], &vars), "tcp 1 9 127.0.0.1\n");
    assert_eq!(one(&["--carrier", "shm"], &vars[..1]), "shm\n");
}

#[test]
fn a_simulation_is_one_process_that_is_no_node() {
    let script = "echo $DRUST_CARRIER $DRUST_NODES ${DRUST_RANK-no rank} $0; exit 7";
    let simulated = |args: &[&str], vars: &[(&str, &str)]| {
        let output = drust(&[&["run"], args, &["sh", "-c", script, "me"]].concat(), vars);
        assert_eq!((output.status.code(), stderr(&output)), (Some(7), String::new()));
        stdout(&output)
    };
    assert_eq!(simulated(&["-n", "3", "--carrier", "sim"], &[]), "sim 3 no rank me\n");
    assert_eq!(simulated(&[], &[("DRUST_CARRIER", "sim"), ("DRUST_NODES", "2")]), "sim 2 no rank me\n");
    let missing = drust(&["run", "--carrier", "sim", "no-such-program"], &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).starts_with("drust: cannot start no-such-program: there is no such program"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    for args in [&["--encrypt"][..], &["--encrypt", "--carrier", "sim"], &["--heartbeat", "5", "--carrier", "sim"]] {
        let output = drust(&[&["run"], args, &["true"]].concat(), &[]);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).starts_with(&format!("drust: {} ", args[0])), "{}", stderr(&output));
    }
    for args in [&["--carrier", "ib"][..], &["--heartbeat", "0"], &["--heartbeat", "86401"]] {
        assert_eq!(drust(&[&["run"], args, &["true"]].concat(), &[]).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_token_is_made_once_and_not_shown() {
    let file = std::env::temp_dir().join(format!("drust-cli-token-{}", std::process::id()));
    let path = file.to_str().expect("a path in text");
    let made = drust(&["token", path], &[]);
    let text = std::fs::read_to_string(&file).expect("it was made");
    let mode = std::fs::metadata(&file).expect("it was made").permissions().mode() & 0o7777;
    let again = drust(&["token", path], &[]);
    let kept = std::fs::read_to_string(&file).expect("it is still there");
    std::fs::remove_file(&file).expect("it is ours");
    assert_eq!((made.status.code(), text.trim().len(), mode), (Some(0), 64, 0o600), "{}", stderr(&made));
    assert!(stdout(&made).contains("DRUST_TOKEN_FILE") && !stdout(&made).contains(text.trim()));
    assert_eq!((again.status.code(), kept), (Some(2), text));
    assert!(stderr(&again).contains("exists already, and was left as it is"), "{}", stderr(&again));
}

#[test]
fn the_jobs_code_is_the_commands() {
    let output = drust(&["run", "-n", "2", "sh", "-c", "exit 7"], &[]);
    // Whichever node is seen first, its code is 7; rank 0 needs no word said about it.
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
}

#[test]
fn a_killed_node_is_named() {
    let script = "[ $DRUST_RANK = 1 ] && kill -SEGV $$; exit 113";
    let output = drust(&["run", "-n", "2", "sh", "-c", script], &[]);
    assert_eq!(output.status.code(), Some(139));
    let message = stderr(&output);
    assert!(message.starts_with("drust: node 1 (host "), "{message}");
    let end = "was killed by signal 11 (SIGSEGV); the job was ended on all nodes\n";
    assert!(message.ends_with(end), "{message}");
}

/// `drust run` with nodes that care for nothing. Whatever is left of it ends with this.
struct Stubborn {
    launcher: Child,
    nodes: Vec<String>,
}

impl Stubborn {
    fn start() -> Stubborn {
        let script = "trap '' HUP INT TERM; echo $$; [ $DRUST_RANK = 1 ] && kill -STOP $$; exec sleep 1000";
        let mut command = Command::new(env!("CARGO_BIN_EXE_drust"));
        command.args(["run", "-n", "3", "sh", "-c", script]).env_clear().env("PATH", "/usr/bin:/bin");
        let mut launcher = command.stdout(Stdio::piped()).spawn().expect("the command was built");
        let lines = BufReader::new(launcher.stdout.take().expect("it is piped")).lines();
        let nodes = lines.take(3).map(|line| line.expect("a process id")).collect();
        Stubborn { launcher, nodes }
    }

    fn running(&self) -> Option<&String> {
        self.nodes.iter().find(|pid| runs(pid))
    }
}

impl Drop for Stubborn {
    fn drop(&mut self) {
        let _ = self.launcher.kill();
        let _ = self.launcher.wait();
        for pid in self.nodes.iter().filter(|pid| runs(pid)) {
            let _ = send("KILL", pid);
        }
    }
}

/// Sends a signal; whether there was somebody to get it.
fn send(signal: &str, pid: &str) -> bool {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status();
    sent.is_ok_and(|status| status.success())
}

/// Whether a process runs; one that has ended and is not reaped does not.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name, which may hold anything.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn no_node_outlives_a_launcher_that_is_ended_by_a_signal() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("KILL", 9)] {
        let mut job = Stubborn::start();
        assert!(job.nodes.iter().all(|pid| runs(pid)), "{:?}", job.nodes);
        assert!(send(name, &job.launcher.id().to_string()));
        // A shell makes 128 and the signal's number of this.
        assert_eq!(job.launcher.wait().expect("it is our child").signal(), Some(number));
        let mut patience = 400;
        while let Some(pid) = job.running() {
            assert!(patience > 0, "process {pid} is left behind by SIG{name}");
            patience -= 1;
            std::thread::sleep(Duration::from_millis(25));
        }
    }
}

#[test]
fn a_stopped_node_is_named() {
    let script = "[ $DRUST_RANK = 1 ] && kill -STOP $$; exit 113";
    let output = drust(&["run", "-n", "3", "sh", "-c", script], &[]);
    assert_eq!(output.status.code(), Some(137));
    let message = stderr(&output);
    assert!(message.starts_with("drust: node 1 (host "), "{message}");
    assert!(message.contains(") did not respond and was killed by the launcher;"), "{message}");
}

#[test]
fn nodes_are_bound_by_the_launcher_alone() {
    let output = drust(&["bound-node", "true"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("`drust run`"), "{}", stderr(&output));
    let vars = [
        ("DRUST_RANK", "0"),
        ("DRUST_SIZE", "1"),
        ("DRUST_JOB", "0123456789abcdef"),
        ("DRUST_TOKEN", "0000000000000000000000000000000000000000000000000000000000000000"),
        ("DRUST_LAUNCHER", "4194305"),
    ];
    let orphan = drust(&["bound-node", "echo", "never said"], &vars);
    assert_eq!((orphan.status.code(), stdout(&orphan).as_str()), (Some(2), ""));
    assert!(stderr(&orphan).contains("the launcher (process 4194305) is gone"), "{}", stderr(&orphan));
}

#[test]
fn mistakes_are_told_with_the_cure() {
    let missing = drust(&["run", "-n", "2", "no-such-program"], &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).starts_with("drust: cannot start no-such-program: there is no such program"));
    assert_eq!(drust(&["run", "-n", "0", "true"], &[]).status.code(), Some(2));
    let setting = drust(&["run", "true"], &[("DRUST_NODES", "many")]);
    assert_eq!(setting.status.code(), Some(2));
    assert!(stderr(&setting).starts_with("drust: DRUST_NODES is set to `many`, but must be a number"));
    let typo = drust(&["run", "true"], &[("DRUST_HEEP", "1G")]);
    assert_eq!(typo.status.code(), Some(0));
    assert!(stderr(&typo).contains("did you mean DRUST_HEAP?"));
}

#[test]
fn a_node_starts_no_job() {
    let program = env!("CARGO_BIN_EXE_drust");
    let output = drust(&["run", program, "run", "true"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("this is node 0 of a job already"));
}

#[test]
fn doctor_shows_what_is_in_effect() {
    let output = drust(&["doctor"], &[("DRUST_HEAP", "3G"), ("DRUST_NODE", "2")]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("DRUST_HEAP        3 GiB") && text.contains("cores"), "{text}");
    assert!(text.contains("did you mean DRUST_NODES?"), "{text}");
    let bad = drust(&["doctor"], &[("DRUST_WORKERS", "none")]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(stdout(&bad).contains("error: DRUST_WORKERS is set to `none`"));
}

#[test]
fn doctor_tries_what_a_node_started_by_hand_needs() {
    let file = std::env::temp_dir().join(format!("drust-cli-doctor-{}", std::process::id()));
    let path = file.to_str().expect("a path in text");
    assert_eq!(drust(&["token", path], &[]).status.code(), Some(0));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let at = listener.local_addr().expect("it has one").to_string();
    let vars = [("DRUST_RANK", "1"), ("DRUST_SIZE", "2"), ("DRUST_COORDINATOR", &at), ("DRUST_TOKEN_FILE", path)];
    let reached = drust(&["doctor"], &vars);
    drop(listener);
    let alone = drust(&["doctor"], &vars);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let open = drust(&["doctor"], &vars);
    std::fs::remove_file(&file).expect("it is ours");
    assert_eq!(reached.status.code(), Some(0), "{}", stdout(&reached));
    let text = stdout(&reached);
    assert!(text.contains("this is node      1 of 2") && text.contains("DRUST_CARRIER     tcp"), "{text}");
    assert!(text.ends_with(&format!("node 0 can be reached at {at}\n")), "{text}");
    assert_eq!(alone.status.code(), Some(1));
    assert!(stdout(&alone).contains(&format!("error: nothing listens at {at}")), "{}", stdout(&alone));
    assert_eq!(open.status.code(), Some(1));
    assert!(stdout(&open).contains("chmod 600"), "{}", stdout(&open));
}
