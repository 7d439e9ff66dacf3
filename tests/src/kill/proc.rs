//! What `/proc` tells of a job: its processes, and what they left behind.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The processes whose environment has `name` set to `value`. One that has ended has no environment.
pub fn with_variable(name: &str, value: &str) -> Vec<i32> {
    let ours = format!("{name}={value}");
    let has = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == ours.as_bytes())
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    processes.filter(|process| has(process)).filter_map(|process| number(&process)).collect()
}

fn number(process: &Path) -> Option<i32> {
    process.file_name()?.to_str()?.parse().ok()
}

/// A variable of a process's environment.
pub fn variable(pid: i32, name: &str) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = environment.split(|&byte| byte == 0).map(OsStr::from_bytes).filter_map(OsStr::to_str);
    variables.find_map(|variable| variable.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// Whether a process is there; one that has ended and was not waited for is not.
pub fn lives(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

/// Files and sockets that bear the job's number, or listen on a port of its. Memory files end with the processes that
/// have them.
pub fn left_behind(job: &str, ports: &[u16]) -> Vec<String> {
    let folders = [PathBuf::from("/dev/shm"), std::env::temp_dir()];
    let entries = folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut left: Vec<String> = entries.map(|entry| entry.path().display().to_string()).collect();
    left.retain(|name| name.contains(job));
    let sockets = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    left.extend(sockets.lines().filter(|line| line.contains(job)).map(str::to_owned));
    left.extend(
        ports.iter().filter(|&&port| is_listened_on(port)).map(|port| format!("somebody listens on port {port}")),
    );
    left
}

fn is_listened_on(port: u16) -> bool {
    const LISTEN: &str = "0A";
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| fs::read_to_string(table).unwrap_or_default());
    let local = format!(":{port:04X}");
    tables.iter().flat_map(|table| table.lines()).any(|line| {
        let mut words = line.split_whitespace().skip(1);
        let own = words.next().is_some_and(|own| own.ends_with(&local));
        own && words.nth(1) == Some(LISTEN)
    })
}
