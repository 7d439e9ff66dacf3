//! A client's session: its requests one after the other, and the replies.

use super::bytes::Bytes;
use super::command::{Plan, plan, wrong_number};
use super::node::Node;
use super::options::{self, Refused, integer, is, syntax};
use super::run::Run;
use super::server::Settings;
use super::store::{Counter, Store};
use super::{clock, info, keyspace};
use crate::catalog::{self, ENTRIES, Entry};
use crate::resp::{Command, Commands, Parser, Replies};
use std::io::{self, Write};

/// Bytes of replies that are sent before more are made.
const SENT_AT: usize = 256 << 10;

/// What a client has said of itself, and what it is told.
pub struct Session<'a> {
    store: &'a Store,
    node: &'a Node,
    settings: &'a Settings,
    id: u64,
    name: Vec<u8>,
    replies: Replies,
    /// Whether the connection is to end.
    pub over: bool,
}

impl<'a> Session<'a> {
    /// Of a client that has said nothing yet.
    pub fn new(store: &'a Store, node: &'a Node, settings: &'a Settings, id: u64) -> Session<'a> {
        Session { store, node, settings, id, name: Vec::new(), replies: Replies::default(), over: false }
    }

    /// Carries out what has come whole, and sends the replies in its order.
    ///
    /// # Errors
    /// The client does not take them.
    pub fn carry_out(&mut self, parser: &Parser, commands: &Commands, out: &mut impl Write) -> io::Result<()> {
        let mut run = Run::default();
        self.node.add(Counter::Commands, commands.len() as i64);
        for number in 0..commands.len() {
            self.one(commands.get(parser, number), &mut run);
            if self.replies.bytes().len() >= SENT_AT {
                self.send(out)?;
            }
            if self.over {
                break;
            }
        }
        run.finish(self.store, self.node, &mut self.replies);
        self.send(out)
    }

    /// Tells the client that it cannot go on.
    ///
    /// # Errors
    /// As [`Session::carry_out`].
    pub fn fail(&mut self, error: &str, out: &mut impl Write) -> io::Result<()> {
        self.replies.error(error);
        self.send(out)
    }

    fn send(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(self.replies.bytes())?;
        self.replies.clear();
        Ok(())
    }

    fn one<'b>(&mut self, command: Command<'b>, run: &mut Run<'b>) {
        let planned = self.plan(command, run);
        if planned.as_ref().map_or(true, |(_, plan)| run.is_before(plan)) {
            run.finish(self.store, self.node, &mut self.replies);
        }
        let done = match planned {
            Ok((entry, Plan::Other)) => self.other(entry.name, command),
            Ok((_, plan)) => {
                run.push(plan, command.bytes() as u64);
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            self.replies.error(&error);
        }
    }

    fn plan<'b>(&self, command: Command<'b>, run: &Run<'_>) -> Result<(&'static Entry, Plan<'b>), Refused> {
        let entry = catalog::find(command.arg(0)).ok_or_else(|| unknown(command))?;
        if !entry.takes(command.len()) {
            return Err(wrong_number(entry.name).into());
        }
        if entry.needs_memory() && self.node.is_full(run.bytes() + command.bytes() as u64) {
            return Err("OOM command not allowed when used memory > 'maxmemory'.".into());
        }
        Ok((entry, plan(entry.name, command)?))
    }

    fn other(&mut self, name: &str, command: Command<'_>) -> Result<(), Refused> {
        match name {
            "ping" if command.len() > 2 => return Err(wrong_number(name).into()),
            "ping" if command.len() == 1 => self.replies.simple("PONG"),
            "ping" | "echo" => self.replies.bulk(command.arg(1)),
            "select" => match integer(command.arg(1))? {
                0 => self.replies.simple("OK"),
                _ => return Err("ERR DB index is out of range".into()),
            },
            "hello" => return self.hello(command),
            "auth" if command.len() == 2 => return Err(NO_PASSWORD.into()),
            "auth" => return Err(WRONG_PASSWORD.into()),
            "reset" => {
                self.name.clear();
                self.replies.resp3 = false;
                self.replies.simple("RESET");
            }
            "quit" => {
                self.over = true;
                self.replies.simple("OK");
            }
            "client" => return self.client(command),
            "command" => return self.command(command),
            "config" => return self.config(command),
            "shutdown" => return self.shutdown(command),
            "info" => {
                let sections: Vec<String> =
                    command.args(1).map(|section| String::from_utf8_lossy(section).to_ascii_lowercase()).collect();
                self.replies.verbatim(&info::text(self.store, self.node, self.settings, &sections));
            }
            "time" => {
                let now = clock::now();
                self.bulks(&[(now / 1000).to_string().as_bytes(), (now % 1000 * 1000).to_string().as_bytes()]);
            }
            _ => return self.keys(name, command),
        }
        Ok(())
    }

