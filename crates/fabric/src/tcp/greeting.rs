//! The greeting on a connection as a machine of bytes: hello, proof, and the exchange of keys where all is encrypted.
//!
//! It does no I/O. It says how many bytes it [`wants`](Greeting::wants), so that nothing behind the greeting is read
//! with it, and takes just as many. A stranger costs at most [`Hello::LEN`] bytes of memory and two HMACs.

use super::cipher::{Cipher, Keys};
use crate::Mismatch;
use crate::handshake::{self, Hello, Side};
use drust_proto::Rank;
use std::sync::Arc;

/// A greeting under way.
pub(super) struct Greeting {
    side: Side,
    ours: Hello,
    token: [u8; 32],
    stage: Stage,
}

enum Stage {
    Hello,
    Proof(Hello),
    Keys(Hello, Box<Keys>),
}

/// The other node, proven.
pub(super) struct Greeted {
    pub(super) theirs: Hello,
    pub(super) cipher: Option<Arc<Cipher>>,
}

/// Why a greeting failed.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) mismatch: Mismatch,
    /// The other's rank by its own word, once it has proven that it holds the token.
    pub(super) proven: Option<Rank>,
}

impl From<Mismatch> for Refusal {
    fn from(mismatch: Mismatch) -> Refusal {
        Refusal { mismatch, proven: None }
    }
}

const PROOF: usize = 32;

impl Greeting {
    /// Begins; what is to be sent first is appended to `out`.
    pub(super) fn new(side: Side, ours: Hello, token: [u8; 32], out: &mut Vec<u8>) -> Greeting {
        if side == Side::Connected {
            out.extend_from_slice(&ours.encode());
        }
        Greeting { side, ours, token, stage: Stage::Hello }
    }

    /// How many bytes the next step takes.
    pub(super) fn wants(&self) -> usize {
        match self.stage {
            Stage::Hello => Hello::LEN,
            Stage::Proof(_) => PROOF,
            Stage::Keys(..) => Keys::LEN,
        }
    }

