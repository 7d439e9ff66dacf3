//! A connection: bytes in, requests, replies, bytes out.

use super::node::Node;
use super::server::Settings;
use super::session::Session;
use super::store::Store;
use crate::resp::{Commands, Limits, Parser};
use std::io::{self, Read, Write};

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;

/// Serves a client until one of the two has had enough.
///
/// # Errors
/// The connection broke.
pub fn converse(
    stream: &mut (impl Read + Write),
    store: &Store,
    node: &Node,
    settings: &Settings,
    id: u64,
) -> io::Result<()> {
    let (mut parser, mut commands) = (Parser::new(Limits::default()), Commands::default());
    let mut session = Session::new(store, node, settings, id);
    let mut piece = vec![0; PIECE];
    while !session.over {
        let count = match stream.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        parser.feed(&piece[..count]);
        let parsed = parser.parse(&mut commands);
        session.carry_out(&parser, &commands, stream)?;
        if let Err(error) = parsed {
            return if session.over { Ok(()) } else { session.fail(&error.to_string(), stream) };
        }
        commands.clear();
        parser.discard();
    }
    Ok(())
}
