//! Requests out of the bytes that a connection brings, in whichever pieces it brings them.

use super::inline;
use super::number::parse_integer;
use std::fmt;
use std::ops::Range;

/// The longest line: an inline request, or the head of an array or of an argument.
const LINE: usize = 64 << 10;

/// What a request may be at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Arguments.
    pub arguments: i64,
    /// Bytes of an argument.
    pub argument: i64,
    /// Bytes that may wait for the rest of their request.
    pub buffered: usize,
}

impl Default for Limits {
    /// Those of Redis.
    fn default() -> Limits {
        Limits { arguments: 1 << 20, argument: 512 << 20, buffered: 1 << 30 }
    }
}

/// Why a connection cannot go on; what it is to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProtocolError(String);

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ERR Protocol error: {}", self.0)
    }
}

fn broken<T>(why: impl Into<String>) -> Result<T, ProtocolError> {
    Err(ProtocolError(why.into()))
}

/// The state between two pieces.
///
/// Nothing is looked at twice, so a request that comes byte by byte costs no more than one that comes at once.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    buffer: Vec<u8>,
    /// What comes before is parsed.
    at: usize,
    /// The arguments of the request that has not ended.
    args: Vec<Range<usize>>,
    /// How many of its arguments are still to come, and whether one has begun at all.
    missing: i64,
    /// The length of the argument that is to come next, where its head has.
    next: Option<usize>,
    /// How much of the line that has not ended was searched for its end.
    searched: usize,
}

/// Requests that have come whole.
#[derive(Default, Debug)]
pub struct Commands {
    args: Vec<Range<usize>>,
    ends: Vec<usize>,
}

/// A request: its name and what follows.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    buffer: &'a [u8],
    args: &'a [Range<usize>],
}

impl<'a> Command<'a> {
    /// How many arguments it has, its name among them; at least 1.
    pub fn len(self) -> usize {
        self.args.len()
    }

    /// An argument; 0 is the name.
    ///
    /// # Panics
    /// Where there is none.
    pub fn arg(self, at: usize) -> &'a [u8] {
        &self.buffer[self.args[at].clone()]
    }

    /// The arguments from one on.
    pub fn args(self, from: usize) -> impl ExactSizeIterator<Item = &'a [u8]> + Clone {
        self.args[from..].iter().map(move |range| &self.buffer[range.clone()])
    }

    /// Bytes of all its arguments.
    pub fn bytes(self) -> usize {
        self.args.iter().map(ExactSizeIterator::len).sum()
    }
}

impl Commands {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of them, in the parser that parsed it.
    ///
    /// # Panics
    /// Where there is none.
    pub fn get<'a>(&'a self, parser: &'a Parser, number: usize) -> Command<'a> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        Command { buffer: &parser.buffer, args: &self.args[start..self.ends[number]] }
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.args.clear();
        self.ends.clear();
    }

    fn end(&mut self) {
        self.ends.push(self.args.len());
    }
}

impl Parser {
    /// Before the first byte.
    pub fn new(limits: Limits) -> Parser {
        Parser { limits, buffer: Vec::new(), at: 0, args: Vec::new(), missing: 0, next: None, searched: 0 }
    }

    /// Takes bytes that came.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Parses what can be, and appends it to `commands`.
    ///
    /// # Errors
    /// What came is no request, or breaks a limit. The commands before it are there; what follows is not looked at.
    pub fn parse(&mut self, commands: &mut Commands) -> Result<(), ProtocolError> {
        while self.step(commands)? {}
        if self.buffer.len() - self.start() > self.limits.buffered {
            return broken("too big request");
        }
        Ok(())
    }

    /// Forgets the bytes of requests that are done with. The commands that [`Parser::parse`] found are so, too.
    pub fn discard(&mut self) {
        let start = self.start();
        if start == 0 {
            return;
        }
        self.buffer.drain(..start);
        self.at -= start;
        for range in &mut self.args {
            *range = range.start - start..range.end - start;
        }
        const KEPT: usize = 1 << 20;
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT {
            self.buffer.shrink_to(KEPT);
        }
    }

