//! The environment variables of drust: read once, into one value, with every mistake told.
//!
//! Users set six ([`NODES`], [`HEAP`], [`WORKERS`], [`COPIES`], [`CARRIER`], [`SEED`]); the launcher sets five for the
//! nodes it starts ([`RANK`], [`SIZE`], [`JOB`], [`TOKEN`], [`LAUNCHER`]), all or none. A `DRUST_*` variable that is
//! neither is told together with the name that was probably meant. A variable set to nothing counts as not set.

use crate::secret::{Job, Token};
use crate::size;
use drust_proto::Rank;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

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
/// This node's rank; set by the launcher.
pub const RANK: &str = "DRUST_RANK";
/// How many nodes the job has; set by the launcher.
pub const SIZE: &str = "DRUST_SIZE";
/// The job's number; set by the launcher.
pub const JOB: &str = "DRUST_JOB";
/// The job's secret; set by the launcher.
pub const TOKEN: &str = "DRUST_TOKEN";
/// The launcher's process id; set by the launcher.
pub const LAUNCHER: &str = "DRUST_LAUNCHER";

/// Every variable that means something.
pub const KNOWN: [&str; 11] = [NODES, HEAP, WORKERS, COPIES, CARRIER, SEED, RANK, SIZE, JOB, TOKEN, LAUNCHER];

/// The most nodes a job can have: ranks are 16 bits wide, and the last partition number is reserved.
pub const MAX_NODES: u16 = u16::MAX;

const MIN_HEAP: u64 = 1 << 20;
const MAX_WORKERS: u32 = 4096;

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
    /// What carries messages between the nodes.
    pub carrier: Option<Carrier>,
    /// The seed of a simulated cluster.
    pub seed: Option<u64>,
    /// Set in a process that a launcher started as a node.
    pub membership: Option<Membership>,
}

/// What carries messages between the nodes of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Carrier {
    /// Memory that the processes of one host share.
    Shm,
    /// Nothing: all nodes are simulated in one process, on one seed.
    Sim,
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Carrier::Shm => "shm",
            Carrier::Sim => "sim",
        })
    }
}

/// What a launcher tells a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Membership {
    /// This node.
    pub rank: Rank,
    /// How many nodes the job has; `rank` is below it.
    pub size: u16,
    /// The job's number.
    pub job: Job,
    /// The job's secret.
    pub token: Token,
    /// The launcher's process id; the node ends when it does.
    pub launcher: u32,
}

impl Settings {
    /// Reads this process's environment.
    ///
    /// # Errors
    /// As [`Settings::from_vars`].
    pub fn from_env() -> Result<(Settings, Vec<UnknownVariable>), SettingError> {
        Settings::from_vars(std::env::vars_os())
    }

    /// Reads settings from variables; those that do not begin with `DRUST_` are passed over.
    ///
    /// # Errors
    /// The first value that is not of its variable's form, or a launcher's variable that lacks one of the others.
    ///
    /// ```
    /// use drust_launch::Settings;
    /// let vars = [("DRUST_NODES".into(), "4".into()), ("DRUST_HEAP".into(), "2G".into())];
    /// let (settings, unknown) = Settings::from_vars(vars)?;
    /// assert_eq!((settings.nodes, settings.heap), (Some(4), Some(2 << 30)));
    /// assert!(unknown.is_empty());
    /// # Ok::<(), drust_launch::SettingError>(())
    /// ```
    pub fn from_vars(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(Settings, Vec<UnknownVariable>), SettingError> {
        let mut found = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, value) in vars {
            let Some(name) = name.to_str().filter(|name| name.starts_with("DRUST_")) else {
                continue;
            };
            match KNOWN.into_iter().find(|known| *known == name) {
                None => unknown.push(UnknownVariable::new(name)),
                Some(_) if value.is_empty() => {}
                Some(known) => {
                    found.insert(known, value.to_string_lossy().into_owned());
                }
            }
        }
        unknown.sort_by(|a, b| a.name.cmp(&b.name));
        let vars = Variables(found);
        let settings = Settings {
            nodes: vars.read(NODES, "a number of nodes from 1 to 65535", nodes)?,
            heap: vars.read(HEAP, "bytes, at least 1M, such as 512M or 4G", |text| {
                size::parse(text).filter(|bytes| *bytes >= MIN_HEAP)
            })?,
            workers: vars.read(WORKERS, "a number of tasks from 1 to 4096", |text| {
                text.parse().ok().filter(|n| (1..=MAX_WORKERS).contains(n))
            })?,
            copies: vars.read(COPIES, "bytes, such as 512M or 4G", size::parse)?,
            carrier: vars.read(CARRIER, "`shm` or `sim`", |text| match text {
                "shm" => Some(Carrier::Shm),
                "sim" => Some(Carrier::Sim),
                _ => None,
            })?,
            seed: vars.read(SEED, "a number from 0 to 2^64 - 1", |text| text.parse().ok())?,
            membership: vars.membership()?,
        };
        Ok((settings, unknown))
    }
}

