//! A connection while the nodes join: greeted, and read and written by a thread that may wait.

use super::cipher::{CHUNK, Cipher, PREFIX, SEALED};
use super::greeting::{Greeted, Greeting, Refusal};
use super::record::{Header, Kind, UNIT, padding};
use crate::handshake::{Hello, Side};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// A greeted connection.
pub(super) struct Link {
    pub(super) socket: TcpStream,
    pub(super) theirs: Hello,
    pub(super) cipher: Option<Arc<Cipher>>,
    /// Records and frames sent so far.
    pub(super) sent: (u32, u64),
    /// Records and frames received so far.
    pub(super) received: (u32, u64),
    /// The name of the other's host, once it has said it.
    pub(super) host: String,
}

/// Why greeting a node failed.
pub(super) enum Failure {
    Refused(Refusal),
    System(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::System(error)
    }
}

impl Link {
    pub(super) fn new(socket: TcpStream, greeted: Greeted) -> Link {
        let Greeted { theirs, cipher } = greeted;
        Link { socket, theirs, cipher, sent: (0, 0), received: (0, 0), host: String::new() }
    }

    /// Greets whoever is at the other end of a connection that this node made.
    pub(super) fn greet(mut socket: TcpStream, ours: Hello, token: [u8; 32]) -> Result<Link, Failure> {
        let mut out = Vec::new();
        let mut greeting = Greeting::new(Side::Connected, ours, token, &mut out);
        loop {
            socket.write_all(&out)?;
            out.clear();
            let mut bytes = vec![0; greeting.wants()];
            socket.read_exact(&mut bytes)?;
            let outcome = greeting.step(&bytes, &mut out);
            match outcome {
                Ok(None) => {}
                Ok(Some(greeted)) => {
                    socket.write_all(&out)?;
                    return Ok(Link::new(socket, greeted));
                }
                Err(refusal) => {
                    // The other is to find the same by itself.
                    let _ = socket.write_all(&out);
                    return Err(Failure::Refused(refusal));
                }
            }
        }
    }

    /// Waits from now on, for the other at most so long at a time.
    pub(super) fn patient(&self, patience: Duration) -> io::Result<()> {
        self.socket.set_nonblocking(false)?;
        self.socket.set_read_timeout(Some(patience))?;
        self.socket.set_write_timeout(Some(patience))
    }

    /// Sends a record.
    pub(super) fn tell(&mut self, kind: Kind, body: &[u8]) -> io::Result<()> {
        let header = Header { kind, len: body.len() as u64, number: self.sent.0 }.encode();
        self.sent.0 += 1;
        let record = [&header[..], body, padding(body.len() as u64)].concat();
        let Some(cipher) = &self.cipher else { return self.socket.write_all(&record) };
        let mut sealed = Vec::new();
        for chunk in record.chunks(CHUNK) {
            cipher.seal(self.sent.1, chunk, &mut sealed);
            self.sent.1 += 1;
        }
        self.socket.write_all(&sealed)
    }

    /// Receives a record, and nothing of what follows it.
    pub(super) fn hear(&mut self) -> io::Result<(Kind, Vec<u8>)> {
        let mut head = [0; UNIT];
        let mut record = Vec::new();
        self.read(&mut record, UNIT)?;
        head.copy_from_slice(&record[..UNIT]);
        let header = Header::decode(&head).map_err(io::Error::other)?;
        if header.number != self.received.0 || header.kind == Kind::Message {
            return Err(io::Error::other("a record out of its turn"));
        }
        self.received.0 += 1;
        let len = header.len as usize;
        self.read(&mut record, UNIT + len.next_multiple_of(UNIT))?;
        if record.len() != UNIT + len.next_multiple_of(UNIT) {
            return Err(io::Error::other("more than a record in its frames"));
        }
        record.truncate(UNIT + len);
        record.drain(..UNIT);
        Ok((header.kind, record))
    }

