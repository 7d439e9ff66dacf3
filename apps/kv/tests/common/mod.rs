//! Servers that a test starts, and ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to end.
const END: Duration = Duration::from_secs(60);

/// A job of `kv serve` on ports that are free.
pub struct Servers {
    child: Child,
    /// Held, since a node that says something to nobody would fail.
    _stdout: BufReader<ChildStdout>,
    /// Where the nodes listen.
    pub addresses: Vec<SocketAddr>,
}

impl Servers {
    /// Starts them, with these arguments; they are ready.
    pub fn start(arguments: &[&str]) -> Servers {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kv"))
            .args(["serve", "--port", "0"])
            .args(arguments)
            .env("DRUST_HEAP", "256M")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut addresses = Vec::new();
        loop {
            let mut line = String::new();
            let read = stdout.read_line(&mut line).expect("the servers write text");
            assert!(read > 0, "the servers ended instead of listening: {:?}", child.wait());
            match line.trim_end().rsplit_once(' ') {
                Some((_, address)) => addresses.push(address.parse().expect("an address")),
                None => break assert_eq!(line, "ready\n"),
            }
        }
        Servers { child, _stdout: stdout, addresses }
    }

    /// Has them end by SHUTDOWN; how they did.
    pub fn shut_down(mut self) -> ExitStatus {
        let mut stream = TcpStream::connect(self.addresses[0]).expect("the first node listens");
        stream.write_all(b"SHUTDOWN\r\n").expect("it reads");
        // Nothing is answered; the connection ends.
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the connection ends in order");
        assert_eq!(rest, b"");
        self.wait()
    }

    /// Waits until they have ended.
    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + END;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is a child") {
                return status;
            }
            assert!(Instant::now() < until, "the servers do not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // Where a test has failed; its nodes end with it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Each way to serve, by name.
pub const WAYS: [(&str, &[&str]); 3] =
    [("one node", &["--nodes", "1"]), ("three nodes", &["--nodes", "3"]), ("the twin", &["--twin"])];
