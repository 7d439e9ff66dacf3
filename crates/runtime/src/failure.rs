//! The one way out: every fatal end of a node goes through here, and only here does the library write to stderr.

use crate::memory::OutOfMemory;
use crate::node;
use drust_fabric::schedule;
use drust_heap::Descriptor;
use drust_proto::job::exit;
use std::fmt::Display;
use std::panic::Location;

/// Ends this node, and so the job, saying why.
pub fn end(why: &str) -> ! {
    exit_saying(exit::BROKEN_RULE, why)
}

/// Ends this node with a code, saying why. Other threads are not unwound: the job is over.
pub fn exit_saying(code: i32, why: &str) -> ! {
    tracing::error!(target: "drust::failure", code, why);
    let pid = std::process::id();
    match node::current() {
        Some(node) => exit_with(code, &format_args!("drust: node {} (pid {pid}): {why}", node.rank())),
        None => exit_with(code, &format_args!("drust: pid {pid}: {why}")),
    }
}

/// Ends this node with a code and a last line.
pub(crate) fn exit_with(code: i32, line: &dyn Display) -> ! {
    say(line);
    schedule::exit(code)
}

/// A line on stderr, on the way out.
pub(crate) fn say(line: &dyn Display) {
    eprintln!("{line}");
}

#[cold]
pub(crate) fn out_of_memory(error: &OutOfMemory, descriptor: &Descriptor) -> ! {
    exit_saying(exit::OUT_OF_MEMORY, &format!("no room for a {}: {error}", descriptor.name()))
}

#[cold]
pub(crate) fn copies_full(why: &str, reader: &Location<'_>) -> ! {
    let hint = "read through `Box::read` guards, which give their copies back, or raise DRUST_COPIES";
    exit_saying(exit::OUT_OF_MEMORY, &format!("{reader} could not fetch a value: {why}; {hint}"))
}
