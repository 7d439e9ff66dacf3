//! What carries messages between the nodes of a part, or between the two sides of a floor.

use clap::ValueEnum;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

/// A carrier, as a job is told of it.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, drust::Portable)]
pub enum Wire {
    /// The memory of this host.
    Shm,
    /// Sockets on loopback.
    Tcp,
    /// The same, encrypted.
    Tls,
}

impl Wire {
    /// As it stands in keys.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Wire::Shm => "shm",
            Wire::Tcp => "tcp",
            Wire::Tls => "tls",
        }
    }

    /// Has the job that `command` starts go over it, whatever is set here.
    pub fn choose(self, command: &mut Command) {
        command.env("DRUST_CARRIER", if self == Wire::Shm { "shm" } else { "tcp" });
        command.env("DRUST_ENCRYPT", if self == Wire::Tls { "1" } else { "0" });
    }
}

/// A port of loopback that is free now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
