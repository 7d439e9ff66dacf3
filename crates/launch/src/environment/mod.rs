//! The environment variables of drust: read once, into one value, with every mistake told.
//!
//! * Users set, for a job: [`NODES`], [`HEAP`], [`WORKERS`], [`COPIES`], [`CARRIER`], [`SEED`], [`ENCRYPT`] and
//!   [`HEARTBEAT`];
//! * users set, for a node that they start by hand: [`RANK`], [`SIZE`], [`COORDINATOR`], [`TOKEN_FILE`], perhaps
//!   [`LISTEN`];
//! * the launcher sets, for the nodes it starts: [`RANK`], [`SIZE`], [`JOB`], [`TOKEN`], [`LAUNCHER`], and over tcp
//!   [`COORDINATOR`].
//!
//! What makes a node is set as a whole or not at all. Settings that contradict each other are refused; what means
//! nothing, be it an unknown `DRUST_*` variable or one without effect, is told by a [`Warning`]. A variable set to
//! nothing counts as not set.

mod address;
mod agreement;
mod error;
mod membership;
#[cfg(test)]
mod tests;

pub use address::{Address, Listen};
pub use error::{SettingError, Warning};
pub use membership::Membership;

use crate::secret::Token;
use crate::size;
use crate::token_file::{self, TokenFileError};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// How many nodes to start on this machine; set by the user.
pub const NODES: &str = "DRUST_NODES";
/// Bytes of heap on each node; set by the user.
pub const HEAP: &str = "DRUST_HEAP";
/// Tasks that each node runs at once; set by the user.
pub const WORKERS: &str = "DRUST_WORKERS";
/// Bytes of unpinned copies that each node keeps; set by the user.
pub const COPIES: &str = "DRUST_COPIES";
/// What carries messages between the nodes; set by the user.
pub const CARRIER: &str = "DRUST_CARRIER";
/// The seed of a simulated cluster; set by the user.
pub const SEED: &str = "DRUST_SEED";
/// Whether all that goes over tcp is encrypted; set by the user.
pub const ENCRYPT: &str = "DRUST_ENCRYPT";
/// Seconds of silence after which a node is lost; set by the user.
pub const HEARTBEAT: &str = "DRUST_HEARTBEAT";
/// This node's rank; set by the launcher, or by the user for a node started by hand.
pub const RANK: &str = "DRUST_RANK";
/// How many nodes the job has; set by the launcher, or by the user for a node started by hand.
pub const SIZE: &str = "DRUST_SIZE";
/// Where node 0 listens and the others find it; set by the launcher, or by the user for a node started by hand.
pub const COORDINATOR: &str = "DRUST_COORDINATOR";
/// The file that the job's secret lies in; set by the user for a node started by hand.
pub const TOKEN_FILE: &str = "DRUST_TOKEN_FILE";
/// Where this node listens; set by the user for a node started by hand.
pub const LISTEN: &str = "DRUST_LISTEN";
/// The job's number; set by the launcher.
pub const JOB: &str = "DRUST_JOB";
/// The job's secret; set by the launcher.
pub const TOKEN: &str = "DRUST_TOKEN";
/// The launcher's process id; set by the launcher.
pub const LAUNCHER: &str = "DRUST_LAUNCHER";

/// Every variable that means something.
#[rustfmt::skip]
pub const KNOWN: [&str; 16] = [
    NODES, HEAP, WORKERS, COPIES, CARRIER, SEED, ENCRYPT, HEARTBEAT,
    RANK, SIZE, COORDINATOR, TOKEN_FILE, LISTEN, JOB, TOKEN, LAUNCHER,
];

/// What makes a process a node; none of it is of use to a process that is none.
pub(crate) const OF_NODES: [&str; 8] = [RANK, SIZE, COORDINATOR, TOKEN_FILE, LISTEN, JOB, TOKEN, LAUNCHER];

/// The most nodes a job can have: ranks are 16 bits wide, and the last partition number is reserved.
pub const MAX_NODES: u16 = u16::MAX;

const MIN_HEAP: u64 = 1 << 20;
const MAX_WORKERS: u32 = 4096;
/// The longest heartbeat, in seconds.
pub const MAX_HEARTBEAT: u64 = 24 * 60 * 60;

/// What the environment says; `None` where it says nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// Nodes to start on this machine, at least 1.
    pub nodes: Option<u16>,
    /// Bytes of heap on each node, at least 1 MiB.
    pub heap: Option<u64>,
    /// Tasks that each node runs at once, at least 1.
    pub workers: Option<u32>,
    /// Bytes of unpinned copies that each node keeps.
    pub copies: Option<u64>,
    /// What carries messages between the nodes; always [`Carrier::Tcp`] in a node started by hand.
    pub carrier: Option<Carrier>,
    /// The seed of a simulated cluster.
    pub seed: Option<u64>,
    /// Whether all that goes over tcp is encrypted.
    pub encrypt: Option<bool>,
    /// The silence after which a node is lost; from 1 second to a day.
    pub heartbeat: Option<Duration>,
    /// Where a node started by hand listens; without a port any will do, for node 0 the coordinator's.
    pub listen: Option<Listen>,
    /// Set in a process that is a node of a job, be it started by a launcher or by hand.
    pub membership: Option<Membership>,
}

