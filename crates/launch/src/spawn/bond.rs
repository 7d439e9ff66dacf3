//! What becomes of a node when its launcher dies.
//!
//! A node that has joined its job watches its launcher and ends in order when that dies. For processes that do not, be
//! they stopped, not that far yet, or no programs of drust's at all, the system has the parent-death signal. It comes
//! when the *thread* that started the process ends: [`launch_local`](super::launch_local) stays on its thread until all
//! nodes are gone.
//!
//! The signal can only be set by the process itself. A program that knows nothing of drust is therefore started through
//! one that does so and then becomes it ([`exec_bound`], [`Launch::via`](super::Launch::via)).

use super::LaunchError;
use drust_proto::Rank;
use rustix::fs::{Access, access};
use rustix::process::{Signal, getppid, set_parent_process_death_signal};
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// What the system does to this process when the process that started it dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bond {
    /// Kills it.
    Kill,
    /// Lets it go on if it is stopped, so that it can see for itself.
    Wake,
}

impl Bond {
    /// Says so to the system, until this thread says otherwise or ends. A process that died before is not noticed.
    ///
    /// # Errors
    /// The system refuses.
    pub fn tie(self) -> io::Result<()> {
        let signal = match self {
            Bond::Kill => Signal::KILL,
            Bond::Wake => Signal::CONT,
        };
        Ok(set_parent_process_death_signal(Some(signal))?)
    }
}

/// Replaces this process, a child of `launcher`, by a program and its arguments that the system kills when the launcher
/// dies.
///
/// Returns only where the program cannot be started, or the launcher is gone.
#[must_use]
pub fn exec_bound(launcher: u32, program: &OsStr, args: &[OsString]) -> LaunchError {
    if let Err(error) = Bond::Kill.tie() {
        return LaunchError::Bond(error);
    }
    // Asked after the signal was set: whenever the launcher dies, one of the two sees it.
    if getppid().map(|parent| parent.as_raw_pid().unsigned_abs()) != Some(launcher) {
        return LaunchError::Orphan { launcher };
    }
    let source = Command::new(program).args(args).exec();
    LaunchError::Start { rank: Rank(0), program: program.into(), source }
}

/// Whether a program can be found and executed, `folders` being those of `PATH`.
pub(super) fn find(program: &Path, folders: &OsStr) -> io::Result<()> {
    let executable = |path: &Path| match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(ErrorKind::PermissionDenied.into()),
        Ok(_) => Ok(access(path, Access::EXEC_OK)?),
        Err(error) => Err(error),
    };
    if program.as_os_str().as_bytes().contains(&b'/') {
        return executable(program);
    }
    let mut why = io::Error::from(ErrorKind::NotFound);
    for folder in std::env::split_paths(folders) {
        match executable(&folder.join(program)) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => why = error,
            Err(_) => {}
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        let kind =
            |program: &str, folders: &str| find(Path::new(program), OsStr::new(folders)).map_err(|error| error.kind());
        assert_eq!(kind("sh", "/no/such/folder:/bin:/usr/bin"), Ok(()));
        assert_eq!(kind("/bin/sh", ""), Ok(()));
        assert_eq!(kind("no-such-program-anywhere", "/bin:/usr/bin"), Err(ErrorKind::NotFound));
        assert_eq!(kind("./no-such-program-anywhere", "/bin"), Err(ErrorKind::NotFound));
        assert_eq!(kind("/proc/self/stat", "/bin"), Err(ErrorKind::PermissionDenied));
        assert_eq!(kind("/", "/bin"), Err(ErrorKind::PermissionDenied));
        assert_eq!(kind("bin", "/"), Err(ErrorKind::PermissionDenied));
    }
}
