//! What takes bytes of strangers and of peers, opened for `drust-fuzz` only: it is no part of the interface.

use super::cipher::{CHUNK, Cipher};
use super::greeting::Greeting;
use super::inbox;
use super::link::{Card, decode_address, encode_address};
use super::record::{Header, UNIT};
use crate::handshake::{self, Hello, Side};
use crate::{Lost, Mismatch, obituary};
use drust_proto::Rank;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

/// Bytes of a hello.
pub const HELLO: usize = Hello::LEN;
/// Bytes of an address in a table.
pub const ADDRESS: usize = super::link::ADDRESS;

/// The hello of a node on this machine, with a fresh nonce.
///
/// # Errors
/// The system gives no random numbers.
pub fn hello(rank: Rank, size: u16, build: [u8; 32], lane: u8) -> io::Result<[u8; HELLO]> {
    Ok(Hello { lane, ..Hello::new(handshake::Kind::Tcp, rank, size, build)? }.encode())
}

/// Reads a hello and writes it again.
///
/// # Errors
/// It is none.
pub fn hello_again(bytes: &[u8; HELLO]) -> Result<[u8; HELLO], Mismatch> {
    Hello::decode(bytes).map(|hello| hello.encode())
}

/// One side of a greeting.
pub struct Greeter(Greeting);

impl fmt::Debug for Greeter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeter").finish_non_exhaustive()
    }
}

impl Greeter {
    /// Begins with this hello; what is to be sent first is appended to `out`.
    ///
    /// # Errors
    /// The hello is none.
    pub fn new(connected: bool, hello: &[u8; HELLO], token: [u8; 32], out: &mut Vec<u8>) -> Result<Greeter, Mismatch> {
        let side = if connected { Side::Connected } else { Side::Accepted };
        Ok(Greeter(Greeting::new(side, Hello::decode(hello)?, token, out)))
    }

    /// How many bytes the next step takes.
    #[must_use]
    pub fn wants(&self) -> usize {
        self.0.wants()
    }

    /// Takes bytes, as many as were wanted or not; what is to be sent then is appended to `out`. At the end there is
    /// the seal of what follows.
    ///
    /// # Errors
    /// The other is no node that fits, and whether it has proven the token nevertheless.
    pub fn step(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<Option<Seal>, (Mismatch, bool)> {
        let greeted = self.0.step(bytes, out).map_err(|refusal| (refusal.mismatch, refusal.proven.is_some()))?;
        Ok(greeted.map(|greeted| Seal { cipher: greeted.cipher, sent: 0, opened: 0 }))
    }
}

/// What seals and opens what follows a greeting, where that is encrypted.
pub struct Seal {
    cipher: Option<Arc<Cipher>>,
    sent: u64,
    opened: u64,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Seal");
        shown.field("sent", &self.sent).field("opened", &self.opened).finish_non_exhaustive()
    }
}

impl Seal {
    /// The bytes as they are sent.
    pub fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let Some(cipher) = &self.cipher else { return plain.to_vec() };
        let mut out = Vec::new();
        for chunk in plain.chunks(CHUNK) {
            cipher.seal(self.sent, chunk, &mut out);
            self.sent += 1;
        }
        out
    }

    /// Opens the next frame, without its length.
    ///
    /// # Errors
    /// It was not sealed by the other, or not at this place.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, &'static str> {
        let Some(cipher) = &self.cipher else { return Ok(sealed.to_vec()) };
        let mut plain = vec![0; CHUNK];
        let count = cipher.open(self.opened, sealed, &mut plain)?;
        self.opened += 1;
        plain.truncate(count);
        Ok(plain)
    }
}

/// Reads the header of a record and writes it again; the length that it states.
///
/// # Errors
/// It is none.
pub fn header_again(bytes: &[u8; UNIT]) -> Result<([u8; UNIT], u64), &'static str> {
    Header::decode(bytes).map(|header| (header.encode(), header.len))
}

/// A stream of bytes that is cut into records.
pub struct Records(inbox::Records);

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").finish_non_exhaustive()
    }
}

impl Records {
    /// A stream whose messages have at most `most` bytes.
    #[must_use]
    pub fn new(most: u64) -> Records {
        Records(inbox::Records::new(0, most))
    }

    /// Takes bytes; the kinds and lengths of the records that are whole with them.
    ///
    /// # Errors
    /// The stream makes no sense, and is over.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<(u8, usize)>, &'static str> {
        let mut whole = Vec::new();
        self.0.feed(bytes, &mut |kind, message| whole.push((kind as u8, message.len())))?;
        Ok(whole)
    }
}

/// Reads a card and writes it again, where it is one.
#[must_use]
pub fn card_again(bytes: &[u8]) -> Option<Vec<u8>> {
    Card::decode(bytes).map(|card| card.encode())
}

/// Reads an address and writes it again, where it is one.
#[must_use]
pub fn address_again(bytes: &[u8; ADDRESS]) -> Option<(SocketAddr, [u8; ADDRESS])> {
    decode_address(bytes).map(|address| (address, encode_address(&address)))
}

/// Reads the obituary at the front of what node `from` sent, and its length.
///
/// # Errors
/// It is none.
pub fn obituary(bytes: &[u8], from: Rank, size: u16) -> Result<Option<(Lost, usize)>, &'static str> {
    obituary::decode(bytes, from, size).map_err(|garbled| garbled.0)
}

/// Writes the obituary of a loss.
#[must_use]
pub fn obituary_of(lost: &Lost) -> Vec<u8> {
    obituary::encode(lost)
}
