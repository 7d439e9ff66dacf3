//! The local launcher: starts the nodes of a job as children of this process, waits for all, ends all with the first.
//!
//! One thread waits on the children's pidfds, so nothing is polled and no end is missed. When a node ends before its
//! time, or rank 0 is through, the others get [`Launch::grace`] to end by themselves (they notice, for they are
//! connected); what remains is killed. Children never outlive [`launch_local`], panics included; what becomes of them
//! where this whole process is killed is their [`Bond`].
#![allow(clippy::disallowed_methods, reason = "a launcher starts real processes and waits for them")]

mod bond;
mod error;
mod port;
mod simulated;

pub use bond::{Bond, exec_bound};
pub use error::LaunchError;
pub use simulated::exec_simulated;

use crate::end::{Captured, Culprit, End, JobEnd, Trial};
use crate::environment::{self as names, Address, Carrier};
use crate::secret::{Job, Token};
use drust_proto::Rank;
use port::Port;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What to start: the same program once a node.
#[derive(Clone, Debug)]
pub struct Launch {
    /// How many nodes, at least 1.
    pub nodes: u16,
    /// What carries messages between them.
    pub carrier: Carrier,
    /// The program; a name without a slash is looked up in `PATH`.
    pub program: PathBuf,
    /// What the program sees as its own name; `None` for the name it is started by.
    pub arg0: Option<OsString>,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// A program and its first arguments that become the program of the job, as by [`exec_bound`]; empty for none.
    pub via: Vec<OsString>,
    /// Variables to set beside those of this process and the launcher's own.
    pub env: Vec<(OsString, OsString)>,
    /// Where the nodes' output goes.
    pub output: Output,
    /// How long the other nodes may take to end by themselves once one has ended the job.
    pub grace: Duration,
}

/// Where the nodes' output goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Output {
    /// To this process's own output.
    #[default]
    Inherit,
    /// Into [`JobEnd::outputs`], the first 64 MiB of each stream.
    Capture,
}

const MAX_CAPTURED: usize = 64 << 20;
/// How long the last output of ended nodes is waited for; something they started may hold the pipe open for ever.
const OUTPUT_WAIT: Duration = Duration::from_secs(1);

impl Launch {
    /// A job of `program` on `nodes` nodes by `shm`, without arguments, writing where this process writes.
    #[must_use]
    pub fn new(nodes: u16, program: impl Into<PathBuf>) -> Launch {
        Launch {
            nodes,
            carrier: Carrier::Shm,
            program: program.into(),
            arg0: None,
            args: Vec::new(),
            via: Vec::new(),
            env: Vec::new(),
            output: Output::Inherit,
            grace: Duration::from_secs(2),
        }
    }

    /// A job of this very program, with this process's arguments.
    ///
    /// It is started through `/proc/self/exe`, so that a file replaced in the meantime does not matter.
    #[must_use]
    pub fn this_program(nodes: u16) -> Launch {
        let mut args = std::env::args_os();
        let arg0 = args.next();
        Launch { arg0, args: args.collect(), ..Launch::new(nodes, "/proc/self/exe") }
    }

    fn unstartable(&self, rank: Rank, source: io::Error) -> LaunchError {
        LaunchError::Start { rank, program: self.program.clone(), source }
    }
}

