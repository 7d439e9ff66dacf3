//! One connection of an attacker.

use crate::dice::Dice;
use drust_fabric::tcp::fuzz_doors::{Greeter, HELLO, Seal};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::{Duration, Instant};

/// For how long a node may leave a connection open that it must close.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of a record's header.
const UNIT: usize = 16;

/// A connection.
pub struct Stranger {
    socket: TcpStream,
    /// All that was said on it.
    pub said: Vec<u8>,
}

impl Stranger {
    /// Connects to a port of this machine, from one of many addresses, so that none runs out of ports.
    pub fn connect(dice: &mut Dice, port: u16) -> Result<Stranger, String> {
        let from = SocketAddrV4::new(Ipv4Addr::new(127, 0, dice.roll(100) as u8, 1 + dice.roll(250) as u8), 0);
        let make = || {
            let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
            bind(&socket, &from)?;
            connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))?;
            let socket = TcpStream::from(socket);
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            Ok(Stranger { socket, said: Vec::new() })
        };
        make().map_err(|error: io::Error| format!("a node takes no connection: {error}"))
    }

    /// Says something; that nobody listens any more is no error.
    pub fn say(&mut self, bytes: &[u8]) {
        if self.socket.write_all(bytes).is_ok() {
            self.said.extend_from_slice(bytes);
        }
    }

    /// Whether the node closes the connection.
    ///
    /// # Errors
    /// It does not.
    pub fn is_closed(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        let mut bytes = [0; 4096];
        loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(_) if begun.elapsed() < PATIENCE => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Ok(()),
                Ok(_) | Err(_) => return Err("a connection is left open that makes no sense".into()),
            }
        }
    }

    /// Whether the node closes the connection in this time, which it need not.
    pub fn is_closed_within(&mut self, patience: Duration) -> bool {
        let begun = Instant::now();
        let mut bytes = [0; 4096];
        if self.socket.set_read_timeout(Some(patience)).is_err() {
            return true;
        }
        while begun.elapsed() < patience {
            match self.socket.read(&mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
            }
        }
        false
    }

    /// Greets as a node that connects; nothing where the node does not want it.
    pub fn greet(&mut self, hello: &[u8; HELLO], token: [u8; 32]) -> Result<Option<Seal>, String> {
        let mut out = Vec::new();
        let mut greeter = Greeter::new(true, hello, token, &mut out).map_err(|mismatch| mismatch.to_string())?;
        self.say(&out);
        loop {
            let mut bytes = vec![0; greeter.wants()];
            if self.socket.read_exact(&mut bytes).is_err() {
                return Ok(None);
            }
            let mut out = Vec::new();
            let stepped = greeter.step(&bytes, &mut out);
            self.say(&out);
            match stepped {
                Ok(None) => {}
                Ok(Some(seal)) => return Ok(Some(seal)),
                Err(_) => return Ok(None),
            }
        }
    }

    /// Hears one record of a short kind: which, and what it says.
    pub fn hear(&mut self, seal: &mut Seal, encrypted: bool) -> Option<(u8, Vec<u8>)> {
        let mut record = Vec::new();
        let said = |record: &[u8]| record.first_chunk().map(|len| u64::from_le_bytes(*len) as usize & 0xFFF);
        while record.len() < UNIT || record.len() < UNIT + said(&record)?.next_multiple_of(UNIT) {
            let len = if encrypted { usize::from(u16::from_le_bytes(self.exactly::<2>()?)) } else { UNIT };
            let mut bytes = vec![0; len];
            self.socket.read_exact(&mut bytes).ok()?;
            record.extend(seal.open(&bytes).ok()?);
        }
        let bytes = record.get(UNIT..UNIT + said(&record)?)?;
        Some((record[12], bytes.to_vec()))
    }

    fn exactly<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.socket.read_exact(&mut bytes).ok().map(|()| bytes)
    }
}
