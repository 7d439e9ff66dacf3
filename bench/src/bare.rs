//! The floors under fetches over tcp: requests and answers of the same bytes on bare sockets between two processes,
//! which wait as the runtime does: polling with yields for 20 us after the last arrival, then asleep.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

/// Bytes of a request: how many bytes are wanted, and the request's number.
const REQUEST: usize = 40;
/// Bytes of an answer before those that are wanted: the request's number.
pub const HEADER: usize = 32;
/// The most bytes that an answer brings.
pub const MOST: usize = 64 << 20;

/// As `Progress` has it.
const SPIN: Duration = Duration::from_micros(20);
/// Answers from this size on are sent from where the bytes lie.
const STANDING: usize = 4096;
/// How long the other side may take to start.
const START: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// What every answer is made of.
const BYTE: u8 = 7;

/// A connection, and how this process waits at it.
struct Socket {
    stream: TcpStream,
    polls: bool,
}

impl Socket {
    fn new(stream: TcpStream) -> Socket {
        stream.set_nodelay(true).expect("a connected socket");
        stream.set_nonblocking(true).expect("a connected socket");
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Socket { stream, polls: cores > 1 }
    }

    /// Reads what is there, at least one byte; 0 at the end.
    fn read(&mut self, into: &mut [u8]) -> usize {
        loop {
            if let Some(count) = self.look(into).or_else(|| self.spin(into)) {
                return count;
            }
            self.sleep(PollFlags::IN);
        }
    }

    /// Reads what is there, if anything.
    fn look(&mut self, into: &mut [u8]) -> Option<usize> {
        match self.stream.read(into) {
            Ok(count) => Some(count),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            // The other side is gone, as at the end.
            Err(_) => Some(0),
        }
    }

    /// Looks again and again. A look is a system call, so it yields after each: who is to answer may be queued on this
    /// very core.
    fn spin(&mut self, into: &mut [u8]) -> Option<usize> {
        let until = Instant::now() + SPIN;
        while self.polls && Instant::now() < until {
            std::thread::yield_now();
            if let Some(count) = self.look(into) {
                return Some(count);
            }
        }
        None
    }

    fn sleep(&self, what: PollFlags) {
        // Interrupted, it looks again.
        let _ = poll(&mut [PollFd::new(&self.stream, what)], None);
    }

    /// Reads so many bytes, as many as `into` has room for.
    fn read_all(&mut self, into: &mut [u8]) {
        let mut have = 0;
        while have < into.len() {
            let count = self.read(&mut into[have..]);
            assert!(count > 0, "the other side is there");
            have += count;
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> std::io::Result<()> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.sleep(PollFlags::OUT),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Answers requests, all that have come with one write, until the connection ends.
pub fn serve(port: u16) -> ExitCode {
    let mut socket = Socket::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the other side listens"));
    let memory = vec![BYTE; MOST];
    let mut requests = [0; 64 * REQUEST];
    let mut answers = Vec::new();
    let mut have = 0;
    loop {
        let count = socket.read(&mut requests[have..]);
        have += count;
        let whole = have - have % REQUEST;
        // Whoever has what it wanted may leave in the middle of an answer.
        if count == 0 || answer(&mut socket, &requests[..whole], &memory, &mut answers).is_err() {
            return ExitCode::SUCCESS;
        }
        requests.copy_within(whole..have, 0);
        have -= whole;
    }
}

fn answer(socket: &mut Socket, requests: &[u8], memory: &[u8], answers: &mut Vec<u8>) -> std::io::Result<()> {
    answers.clear();
    for request in requests.chunks_exact(REQUEST) {
        let (number, len) = (word(request), word(&request[8..]) as usize);
        answers.extend_from_slice(&number.to_le_bytes());
        answers.extend_from_slice(&[0; HEADER - 8]);
        if len <= STANDING {
            answers.extend_from_slice(&memory[..len]);
        } else {
            socket.write_all(answers)?;
            answers.clear();
            socket.write_all(&memory[..len])?;
        }
    }
    socket.write_all(answers)
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("a word"))
}

/// The asking side.
pub struct Bare {
    socket: Option<Socket>,
    asked: u64,
    other: Child,
}

impl Bare {
    /// Starts the other side.
    pub fn start() -> Bare {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let program = std::env::current_exe().expect("this program has a path");
        let other = Command::new(program).args(["bare", &port.to_string()]).spawn().expect("another process");
        let came = poll(&mut [PollFd::new(&listener, PollFlags::IN)], Some(&START));
        assert_eq!(came, Ok(1), "the other side connects");
        let (stream, _) = listener.accept().expect("it has connected");
        Bare { socket: Some(Socket::new(stream)), asked: 0, other }
    }

    fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("it is there until the end")
    }

    /// The next request, for so many bytes.
    fn ask(&mut self, len: usize) -> [u8; REQUEST] {
        let mut request = [0; REQUEST];
        request[..8].copy_from_slice(&self.asked.to_le_bytes());
        request[8..16].copy_from_slice(&(len as u64).to_le_bytes());
        self.asked += 1;
        request
    }

    /// Asks for bytes and waits for the answer, which fills the room behind its header.
    pub fn once(&mut self, answer: &mut [u8]) {
        let number = self.asked;
        let request = self.ask(answer.len() - HEADER);
        self.socket().write_all(&request).expect("the other side is there");
        self.socket().read_all(answer);
        assert!(word(answer) == number && answer.last() == Some(&BYTE));
    }

    /// Asks for so many bytes so many times, `flying` requests at a time; for each answer there is a new request, all
    /// new ones in one write.
    pub fn pipeline(&mut self, len: usize, times: usize, flying: usize) {
        let size = HEADER + len;
        let mut answers = vec![0; flying * size];
        let (mut have, mut left) = (0, times.saturating_sub(flying));
        let mut next = self.asked;
        let end = next + times as u64;
        let mut requests = Vec::with_capacity(flying * REQUEST);
        (0..flying.min(times)).for_each(|_| requests.extend_from_slice(&self.ask(len)));
        while next < end {
            self.socket().write_all(&requests).expect("the other side is there");
            requests.clear();
            let count = self.socket().read(&mut answers[have..]);
            assert!(count > 0, "the other side is there");
            have += count;
            let whole = have - have % size;
            for answer in answers[..whole].chunks_exact(size) {
                assert!(word(answer) == next && answer.last() == Some(&BYTE));
                next += 1;
                if left > 0 {
                    requests.extend_from_slice(&self.ask(len));
                    left -= 1;
                }
            }
            answers.copy_within(whole..have, 0);
            have -= whole;
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.socket.take());
        // It ends with the connection.
        let _ = self.other.wait();
    }
}
