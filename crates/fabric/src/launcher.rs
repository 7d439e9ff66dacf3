//! The launcher of a node, watched by the node.

use crate::JoinError;
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open};

/// A descriptor that is readable once the launcher is dead; the parent is checked after it was opened, so that a
/// process id used anew is not taken for the launcher.
pub(crate) fn open_launcher(pid: u32) -> Result<OwnedFd, JoinError> {
    let gone = JoinError::LauncherGone { pid };
    let Some(launcher) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Err(gone) };
    let opened = pidfd_open(launcher, PidfdFlags::empty());
    if getppid() != Some(launcher) {
        return Err(gone);
    }
    opened.map_err(|error| JoinError::System { doing: "watching the launcher", error: error.into() })
}