    fn keys(&mut self, name: &str, command: Command<'_>) -> Result<(), Refused> {
        match name {
            "dbsize" => self.replies.integer(self.store.len() as i64),
            "flushall" | "flushdb" => {
                if command.len() > 2 || command.args(1).any(|mode| !is(mode, "SYNC") && !is(mode, "ASYNC")) {
                    return syntax();
                }
                keyspace::flush(self.store, self.node);
                self.replies.simple("OK");
            }
            "keys" => {
                let keys = keyspace::keys(self.store, &keyspace::Wanted::new(Some(command.arg(1)), None));
                self.list(&keys);
            }
            "scan" => {
                let cursor = options::cursor(command.arg(1))?;
                let options::Scan { pattern, count, kind } = options::of_scan(command, 2)?;
                let wanted = keyspace::Wanted::new(pattern, kind);
                let (next, keys) = keyspace::scan(self.store, cursor, count as usize, &wanted);
                self.replies.array(2);
                self.replies.bulk(next.to_string().as_bytes());
                self.list(&keys);
            }
            "randomkey" => {
                // Which one is a matter of the time, and of how often it was asked.
                let random = (clock::now() ^ (self.node.own(Counter::Commands) as u64) << 20)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15);
                match keyspace::random_key(self.store, random) {
                    Some(key) => self.replies.bulk(key.as_slice()),
                    None => self.replies.null(),
                }
            }
            _ => return Err(format!("ERR unknown command '{name}'").into()),
        }
        Ok(())
    }

    fn hello(&mut self, command: Command<'_>) -> Result<(), Refused> {
        let mut args = command.args(1);
        let version = match args.next() {
            None => {
                if self.replies.resp3 {
                    3
                } else {
                    2
                }
            }
            Some(text) => integer(text)
                .map_err(|_| Refused::Borrowed("ERR Protocol version is not an integer or out of range"))?,
        };
        if !(2..=3).contains(&version) {
            return Err("NOPROTO unsupported protocol version".into());
        }
        let mut name = None;
        while let Some(option) = args.next() {
            if is(option, "AUTH") && args.len() >= 2 {
                return Err(WRONG_PASSWORD.into());
            }
            match (is(option, "SETNAME"), args.next()) {
                (true, Some(given)) => name = Some(checked_name(given)?),
                _ => return Err(format!("ERR Syntax error in HELLO option '{}'", option.escape_ascii()).into()),
            }
        }
        self.name = name.unwrap_or(std::mem::take(&mut self.name));
        self.replies.resp3 = version == 3;
        self.replies.map(7);
        self.bulks_of(&[b"server", b"redis", b"version", info::REDIS.as_bytes()]);
        for (field, number) in [("proto", version), ("id", self.id as i64)] {
            self.replies.bulk(field.as_bytes());
            self.replies.integer(number);
        }
        self.bulks_of(&[b"mode", b"standalone", b"role", b"master"]);
        self.replies.bulk(b"modules");
        self.replies.array(0);
        Ok(())
    }

    fn client(&mut self, command: Command<'_>) -> Result<(), Refused> {
        let (which, count) = (command.arg(1), command.len());
        if is(which, "ID") && count == 2 {
            self.replies.integer(self.id as i64);
        } else if is(which, "GETNAME") && count == 2 {
            if self.name.is_empty() { self.replies.null() } else { self.replies.bulk(&self.name) }
        } else if is(which, "SETNAME") && count == 3 {
            self.name = checked_name(command.arg(2))?;
            self.replies.simple("OK");
        } else if is(which, "SETINFO") && count == 4 {
            if !is(command.arg(2), "LIB-NAME") && !is(command.arg(2), "LIB-VER") {
                let option = command.arg(2).escape_ascii();
                return Err(format!("ERR Unrecognized option '{option}'").into());
            }
            self.replies.simple("OK");
        } else if (is(which, "NO-EVICT") || is(which, "NO-TOUCH")) && count == 3 {
            self.replies.simple("OK");
        } else {
            return Err(unknown_part("client", which, &CLIENT_PARTS));
        }
        Ok(())
    }

    fn command(&mut self, command: Command<'_>) -> Result<(), Refused> {
        let Some(which) = command.args(1).next() else {
            self.replies.array(ENTRIES.len());
            ENTRIES.iter().for_each(|entry| write_entry(entry, &mut self.replies));
            return Ok(());
        };
        let named: Vec<Option<&Entry>> = if command.len() > 2 {
            command.args(2).map(catalog::find).collect()
        } else {
            ENTRIES.iter().map(Some).collect()
        };
        if is(which, "COUNT") && command.len() == 2 {
            self.replies.integer(ENTRIES.len() as i64);
        } else if is(which, "LIST") && command.len() == 2 {
            self.bulks(&ENTRIES.iter().map(|entry| entry.name.as_bytes()).collect::<Vec<_>>());
        } else if is(which, "INFO") {
            self.replies.array(named.len());
            named.iter().for_each(|entry| match entry {
                Some(entry) => write_entry(entry, &mut self.replies),
                None => self.replies.null(),
            });
        } else if is(which, "DOCS") {
            self.replies.map(named.iter().flatten().count());
            named.iter().flatten().for_each(|entry| write_docs(entry, &mut self.replies));
        } else {
            return Err(unknown_part("command", which, &["count", "list"]));
        }
        Ok(())
    }

    fn config(&mut self, command: Command<'_>) -> Result<(), Refused> {
        let which = command.arg(1);
        if is(which, "GET") && command.len() > 2 {
            let patterns: Vec<&[u8]> = command.args(2).collect();
            let settings = info::settings(self.node, self.settings, &patterns);
            self.replies.map(settings.len());
            for (name, value) in settings {
                self.bulks_of(&[name.as_bytes(), value.as_bytes()]);
            }
            return Ok(());
        }
        if is(which, "SET") && command.len() > 3 && command.len().is_multiple_of(2) {
            let pairs: Vec<_> =
                (2..command.len()).step_by(2).map(|at| (command.arg(at), command.arg(at + 1))).collect();
            info::set(self.store, self.node, &pairs)?;
        } else if !is(which, "RESETSTAT") || command.len() != 2 {
            return Err(unknown_part("config", which, &["get", "set", "resetstat"]));
        }
        self.replies.simple("OK");
        Ok(())
    }

    /// As Redis, it says nothing but by the end of the connection.
    fn shutdown(&mut self, command: Command<'_>) -> Result<(), Refused> {
        let options = ["NOSAVE", "NOW", "FORCE"];
        if command.args(1).any(|option| !options.iter().any(|known| is(option, known))) {
            return syntax();
        }
        self.store.stop();
        self.over = true;
        Ok(())
    }

    fn list(&mut self, keys: &[Bytes]) {
        self.replies.array(keys.len());
        keys.iter().for_each(|key| self.replies.bulk(key.as_slice()));
    }

    fn bulks(&mut self, all: &[&[u8]]) {
        self.replies.array(all.len());
        self.bulks_of(all);
    }

    fn bulks_of(&mut self, all: &[&[u8]]) {
        all.iter().for_each(|bytes| self.replies.bulk(bytes));
    }
}

