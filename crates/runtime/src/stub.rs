//! For tests: a node whose peers are the test itself, and children of the test process, in which a node may end.

use crate::node::Node;
use crate::nonsense::Sense;
use crate::serve::handle;
pub(crate) use crate::wire::{Wire, process};
use drust_fabric::Lost;
use drust_proto::sharing::Family;
use drust_proto::wire::{Frame, HEADER_MAX};
use drust_proto::{Address, Rank};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// An answer to a message, by its header.
pub(crate) type Says = fn(&[u8]) -> Vec<u8>;

/// Node 0 of 3, which writes down why it ends.
pub(crate) fn node() -> (&'static Node, Arc<Wire>) {
    let (node, wire) = crate::wire::node(3);
    wire.on_end(|_| ());
    (node, wire)
}

impl Wire {
    /// Has a peer say at once what `says` says to a message of this node.
    pub(crate) fn answer(&self, says: Says) {
        self.hear(move |parts| {
            // SAFETY: the first part of each message is its header, whose bytes are initialised.
            Some(says(unsafe { parts[0].as_uninit().assume_init_ref() }))
        });
    }

    /// Has `then` follow when the node has said why it ends, which is written down.
    pub(crate) fn on_end(&self, then: fn(&Lost)) {
        self.mourn(move |lost| {
            writeln!(std::io::stdout(), "announced: {lost}.").expect("the test reads it");
            then(lost);
        });
    }
}

/// A message: its header, and what follows it.
pub(crate) fn message(frame: Frame, body: &[u8]) -> Vec<u8> {
    let mut header = [0; HEADER_MAX];
    let len = frame.encode(&mut header);
    [&header[..len], body].concat()
}

/// A message about what nodes share.
pub(crate) fn share(
    family: Family,
    op: u16,
    id: u64,
    number: u32,
    address: Address,
    (a, b): (u64, u64),
    body: &[u8],
) -> Vec<u8> {
    message(Frame::Share { family, op, number, id, address, a, b, len: body.len() as u64 }, body)
}

/// A node that knows of nothing, and what it says to messages, mostly of its first peer.
pub(crate) struct Bench {
    pub(crate) node: &'static Node,
    pub(crate) wire: Arc<Wire>,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        let (node, wire) = node();
        Bench { node, wire }
    }

    pub(crate) fn says(&self, bytes: &[u8]) -> Sense {
        self.says_to(Rank(1), bytes)
    }

    pub(crate) fn says_to(&self, from: Rank, bytes: &[u8]) -> Sense {
        self.wire.show(bytes, |message| handle(self.node, from, message))
    }

    #[track_caller]
    pub(crate) fn refuses(&self, bytes: &[u8], why: &str) {
        self.refuses_from(Rank(1), bytes, why);
    }

    #[track_caller]
    pub(crate) fn refuses_from(&self, from: Rank, bytes: &[u8], why: &str) {
        let said = self.says_to(from, bytes).expect_err(why).0;
        assert!(said.contains(why), "{said} instead of {why}");
    }
}

const CHILD: &str = "DRUST_RUNTIME_TEST_CHILD";
/// How long a child may take, and the code of one that takes longer.
const BOUND: Duration = Duration::from_secs(60);
const HUNG: i32 = 99;

/// Runs the calling test, whose path is `test`, once more in a child, where `body` is run and is to end the process.
#[allow(clippy::disallowed_methods, reason = "the bound is on real time")]
pub(crate) fn in_child(test: &str, body: impl FnOnce()) -> Output {
    if std::env::var_os(CHILD).is_some() {
        std::thread::spawn(|| {
            std::thread::sleep(BOUND);
            std::process::exit(HUNG);
        });
        body();
        panic!("the node did not end");
    }
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).stdin(Stdio::null());
    command.env(CHILD, "1").env("RUST_BACKTRACE", "0").output().expect("the test binary can be started")
}
