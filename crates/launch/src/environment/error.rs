//! What can be wrong with the environment, in words that say what to do.

use super::membership::ONLY_OF_LAUNCHER;
use super::{COORDINATOR, KNOWN, NODES, RANK, SIZE, TOKEN_FILE};
use crate::token_file::TokenFileError;
use std::fmt;

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
    /// Some of a node's variables are set, and some are not.
    Incomplete {
        /// Those that are set.
        set: Vec<&'static str>,
        /// Those that are not.
        missing: Vec<&'static str>,
    },
    /// Two variables cannot both be as they are.
    Contradiction {
        /// One of them, and its value.
        one: (&'static str, Option<String>),
        /// The other, and its value.
        other: (&'static str, Option<String>),
        /// Why not.
        why: &'static str,
    },
    /// The token file cannot be used.
    TokenFile(TokenFileError),
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::Value { name, value, expected } => {
                write!(f, "{name} is set to `{value}`, but must be {expected}; correct it, or unset it for the default")
            }
            SettingError::Incomplete { set, missing } => incomplete(f, set, missing),
            SettingError::Contradiction { one, other, why } => {
                let value = |value: &Option<String>| value.clone().unwrap_or_default();
                let (one, is, other, so) = (one.0, value(&one.1), other.0, value(&other.1));
                write!(f, "{one} is set to `{is}`, and {other} to `{so}`: {why}; unset one of them")
            }
            SettingError::TokenFile(error) => write!(f, "{TOKEN_FILE}: {error}"),
        }
    }
}

fn incomplete(f: &mut fmt::Formatter<'_>, set: &[&'static str], missing: &[&'static str]) -> fmt::Result {
    let are = if set.len() == 1 { "is" } else { "are" };
    write!(f, "{} {are} set without {}: ", set.join(", "), missing.join(", "))?;
    if set.iter().any(|name| ONLY_OF_LAUNCHER.contains(name)) {
        return write!(
            f,
            "a launcher sets all of them for the nodes it starts, and nobody else does; \
             unset them, and ask for nodes by {NODES}; a node started by hand has its token in a file ({TOKEN_FILE})"
        );
    }
    let cures: Vec<String> = missing.iter().map(|name| format!("{name} to {}", meaning(name))).collect();
    write!(f, "a node started by hand needs all of them; set {}; ", cures.join(", "))?;
    write!(f, "or unset all, and ask for nodes on this machine by {NODES}")
}

/// What a variable of a node started by hand is to be set to.
fn meaning(name: &str) -> &'static str {
    match name {
        RANK => "this node's number, from 0",
        SIZE => "the number of nodes",
        COORDINATOR => "where node 0 listens, such as 10.0.0.1:7000",
        TOKEN_FILE => "a file that `drust token` has made, the same on every machine",
        _ => "its value",
    }
}

impl std::error::Error for SettingError {}

/// A `DRUST_*` variable that has no effect.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Warning {
    /// It means nothing to drust; it may be another tool's.
    Unknown {
        /// Its name.
        name: String,
        /// The setting that was probably meant.
        nearest: Option<&'static str>,
    },
    /// It means nothing beside the other settings.
    Ignored {
        /// Its name.
        name: &'static str,
        /// Why.
        why: &'static str,
    },
}

impl Warning {
    pub(super) fn unknown(name: &str) -> Warning {
        let nearest = KNOWN
            .into_iter()
            .map(|known| (distance(name, known), known))
            .min()
            .filter(|(edits, _)| *edits <= 3)
            .map(|(_, known)| known);
        Warning::Unknown { name: name.to_string(), nearest }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Unknown { name, nearest } => {
                write!(f, "{name} is not a setting of drust and is ignored")?;
                nearest.map_or(Ok(()), |nearest| write!(f, "; did you mean {nearest}?"))
            }
            Warning::Ignored { name, why } => write!(f, "{name} is ignored: {why}"),
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

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, edits) in [("", "abc", 3), ("kitten", "sitting", 3), ("same", "same", 0), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