/// What carries messages between the nodes of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// Memory that the processes of one host share.
    Shm,
    /// Connections over a network.
    Tcp,
    /// Nothing: all nodes are simulated in one process, on one seed.
    Sim,
}

impl Carrier {
    /// Reads its name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Carrier> {
        [Carrier::Shm, Carrier::Tcp, Carrier::Sim].into_iter().find(|carrier| carrier.name() == text)
    }

    /// Its name in the environment and on command lines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Carrier::Shm => "shm",
            Carrier::Tcp => "tcp",
            Carrier::Sim => "sim",
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Settings {
    /// Reads this process's environment, and the token file that it may name.
    ///
    /// # Errors
    /// As [`Settings::from_vars`].
    pub fn from_env() -> Result<(Settings, Vec<Warning>), SettingError> {
        Settings::from_vars(std::env::vars_os(), &token_file::read)
    }

    /// Reads settings from variables; those that do not begin with `DRUST_` are passed over. A token file is read
    /// through `read_token`.
    ///
    /// # Errors
    /// The first value that is not of its variable's form, a node's variable that lacks one of the others, settings
    /// that contradict each other, or a token file that cannot be used.
    ///
    /// ```
    /// use drust_launch::{Settings, token_file};
    /// let vars = [("DRUST_NODES".into(), "4".into()), ("DRUST_HEAP".into(), "2G".into())];
    /// let (settings, warnings) = Settings::from_vars(vars, &token_file::read)?;
    /// assert_eq!((settings.nodes, settings.heap), (Some(4), Some(2 << 30)));
    /// assert!(warnings.is_empty());
    /// # Ok::<(), drust_launch::SettingError>(())
    /// ```
    pub fn from_vars(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
        read_token: &dyn Fn(&Path) -> Result<Token, TokenFileError>,
    ) -> Result<(Settings, Vec<Warning>), SettingError> {
        let (vars, mut warnings) = Variables::sort(vars);
        let mut settings = Settings {
            nodes: vars.read(NODES, "a number of nodes from 1 to 65535", nodes)?,
            heap: vars.read(HEAP, "bytes, at least 1M, such as 512M or 4G", |text| {
                size::parse(text).filter(|bytes| *bytes >= MIN_HEAP)
            })?,
            workers: vars.read(WORKERS, "a number of tasks from 1 to 4096", |text| {
                text.parse().ok().filter(|n| (1..=MAX_WORKERS).contains(n))
            })?,
            copies: vars.read(COPIES, "bytes, such as 512M or 4G", size::parse)?,
            carrier: vars.read(CARRIER, "`shm`, `tcp` or `sim`", Carrier::parse)?,
            seed: vars.read(SEED, "a number from 0 to 2^64 - 1", |text| text.parse().ok())?,
            encrypt: vars.read(ENCRYPT, "`1` or `0`", |text| match text {
                "1" => Some(true),
                "0" => Some(false),
                _ => None,
            })?,
            heartbeat: vars.read(HEARTBEAT, "a number of seconds from 1 to 86400", |text| {
                text.parse().ok().filter(|n| (1..=MAX_HEARTBEAT).contains(n)).map(Duration::from_secs)
            })?,
            listen: vars.read(LISTEN, "an address such as 10.0.0.2, 10.0.0.2:7000 or [::]:7000", Listen::parse)?,
            membership: membership::read(&vars, read_token)?,
        };
        agreement::settle(&mut settings, &vars, &mut warnings)?;
        Ok((settings, warnings))
    }
}

fn nodes(text: &str) -> Option<u16> {
    text.parse().ok().filter(|n| (1..=MAX_NODES).contains(n))
}

/// The variables that are set, by name.
struct Variables(BTreeMap<&'static str, OsString>);

impl Variables {
    /// Those that mean something, and a warning for each that looks as if it did.
    fn sort(vars: impl IntoIterator<Item = (OsString, OsString)>) -> (Variables, Vec<Warning>) {
        let mut found = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, value) in vars {
            let Some(name) = name.to_str().filter(|name| name.starts_with("DRUST_")) else {
                continue;
            };
            match KNOWN.into_iter().find(|known| *known == name) {
                None => unknown.push(name.to_string()),
                Some(_) if value.is_empty() => {}
                Some(known) => {
                    found.insert(known, value);
                }
            }
        }
        unknown.sort();
        (Variables(found), unknown.iter().map(|name| Warning::unknown(name)).collect())
    }

    fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The value as text; nothing that drust expects is anything else, but for paths.
    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(|value| value.to_string_lossy())
    }

    fn read<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match parse(value.trim()) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(SettingError::Value { name, value: shown(name, &value), expected }),
        }
    }
}

/// The value as a message may show it.
fn shown(name: &str, value: &str) -> String {
    if name == TOKEN { format!("({} characters, not shown)", value.chars().count()) } else { value.to_string() }
}
