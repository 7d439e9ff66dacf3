//! Addresses as people write them: `10.0.0.1:7000`, `node0.lan:7000`, `[fd00::1]:7000`. Names are not looked up here.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Where a node is reached: a host and a port.
///
/// ```
/// use drust_launch::Address;
/// let address = Address::parse("[::1]:7000").expect("it is one");
/// assert_eq!((address.host(), address.port()), ("::1", 7000));
/// assert_eq!(address.to_string(), "[::1]:7000");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Reads `host:port`. An IPv6 address stands in brackets, and may name its zone; a port is at least 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Address> {
        let (host, port) = split(text)?;
        Some(Address { host: host.to_string(), port: port? })
    }

    /// A port of this machine that no other machine reaches.
    #[must_use]
    pub fn loopback(port: u16) -> Address {
        Address { host: Ipv4Addr::LOCALHOST.to_string(), port }
    }

    /// A name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, at least 1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host(f, &self.host)?;
        write!(f, ":{}", self.port)
    }
}

/// Where a node listens: an [`Address`] whose port may be left open.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Listen {
    host: String,
    port: Option<u16>,
}

impl Listen {
    /// Reads `host` or `host:port`, of the same form as an [`Address`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Listen> {
        let (host, port) = split(text)?;
        Some(Listen { host: host.to_string(), port })
    }

    /// A name, or an IP address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, at least 1; `None` where it does not matter.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_host(f, &self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn write_host(f: &mut fmt::Formatter<'_>, host: &str) -> fmt::Result {
    if host.contains(':') { write!(f, "[{host}]") } else { f.write_str(host) }
}

/// The host, without brackets, and the port that may follow it.
fn split(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']')?;
        let port = if rest.is_empty() { None } else { Some(port(rest.strip_prefix(':')?)?) };
        return is_ipv6(host).then_some((host, port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, after)) => (host, Some(port(after)?)),
        None => (text, None),
    };
    (host.parse::<Ipv4Addr>().is_ok() || is_name(host)).then_some((host, port))
}

fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

/// An address and perhaps its zone, as in `fe80::1%eth0`.
fn is_ipv6(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "0"));
    let is_zone = |zone: &str| zone.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && is_zone(zone)
}

/// A name that a resolver may know; `10.0.0` and `256.0.0.1` are mistyped addresses and no names.
fn is_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        let characters = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        characters && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        let cases = [
            ("10.0.0.1:7000", "10.0.0.1", 7000),
            ("node0:1", "node0", 1),
            ("node-0.some_lan.example.:65535", "node-0.some_lan.example.", 65535),
            ("4.example:80", "4.example", 80),
            ("[::1]:7000", "::1", 7000),
            ("[fe80::1%eth0]:7000", "fe80::1%eth0", 7000),
            ("[::ffff:10.0.0.1]:7000", "::ffff:10.0.0.1", 7000),
        ];
        for (text, host, port) in cases {
            let address = Address::parse(text).unwrap_or_else(|| panic!("{text} is one"));
            assert_eq!((address.host(), address.port()), (host, port));
            assert_eq!(address.to_string(), text);
        }
        assert_eq!(Address::loopback(7).to_string(), "127.0.0.1:7");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}:7000", "a".repeat(64));
        let texts = [
            "",
            ":7000",
            "host",
            "host:",
            "host:0",
            "host:65536",
            "host:+1",
            "host:7000 ",
            "ho st:1",
            "a/b:1",
            "host:1:2",
            "::1:7000",
            "[::1]",
            "[::1]7000",
            "[::1:7000",
            "[host]:7000",
            "[10.0.0.1]:7000",
            "[fe80::1%]:7000",
            "10.0.0:7000",
            "256.0.0.1:7000",
            "-a:7000",
            "a..b:7000",
            ".:7000",
            "tcp://host:7000",
            &long,
        ];
        for text in texts {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_listener_may_leave_its_port_open() {
        let cases = [("0.0.0.0", "0.0.0.0", None), ("[::]", "::", None), ("[::1]:7", "::1", Some(7))];
        for (text, host, port) in cases {
            let listen = Listen::parse(text).unwrap_or_else(|| panic!("{text} is one"));
            assert_eq!((listen.host(), listen.port(), listen.to_string().as_str()), (host, port, text));
        }
        for text in ["", "::", "7000", "host:", "host:0", "[::1]:"] {
            assert_eq!(Listen::parse(text), None, "{text}");
        }
    }
}
