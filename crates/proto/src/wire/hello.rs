//! The greeting: the one message of fixed size that is read from a peer not yet trusted.

use super::bytes::{Reader, Writer};
use super::{WIRE_VERSION, WireError};
use crate::Rank;
use std::fmt;

/// What a node says first, and must hear back, on every connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hello {
    /// Who greets.
    pub rank: Rank,
    /// Nodes of its cluster.
    pub size: u16,
    /// Hash of the executable's loaded code and constants.
    pub build: [u8; 32],
    /// Proof that the sender has the job's token (not the token).
    pub proof: [u8; 32],
    /// Bytes of its partition: a multiple of 4096, at most 2^48.
    pub partition_len: u64,
    /// Where it maps its own partition, by which a reader translates tied pointers; page-aligned, not 0.
    pub base: u64,
    /// Hash of the CPU features that code may have been compiled or chosen for.
    pub cpu: u64,
}

impl Hello {
    /// Bytes of every greeting.
    pub const LEN: usize = 104;
    /// The first eight bytes of every greeting.
    pub const MAGIC: [u8; 8] = *b"drust\r\n\0";

    const PAGE: u64 = 4096;

    /// The greeting's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Writer::new(&mut bytes);
        out.bytes(&Self::MAGIC).u32(WIRE_VERSION).u16(self.rank.0).u16(self.size);
        out.bytes(&self.build).bytes(&self.proof);
        out.u64(self.partition_len).u64(self.base).u64(self.cpu);
        bytes
    }

    /// Reads a greeting, of exactly [`Hello::LEN`] bytes.
    ///
    /// # Errors
    /// [`WireError`]: another magic or version, bytes missing or left over, a rank outside its cluster, a partition
    /// or base that is no whole number of pages.
    pub fn decode(bytes: &[u8]) -> Result<Hello, WireError> {
        const WHAT: &str = "Hello";
        let mut fields = Reader::new(bytes, Self::LEN, WHAT)?;
        if bytes.len() > Self::LEN {
            return Err(WireError::Trailing { what: WHAT, extra: (bytes.len() - Self::LEN) as u64 });
        }
        let magic = fields.bytes();
        if magic != Self::MAGIC {
            return Err(WireError::Magic { found: magic });
        }
        let version = fields.u32();
        if version != WIRE_VERSION {
            return Err(WireError::Version { theirs: version });
        }
        let hello = Hello {
            rank: Rank(fields.u16()),
            size: fields.u16(),
            build: fields.bytes(),
            proof: fields.bytes(),
            partition_len: fields.u64(),
            base: fields.u64(),
            cpu: fields.u64(),
        };
        if hello.rank.0 >= hello.size {
            return Err(fields.bad("rank", u64::from(hello.rank.0)));
        }
        let len = hello.partition_len;
        if len == 0 || !len.is_multiple_of(Self::PAGE) || len > 1 << 48 {
            return Err(fields.bad("partition length", len));
        }
        if hello.base == 0 || !hello.base.is_multiple_of(Self::PAGE) || hello.base.checked_add(len).is_none() {
            return Err(fields.bad("base", hello.base));
        }
        Ok(hello)
    }

    /// Whether this node, which greets with `self`, runs one job with the peer that greeted with `theirs`.
    /// `proof` is what the peer's proof must be, and `from` the rank it must have (`None` where any other may call).
    ///
    /// # Errors
    /// The first [`Refusal`] in its order; the token comes first, so that a stranger learns nothing else.
    pub fn admit(&self, theirs: &Hello, proof: &[u8; 32], from: Option<Rank>) -> Result<(), Refusal> {
        // Every byte is compared whatever the first ones say, so that the time taken tells nothing of the proof.
        let differ = proof.iter().zip(&theirs.proof).fold(0, |differ, (a, b)| differ | (a ^ b));
        if differ != 0 {
            return Err(Refusal::Token);
        }
        if theirs.size != self.size {
            return Err(Refusal::Size { ours: self.size, theirs: theirs.size });
        }
        if theirs.rank == self.rank || from.is_some_and(|from| from != theirs.rank) {
            return Err(Refusal::Rank { expected: from, theirs: theirs.rank });
        }
        if theirs.build != self.build {
            return Err(Refusal::Build { peer: theirs.rank });
        }
        if theirs.cpu != self.cpu {
            return Err(Refusal::Cpu { peer: theirs.rank });
        }
        Ok(())
    }
}

