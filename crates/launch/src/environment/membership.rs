//! What makes a process a node of a job: the variables that a launcher sets, or those that users set by hand.

use super::{Address, COORDINATOR, JOB, LAUNCHER, RANK, SIZE, SettingError, TOKEN, TOKEN_FILE, Variables, nodes};
use crate::secret::{Job, Token};
use crate::token_file::TokenFileError;
use drust_proto::Rank;
use std::path::Path;

/// What a node is in its job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// This node.
    pub rank: Rank,
    /// How many nodes the job has; `rank` is below it.
    pub size: u16,
    /// The job's secret.
    pub token: Token,
    /// The job's number; `None` in a node started by hand.
    pub job: Option<Job>,
    /// The process id of the launcher, with which the node ends; `None` in a node started by hand.
    pub launcher: Option<u32>,
    /// Where node 0 listens; always set in a node started by hand.
    pub coordinator: Option<Address>,
}

impl Membership {
    /// Whether a user started this node, not a launcher.
    #[must_use]
    pub fn is_by_hand(&self) -> bool {
        self.launcher.is_none()
    }
}

/// What a launcher sets for every node.
pub(super) const OF_LAUNCHER: [&str; 5] = [RANK, SIZE, JOB, TOKEN, LAUNCHER];
/// What users set for a node that they start by hand.
pub(super) const BY_HAND: [&str; 4] = [RANK, SIZE, COORDINATOR, TOKEN_FILE];
/// What users never set.
pub(super) const ONLY_OF_LAUNCHER: [&str; 3] = [JOB, TOKEN, LAUNCHER];

pub(super) fn read(
    vars: &Variables,
    read_token: &dyn Fn(&Path) -> Result<Token, TokenFileError>,
) -> Result<Option<Membership>, SettingError> {
    let rank = vars.read(RANK, "a rank from 0", |text| text.parse().ok())?;
    let size = vars.read(SIZE, "a number of nodes from 1 to 65535", nodes)?;
    let coordinator = "an address with a port, such as 10.0.0.1:7000, node0.lan:7000 or [fd00::1]:7000";
    let coordinator = vars.read(COORDINATOR, coordinator, Address::parse)?;
    let job = vars.read(JOB, "16 hex digits", Job::from_hex)?;
    let token = vars.read(TOKEN, "64 hex digits", Token::from_hex)?;
    let pid = |text: &str| text.parse().ok().filter(|pid| *pid > 0);
    let launcher = vars.read(LAUNCHER, "a process id", pid)?;

    let any = |names: &[&str]| names.iter().any(|name| vars.is_set(name));
    match (any(&ONLY_OF_LAUNCHER), any(&BY_HAND)) {
        (true, _) => complete(vars, &OF_LAUNCHER)?,
        (false, true) => complete(vars, &BY_HAND)?,
        (false, false) => return Ok(None),
    }
    let token = match vars.0.get(TOKEN_FILE) {
        Some(path) if token.is_none() => Some(read_token(Path::new(path)).map_err(SettingError::TokenFile)?),
        _ => token,
    };
    match (rank, size, token) {
        (Some(rank), Some(size), Some(token)) if rank < size => {
            Ok(Some(Membership { rank: Rank(rank), size, token, job, launcher, coordinator }))
        }
        _ => {
            let value = vars.text(RANK).unwrap_or_default().into_owned();
            Err(SettingError::Value { name: RANK, value, expected: "a rank below DRUST_SIZE" })
        }
    }
}

/// Whether all of these are set.
pub(super) fn complete(vars: &Variables, needed: &[&'static str]) -> Result<(), SettingError> {
    let (set, missing): (Vec<_>, Vec<_>) = needed.iter().copied().partition(|name| vars.is_set(name));
    if missing.is_empty() { Ok(()) } else { Err(SettingError::Incomplete { set, missing }) }
}
