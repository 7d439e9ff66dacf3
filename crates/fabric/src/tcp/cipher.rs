//! Encryption of a connection: Noise (revision 34) in the pattern `NNpsk0`, with the job's token as the shared key.
//!
//! All nodes hold the token already, so nobody needs certificates; the exchange of fresh keys on each connection makes
//! what was recorded unreadable for whoever learns the token later. What flows is cut into frames: two bytes of length,
//! then so many bytes, of which the last 16 authenticate the others and the frame's place in the stream.

use crate::handshake::Side;
use snow::{Builder, HandshakeState, StatelessTransportState};

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s";
/// Bytes that a frame's authentication takes.
const TAG: usize = 16;
/// The most bytes of a frame, the length not counted.
const FRAME: usize = u16::MAX as usize;
/// The most bytes that one frame carries.
pub(super) const CHUNK: usize = FRAME - TAG;
/// Bytes of a frame's length.
pub(super) const PREFIX: usize = 2;
/// The most bytes that a frame takes on the wire.
pub(super) const SEALED: usize = PREFIX + FRAME;

/// The exchange of keys, one message each way.
pub(super) struct Keys {
    state: HandshakeState,
    side: Side,
}

impl Keys {
    /// Bytes of each of the two messages: a public key and its authentication.
    pub(super) const LEN: usize = 32 + TAG;

    /// Begins; the side that connected speaks first. `greeting` is what both have said before, and is bound to the
    /// keys.
    pub(super) fn new(side: Side, token: &[u8; 32], greeting: &[u8], out: &mut Vec<u8>) -> Keys {
        let fixed = "the pattern and its parameters are fixed";
        let builder = Builder::new(PATTERN.parse().expect(fixed));
        let builder = builder.psk(0, token).and_then(|builder| builder.prologue(greeting)).expect(fixed);
        let state = match side {
            Side::Connected => builder.build_initiator(),
            Side::Accepted => builder.build_responder(),
        };
        let mut keys = Keys { state: state.expect(fixed), side };
        if side == Side::Connected {
            keys.speak(out);
        }
        keys
    }

    fn speak(&mut self, out: &mut Vec<u8>) {
        let mut message = [0; Keys::LEN];
        let len = self.state.write_message(&[], &mut message).expect("it is this side's turn");
        debug_assert_eq!(len, Keys::LEN);
        out.extend_from_slice(&message);
    }

    /// Takes the other's message; `None` where it was not made with the same token and greeting.
    pub(super) fn finish(mut self, bytes: &[u8], out: &mut Vec<u8>) -> Option<Cipher> {
        self.state.read_message(bytes, &mut []).ok()?;
        if self.side == Side::Accepted {
            self.speak(out);
        }
        self.state.into_stateless_transport_mode().ok().map(Cipher)
    }
}

/// The keys of a connection. Each side counts the frames of each direction itself; the counts are part of what is
/// authenticated, so a frame that was left out, repeated or moved is found out.
pub(super) struct Cipher(StatelessTransportState);

impl Cipher {
    /// Appends `plain`, at most [`CHUNK`] bytes, as frame number `count` of this direction.
    pub(super) fn seal(&self, count: u64, plain: &[u8], out: &mut Vec<u8>) {
        let len = plain.len() + TAG;
        out.extend_from_slice(&(len as u16).to_le_bytes());
        let start = out.len();
        out.resize(start + len, 0);
        let wrote = self.0.write_message(count, plain, &mut out[start..]).expect("a chunk fits a frame");
        debug_assert_eq!(wrote, len);
    }

    /// Opens frame number `count` of the other direction, without its length, into `plain`, which has room for
    /// [`CHUNK`] bytes; how many there are.
    ///
    /// # Errors
    /// It is not what the other side sealed at this place.
    pub(super) fn open(&self, count: u64, sealed: &[u8], plain: &mut [u8]) -> Result<usize, &'static str> {
        self.0.read_message(count, sealed, plain).map_err(|_| "a frame that its keys do not open")
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn pair(one: &[u8; 32], other: &[u8; 32]) -> Option<(Cipher, Cipher)> {
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let connected = Keys::new(Side::Connected, one, b"hello", &mut there);
        let accepted = Keys::new(Side::Accepted, other, b"hello", &mut back).finish(&there, &mut back)?;
        Some((connected.finish(&back, &mut there)?, accepted))
    }

    #[test]
    fn what_is_sealed_is_opened_in_its_place_only() {
        let (one, other) = pair(&[7; 32], &[7; 32]).unwrap();
        let mut sealed = Vec::new();
        one.seal(0, b"first", &mut sealed);
        let mut plain = [0; CHUNK];
        assert!(other.open(1, &sealed[PREFIX..], &mut plain).is_err());
        assert_eq!(other.open(0, &sealed[PREFIX..], &mut plain), Ok(5));
        assert_eq!(&plain[..5], b"first");
        sealed[PREFIX + 2] ^= 1;
        assert!(other.open(0, &sealed[PREFIX..], &mut plain).is_err());
    }

    #[test]
    fn the_largest_chunk_fits_a_frame() {
        let (one, other) = pair(&[7; 32], &[7; 32]).unwrap();
        let (mut sealed, mut plain) = (Vec::new(), vec![0; CHUNK]);
        one.seal(3, &vec![5; CHUNK], &mut sealed);
        assert_eq!(sealed.len(), SEALED);
        assert_eq!(other.open(3, &sealed[PREFIX..], &mut plain), Ok(CHUNK));
        assert!(plain.iter().all(|&byte| byte == 5));
    }

    #[test]
    fn another_token_gives_no_keys() {
        assert!(pair(&[7; 32], &[8; 32]).is_none());
    }
}
