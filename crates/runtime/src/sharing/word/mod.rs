//! Atomic words: rows of them in cells of their home, changed in place.
//!
//! The home's threads, and those of peers that map its partition, change a word by instructions of their own; others
//! ask the home, which does what the rules say ([`Kind::step`]) between a load and a compare-exchange. Additions that
//! nobody waits for go by batches (`batch`).
//!
//! # Contract
//!
//! 1. A [`Row`] is written by its maker before anybody knows of it, and from then on by atomic instructions, of as many
//!    bytes as its kind has.
//! 2. Every operation but [`add`] is a release: what was told before is done ([`Node::await_one_ways`]) when it takes
//!    effect, and it has taken effect when it returns.
//! 3. A row ends by its one owner, who knows that no operation is under way: those of other threads and nodes were over
//!    before theirs let it have the row. Additions of this node that still wait leave before the end does, on its lane.

mod batch;
mod home;
mod near;

pub(crate) use batch::Additions;
pub(crate) use home::serve;
pub use near::{Near, named, reached, visit};

use super::Ask;
use super::cell::{self, Cell, Head};
use crate::node::{self, Node};
use drust_fabric::{Lane, Mode, Part, schedule};
use drust_heap::Fixed;
use drust_proto::Address;
use drust_proto::sharing::Family;
use drust_proto::sharing::word::{Kind, Op};
use std::fmt;
use std::panic::Location;
use std::sync::atomic::AtomicU64;

/// Words of one message to read or write many.
pub const RUN: usize = 4096;

/// The beginning of a row of words, which lie behind it.
#[repr(C)]
#[derive(Debug)]
pub struct Row {
    head: Head,
    kind: Kind,
    len: u32,
}

/// Bytes of a word in its row, whatever its type.
const WORD: usize = 8;
const _: () = assert!(size_of::<Row>() == WORD);

// SAFETY: it begins with its head, and nobody writes it after it was made; the words behind it are atomic.
unsafe impl Cell for Row {}

/// Makes a row of this node, of so many words that are zero.
///
/// # Panics
/// There are 2^32 words or more.
#[must_use]
pub fn make(kind: Kind, len: usize) -> Fixed {
    let row =
        Row { head: Head::new(Family::Word), kind, len: u32::try_from(len).expect("fewer than 2^32 words a row") };
    cell::make_with_room(row, len * WORD)
}

/// Makes a row of one word of this node.
#[must_use]
pub fn make_one(kind: Kind, value: u64) -> Fixed {
    debug_assert!(kind.holds(value));
    let row = make(kind, 1);
    // SAFETY: the row is this thread's alone, and has one word.
    let word = unsafe { reach(row, 0) }.expect("it is at home");
    // SAFETY: as above; a word has 8 bytes, of which the first are its value.
    unsafe {
        match kind {
            Kind::Bool => word.cast::<u8>().write(value as u8),
            Kind::I32 | Kind::U32 => word.cast::<u32>().write(value as u32),
            Kind::I64 | Kind::U64 => word.write(value),
        }
    }
    row
}

/// The address of a word.
#[inline]
#[must_use]
pub fn address_of(row: Fixed, index: usize) -> Address {
    Address::inside(row.address().word() + ((index + 1) * WORD) as u64)
}

/// Where a word can be reached by instructions of this node's own: at home, and where its home's partition is mapped.
/// 1 direct read, if it is not at home.
///
/// # Safety
/// `row` is live, and has a word of that index. What is found is used atomically, in the size of its type, and not
/// after the row's end.
#[inline]
#[must_use]
pub unsafe fn reach(row: Fixed, index: usize) -> Option<*mut u64> {
    // SAFETY: the caller's promise.
    let row = unsafe { cell::reach::<Row>(row, (index + 2) * WORD) }?;
    // SAFETY: the words follow the row's beginning, in the same slot.
    Some(unsafe { row.cast::<u64>().add(index + 1) })
}

/// To be called before an operation takes effect: what this node has told others is done then.
#[inline]
pub fn begin() {
    schedule::pass();
    node::here().await_one_ways();
}

/// To be called before an operation that may take effect later.
#[inline]
pub fn begin_later() {
    schedule::pass();
}

/// What is waited for where a word is asked for.
struct Word {
    at: Address,
    by: &'static Location<'static>,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an atomic word of node {}, used at {}", self.at.home(), self.by)
    }
}