fn nodes(text: &str) -> Option<u16> {
    text.parse().ok().filter(|n| (1..=MAX_NODES).contains(n))
}

/// The variables that are set, by name.
struct Variables(BTreeMap<&'static str, String>);

impl Variables {
    fn read<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        match parse(value.trim()) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(SettingError::Value { name, value: shown(name, value), expected }),
        }
    }

    fn membership(&self) -> Result<Option<Membership>, SettingError> {
        let rank = self.read(RANK, "a rank from 0", |text| text.parse().ok())?;
        let size = self.read(SIZE, "a number of nodes from 1 to 65535", nodes)?;
        let job = self.read(JOB, "16 hex digits", Job::from_hex)?;
        let token = self.read(TOKEN, "64 hex digits", Token::from_hex)?;
        let pid = |text: &str| text.parse().ok().filter(|pid| *pid > 0);
        let launcher = self.read(LAUNCHER, "a process id", pid)?;
        match (rank, size, job, token, launcher) {
            (None, None, None, None, None) => Ok(None),
            (Some(rank), Some(size), Some(job), Some(token), Some(launcher)) if rank < size => {
                Ok(Some(Membership { rank: Rank(rank), size, job, token, launcher }))
            }
            (Some(rank), Some(_), Some(_), Some(_), Some(_)) => {
                Err(SettingError::Value { name: RANK, value: rank.to_string(), expected: "a rank below DRUST_SIZE" })
            }
            _ => Err(self.incomplete()),
        }
    }

    fn incomplete(&self) -> SettingError {
        let of_launcher = [RANK, SIZE, JOB, TOKEN, LAUNCHER];
        let (set, missing) = of_launcher.into_iter().partition(|name| self.0.contains_key(name));
        SettingError::Incomplete { set, missing }
    }
}

/// The value as a message may show it.
fn shown(name: &str, value: &str) -> String {
    if name == TOKEN { format!("({} characters, not shown)", value.chars().count()) } else { value.to_string() }
}

/// A setting that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SettingError {
    /// A value is not of its variable's form.
    Value {
        /// The variable.
        name: &'static str,
        /// What it was set to (not shown for the token).
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Some of the launcher's variables are set, and some are not.
    Incomplete {
        /// Those that are set.
        set: Vec<&'static str>,
        /// Those that are not.
        missing: Vec<&'static str>,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::Value { name, value, expected } => {
                write!(f, "{name} is set to `{value}`, but must be {expected}; correct it, or unset it for the default")
            }
            SettingError::Incomplete { set, missing } => write!(
                f,
                "{} {} set without {}: a launcher sets all of them for the nodes it starts, and nobody else does; \
                 unset them, and ask for nodes by {NODES}",
                set.join(", "),
                if set.len() == 1 { "is" } else { "are" },
                missing.join(", "),
            ),
        }
    }
}

impl std::error::Error for SettingError {}

/// A `DRUST_*` variable that means nothing: a warning, since it may be another tool's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownVariable {
    /// Its name.
    pub name: String,
    /// The setting that was probably meant.
    pub nearest: Option<&'static str>,
}

