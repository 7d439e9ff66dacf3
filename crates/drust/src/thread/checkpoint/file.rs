//! The file of a checkpoint.
//!
//! ```text
//! +0   8  "drustckp"                +24  8  steps that were taken
//! +8   4  version, 1                +32  8  length of the state
//! +12  4  length of the type's name +40  8  SipHash-1-3 of all that comes before and after
//! +16  8  steps between two saves   +48     name, state
//! ```
//!
//! Numbers have their lowest byte first. It is written under another name in the same directory, made to reach the
//! disk, and renamed; then the directory is made to reach the disk. So under its name there is a whole file or none.

use super::CheckpointError;
use siphasher::sip::SipHasher13;
use std::ffi::OsString;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"drustckp";
const VERSION: u32 = 1;
const CHECKSUM: usize = 40;
const HEAD: usize = 48;

/// How far a task has come, and how often it is saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Progress {
    pub(super) every: u64,
    pub(super) steps: u64,
}

/// The bytes of a file.
pub(super) fn encode(progress: Progress, type_name: &str, state: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + type_name.len() + state.len());
    bytes.extend_from_slice(MAGIC);
    for word in [VERSION, type_name.len() as u32] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for word in [progress.every, progress.steps, state.len() as u64, 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.extend_from_slice(type_name.as_bytes());
    bytes.extend_from_slice(state);
    let sum = checksum(&bytes);
    bytes[CHECKSUM..HEAD].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// What a file holds, which is a state of this type.
///
/// # Errors
/// It is not as [`encode`] made it, or holds another.
pub(super) fn decode<'a>(bytes: &'a [u8], expected: &'static str) -> Result<(Progress, &'a [u8]), CheckpointError> {
    let begins = bytes.len().min(MAGIC.len());
    if bytes[..begins] != MAGIC[..begins] {
        return Err(CheckpointError::Foreign);
    }
    let len = bytes.len() as u64;
    let (Some(version), Some(name_len)) = (half_at(bytes, 8), half_at(bytes, 12)) else {
        return Err(CheckpointError::Truncated { needed: HEAD as u64, len });
    };
    if version != VERSION {
        return Err(CheckpointError::Version(version));
    }
    let words = [16, 24, 32, CHECKSUM].map(|at| word_at(bytes, at));
    let [Some(every), Some(steps), Some(state_len), Some(sum)] = words else {
        return Err(CheckpointError::Truncated { needed: HEAD as u64, len });
    };
    let needed = (HEAD as u64 + u64::from(name_len)).saturating_add(state_len);
    if len < needed {
        return Err(CheckpointError::Truncated { needed, len });
    }
    if len > needed {
        return Err(CheckpointError::Trailing(len - needed));
    }
    if checksum(bytes) != sum || every == 0 {
        return Err(CheckpointError::Damaged);
    }
    let (name, state) = bytes[HEAD..].split_at(name_len as usize);
    if name != expected.as_bytes() {
        let found = String::from_utf8_lossy(name).into_owned();
        return Err(CheckpointError::Type { found, expected });
    }
    Ok((Progress { every, steps }, state))
}

fn half_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Of all bytes but the checksum's own.
fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&bytes[..CHECKSUM]);
    hasher.write(&bytes[HEAD..]);
    hasher.finish()
}

/// Puts a file in the place of the one that was there, whole.
///
/// # Errors
/// The system's; the old file is there still.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&beside, path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// The name under which a file is written: the same each time, so that a job that was killed leaves one at most.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRESS: Progress = Progress { every: 7, steps: 1 << 40 };

    fn whole() -> Vec<u8> {
        encode(PROGRESS, "a::Type", b"its state")
    }

    fn wrong(bytes: &[u8]) -> CheckpointError {
        decode(bytes, "a::Type").expect_err("it is spoilt")
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = whole();
        assert_eq!(decode(&bytes, "a::Type").unwrap(), (PROGRESS, b"its state".as_slice()));
        let empty = encode(PROGRESS, "", b"");
        assert_eq!(decode(&empty, "").unwrap(), (PROGRESS, b"".as_slice()));
    }

    #[test]
    fn each_spoilt_byte_is_noticed() {
        for at in 0..whole().len() {
            for flip in [1, 0x80, 0xFF] {
                let mut bytes = whole();
                bytes[at] ^= flip;
                match wrong(&bytes) {
                    CheckpointError::Foreign => assert!(at < 8),
                    CheckpointError::Version(_) => assert!((8..12).contains(&at)),
                    CheckpointError::Truncated { .. } | CheckpointError::Trailing(_) => {
                        assert!((12..16).contains(&at) || (32..40).contains(&at));
                    }
                    CheckpointError::Damaged => assert!(at >= 16),
                    other => panic!("{at}: {other}"),
                }
            }
        }
    }

    #[test]
    fn a_file_that_ends_early_or_late_is_told_from_others() {
        let bytes = whole();
        for len in 0..bytes.len() {
            let CheckpointError::Truncated { needed, len: found } = wrong(&bytes[..len]) else { panic!("{len}") };
            assert!(found == len as u64 && needed > found, "{needed} {found}");
        }
        let long = [bytes.as_slice(), &[0; 3]].concat();
        assert!(matches!(wrong(&long), CheckpointError::Trailing(3)));
        assert!(matches!(wrong(b"#!/bin/sh"), CheckpointError::Foreign));
    }

    #[test]
    fn another_type_is_named() {
        let error = decode(&whole(), "b::Type").unwrap_err();
        assert_eq!(error.to_string(), "the checkpoint holds a state of type a::Type, where b::Type is expected");
    }
}
