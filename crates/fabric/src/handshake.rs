//! What two nodes tell each other before anything else: a hello of fixed size, and a proof that both hold the token.
//!
//! Pure: bytes in, bytes out. Before the proof nothing of a stranger is parsed but these two frames. Both sides see
//! both hellos, so each finds the same mismatch by itself. The token never travels; the proof is an HMAC under it of
//! both hellos, whose nonces are fresh, and of who connected to whom. Drawn in `docs/design/wire.md`.

use crate::{digest, features};
use drust_proto::Rank;
use drust_proto::wire::WIRE_VERSION;
use rustix::rand::GetRandomFlags;
use std::fmt;
use std::io;

const MAGIC: [u8; 8] = *b"drust/hi";
/// The version of all that the nodes send each other.
const VERSION: u32 = WIRE_VERSION;

/// The first frame of both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    pub(crate) carrier: Kind,
    /// What the connection is for; 0 where the carrier has one for all.
    pub(crate) lane: u8,
    pub(crate) rank: Rank,
    pub(crate) size: u16,
    pub(crate) encrypted: bool,
    /// The process id on its host.
    pub(crate) pid: u32,
    /// What the processor can do.
    pub(crate) features: u64,
    pub(crate) build: [u8; 32],
    pub(crate) nonce: [u8; 32],
    /// What only the carrier knows the meaning of.
    pub(crate) terms: [u64; 4],
}

/// Carriers of real processes, as a hello names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Shared memory of one host.
    Shm = 1,
    /// The network.
    Tcp = 2,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Shm => "shm",
            Kind::Tcp => "tcp",
        })
    }
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
    /// The nodes were told to connect in different ways.
    Carrier {
        /// This node's.
        ours: Kind,
        /// The other node's.
        theirs: Kind,
    },
    /// The nodes' processors can do different things, and code that one chose may be called on the other.
    Features {
        /// This node's, a bit for each.
        ours: u64,
        /// The other node's.
        theirs: u64,
    },
    /// Only one of the nodes was told to encrypt.
    Encryption {
        /// Whether this node was.
        ours: bool,
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
    /// The other node wants no such connection, and said why.
    Unwanted(String),
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
            Mismatch::Carrier { ours, theirs } => {
                write!(f, "it connects by {theirs}, this node by {ours}: start all with the same DRUST_CARRIER")
            }
            Mismatch::Features { ours, theirs } => {
                let (more, fewer) = (features::names(theirs & !ours), features::names(ours & !theirs));
                write!(f, "its processor differs: it has [{more}] beyond this node's, and lacks [{fewer}]; ")?;
                write!(f, "run the job on hosts of one kind")
            }
            Mismatch::Encryption { ours } => {
                let (does, other) = if *ours { ("this node encrypts", "it") } else { ("it encrypts", "this node") };
                write!(f, "{does}, and {other} was not told to: start all with the same DRUST_ENCRYPT")
            }
            Mismatch::Rank { expected, theirs } => write!(f, "it calls itself rank {theirs}, expected {expected}"),
            Mismatch::User { ours, theirs } => write!(f, "it belongs to user id {theirs}, this node to {ours}"),
            Mismatch::Unwanted(why) => write!(f, "it refused this connection: {why}"),
            Mismatch::Token => write!(f, "it holds another token: start all nodes with the same token"),
        }
    }
}

impl std::error::Error for Mismatch {}

struct Short<'a>(&'a [u8; 32]);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..8].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Hello {
    pub(crate) const LEN: usize = 128;

