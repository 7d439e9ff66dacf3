//! The local launcher with shells as nodes: who is blamed, what is left behind, what the nodes are told.
#![expect(clippy::disallowed_methods, reason = "the launcher's promises are about real time")]

use drust_launch::{Carrier, End, JobEnd, Launch, LaunchError, Output, launch_local};
use drust_proto::Rank;
use drust_proto::job::exit::PEER_LOST;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs `script` on every node, with a grace that no test waits for unless it says so.
fn run(nodes: u16, script: &str) -> JobEnd {
    launch_local(shell(nodes, script)).expect("shells can be started")
}

fn shell(nodes: u16, script: &str) -> Launch {
    let mut launch = Launch::new(nodes, "/bin/sh");
    launch.args = vec!["-c".into(), script.into()];
    launch.output = Output::Capture;
    launch.grace = Duration::from_secs(60);
    launch
}

fn stdout(end: &JobEnd, rank: usize) -> &str {
    std::str::from_utf8(&end.outputs[rank].stdout).expect("shells write text")
}

#[test]
fn every_node_learns_its_place() {
    let end = run(3, "echo $DRUST_RANK $DRUST_SIZE $DRUST_JOB $DRUST_TOKEN $DRUST_LAUNCHER");
    assert_eq!((end.code, &end.culprit), (0, &None));
    let words: Vec<Vec<&str>> = (0..3).map(|rank| stdout(&end, rank).split_whitespace().collect()).collect();
    for (rank, words) in words.iter().enumerate() {
        assert_eq!(words[0], rank.to_string());
        assert_eq!((words[1], words[2].len(), words[3].len()), ("3", 16, 64));
        assert_eq!(words[4], std::process::id().to_string());
        assert_eq!(words[2..4], self::words(&end, 0)[2..4]);
    }
}

fn words(end: &JobEnd, rank: usize) -> Vec<&str> {
    stdout(end, rank).split_whitespace().collect()
}

#[test]
fn extra_variables_and_own_name_arrive() {
    let mut launch = shell(1, "echo $COLOUR $0");
    launch.env = vec![("COLOUR".into(), "green".into())];
    launch.args.push("myself".into());
    let end = launch_local(launch).unwrap();
    assert_eq!(stdout(&end, 0), "green myself\n");
}

#[test]
fn nodes_over_tcp_learn_one_address_that_is_kept_for_them() {
    let mut launch = shell(2, "echo $DRUST_CARRIER $DRUST_COORDINATOR");
    launch.carrier = Carrier::Tcp;
    let end = launch_local(launch).unwrap();
    let (carrier, address) = stdout(&end, 0).trim().split_once(' ').expect("both are set");
    assert_eq!((carrier, stdout(&end, 1)), ("tcp", stdout(&end, 0)));
    let address: SocketAddr = address.parse().expect("it is an address");
    assert!(address.ip().is_loopback() && address.port() > 0, "{address}");
    // Once the job has ended the port is anybody's.
    TcpListener::bind(address).expect("it is free again");
}

#[test]
fn nodes_are_told_nothing_of_another_membership() {
    let told = "echo $DRUST_CARRIER ${DRUST_COORDINATOR-none} ${DRUST_TOKEN_FILE-none} ${DRUST_LISTEN-none}";
    let mut launch = shell(1, told);
    for name in ["DRUST_COORDINATOR", "DRUST_TOKEN_FILE", "DRUST_LISTEN"] {
        launch.env.push((name.into(), "left over".into()));
    }
    let end = launch_local(launch).unwrap();
    assert_eq!(stdout(&end, 0), "shm none none none\n");
}

#[test]
fn rank_0s_code_is_the_jobs() {
    let end = run(2, "[ $DRUST_RANK = 1 ] || exit 7");
    assert_eq!((end.code, &end.culprit), (7, &None));
    assert_eq!(end.to_string(), "drust: the job exited with code 7");
}

#[test]
fn a_killed_node_is_the_culprit_and_the_others_are_secondary() {
    // The others end the way nodes do: when they see that one is gone.
    let end = run(3, "[ $DRUST_RANK = 2 ] && kill -KILL $$; exit 113");
    let culprit = end.culprit.clone().expect("somebody is");
    assert_eq!((culprit.rank, culprit.end, end.code), (Rank(2), End::Killed(9), 137));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a host has a name");
    let process = format!("node 2 (host {}, pid {})", host.trim(), culprit.pid);
    let expected = format!("drust: {process} was killed by signal 9 (SIGKILL); the job was ended on all nodes");
    assert_eq!(end.to_string(), expected);
}