/// Has the home carry out an operation on one word; what was there before. 1 request, 1 reply.
///
/// The row is live, and its home is another node.
#[track_caller]
pub fn ask(row: Fixed, index: usize, op: Op, a: u64, b: u64) -> u64 {
    let at = address_of(row, index);
    let (reply, _) = node::here().ask_word(at, op, (0, a, b), &[], Location::caller());
    reply
}

/// The values of `count` words from `index` on, of another node's row. 1 request and 1 reply for each [`RUN`].
///
/// # Panics
/// The home answers with others than were asked for.
#[track_caller]
pub fn read(row: Fixed, index: usize, count: usize, mut each: impl FnMut(u64)) {
    let node = node::here();
    for from in (0..count).step_by(RUN) {
        let run = RUN.min(count - from);
        let at = address_of(row, index + from);
        let (_, body) = node.ask_word(at, Op::Read, (run as u32, 0, 0), &[], Location::caller());
        // SAFETY: answers are sent from initialised bytes.
        let (words, rest) = unsafe { body.bytes().assume_init_ref() }.as_chunks::<WORD>();
        if words.len() != run || !rest.is_empty() {
            node.refuse(at.home(), format!("{} words where {run} were asked for", words.len()));
        }
        words.iter().for_each(|word| each(u64::from_le_bytes(*word)));
    }
}

/// Takes the value of a row of one word, which ends. 1 request, 1 reply where it is another node's.
///
/// # Safety
/// The row is live and of this kind; its caller owns it and gives it up.
#[track_caller]
#[must_use]
pub unsafe fn take(row: Fixed, kind: Kind) -> u64 {
    begin();
    let node = node::here();
    if row.address().home() == node.rank() {
        // SAFETY: the caller's promise.
        let word = unsafe { reach(row, 0) }.expect("it is at home");
        // SAFETY: it is a live word of that kind.
        let value = unsafe { home::carry_out(word, kind, Op::Load, 0, 0) }.expect("a load is lawful");
        // SAFETY: the caller gives it up.
        unsafe { end(row) };
        return value;
    }
    node.ask_word(address_of(row, 0), Op::Take, (0, 0, 0), &[], Location::caller()).0
}

/// Ends a row; never waits. 1 one-way, if it is another node's.
///
/// # Safety
/// As for [`take`].
pub unsafe fn end(row: Fixed) {
    let node = node::here();
    let home = row.address().home();
    if node.has_ended() {
        return;
    }
    node.flush_additions_to(home);
    if home == node.rank() {
        let found = cell::find(node, row.address(), Family::Word).expect("a row of this node");
        // SAFETY: the caller gives it up, and it is this node's.
        return unsafe { cell::free(node, found) };
    }
    let ask = about(row.address(), Op::End, (0, 0, 0));
    node.tell_share(home, Lane::Small, ask, &[], Mode::Defer);
}

fn about(address: Address, op: Op, (number, a, b): (u32, u64, u64)) -> Ask {
    Ask { family: Family::Word, op: op as u16, number, id: 0, address, a, b }
}

impl Node {
    fn ask_word(
        &'static self,
        at: Address,
        op: Op,
        operands: (u32, u64, u64),
        body: &[Part<'_>],
        by: &'static Location<'static>,
    ) -> (u64, crate::arrival::Body) {
        let (reply, body) = self.ask_share(at.home(), about(at, op, operands), body, &Word { at, by });
        (reply.a, body)
    }
}

/// Adds to a word without waiting, wrapping around; done when this thread next lets others go on. Batched, 1 one-way
/// for 512 to one node; where the word can be reached, an instruction.
///
/// # Safety
/// As for [`reach`]; the words are of 64 bits.
#[inline]
pub unsafe fn add(row: Fixed, index: usize, delta: u64) {
    schedule::pass();
    // SAFETY: the caller's promise.
    match unsafe { reach(row, index) } {
        Some(word) => {
            // SAFETY: the word is live and used atomically.
            unsafe { AtomicU64::from_ptr(word) }.fetch_add(delta, std::sync::atomic::Ordering::Relaxed);
        }
        None => add_afar(row, index, delta),
    }
}

/// As [`add`], to a word of another node, whatever its type, if it counts: of 32 bits the lower half is added.
///
/// The row is live.
#[inline]
pub fn add_afar(row: Fixed, index: usize, delta: u64) {
    node::here().add_afar(address_of(row, index), delta);
}

#[cfg(test)]
mod tests;
