//! A port of this machine that is kept for one job.
//!
//! The launcher binds a socket to a free port and never listens on it; node 0 listens on the same port, which the
//! system allows to sockets of the same user that all say `SO_REUSEPORT`. So nobody else gets the port between its
//! choice and its use, nor between a node's death and the job's end, and no socket is inherited by anybody.

use rustix::net::{AddressFamily, SocketAddrAny, SocketFlags, SocketType, bind, getsockname, socket_with, sockopt};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

/// A port of 127.0.0.1 that nobody else gets as long as this lives.
pub(super) struct Port {
    number: u16,
    _socket: OwnedFd,
}

impl Port {
    /// Takes a free one.
    pub(super) fn reserve() -> io::Result<Port> {
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_reuseport(&socket, true)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        let number = port_of(&getsockname(&socket)?)?;
        Ok(Port { number, _socket: socket })
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

fn port_of(address: &SocketAddrAny) -> io::Result<u16> {
    let address = SocketAddr::try_from(address.clone())?;
    Ok(address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::listen;
    use std::net::{TcpListener, TcpStream};

    fn here(port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    #[test]
    fn a_reserved_port_is_node_0s_alone() {
        let port = Port::reserve().expect("a port is free");
        let connected = TcpStream::connect(here(port.number()));
        assert_eq!(connected.map_err(|error| error.kind()).unwrap_err(), io::ErrorKind::ConnectionRefused);
        let stranger = TcpListener::bind(here(port.number()));
        assert_eq!(stranger.map_err(|error| error.kind()).unwrap_err(), io::ErrorKind::AddrInUse);

        let node = socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        sockopt::set_socket_reuseport(&node, true).unwrap();
        bind(&node, &here(port.number())).expect("node 0 may bind it");
        listen(&node, 1).expect("node 0 may listen");
        TcpStream::connect(here(port.number())).expect("node 0 listens");
    }

    #[test]
    fn ports_differ_while_they_are_kept() {
        let ports: Vec<Port> = (0..20).map(|_| Port::reserve().expect("a port is free")).collect();
        let mut numbers: Vec<u16> = ports.iter().map(Port::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ports.len());
    }
}
