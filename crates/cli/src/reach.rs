//! Whether a node that is started by hand would find node 0, or, being it, could listen: tried for two seconds at most.
#![expect(clippy::disallowed_methods, reason = "a name service may take its time, and is waited for on a thread")]

use drust_launch::environment::{COORDINATOR, LISTEN};
use drust_launch::{Membership, Settings};
use drust_proto::Rank;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What all tries together may take.
const LIMIT: Duration = Duration::from_secs(2);

/// Tries it, and says what was found, or what is wrong and what to do.
pub fn check(member: &Membership, settings: &Settings) -> Option<Result<String, String>> {
    let coordinator = member.coordinator.as_ref().filter(|_| member.is_by_hand())?;
    let until = Instant::now() + LIMIT;
    if member.rank != Rank(0) {
        return Some(connect(coordinator.host(), coordinator.port(), until));
    }
    let listen = settings.listen.as_ref();
    let host = listen.map_or(coordinator.host(), |listen| listen.host());
    let port = listen.and_then(|listen| listen.port()).unwrap_or(coordinator.port());
    Some(bind(host, port, if listen.is_some() { LISTEN } else { COORDINATOR }, until))
}

/// Connects to where node 0 ought to listen, at any of its addresses.
fn connect(host: &str, port: u16, until: Instant) -> Result<String, String> {
    let mut why = format!("{COORDINATOR}: {host} has no address");
    for at in resolve(host, port, COORDINATOR, until)? {
        // No time at all is an error of its own.
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&at, left) {
            Ok(_) => return Ok(format!("node 0 can be reached at {at}")),
            Err(error) => why = unreachable(at, &error),
        }
    }
    Err(why)
}

/// Listens for a moment where node 0 is to.
fn bind(host: &str, port: u16, variable: &'static str, until: Instant) -> Result<String, String> {
    let found = resolve(host, port, variable, until)?;
    let at = *found.first().ok_or_else(|| format!("{variable}: {host} has no address"))?;
    match TcpListener::bind(at) {
        Ok(_) => Ok(format!("this is node 0, and can listen at {at}")),
        Err(error) => Err(taken(at, variable, &error)),
    }
}

/// The addresses of a host. The thread that asks for them may outlast the limit, but not this process.
fn resolve(host: &str, port: u16, variable: &'static str, until: Instant) -> Result<Vec<SocketAddr>, String> {
    let (tell, told) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || tell.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect)));
    match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => {
            Err(format!("{variable}: no address is known for {host} ({error}); correct it, or give an IP"))
        }
        Err(_) => Err(format!(
            "{variable}: the name service did not say within {} s which address {host} has; an IP address needs none",
            LIMIT.as_secs()
        )),
    }
}

/// Why node 0 was not reached, and what to do.
fn unreachable(at: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            format!("nothing listens at {at}: start node 0 there, or correct {COORDINATOR}")
        }
        ErrorKind::TimedOut | ErrorKind::WouldBlock => format!(
            "no answer from {at} within {} s: is that machine up, and does its firewall let port {} through?",
            LIMIT.as_secs(),
            at.port()
        ),
        _ => format!("{at} cannot be reached ({error}): is it on a network of this machine? Or correct {COORDINATOR}"),
    }
}

/// Why node 0 could not listen, and what to do.
fn taken(at: SocketAddr, variable: &str, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => format!("another process listens at {at}: end it, or give {variable} another port"),
        ErrorKind::AddrNotAvailable => format!(
            "{at} is no address of this machine: start node 0 where {COORDINATOR} leads to, \
             or set {LISTEN} if others reach it there by another address"
        ),
        ErrorKind::PermissionDenied => format!("this user may not listen at {at}: give {variable} a port above 1023"),
        _ => format!("node 0 cannot listen at {at}: {error}; correct {variable}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drust_launch::{Address, Listen, Token};

    fn told(rank: u16, coordinator: &str, listen: Option<&str>) -> Result<String, String> {
        let member = Membership {
            rank: Rank(rank),
            size: 2,
            token: Token([0; 32]),
            job: None,
            launcher: None,
            coordinator: Address::parse(coordinator),
        };
        let settings = Settings { listen: listen.and_then(Listen::parse), ..Settings::default() };
        check(&member, &settings).expect("it is started by hand")
    }

    #[test]
    fn node_0_is_reached_where_it_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let at = listener.local_addr().expect("it has one");
        assert_eq!(told(1, &at.to_string(), None), Ok(format!("node 0 can be reached at {at}")));
        let by_name = told(1, &format!("localhost:{}", at.port()), None);
        assert_eq!(by_name, Ok(format!("node 0 can be reached at {at}")));
        drop(listener);
        let message = told(1, &at.to_string(), None).expect_err("nobody listens");
        assert!(message.starts_with(&format!("nothing listens at {at}: start node 0")), "{message}");
    }

    #[test]
    fn node_0_is_told_whether_it_can_listen() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let at = listener.local_addr().expect("it has one");
        let message = told(0, &at.to_string(), None).expect_err("it is taken");
        assert!(message.contains("give DRUST_COORDINATOR another port"), "{message}");
        drop(listener);
        assert_eq!(told(0, &at.to_string(), None), Ok(format!("this is node 0, and can listen at {at}")));
        // Where it listens, and how others reach it, may differ.
        let behind = told(0, &format!("192.0.2.1:{}", at.port()), Some("127.0.0.1"));
        assert_eq!(behind, Ok(format!("this is node 0, and can listen at {at}")));
        let elsewhere = told(0, "192.0.2.1:7000", None).expect_err("that is no address of anybody's");
        assert!(elsewhere.contains("is no address of this machine"), "{elsewhere}");
    }

    #[test]
    fn an_unknown_name_is_told_in_time() {
        let begun = Instant::now();
        let message = told(1, "no-such-host.invalid:7000", None).expect_err("there is no such host");
        assert!(message.starts_with("DRUST_COORDINATOR: ") && message.contains("no-such-host.invalid"), "{message}");
        assert!(begun.elapsed() < 5 * LIMIT, "{:?}", begun.elapsed());
    }

    #[test]
    fn each_failure_says_what_to_do() {
        let at = "10.0.0.1:7000".parse().expect("an address");
        for (kind, words) in [
            (ErrorKind::TimedOut, "does its firewall let port 7000 through?"),
            (ErrorKind::ConnectionRefused, "start node 0 there"),
            (ErrorKind::NetworkUnreachable, "is it on a network of this machine?"),
        ] {
            assert!(unreachable(at, &kind.into()).contains(words));
        }
        let low = taken(at, LISTEN, &ErrorKind::PermissionDenied.into());
        assert!(low.ends_with("give DRUST_LISTEN a port above 1023"), "{low}");
    }

    #[test]
    fn nodes_of_a_launcher_need_no_look() {
        let member = Membership {
            rank: Rank(0),
            size: 1,
            token: Token([0; 32]),
            job: None,
            launcher: Some(7),
            coordinator: Address::parse("127.0.0.1:7000"),
        };
        assert_eq!(check(&member, &Settings::default()), None);
    }
}
