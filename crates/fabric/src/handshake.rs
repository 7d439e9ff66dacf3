//! What two nodes tell each other before anything else: a hello of fixed size, and a proof that both hold the token.
//!
//! Pure: bytes in, bytes out. Before the proof nothing of a stranger is parsed but these two frames. Both sides see
//! both hellos, so each finds the same mismatch by itself. The token never travels; the proof is an HMAC under it of
//! both hellos, whose nonces are fresh, and of who connected to whom. Drawn in `docs/design/shm.md`.

use crate::digest;
use drust_proto::Rank;
use drust_proto::wire::WIRE_VERSION;
use std::fmt;

const MAGIC: [u8; 8] = *b"drust/sm";
/// The version of hello, inbox and ring.
const VERSION: u32 = WIRE_VERSION;

/// The first frame of both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    pub(crate) rank: Rank,
    pub(crate) size: u16,
    pub(crate) build: [u8; 32],
    pub(crate) nonce: [u8; 32],
    pub(crate) partition_len: u64,
    pub(crate) partition_base: u64,
    pub(crate) small: u32,
    pub(crate) bulk: u32,
}

/// Which of the two a node is on a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Connected,
    Accepted,
}

/// Why two nodes refuse each other; `ours` is of the node that reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// What answered is no node of drust.
    NotDrust,
    /// The versions of the handshake differ.
    Version {
        /// This node's.
        ours: u32,
        /// The other node's.
        theirs: u32,
    },
    /// The nodes run different executables.
    Build {
        /// The hash of this node's.
        ours: [u8; 32],
        /// The hash of the other's.
        theirs: [u8; 32],
    },
    /// The nodes were told different sizes of the cluster.
    Size {
        /// This node's.
        ours: u16,
        /// The other node's.
        theirs: u16,
    },
    /// The nodes were told different sizes of rings.
    Rings {
        /// This node's, small and bulk.
        ours: (u32, u32),
        /// The other node's, small and bulk.
        theirs: (u32, u32),
    },
    /// A node answered under a rank that is not expected there.
    Rank {
        /// What is expected.
        expected: &'static str,
        /// The rank that was given.
        theirs: Rank,
    },
    /// The other process belongs to another user.
    User {
        /// This node's user id.
        ours: u32,
        /// The other process's.
        theirs: u32,
    },
    /// The nodes hold different tokens.
    Token,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::NotDrust => write!(f, "it is no node of drust"),
            Mismatch::Version { ours, theirs } => {
                write!(f, "its handshake has version {theirs}, ours {ours}: build both from the same drust")
            }
            Mismatch::Build { ours, theirs } => {
                let (ours, theirs) = (Short(ours), Short(theirs));
                write!(f, "it runs build {theirs}, this node {ours}: start all nodes from one executable")
            }
            Mismatch::Size { ours, theirs } => {
                write!(f, "it was told of {theirs} nodes, this node of {ours}: start all with the same DRUST_SIZE")
            }
            Mismatch::Rings { ours, theirs } => write!(f, "its rings have {theirs:?} bytes, ours {ours:?}"),
            Mismatch::Rank { expected, theirs } => write!(f, "it calls itself rank {theirs}, expected {expected}"),
            Mismatch::User { ours, theirs } => write!(f, "it belongs to user id {theirs}, this node to {ours}"),
            Mismatch::Token => write!(f, "it holds another token: start all nodes with the same DRUST_TOKEN"),
        }
    }
}

struct Short<'a>(&'a [u8; 32]);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Hello {
    pub(crate) const LEN: usize = 112;
    pub(crate) const VERSION: u32 = VERSION;

    pub(crate) fn encode(&self) -> [u8; Hello::LEN] {
        let mut frame = [0; Hello::LEN];
        frame[..8].copy_from_slice(&MAGIC);
        frame[8..12].copy_from_slice(&self.version.to_le_bytes());
        frame[12..14].copy_from_slice(&self.rank.0.to_le_bytes());
        frame[14..16].copy_from_slice(&self.size.to_le_bytes());
        frame[16..48].copy_from_slice(&self.build);
        frame[48..80].copy_from_slice(&self.nonce);
        frame[80..88].copy_from_slice(&self.partition_len.to_le_bytes());
        frame[88..96].copy_from_slice(&self.partition_base.to_le_bytes());
        frame[96..100].copy_from_slice(&self.small.to_le_bytes());
        frame[100..104].copy_from_slice(&self.bulk.to_le_bytes());
        frame
    }