impl UnknownVariable {
    fn new(name: &str) -> UnknownVariable {
        let nearest = KNOWN
            .into_iter()
            .map(|known| (distance(name, known), known))
            .min()
            .filter(|(edits, _)| *edits <= 3)
            .map(|(_, known)| known);
        UnknownVariable { name: name.to_string(), nearest }
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a setting of drust and is ignored", self.name)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// Levenshtein's distance in bytes: insertions, deletions and replacements that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<(Settings, Vec<UnknownVariable>), SettingError>;

    fn read(vars: &[(&str, &str)]) -> Read {
        Settings::from_vars(vars.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn refusal(vars: &[(&str, &str)]) -> String {
        read(vars).expect_err("it is refused").to_string()
    }

    const TOKEN_HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn nothing_set_is_all_defaults() {
        let (settings, unknown) = read(&[("PATH", "/bin"), ("DRUSTY", "x"), (NODES, "")]).unwrap();
        assert_eq!((settings, unknown), (Settings::default(), vec![]));
    }

    #[test]
    fn the_users_settings_are_read() {
        let memory = [(NODES, " 4 "), (HEAP, "4G"), (WORKERS, "2"), (COPIES, "0")];
        let (settings, unknown) =
            read(&[&memory[..], &[(CARRIER, "sim"), (SEED, "18446744073709551615")]].concat()).unwrap();
        let expected = Settings {
            nodes: Some(4),
            heap: Some(4 << 30),
            workers: Some(2),
            copies: Some(0),
            carrier: Some(Carrier::Sim),
            seed: Some(u64::MAX),
            membership: None,
        };
        assert_eq!((settings, unknown), (expected, vec![]));
        assert!(refusal(&[(CARRIER, "ib")]).contains("`shm` or `sim`"));
        assert!(refusal(&[(SEED, "-1")]).contains("a number from 0"));
    }

    #[test]
    fn a_node_learns_its_place() {
        let vars = [(RANK, "2"), (SIZE, "3"), (JOB, "0123456789abcdef"), (TOKEN, TOKEN_HEX), (LAUNCHER, "77")];
        let membership = read(&vars).unwrap().0.membership.expect("it is a node");
        assert_eq!((membership.rank, membership.size), (Rank(2), 3));
        assert_eq!((membership.job.to_string(), membership.launcher), (vars[2].1.to_string(), 77));
        assert_eq!(membership.token.to_hex(), TOKEN_HEX);
        let mut beyond = vars;
        beyond[0].1 = "3";
        assert!(refusal(&beyond).contains("a rank below DRUST_SIZE"));
    }

    #[test]
    fn half_a_membership_is_refused() {
        let message = refusal(&[(RANK, "0"), (SIZE, "2")]);
        assert!(message.starts_with("DRUST_RANK, DRUST_SIZE are set without DRUST_JOB, DRUST_TOKEN, DRUST_LAUNCHER"));
        assert!(message.ends_with("ask for nodes by DRUST_NODES"));
    }

    #[test]
    fn bad_values_say_what_is_expected_and_what_to_do() {
        assert_eq!(
            refusal(&[(NODES, "four")]),
            "DRUST_NODES is set to `four`, but must be a number of nodes from 1 to 65535; \
             correct it, or unset it for the default"
        );
        for (name, value) in [
            (NODES, "0"),
            (NODES, "65536"),
            (HEAP, "12Q"),
            (HEAP, "1K"),
            (WORKERS, "0"),
            (WORKERS, "4097"),
            (COPIES, "-1"),
            (RANK, "-1"),
            (SIZE, "0"),
            (JOB, "12"),
            (LAUNCHER, "0"),
        ] {
            assert!(refusal(&[(name, value)]).contains(&format!("`{value}`")), "{name}={value}");
        }
    }

    #[test]
    fn a_bad_token_is_not_shown() {
        let message = refusal(&[(TOKEN, "hunter2")]);
        assert!(message.contains("(7 characters, not shown)") && !message.contains("hunter2"));
    }

    #[test]
    fn unknown_variables_are_told_with_the_nearest_name() {
        let (_, unknown) = read(&[("DRUST_WORKER", "2"), ("DRUST_COLOUR", "x"), ("DRUST_NODE", "2")]).unwrap();
        let messages: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "DRUST_COLOUR is not a setting of drust and is ignored",
                "DRUST_NODE is not a setting of drust and is ignored; did you mean DRUST_NODES?",
                "DRUST_WORKER is not a setting of drust and is ignored; did you mean DRUST_WORKERS?",
            ]
        );
    }

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, edits) in [("", "abc", 3), ("kitten", "sitting", 3), ("same", "same", 0), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