/// Starts the nodes, waits until all have ended, and says how. Rank 0 gets this process's standard input, the others
/// none.
///
/// # Errors
/// Where a node cannot be started (those already started are killed) or the system refuses to let them be waited for.
///
/// # Panics
/// Where `nodes` is 0, or the carrier is [`Carrier::Sim`]: simulated nodes are no processes ([`exec_simulated`]).
///
/// ```
/// use drust_launch::{Launch, Output, launch_local};
/// let mut launch = Launch::new(2, "/bin/sh");
/// launch.args = vec!["-c".into(), "echo node $DRUST_RANK of $DRUST_SIZE".into()];
/// launch.output = Output::Capture;
/// let end = launch_local(launch)?;
/// assert_eq!((end.code, end.culprit), (0, None));
/// assert_eq!(end.outputs[1].stdout, b"node 1 of 2\n");
/// # Ok::<(), drust_launch::LaunchError>(())
/// ```
pub fn launch_local(launch: Launch) -> Result<JobEnd, LaunchError> {
    assert!(launch.nodes > 0, "a job has at least one node");
    if !launch.via.is_empty() {
        // Each node would say so for itself otherwise, once it has been started.
        let folders = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
        bond::find(&launch.program, &folders).map_err(|source| launch.unstartable(Rank(0), source))?;
    }
    let card = Card::draw(launch.carrier)?;
    let mut nodes = Nodes(Vec::new());
    for rank in 0..launch.nodes {
        nodes.0.push(start(&launch, Rank(rank), &card)?);
    }
    let (culprit, code) = nodes.supervise(launch.grace).map_err(LaunchError::Wait)?;
    let outputs = match launch.output {
        Output::Inherit => Vec::new(),
        Output::Capture => nodes.outputs(),
    };
    Ok(JobEnd { culprit, code, outputs })
}

/// What all nodes of a job are told.
struct Card {
    job: Job,
    token: Token,
    /// Where node 0 listens, over tcp; kept until the job has ended.
    port: Option<Port>,
}

impl Card {
    fn draw(carrier: Carrier) -> Result<Card, LaunchError> {
        let port = match carrier {
            Carrier::Shm => None,
            Carrier::Tcp => Some(Port::reserve().map_err(LaunchError::Port)?),
            Carrier::Sim => panic!("simulated nodes are no processes"),
        };
        let job = Job::random().map_err(LaunchError::Random)?;
        let token = Token::random().map_err(LaunchError::Random)?;
        Ok(Card { job, token, port })
    }
}

/// The program, its arguments, and the variables that are set for it.
fn command(launch: &Launch) -> Command {
    let mut words = launch.via.iter().map(OsString::as_os_str).chain([launch.program.as_os_str()]);
    let mut command = Command::new(words.next().unwrap_or_default());
    if let Some(arg0) = &launch.arg0 {
        command.arg0(arg0);
    }
    command.args(words).args(&launch.args).envs(launch.env.iter().map(|(name, value)| (name, value)));
    // What makes a node is told as a whole, by whoever starts it.
    for name in names::OF_NODES {
        command.env_remove(name);
    }
    command
}

fn start(launch: &Launch, rank: Rank, card: &Card) -> Result<Node, LaunchError> {
    let mut command = command(launch);
    command
        .env(names::CARRIER, launch.carrier.name())
        .env(names::RANK, rank.to_string())
        .env(names::SIZE, launch.nodes.to_string())
        .env(names::JOB, card.job.to_string())
        .env(names::TOKEN, card.token.to_hex())
        .env(names::LAUNCHER, std::process::id().to_string());
    if let Some(port) = &card.port {
        command.env(names::COORDINATOR, Address::loopback(port.number()).to_string());
    }
    if rank != Rank(0) {
        command.stdin(Stdio::null());
    }
    if launch.output == Output::Capture {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
    }
    let child = command.spawn().map_err(|source| launch.unstartable(rank, source))?;
    Node::new(rank, child).map_err(LaunchError::Wait)
}

/// One started node. Dropping it kills and reaps a process that still runs.
struct Node {
    rank: Rank,
    child: Child,
    pidfd: Option<OwnedFd>,
    stdout: Option<Reader>,
    stderr: Option<Reader>,
}

impl Node {
    fn new(rank: Rank, mut child: Child) -> io::Result<Node> {
        let stdout = child.stdout.take().map(Reader::start);
        let stderr = child.stderr.take().map(Reader::start);
        let mut node = Node { rank, child, pidfd: None, stdout, stderr };
        // The child is not reaped before `try_wait` says so, so its number is still its own here.
        let pid = Pid::from_child(&node.child);
        node.pidfd = Some(pidfd_open(pid, PidfdFlags::empty())?);
        Ok(node)
    }

