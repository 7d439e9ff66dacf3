//! Connections of another process, taken by its descriptors and closed, as a network between hosts may close them.

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, sockopt};
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::fs;
use std::net::{Shutdown, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

/// A connection between two nodes, as one of them holds it.
pub enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Connection {
    /// The connection behind a socket, if it is one to another node.
    fn of(socket: OwnedFd) -> Option<Connection> {
        match sockopt::socket_domain(&socket).ok()? {
            AddressFamily::INET | AddressFamily::INET6 => {
                let stream = TcpStream::from(socket);
                stream.peer_addr().is_ok().then_some(Connection::Tcp(stream))
            }
            AddressFamily::UNIX => {
                let stream = UnixStream::from(socket);
                let of_drust =
                    |address: SocketAddr| address.as_abstract_name().is_some_and(|name| name.starts_with(b"drust-"));
                let names = [stream.local_addr().ok(), stream.peer_addr().ok()];
                // What only listens has no peer.
                let connected = names[1].is_some();
                (connected && names.into_iter().flatten().any(of_drust)).then_some(Connection::Unix(stream))
            }
            _ => None,
        }
    }

    /// Closes it for both sides.
    pub fn close(&self) -> Result<(), String> {
        let closed = match self {
            Connection::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Connection::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
        closed.map_err(|error| format!("a connection cannot be closed: {error}"))
    }
}

/// All connections of a node to others.
pub fn connections(pid: Pid) -> Result<Vec<Connection>, String> {
    let refused = |error| format!("the descriptors of process {pid:?} cannot be had: {error}");
    let process = pidfd_open(pid, PidfdFlags::empty()).map_err(refused)?;
    let folder = format!("/proc/{}/fd", pid.as_raw_nonzero());
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))?.flatten() {
        let is_socket = fs::read_link(entry.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"));
        let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let (true, Some(number)) = (is_socket, number) {
            found.extend(Connection::of(pidfd_getfd(&process, number, PidfdGetfdFlags::empty()).map_err(refused)?));
        }
    }
    Ok(found)
}

/// Whether this machine lets a process take the descriptors of its descendants.
pub fn is_permitted() -> bool {
    let own = rustix::process::getpid();
    let process = pidfd_open(own, PidfdFlags::empty());
    process.is_ok_and(|process| pidfd_getfd(&process, 0, PidfdGetfdFlags::empty()).is_ok())
}
