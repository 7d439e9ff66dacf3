//! The one way out: every fatal end of a node goes through here, and only here does the library write to stderr.
//!
//! # Contract
//!
//! 1. A node's end is begun once, by the thread that claims it first: it tells the peers what the node ends of, says
//!    the last line, and exits. So all nodes name the first culprit, whatever else comes of its end.
//! 2. Another thread that would end the node waits for that, silently, since the first may be at it for a moment; and
//!    not for ever, since the first may wait for a lock that this one holds. Then it exits itself.
//! 3. What would end the node on the claiming thread, in the midst of that, says so and exits at once.
//! 4. A loss that another node told of is told on: that one tells its peers one after the other, and this node may have
//!    ended before the last of them hears. Its end without a word would be taken for the first.

use crate::memory::OutOfMemory;
use crate::node::{self, Claim, Node};
use drust_fabric::{Cause, Lost, Process, schedule};
use drust_heap::Descriptor;
use drust_proto::Rank;
use drust_proto::job::exit;
use std::fmt::{self, Display};
use std::io::Write;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::time::Duration;

/// How long a thread that would end a node waits for another that is at it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ends this node, and so the job, saying why.
pub fn end(why: &str) -> ! {
    exit_saying(exit::BROKEN_RULE, why)
}

/// Ends this node with a code, saying why. Other threads are not unwound: the job is over.
pub fn exit_saying(code: i32, why: &str) -> ! {
    match node::current() {
        Some(node) => {
            let lost = Lost::seen(node.rank(), Cause::Ended { code, why: why.to_owned() });
            leave(node, code, &lost, &why)
        }
        None => {
            event(code, &why);
            exit_with(code, &format_args!("drust: pid {}: {why}", std::process::id()))
        }
    }
}

/// Ends a node with a code because a peer is lost, or because the others have given it up.
pub(crate) fn lose(node: &'static Node, code: i32, lost: &Lost) -> ! {
    leave(node, code, lost, &Loss { node, lost })
}

/// The end of a node: announced, said and done, once.
fn leave(node: &'static Node, code: i32, announced: &Lost, why: &dyn Display) -> ! {
    match node.claim_end() {
        Claim::First => {
            node.fabric().announce(announced);
            event(code, why);
        }
        Claim::Again => {}
        Claim::Late => {
            schedule::sleep(PATIENCE);
            schedule::exit(code)
        }
    }
    exit_with(code, &format_args!("drust: node {} ({}): {why}", node.rank(), Process::own()))
}

/// Tells whoever listens, whose code is not ours: it keeps nobody from the exit.
fn event(code: i32, why: &dyn Display) {
    let _ = catch_unwind(AssertUnwindSafe(|| tracing::error!(target: "drust::failure", code, why = %why)));
}

/// Ends this node with a code and a last line.
pub(crate) fn exit_with(code: i32, line: &dyn Display) -> ! {
    say(line);
    schedule::exit(code)
}

/// A line on stderr, on the way out. Where nobody can read it any more, it is not said.
pub(crate) fn say(line: &dyn Display) {
    // In one piece: all nodes of a host end at once, and share what they write to.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// A loss in words: who, why, and who saw it.
struct Loss<'a> {
    node: &'static Node,
    lost: &'a Lost,
}

impl Loss<'_> {
    /// A node with its process. Whoever made the rank up, a node has one.
    fn named(&self, rank: Rank) -> String {
        if rank.0 >= self.node.size() {
            return format!("node {rank}");
        }
        format!("node {rank} ({})", self.node.fabric().process(rank))
    }
}

impl Display for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lost { rank, cause, by } = self.lost;
        match by {
            Some(by) if *rank == self.node.rank() => write!(f, "{} gave this node up: {cause}", self.named(*by))?,
            Some(by) if by != rank => write!(f, "{} was lost: {cause} (seen by node {by})", self.named(*rank))?,
            _ => write!(f, "{} was lost: {cause}", self.named(*rank))?,
        }
        f.write_str("; the job ends")
    }
}

/// Ends the job for want of memory: who asked, what for, and what the partition says.
#[cold]
pub(crate) fn out_of_memory(error: &OutOfMemory, descriptor: &Descriptor, at: Option<&Location<'_>>) -> ! {
    let asker = at.map(|at| format!(", asked for at {at}")).unwrap_or_default();
    exit_saying(exit::OUT_OF_MEMORY, &format!("no room for a {}{asker}: {error}", descriptor.name()))
}

#[cold]
pub(crate) fn copies_full(why: &str, reader: &Location<'_>) -> ! {
    let hint = "read through `Box::read` guards, which give their copies back, or raise DRUST_COPIES";
    exit_saying(exit::OUT_OF_MEMORY, &format!("{reader} could not fetch a value: {why}; {hint}"))
}

#[cfg(test)]
mod tests;