    /// The hello of a node of this build, on this machine, with a fresh nonce.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(crate) fn new(carrier: Kind, rank: Rank, size: u16, build: [u8; 32]) -> io::Result<Hello> {
        Ok(Hello {
            version: VERSION,
            carrier,
            lane: 0,
            rank,
            size,
            encrypted: false,
            pid: std::process::id(),
            features: features::own(),
            build,
            nonce: nonce()?,
            terms: [0; 4],
        })
    }

    pub(crate) fn encode(&self) -> [u8; Hello::LEN] {
        let mut frame = [0; Hello::LEN];
        frame[..8].copy_from_slice(&MAGIC);
        frame[8..12].copy_from_slice(&self.version.to_le_bytes());
        frame[12] = self.carrier as u8;
        frame[13] = self.lane;
        frame[14..16].copy_from_slice(&self.rank.0.to_le_bytes());
        frame[16..18].copy_from_slice(&self.size.to_le_bytes());
        frame[18] = u8::from(self.encrypted);
        frame[20..24].copy_from_slice(&self.pid.to_le_bytes());
        frame[24..32].copy_from_slice(&self.features.to_le_bytes());
        frame[32..64].copy_from_slice(&self.build);
        frame[64..96].copy_from_slice(&self.nonce);
        for (at, term) in self.terms.iter().enumerate() {
            frame[96 + at * 8..][..8].copy_from_slice(&term.to_le_bytes());
        }
        frame
    }

    pub(crate) fn decode(frame: &[u8; Hello::LEN]) -> Result<Hello, Mismatch> {
        let carrier = match frame[12] {
            1 => Kind::Shm,
            2 => Kind::Tcp,
            _ => return Err(Mismatch::NotDrust),
        };
        if frame[..8] != MAGIC || frame[18] > 1 || frame[19] != 0 {
            return Err(Mismatch::NotDrust);
        }
        Ok(Hello {
            version: u32::from_le_bytes(array(frame, 8)),
            carrier,
            lane: frame[13],
            rank: Rank(u16::from_le_bytes(array(frame, 14))),
            size: u16::from_le_bytes(array(frame, 16)),
            encrypted: frame[18] == 1,
            pid: u32::from_le_bytes(array(frame, 20)),
            features: u64::from_le_bytes(array(frame, 24)),
            build: array(frame, 32),
            nonce: array(frame, 64),
            terms: std::array::from_fn(|at| u64::from_le_bytes(array(frame, 96 + at * 8))),
        })
    }

    /// Whether the node that said `self` may work with the one that said `theirs`, as far as every carrier asks.
    pub(crate) fn check(&self, theirs: &Hello) -> Result<(), Mismatch> {
        if self.version != theirs.version {
            return Err(Mismatch::Version { ours: self.version, theirs: theirs.version });
        }
        if self.carrier != theirs.carrier {
            return Err(Mismatch::Carrier { ours: self.carrier, theirs: theirs.carrier });
        }
        if self.build != theirs.build {
            return Err(Mismatch::Build { ours: self.build, theirs: theirs.build });
        }
        if self.features != theirs.features {
            return Err(Mismatch::Features { ours: self.features, theirs: theirs.features });
        }
        if self.size != theirs.size {
            return Err(Mismatch::Size { ours: self.size, theirs: theirs.size });
        }
        if self.encrypted != theirs.encrypted {
            return Err(Mismatch::Encryption { ours: self.encrypted });
        }
        Ok(())
    }
}

/// A number that was never used before.
///
/// # Errors
/// The system gives no random numbers.
pub(crate) fn nonce() -> io::Result<[u8; 32]> {
    let mut nonce = [0; 32];
    if rustix::rand::getrandom(&mut nonce, GetRandomFlags::empty())? != nonce.len() {
        return Err(io::Error::other("too few random bytes"));
    }
    Ok(nonce)
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
            carrier: Kind::Tcp,
            lane: 1,
            rank: Rank(rank),
            size: 3,
            encrypted: true,
            pid: 77,
            features: 0b101,
            build: [7; 32],
            nonce: [rank as u8; 32],
            terms: [1 << 40, 0x7f00_0000_0000, 4096, u64::MAX],
        }
    }

    #[test]
    fn a_hello_survives_its_bytes() {
        assert_eq!(Hello::decode(&hello(2).encode()), Ok(hello(2)));
        let mut frame = hello(2).encode();
        for at in [0, 12, 18, 19] {
            frame[at] ^= 4;
            assert_eq!(Hello::decode(&frame), Err(Mismatch::NotDrust));
            frame[at] ^= 4;
        }
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
        assert!(text(|theirs| theirs.carrier = Kind::Shm).contains("by shm, this node by tcp"));
        assert!(text(|theirs| theirs.encrypted = false).contains("this node encrypts, and it was not told to"));
        let features = text(|theirs| theirs.features = 0b110);
        let (more, fewer) = (features::names(0b010), features::names(0b001));
        assert!(features.contains(&format!("it has [{more}] beyond this node's, and lacks [{fewer}]")), "{features}");
    }
}