    /// How it ended, once it has; told once.
    fn ended(&mut self) -> io::Result<Option<Culprit>> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(None);
        };
        self.pidfd = None;
        Ok(Some(self.with(End::from(status))))
    }

    fn with(&self, end: End) -> Culprit {
        Culprit::here(self.rank, self.child.id(), end)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Both do nothing for a child that was reaped; neither can fail for one that was not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Nodes(Vec<Node>);

impl Nodes {
    /// Waits until every node has ended; kills what outstays the deadline.
    fn supervise(&mut self, grace: Duration) -> io::Result<(Option<Culprit>, i32)> {
        let mut trial = Trial::new(grace);
        while self.wait(trial.deadline())? {
            for node in self.0.iter_mut().filter(|node| node.pidfd.is_some()) {
                if let Some(culprit) = node.ended()? {
                    trial.ended(culprit, Instant::now());
                }
            }
        }
        for node in self.0.iter_mut().filter(|node| node.pidfd.is_some()) {
            match node.ended()? {
                Some(at_the_last_moment) => trial.ended(at_the_last_moment, Instant::now()),
                None => {
                    node.child.kill()?;
                    trial.outstayed(node.with(End::Unresponsive));
                }
            }
        }
        for node in &mut self.0 {
            node.child.wait()?;
        }
        Ok(trial.verdict())
    }

    /// Sleeps until a running node ends. `false` when none runs, or at the deadline.
    fn wait(&self, deadline: Option<Instant>) -> io::Result<bool> {
        let running = self.0.iter().filter_map(|node| node.pidfd.as_ref());
        let mut fds: Vec<PollFd<'_>> = running.map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        if fds.is_empty() {
            return Ok(false);
        }
        loop {
            let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let timeout = left.map(|left| Timespec::try_from(left).expect("a grace is short"));
            match poll(&mut fds, timeout.as_ref()) {
                Ok(0) => return Ok(false),
                Ok(_) => return Ok(true),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn outputs(&mut self) -> Vec<Captured> {
        let until = Instant::now() + OUTPUT_WAIT;
        let take = |reader: &mut Option<Reader>| reader.take().map_or_else(Vec::new, |reader| reader.finish(until));
        self.0
            .iter_mut()
            .map(|node| Captured { stdout: take(&mut node.stdout), stderr: take(&mut node.stderr) })
            .collect()
    }
}

/// A thread that empties a pipe, so that a child that writes much never waits for us.
struct Reader {
    read: Arc<Mutex<Vec<u8>>>,
    done: mpsc::Receiver<()>,
}

impl Reader {
    fn start(mut pipe: impl Read + Send + 'static) -> Reader {
        let read = Arc::new(Mutex::new(Vec::new()));
        let (announce, done) = mpsc::channel();
        let into = Arc::clone(&read);
        thread::spawn(move || {
            let mut chunk = vec![0; 16 << 10];
            while let Ok(n @ 1..) = pipe.read(&mut chunk) {
                let mut into = into.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MAX_CAPTURED - into.len();
                into.extend_from_slice(&chunk[..n.min(room)]);
            }
            drop(announce);
        });
        Reader { read, done }
    }

    /// What was read when the pipe closed, or at `until`.
    fn finish(self, until: Instant) -> Vec<u8> {
        // Nothing is ever sent: the thread's end is told by the channel's.
        let _ = self.done.recv_timeout(until.saturating_duration_since(Instant::now()));
        std::mem::take(&mut *self.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn children_do_not_outlive_their_launcher() {
        let mut launch = Launch::new(2, "sleep");
        launch.args = vec!["1000".into()];
        let card = Card { job: Job([1; 8]), token: Token([2; 32]), port: None };
        let start = |rank| start(&launch, Rank(rank), &card).expect("sleep can be started");
        let nodes = Nodes(vec![start(0), start(1)]);
        let pids: Vec<u32> = nodes.0.iter().map(|node| node.child.id()).collect();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _held = nodes;
            std::panic::resume_unwind(Box::new("the launcher panics"));
        }));
        assert!(panicked.is_err());
        for pid in pids {
            assert!(!Path::new("/proc").join(pid.to_string()).exists(), "{pid} is still there");
        }
    }
}