    pub(crate) fn decode(frame: &[u8; Hello::LEN]) -> Result<Hello, Mismatch> {
        if frame[..8] != MAGIC {
            return Err(Mismatch::NotDrust);
        }
        let u32_at = |at: usize| u32::from_le_bytes(array(frame, at));
        Ok(Hello {
            version: u32_at(8),
            rank: Rank(u16::from_le_bytes(array(frame, 12))),
            size: u16::from_le_bytes(array(frame, 14)),
            build: array(frame, 16),
            nonce: array(frame, 48),
            partition_len: u64::from_le_bytes(array(frame, 80)),
            partition_base: u64::from_le_bytes(array(frame, 88)),
            small: u32_at(96),
            bulk: u32_at(100),
        })
    }

    /// Whether the node that said `self` may work with the one that said `theirs`.
    pub(crate) fn check(&self, theirs: &Hello) -> Result<(), Mismatch> {
        if self.version != theirs.version {
            return Err(Mismatch::Version { ours: self.version, theirs: theirs.version });
        }
        if self.build != theirs.build {
            return Err(Mismatch::Build { ours: self.build, theirs: theirs.build });
        }
        if self.size != theirs.size {
            return Err(Mismatch::Size { ours: self.size, theirs: theirs.size });
        }
        let (ours, others) = ((self.small, self.bulk), (theirs.small, theirs.bulk));
        if ours != others {
            return Err(Mismatch::Rings { ours, theirs: others });
        }
        Ok(())
    }
}

fn array<const N: usize>(frame: &[u8; Hello::LEN], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&frame[at..at + N]);
    out
}

/// The proof that the node on `side`, which said `own`, sends to the one that said `other`.
pub(crate) fn proof(token: &[u8; 32], side: Side, own: &Hello, other: &Hello) -> [u8; 32] {
    let role: &[u8] = match side {
        Side::Connected => b"drust connected",
        Side::Accepted => b"drust accepted.",
    };
    digest::hmac(token, &[role, &own.encode(), &other.encode()])
}

/// Whether `given` is what the other node had to send to this one, which is on `side` and said `own`.
pub(crate) fn proven(given: &[u8; 32], token: &[u8; 32], side: Side, own: &Hello, other: &Hello) -> bool {
    let theirs = match side {
        Side::Connected => Side::Accepted,
        Side::Accepted => Side::Connected,
    };
    digest::same(given, &proof(token, theirs, other, own))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn hello(rank: u16) -> Hello {
        Hello {
            version: VERSION,
            rank: Rank(rank),
            size: 3,
            build: [7; 32],
            nonce: [rank as u8; 32],
            partition_len: 1 << 40,
            partition_base: 0x7f00_0000_0000,
            small: 4096,
            bulk: 8192,
        }
    }

    #[test]
    fn a_hello_survives_its_bytes() {
        assert_eq!(Hello::decode(&hello(2).encode()), Ok(hello(2)));
        let mut frame = hello(2).encode();
        frame[0] ^= 1;
        assert_eq!(Hello::decode(&frame), Err(Mismatch::NotDrust));
    }

    #[test]
    fn a_proof_is_bound_to_token_side_and_both_hellos() {
        let token = [9; 32];
        let given = proof(&token, Side::Connected, &hello(1), &hello(0));
        assert!(proven(&given, &token, Side::Accepted, &hello(0), &hello(1)));
        assert!(!proven(&given, &[8; 32], Side::Accepted, &hello(0), &hello(1)));
        assert!(!proven(&given, &token, Side::Accepted, &hello(2), &hello(1)));
        assert!(!proven(&given, &token, Side::Connected, &hello(0), &hello(1)), "a proof reflected to its sender");
        assert!(!proven(&given, &token, Side::Accepted, &hello(1), &hello(0)));
    }

    #[test]
    fn a_mismatch_names_both_values() {
        let ours = hello(0);
        let other = |change: fn(&mut Hello)| {
            let mut theirs = hello(1);
            change(&mut theirs);
            ours.check(&theirs).map_err(|mismatch| mismatch.to_string())
        };
        assert_eq!(other(|_| ()), Ok(()));
        let text = |change| other(change).unwrap_err();
        assert!(text(|theirs| theirs.version = 77).contains(&format!("version 77, ours {VERSION}")));
        assert!(text(|theirs| theirs.size = 4).contains("told of 4 nodes, this node of 3"));
        assert!(
            text(|theirs| theirs.build = [0xab; 32]).contains("build abababababababab, this node 0707070707070707")
        );
        assert!(text(|theirs| theirs.bulk = 4096).contains("(4096, 4096) bytes, ours (4096, 8192)"));
    }
}