const CLIENT_PARTS: [&str; 6] = ["id", "getname", "setname", "setinfo", "no-evict", "no-touch"];

const WRONG_PASSWORD: &str = "WRONGPASS invalid username-password pair or user is disabled.";

const NO_PASSWORD: &str = "ERR AUTH <password> called without any password configured for the default user. \
                           Are you sure your configuration is correct?";

fn unknown(command: Command<'_>) -> Refused {
    let quoted = |text: &[u8]| format!("'{}' ", String::from_utf8_lossy(&text[..text.len().min(128)]));
    let name = quoted(command.arg(0));
    let args: String = command.args(1).take(8).map(quoted).collect();
    format!("ERR unknown command {}, with args beginning with: {args}", name.trim_end()).into()
}

/// That a part of a command is none, or has too few or too many arguments.
fn unknown_part(command: &str, part: &[u8], known: &[&str]) -> Refused {
    match known.iter().find(|known| is(part, known)) {
        Some(part) => wrong_number(&format!("{command}|{part}")).into(),
        None => {
            let part = String::from_utf8_lossy(&part[..part.len().min(128)]);
            format!("ERR unknown subcommand '{part}'. Try {} HELP.", command.to_uppercase()).into()
        }
    }
}

fn checked_name(name: &[u8]) -> Result<Vec<u8>, Refused> {
    if name.iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        return Ok(name.to_vec());
    }
    Err("ERR Client names cannot contain spaces, newlines or special characters.".into())
}

fn write_entry(entry: &Entry, replies: &mut Replies) {
    replies.array(10);
    replies.bulk(entry.name.as_bytes());
    replies.integer(entry.arity);
    let flags: Vec<&str> = entry.flags.split(' ').collect();
    replies.array(flags.len());
    flags.iter().for_each(|flag| replies.simple(flag));
    let (first, last, step) = entry.keys;
    [first, last, step].iter().for_each(|number| replies.integer(*number));
    // Categories, tips, specifications of keys, subcommands.
    (0..4).for_each(|_| replies.array(0));
}

fn write_docs(entry: &Entry, replies: &mut Replies) {
    replies.bulk(entry.name.as_bytes());
    replies.map(3);
    for (field, value) in [("summary", entry.summary), ("since", "1.0.0"), ("group", entry.group)] {
        replies.bulk(field.as_bytes());
        replies.bulk(value.as_bytes());
    }
}