    /// Where the request begins that has not ended.
    fn start(&self) -> usize {
        self.args.first().map_or(self.at, |first| first.start)
    }

    /// One step on; whether there may be another.
    fn step(&mut self, commands: &mut Commands) -> Result<bool, ProtocolError> {
        if self.missing > 0 {
            return self.argument(commands);
        }
        match self.buffer.get(self.at) {
            None => Ok(false),
            Some(b'*') => self.array(),
            Some(_) => self.inline(commands),
        }
    }

    /// How long the line is that begins so far from here, up to a byte that ends it; `None` where that has not come.
    fn line(&mut self, from: usize, end: u8, long: &str) -> Result<Option<usize>, ProtocolError> {
        let rest = &self.buffer[self.at + from..];
        let searched = self.searched;
        let Some(found) = rest[searched..].iter().take(LINE - searched).position(|byte| *byte == end) else {
            self.searched = rest.len().min(LINE);
            return if self.searched == LINE { broken(long) } else { Ok(None) };
        };
        // It stays found while what follows it is awaited.
        self.searched = searched + found;
        Ok(Some(self.searched))
    }

    /// Goes on behind a line, so many bytes from here.
    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.searched = 0;
    }

    /// The number in the line that begins here; `None` where the line has not ended.
    fn head(&mut self, what: &str, long: &str, most: i64) -> Result<Option<i64>, ProtocolError> {
        let Some(end) = self.line(1, b'\r', long)? else { return Ok(None) };
        let rest = &self.buffer[self.at + 1..];
        if rest.len() < end + 2 {
            return Ok(None);
        }
        match parse_integer(&rest[..end]) {
            Some(number) if number <= most => {
                self.skip(end + 3);
                Ok(Some(number))
            }
            _ => broken(what),
        }
    }

    fn array(&mut self) -> Result<bool, ProtocolError> {
        let most = self.limits.arguments;
        let count = self.head("invalid multibulk length", "too big mbulk count string", most)?;
        self.missing = count.unwrap_or(0).max(0);
        Ok(count.is_some())
    }

    fn argument(&mut self, commands: &mut Commands) -> Result<bool, ProtocolError> {
        let len = match self.next {
            Some(len) => len,
            None => match self.buffer.get(self.at) {
                None => return Ok(false),
                Some(b'$') => {
                    let most = self.limits.argument;
                    let Some(len) = self.head("invalid bulk length", "too big bulk count string", most)? else {
                        return Ok(false);
                    };
                    usize::try_from(len).or_else(|_| broken("invalid bulk length"))?
                }
                Some(other) => return broken(format!("expected '$', got '{}'", char::from(*other))),
            },
        };
        if self.buffer.len() < self.at + len + 2 {
            self.next = Some(len);
            return Ok(false);
        }
        self.args.push(self.at..self.at + len);
        self.at += len + 2;
        self.next = None;
        self.missing -= 1;
        if self.missing == 0 {
            commands.args.append(&mut self.args);
            commands.end();
        }
        Ok(true)
    }

    fn inline(&mut self, commands: &mut Commands) -> Result<bool, ProtocolError> {
        let Some(end) = self.line(0, b'\n', "too big inline request")? else { return Ok(false) };
        let Some(words) = inline::words(&mut self.buffer[self.at..self.at + end]) else {
            return broken("unbalanced quotes in request");
        };
        let start = self.at;
        commands.args.extend(words.iter().map(|word| start + word.start..start + word.end));
        if !words.is_empty() {
            commands.end();
        }
        self.skip(end + 1);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Request = Vec<Vec<u8>>;

    fn all(parser: &Parser, commands: &Commands) -> Vec<Request> {
        (0..commands.len()).map(|n| commands.get(parser, n).args(0).map(<[u8]>::to_vec).collect()).collect()
    }

    fn parsed(bytes: &[u8]) -> Result<Vec<Request>, String> {
        let (mut parser, mut commands) = (Parser::new(Limits::default()), Commands::default());
        parser.feed(bytes);
        parser.parse(&mut commands).map_err(|error| error.to_string())?;
        Ok(all(&parser, &commands))
    }

    /// The same, byte by byte, with what is done with forgotten after each.
    fn dripped(bytes: &[u8]) -> Result<Vec<Request>, String> {
        let (mut parser, mut commands, mut found) = (Parser::new(Limits::default()), Commands::default(), Vec::new());
        for byte in bytes {
            parser.feed(&[*byte]);
            parser.parse(&mut commands).map_err(|error| error.to_string())?;
            found.extend(all(&parser, &commands));
            commands.clear();
            parser.discard();
        }
        Ok(found)
    }

    #[test]
    fn requests_come_in_whichever_pieces() {
        let bytes = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\nping\r\n\r\n*0\r\n*-1\r\n\
            GET \"a b\"\n*1\r\n$0\r\n\r\n*2\r\n$1\r\nx";
        let expected: Vec<Request> = vec![
            vec![b"SET".into(), b"k".into(), b"a\r\nb".into()],
            vec![b"ping".into()],
            vec![b"GET".into(), b"a b".into()],
            vec![b"".into()],
        ];
        assert_eq!(parsed(bytes).unwrap(), expected);
        assert_eq!(dripped(bytes).unwrap(), expected);
    }

    #[test]
    fn what_is_broken_is_told_in_redis_words() {
        let long = |start: &str, byte: char| format!("{start}{}", byte.to_string().repeat(LINE + 1));
        for (bytes, error) in [
            ("*x\r\n".to_string(), "invalid multibulk length"),
            ("*1048577\r\n".to_string(), "invalid multibulk length"),
            ("*99999999999999999999\r\n".to_string(), "invalid multibulk length"),
            ("*1\r\n!3\r\n".to_string(), "expected '$', got '!'"),
            ("*1\r\n$-1\r\n".to_string(), "invalid bulk length"),
            ("*1\r\n$+1\r\n".to_string(), "invalid bulk length"),
            ("*1\r\n$536870913\r\n".to_string(), "invalid bulk length"),
            ("GET \"a\r\n".to_string(), "unbalanced quotes in request"),
            (long("*", '1'), "too big mbulk count string"),
            (long("*1\r\n$", '1'), "too big bulk count string"),
            (long("g", 'g'), "too big inline request"),
        ] {
            let expected = Err(format!("ERR Protocol error: {error}"));
            assert_eq!(parsed(bytes.as_bytes()), expected);
            assert_eq!(dripped(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn large_announcements_take_no_room() {
        let (mut parser, mut commands) = (Parser::new(Limits::default()), Commands::default());
        parser.feed(b"*1048576\r\n$536870912\r\nabc");
        parser.parse(&mut commands).unwrap();
        assert_eq!((commands.len(), parser.args.capacity()), (0, 0));
        assert!(parser.buffer.capacity() < 1 << 10);
    }

    #[test]
    fn requests_beyond_what_may_wait_are_refused() {
        let limits = Limits { buffered: 100, ..Limits::default() };
        let (mut parser, mut commands) = (Parser::new(limits), Commands::default());
        parser.feed(b"*2\r\n$60\r\n");
        parser.feed(&[b'x'; 60]);
        parser.feed(b"\r\n$60\r\n");
        parser.parse(&mut commands).unwrap();
        parser.feed(&[b'x'; 50]);
        assert!(parser.parse(&mut commands).is_err());
    }

    #[test]
    fn hostile_bytes_end_in_an_error_or_in_silence() {
        let mut state = 88_172_645_463_325_252_u64;
        let good: &[u8] = b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nset a 'b c'\r\n*3\r\n$1\r\na\r\n";
        for _ in 0..2000 {
            let mut bytes = good.to_vec();
            for _ in 0..3 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let at = state as usize % bytes.len();
                bytes[at] = (state >> 32) as u8;
            }
            assert_eq!(parsed(&bytes).is_ok(), dripped(&bytes).is_ok(), "{:?}", bytes.escape_ascii().to_string());
        }
    }
}