    /// Reads until `bytes` has `len` bytes; where they are sealed, perhaps more.
    fn read(&mut self, bytes: &mut Vec<u8>, len: usize) -> io::Result<()> {
        let Some(cipher) = &self.cipher else {
            let at = bytes.len();
            bytes.resize(len.max(at), 0);
            return self.socket.read_exact(&mut bytes[at..]);
        };
        while bytes.len() < len {
            let mut prefix = [0; PREFIX];
            self.socket.read_exact(&mut prefix)?;
            let mut frame = [0; SEALED];
            let frame = &mut frame[..usize::from(u16::from_le_bytes(prefix))];
            self.socket.read_exact(frame)?;
            let mut plain = vec![0; CHUNK];
            let count = cipher.open(self.received.1, frame, &mut plain).map_err(io::Error::other)?;
            self.received.1 += 1;
            bytes.extend_from_slice(&plain[..count]);
        }
        Ok(())
    }
}

/// Who a node is, as it says once it is proven.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Card {
    pub(super) host: String,
    /// Where it listens.
    pub(super) listens: SocketAddr,
}

/// Bytes of an address.
pub(super) const ADDRESS: usize = 32;
/// The most bytes of a host's name.
const HOST: usize = 255;

impl Card {
    pub(super) fn encode(&self) -> Vec<u8> {
        let host = self.host.as_bytes();
        [&encode_address(&self.listens)[..], &host[..host.len().min(HOST)]].concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Card> {
        let (address, host) = bytes.split_first_chunk::<ADDRESS>()?;
        let host = String::from_utf8_lossy(&host[..host.len().min(HOST)]).into_owned();
        Some(Card { host, listens: decode_address(address)? })
    }
}

/// An address: IPv6, or IPv4 mapped into it, with port and scope.
pub(super) fn encode_address(address: &SocketAddr) -> [u8; ADDRESS] {
    let (ip, scope) = match address {
        SocketAddr::V4(address) => (address.ip().to_ipv6_mapped(), 0),
        SocketAddr::V6(address) => (*address.ip(), address.scope_id()),
    };
    let mut bytes = [0; ADDRESS];
    bytes[..16].copy_from_slice(&ip.octets());
    bytes[16..18].copy_from_slice(&address.port().to_le_bytes());
    bytes[20..24].copy_from_slice(&scope.to_le_bytes());
    bytes
}

/// `None` where it is no address to connect to.
pub(super) fn decode_address(bytes: &[u8; ADDRESS]) -> Option<SocketAddr> {
    let (ip, rest) = bytes.split_first_chunk::<16>()?;
    let ip = Ipv6Addr::from(*ip);
    let port = u16::from_le_bytes([rest[0], rest[1]]);
    let scope = u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]]);
    if port == 0 || ip.to_canonical().is_unspecified() {
        return None;
    }
    Some(match ip.to_ipv4_mapped() {
        Some(ip) => SocketAddr::new(IpAddr::V4(ip), port),
        None => SocketAddr::V6(SocketAddrV6::new(ip, port, 0, scope)),
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn cards_survive_their_bytes() {
        for listens in ["10.0.0.7:7000", "[::1]:1", "[fe80::1%3]:65535"] {
            let card = Card { host: "a-host".into(), listens: listens.parse().unwrap() };
            assert_eq!(Card::decode(&card.encode()), Some(card));
        }
    }

    #[test]
    fn what_is_no_card_is_refused() {
        let card = Card { host: String::new(), listens: "10.0.0.7:7000".parse().unwrap() };
        assert_eq!(Card::decode(&card.encode()[1..]), None);
        let mut no_port = card.encode();
        no_port[16..18].fill(0);
        assert_eq!(Card::decode(&no_port), None);
        assert_eq!(Card::decode(&[0; ADDRESS]), None);
        for anywhere in ["0.0.0.0:7000", "[::]:7000"] {
            assert_eq!(decode_address(&encode_address(&anywhere.parse().unwrap())), None, "{anywhere}");
        }
        let long = Card { host: "x".repeat(1000), ..card };
        assert_eq!(Card::decode(&long.encode()).unwrap().host.len(), HOST);
    }
}