#[test]
fn a_primary_end_is_waited_for() {
    let end = run(2, "[ $DRUST_RANK = 1 ] && { sleep 0.2; exit 101; }; exit 113");
    let culprit = end.culprit.expect("somebody is");
    assert_eq!((culprit.rank, culprit.end, end.code), (Rank(1), End::Exited(101), 101));
}

#[test]
fn without_a_primary_end_the_first_secondary_is_named() {
    let end = run(2, "exit 113");
    assert_eq!(end.culprit.map(|c| c.end), Some(End::Exited(PEER_LOST)));
    assert_eq!(end.code, PEER_LOST);
}

#[test]
fn what_outstays_its_grace_is_killed() {
    let mut launch = shell(3, "echo $$; [ $DRUST_RANK = 1 ] && exit 5; exec sleep 1000");
    launch.grace = Duration::from_millis(100);
    let end = launch_local(launch).unwrap();
    assert_eq!((end.culprit.as_ref().map(|c| c.rank), end.code), (Some(Rank(1)), 5));
    for rank in 0..3 {
        let pid = stdout(&end, rank).trim();
        assert!(!Path::new("/proc").join(pid).exists(), "node {rank} is still there");
    }
}

#[test]
fn a_stopped_node_is_the_culprit_where_all_others_lost_it() {
    for stopped in [0, 1] {
        let script = format!("echo $$; [ $DRUST_RANK = {stopped} ] && kill -STOP $$; sleep 0.2; exit 113");
        let begun = Instant::now();
        let mut launch = shell(3, &script);
        launch.grace = Duration::from_millis(100);
        let end = launch_local(launch).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let culprit = end.culprit.clone().expect("somebody is");
        assert_eq!((culprit.rank, culprit.end, end.code), (Rank(stopped), End::Unresponsive, 137));
        let told = format!(", pid {}) did not respond and was killed by the launcher; ", culprit.pid);
        assert!(end.to_string().contains(&told), "{end}");
        let pid = stdout(&end, usize::from(stopped)).trim();
        assert!(!Path::new("/proc").join(pid).exists(), "it is still there");
    }
}

#[test]
fn only_rank_0_has_an_input() {
    let end = run(2, "[ $DRUST_RANK = 0 ] || cat; echo done");
    assert_eq!((end.code, stdout(&end, 1)), (0, "done\n"));
}

#[test]
fn much_output_blocks_nobody() {
    let end = run(2, "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2");
    assert_eq!(end.code, 0);
    for output in &end.outputs {
        assert_eq!((output.stdout.len(), output.stderr.len()), (300_000, 200_000));
    }
}

#[test]
fn a_pipe_held_by_a_grandchild_does_not_hold_the_job() {
    let end = run(1, "sleep 1.2 & echo parent");
    assert_eq!((end.code, stdout(&end, 0)), (0, "parent\n"));
}

#[test]
fn programs_that_cannot_start_are_told_with_the_cure() {
    let missing = launch_local(Launch::new(2, "no-such-program-anywhere")).unwrap_err();
    assert!(matches!(missing, LaunchError::Start { rank: Rank(0), .. }));
    assert!(missing.to_string().starts_with("cannot start no-such-program-anywhere: there is no such program"));
    let folder = launch_local(Launch::new(1, "/")).unwrap_err();
    assert!(folder.to_string().contains("not executable"), "{folder}");
}

#[test]
fn this_program_is_started_again() {
    if let Some(rank) = std::env::var_os("DRUST_RANK") {
        println!("again as {}", rank.display());
        return;
    }
    let mut launch = Launch::this_program(2);
    launch.args = ["this_program_is_started_again", "--exact", "--nocapture"].map(Into::into).into();
    launch.output = Output::Capture;
    let end = launch_local(launch).unwrap();
    assert_eq!((end.code, &end.culprit), (0, &None));
    for rank in 0..2 {
        assert!(stdout(&end, rank).contains(&format!("again as {rank}\n")), "{}", stdout(&end, rank));
    }
}

#[test]
fn errors_are_ones_that_any_thread_may_keep() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<LaunchError>();
    error::<drust_launch::SettingError>();
    error::<drust_launch::TokenFileError>();
}
