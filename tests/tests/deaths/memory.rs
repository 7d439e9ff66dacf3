//! A node that the kernel kills because the job's cgroup has no more memory.

use crate::process::{Process, code};
use drust_tests::kill::command;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What the whole job may take.
const LIMIT: u64 = 256 << 20;

/// A cgroup of this test's own with a limit of memory; removed when dropped.
struct Group(PathBuf);

impl Group {
    /// In version 1 or 2, whichever the machine has.
    fn new(name: &str) -> Result<Group, String> {
        let versions = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        let mut why = String::new();
        for (mount, limit) in versions {
            match Group::limited(&Path::new(mount).join(format!("drust-{name}-{}", std::process::id())), limit) {
                Ok(group) => return Ok(group),
                Err(error) => why = format!("{why} {mount}: {error};"),
            }
        }
        Err(why)
    }

    fn limited(folder: &Path, limit: &str) -> io::Result<Group> {
        // Nothing else makes folders here, so what exists by this name is not a cgroup of this machine's.
        if !folder.parent().is_some_and(|mount| mount.join("cgroup.procs").exists()) {
            return Err(io::Error::other("no cgroups are mounted there"));
        }
        fs::create_dir(folder)?;
        let group = Group(folder.to_owned());
        fs::write(folder.join(limit), LIMIT.to_string())?;
        // Where there is swap, it would only take longer.
        let _ = fs::write(folder.join("memory.swap.max"), "0");
        Ok(group)
    }

    /// A shell that goes into the group and becomes the command.
    fn run(&self, command: &Command) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.0.join("cgroup.procs"));
        shell.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The last processes of the group may still be on their way out.
        for _ in 0..200 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn ends(way: &str) -> Option<(i32, String)> {
    let group = match Group::new(&way.replace(' ', "-")) {
        Ok(group) => group,
        Err(why) => {
            println!("skipped: no cgroup can be made here:{why}");
            return None;
        }
    };
    let mut command = command(Path::new(env!("CARGO_BIN_EXE_doomed")), way, 3);
    command.env("DRUST_HEAP", "1G");
    let (status, said) = Process::start(group.run(&command).stdin(Stdio::null()).stderr(Stdio::piped())).end();
    Some((code(status), said))
}

#[test]
fn a_node_that_eats_the_jobs_memory_is_killed_and_named() {
    let Some((code, said)) = ends("eat") else { return };
    assert_eq!(code, 128 + 9, "{said}");
    assert!(said.contains("drust: node 2 (host ") && said.contains("was killed by signal 9 (SIGKILL)"), "{said}");
    for rank in 0..2 {
        let own = format!("drust: node {rank} (host ");
        let line = said.lines().find(|line| line.starts_with(&own)).unwrap_or_default();
        assert!(line.contains(": node 2 (host ") && line.contains("was lost: its connection closed"), "{said}");
    }
}

#[test]
fn a_heap_that_finds_no_memory_ends_the_job() {
    let Some((code, said)) = ends("eat heap") else { return };
    // The kernel kills whoever holds most, or refuses, and then the heap says so.
    assert!([128 + 9, 116].contains(&code), "{code} {said}");
    assert!(said.contains("drust: node 2 ("), "{said}");
    assert!(said.contains("; the job was ended on all nodes"), "{said}");
}