    /// Takes as many bytes as were wanted; what is to be sent then is appended to `out`, also where it fails.
    ///
    /// # Errors
    /// The other is no node that fits this one.
    pub(super) fn step(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Option<Greeted>, Refusal> {
        match std::mem::replace(&mut self.stage, Stage::Hello) {
            Stage::Hello => self.hello(bytes, out),
            Stage::Proof(theirs) => self.proof(bytes, theirs, out),
            Stage::Keys(theirs, keys) => self.keys(bytes, theirs, keys, out),
        }
    }

    fn hello(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Option<Greeted>, Refusal> {
        let theirs = Hello::decode(bytes.try_into().map_err(|_| Mismatch::NotDrust)?)?;
        if self.side == Side::Accepted {
            self.ours.lane = theirs.lane;
            out.extend_from_slice(&self.ours.encode());
        }
        if self.ours.version != theirs.version {
            return Err(Mismatch::Version { ours: self.ours.version, theirs: theirs.version }.into());
        }
        out.extend_from_slice(&handshake::proof(&self.token, self.side, &self.ours, &theirs));
        self.stage = Stage::Proof(theirs);
        Ok(None)
    }

    fn proof(&mut self, bytes: &[u8], theirs: Hello, out: &mut Vec<u8>) -> Result<Option<Greeted>, Refusal> {
        let given: &[u8; PROOF] = bytes.try_into().map_err(|_| Mismatch::NotDrust)?;
        if !handshake::proven(given, &self.token, self.side, &self.ours, &theirs) {
            return Err(Mismatch::Token.into());
        }
        if let Err(mismatch) = self.ours.check(&theirs) {
            return Err(Refusal { mismatch, proven: Some(theirs.rank) });
        }
        if !self.ours.encrypted {
            return Ok(Some(Greeted { theirs, cipher: None }));
        }
        let (connected, accepted) = match self.side {
            Side::Connected => (&self.ours, &theirs),
            Side::Accepted => (&theirs, &self.ours),
        };
        let keys = Keys::new(self.side, &self.token, &[connected.encode(), accepted.encode()].concat(), out);
        self.stage = Stage::Keys(theirs, Box::new(keys));
        Ok(None)
    }

    fn keys(
        &mut self,
        bytes: &[u8],
        theirs: Hello,
        keys: Box<Keys>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Greeted>, Refusal> {
        let Some(cipher) = keys.finish(bytes, out) else {
            return Err(Refusal { mismatch: Mismatch::Token, proven: Some(theirs.rank) });
        };
        Ok(Some(Greeted { theirs, cipher: Some(Arc::new(cipher)) }))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::handshake::Kind;

    fn hello(rank: u16, encrypted: bool) -> Hello {
        let hello = Hello::new(Kind::Tcp, Rank(rank), 3, [9; 32]).expect("random numbers");
        Hello { lane: rank as u8, encrypted, ..hello }
    }

    type Outcome = Result<Greeted, Refusal>;

    /// Greets over a perfect wire; the outcomes of who connected and who accepted.
    fn greet(one: (Hello, [u8; 32]), other: (Hello, [u8; 32])) -> (Option<Outcome>, Option<Outcome>) {
        let mut wires = [Vec::new(), Vec::new()];
        let mut ends = [
            Greeting::new(Side::Connected, one.0, one.1, &mut wires[1]),
            Greeting::new(Side::Accepted, other.0, other.1, &mut wires[0]),
        ];
        let mut outcomes = [None, None];
        for turn in (0..20).map(|turn| turn % 2) {
            let wants = ends[turn].wants();
            if outcomes[turn].is_some() || wires[turn].len() < wants {
                continue;
            }
            let bytes: Vec<u8> = wires[turn].drain(..wants).collect();
            match ends[turn].step(&bytes, &mut wires[1 - turn]) {
                Ok(None) => {}
                Ok(Some(done)) => outcomes[turn] = Some(Ok(done)),
                Err(refusal) => outcomes[turn] = Some(Err(refusal)),
            }
        }
        let [connected, accepted] = outcomes;
        (connected, accepted)
    }

    #[test]
    fn nodes_of_one_job_greet() {
        for encrypted in [false, true] {
            let (connected, accepted) = greet((hello(1, encrypted), [7; 32]), (hello(0, encrypted), [7; 32]));
            let (connected, accepted) = (connected.unwrap().ok().unwrap(), accepted.unwrap().ok().unwrap());
            assert_eq!((connected.theirs.rank, accepted.theirs.rank), (Rank(0), Rank(1)));
            assert_eq!((connected.cipher.is_some(), connected.theirs.lane), (encrypted, 1));
        }
    }

    #[test]
    fn both_sides_name_the_same_mismatch() {
        let refused = |theirs: (Hello, [u8; 32])| {
            let (connected, accepted) = greet((hello(1, false), [7; 32]), theirs);
            let refusal = |outcome: Option<Outcome>| outcome.unwrap().err().unwrap();
            (refusal(connected), refusal(accepted))
        };
        let (connected, accepted) = refused((hello(0, false), [8; 32]));
        assert_eq!((connected.mismatch, accepted.mismatch), (Mismatch::Token, Mismatch::Token));
        assert!(connected.proven.is_none() && accepted.proven.is_none());
        let (connected, accepted) = refused((Hello { build: [8; 32], ..hello(0, false) }, [7; 32]));
        assert_eq!(connected.mismatch, Mismatch::Build { ours: [9; 32], theirs: [8; 32] });
        assert_eq!(accepted.mismatch, Mismatch::Build { ours: [8; 32], theirs: [9; 32] });
        assert!(connected.proven.is_some() && accepted.proven.is_some());
        let (connected, accepted) = refused((hello(0, true), [7; 32]));
        assert_eq!(connected.mismatch, Mismatch::Encryption { ours: false });
        assert_eq!(accepted.mismatch, Mismatch::Encryption { ours: true });
        let (connected, accepted) = refused((Hello { version: 99, ..hello(0, false) }, [7; 32]));
        assert!(matches!(connected.mismatch, Mismatch::Version { theirs: 99, .. }));
        assert!(matches!(accepted.mismatch, Mismatch::Version { ours: 99, .. }));
    }

    #[test]
    fn a_replayed_greeting_proves_nothing() {
        let mut recorded = Vec::new();
        let mut one = Greeting::new(Side::Connected, hello(1, false), [7; 32], &mut recorded);
        let mut answer = Vec::new();
        let mut other = Greeting::new(Side::Accepted, hello(0, false), [7; 32], &mut answer);
        other.step(&recorded, &mut answer).unwrap();
        one.step(&answer[..Hello::LEN], &mut recorded).unwrap();
        let mut again = Greeting::new(Side::Accepted, hello(0, false), [7; 32], &mut Vec::new());
        again.step(&recorded[..Hello::LEN], &mut Vec::new()).unwrap();
        let refusal = again.step(&recorded[Hello::LEN..], &mut Vec::new()).err().unwrap();
        assert_eq!(refusal.mismatch, Mismatch::Token);
    }
}
