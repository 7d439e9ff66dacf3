//! A simulated cluster is one process, so nobody needs to launch it or wait for it: this process becomes it.

use super::{Launch, LaunchError, command};
use crate::environment::{CARRIER, Carrier, NODES};
use drust_proto::Rank;
use std::os::unix::process::CommandExt;

/// Replaces this process by `launch`'s program, which is to simulate so many nodes, whatever carrier `launch` names.
/// Its output, signals and exit code are the program's from here on.
///
/// Returns only where the program cannot be started.
#[must_use]
pub fn exec_simulated(launch: &Launch) -> LaunchError {
    let mut command = command(launch);
    command.env(CARRIER, Carrier::Sim.name()).env(NODES, launch.nodes.to_string());
    launch.unstartable(Rank(0), command.exec())
}
