//! For tests: node 0 of a cluster whose other nodes are the test itself, and children of the test process, in which a
//! node may end.

use crate::job::{Wishes, assemble, find_image};
use crate::node::Node;
use crate::plan::Plan;
use drust_fabric::{Fabric, Host, Lane, Lost, Mapping, Message, Mode, OnLost, Part, Process, Role, Sent, Solo};
use drust_heap::space::Backing;
use drust_launch::Settings;
use drust_proto::Rank;
use std::collections::VecDeque;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An answer to a message, by its header.
pub(crate) type Says = fn(&[u8]) -> Vec<u8>;

/// What a node of the test's says to its peers, and what it hears.
pub(crate) struct Wire {
    /// What waits to be polled, and from whom each message is.
    inbox: Solo,
    senders: Mutex<VecDeque<Rank>>,
    /// What a peer says at once to a message with this header.
    pub(crate) on_send: Mutex<Option<Says>>,
    pub(crate) on_announce: Mutex<Option<fn(&Lost)>>,
    report: Mutex<Option<OnLost>>,
}

/// Node 0 of 3, without a background thread, and the wire that the test holds.
pub(crate) fn node() -> (&'static Node, Arc<Wire>) {
    let wire = Arc::new(Wire {
        inbox: Solo::new(),
        senders: Mutex::default(),
        on_send: Mutex::default(),
        on_announce: Mutex::default(),
        report: Mutex::default(),
    });
    let wishes = Wishes { heap: Some(64 << 20), copies: Some(1 << 20), workers: Some(1), ..Wishes::default() };
    let plan = Plan::new(&Settings::default(), wishes, 1);
    let node = assemble(&plan, plan.partition(Backing::Private), wire.clone(), find_image());
    node.enter();
    (node, wire)
}

/// The process of each peer.
pub(crate) fn process(rank: Rank) -> Process {
    Process { host: format!("peer-{rank}"), pid: 1000 + u32::from(rank.0) }
}

impl Wire {
    /// Has `sink` see a message.
    pub(crate) fn show<R>(&self, message: &[u8], mut sink: impl FnMut(Message<'_>) -> R) -> R {
        let mut result = None;
        self.inbox.send(Rank(0), Lane::Small, &[message.into()], Mode::Defer).unwrap();
        self.inbox.poll(&mut |_, _, message| result = Some(sink(message)));
        result.expect("it is polled")
    }

    /// Tells the node of a loss.
    pub(crate) fn lose(&self, lost: Lost) {
        self.report.lock().unwrap().as_ref().expect("the node watches")(lost);
    }
}

impl Fabric for Wire {
    fn rank(&self) -> Rank {
        Rank(0)
    }
    fn size(&self) -> u16 {
        3
    }
    fn send(&self, to: Rank, _lane: Lane, parts: &[Part<'_>], _mode: Mode) -> Result<(), Lost> {
        let header = parts[0].as_uninit();
        // SAFETY: the first part of each message is its header, whose bytes are initialised.
        let header = unsafe { header.assume_init_ref() };
        let says = *self.on_send.lock().unwrap();
        if let Some(says) = says {
            self.senders.lock().unwrap().push_back(to);
            self.inbox.send(Rank(0), Lane::Small, &[says(header).as_slice().into()], Mode::Defer)?;
        }
        Ok(())
    }
    fn poll(&self, sink: &mut dyn FnMut(Rank, Lane, Message<'_>)) -> usize {
        self.inbox.poll(&mut |_, lane, message| {
            let from = self.senders.lock().unwrap().pop_front();
            sink(from.expect("each message has a sender"), lane, message);
        })
    }
    fn ticket(&self, role: Role) -> u32 {
        self.inbox.ticket(role)
    }
    fn arm(&self, role: Role) -> bool {
        self.inbox.arm(role)
    }
    fn disarm(&self) {
        self.inbox.disarm();
    }
    fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        self.inbox.doze(role, ticket, timeout);
    }
    fn wake(&self, role: Role) {
        self.inbox.wake(role);
    }
    fn direct(&self, _home: Rank) -> Option<Mapping> {
        None
    }
    fn announce(&self, lost: &Lost) {
        writeln!(std::io::stdout(), "announced: {lost}.").expect("the test reads it");
        let told = *self.on_announce.lock().unwrap();
        if let Some(told) = told {
            told(lost);
        }
    }
    fn process(&self, rank: Rank) -> Process {
        process(rank)
    }
    fn lost(&self) -> Vec<Lost> {
        Vec::new()
    }
    fn on_lost(&self, report: OnLost) {
        *self.report.lock().unwrap() = Some(report);
    }
    fn sent(&self, _to: Rank) -> Sent {
        Sent::default()
    }
    fn host(&self) -> &Host {
        self.inbox.host()
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