/// Why a well-formed greeting was turned away; the node ends with [`exit::REFUSED`](crate::job::exit::REFUSED).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The peer does not have this job's token.
    Token,
    /// The peer believes in a cluster of another size.
    Size {
        /// Nodes we know of.
        ours: u16,
        /// Nodes it knows of.
        theirs: u16,
    },
    /// The peer's rank is ours, or not the one that was called.
    Rank {
        /// The rank that was called, where one was.
        expected: Option<Rank>,
        /// The rank it has.
        theirs: Rank,
    },
    /// The peer runs another build of the program.
    Build {
        /// Who.
        peer: Rank,
    },
    /// The peer's processor has other features.
    Cpu {
        /// Who.
        peer: Rank,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Token => f.write_str("the peer does not know this job's token; start all nodes by one launcher"),
            Refusal::Size { ours, theirs } => {
                write!(f, "the peer counts {theirs} nodes, this node {ours}")
            }
            Refusal::Rank { expected: Some(expected), theirs } => {
                write!(f, "the peer has rank {theirs}, expected was {expected}")
            }
            Refusal::Rank { expected: None, theirs } => write!(f, "two nodes have the rank {theirs}"),
            Refusal::Build { peer } => write!(f, "node {peer} runs another build; start one binary on all nodes"),
            Refusal::Cpu { peer } => {
                write!(f, "node {peer} has other CPU features; functions could not be sent to it safely")
            }
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(rank: u16) -> Hello {
        Hello {
            rank: Rank(rank),
            size: 4,
            build: [7; 32],
            proof: std::array::from_fn(|i| i as u8),
            partition_len: 1 << 36,
            base: 0x7f00_0000_0000,
            cpu: 0x0123_4567_89ab_cdef,
        }
    }

    #[test]
    fn a_greeting_comes_back_as_it_was() {
        let bytes = hello(3).encode();
        assert_eq!(Hello::decode(&bytes), Ok(hello(3)));
        assert_eq!(bytes[..16], *b"drust\r\n\0\x01\0\0\0\x03\0\x04\0");
        assert_eq!(bytes[96..], 0x0123_4567_89ab_cdef_u64.to_le_bytes());
    }

    #[test]
    fn every_other_length_is_refused() {
        let mut bytes = hello(0).encode().to_vec();
        for have in 0..Hello::LEN {
            let error = WireError::Truncated { what: "Hello", need: Hello::LEN as u64, have: have as u64 };
            assert_eq!(Hello::decode(&bytes[..have]), Err(error));
        }
        bytes.push(0);
        assert_eq!(Hello::decode(&bytes), Err(WireError::Trailing { what: "Hello", extra: 1 }));
    }

    #[test]
    fn magic_and_version_are_checked_first() {
        let mut bytes = hello(0).encode();
        bytes[8] = 9;
        assert_eq!(Hello::decode(&bytes), Err(WireError::Version { theirs: 9 }));
        bytes[0] = b'D';
        assert_eq!(Hello::decode(&bytes), Err(WireError::Magic { found: *b"Drust\r\n\0" }));
    }

    #[test]
    fn impossible_fields_are_named() {
        let field = |hello: Hello| match Hello::decode(&hello.encode()) {
            Err(WireError::Field { what: "Hello", field, .. }) => field,
            other => panic!("expected a refused field, got {other:?}"),
        };
        assert_eq!(field(hello(4)), "rank");
        assert_eq!(field(Hello { rank: Rank(0), size: 0, ..hello(0) }), "rank");
        for partition_len in [0, 4095, (1 << 48) + 4096] {
            assert_eq!(field(Hello { partition_len, ..hello(0) }), "partition length");
        }
        for base in [0, 4097, u64::MAX - 4095] {
            assert_eq!(field(Hello { base, ..hello(0) }), "base");
        }
    }

    #[test]
    fn peers_of_one_job_admit_each_other() {
        let proof = hello(1).proof;
        assert_eq!(hello(0).admit(&hello(1), &proof, Some(Rank(1))), Ok(()));
        assert_eq!(hello(1).admit(&hello(0), &proof, None), Ok(()));
    }

    #[test]
    fn each_difference_has_its_refusal() {
        let (ours, proof) = (hello(0), hello(1).proof);
        let admit = |theirs: Hello, from| ours.admit(&theirs, &proof, from).unwrap_err();
        let mut wrong = proof;
        wrong[31] ^= 1;
        assert_eq!(admit(Hello { proof: wrong, size: 9, ..hello(1) }, None), Refusal::Token);
        assert_eq!(admit(Hello { size: 9, ..hello(1) }, None), Refusal::Size { ours: 4, theirs: 9 });
        assert_eq!(admit(hello(0), None), Refusal::Rank { expected: None, theirs: Rank(0) });
        let expected = Some(Rank(2));
        assert_eq!(admit(hello(1), expected), Refusal::Rank { expected, theirs: Rank(1) });
        assert_eq!(admit(Hello { build: [8; 32], ..hello(1) }, None), Refusal::Build { peer: Rank(1) });
        assert_eq!(admit(Hello { cpu: 0, ..hello(1) }, None), Refusal::Cpu { peer: Rank(1) });
    }
}
