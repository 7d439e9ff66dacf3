//! What a home does with what its peers say about its words: found by its own metadata, changed atomically.

use super::near::ask_for;
use super::{RUN, Row, WORD};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::planted::{self, Fault};
use crate::sharing::cell::{self, Head};
use crate::sharing::{Ask, Reply};
use drust_proto::sharing::Family;
use drust_proto::sharing::word::{Illegal, Kind, Op};
use drust_proto::wire::{Addition, additions};
use drust_proto::{Address, Rank};
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// Words that a peer names.
struct Words {
    row: NonNull<Head>,
    kind: Kind,
    /// The offsets of the row's words.
    range: Range<u64>,
}

impl Words {
    /// Where the word at an offset is, if it is one of these.
    #[inline]
    fn at(&self, offset: u64) -> Option<*mut u64> {
        let inside = self.range.contains(&offset) && offset.is_multiple_of(WORD as u64);
        let start = self.range.start - WORD as u64;
        // SAFETY: the words lie in the row's slot.
        inside.then(|| unsafe { self.row.as_ptr().byte_add((offset - start) as usize).cast() })
    }
}

/// The row that a word is of.
fn find(node: &Node, word: Address) -> Sense<Words> {
    let (row, start) = cell::find_around(node, word, Family::Word)?;
    // SAFETY: a live cell of this family begins with a row, which nobody writes.
    let Row { kind, len, .. } = unsafe { row.cast::<Row>().as_ref() };
    let first = (start + WORD) as u64;
    Ok(Words { row, kind: *kind, range: first..first + u64::from(*len) * WORD as u64 })
}

/// A word, its type, and how many follow in its row, itself included.
fn find_word(node: &Node, address: Address) -> Sense<(*mut u64, Kind, usize)> {
    let words = find(node, address)?;
    let word = words.at(address.offset()).ok_or("no word is there")?;
    Ok((word, words.kind, ((words.range.end - address.offset()) / WORD as u64) as usize))
}

/// Does what a peer says about words of this node.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: &Body) -> Sense {
    let op = Op::from_u16(ask.op).ok_or("an operation on words that is none")?;
    // SAFETY: what is said about words is sent from initialised bytes.
    let bytes = unsafe { body.bytes().assume_init_ref() };
    if matches!(op, Op::AddMany | Op::End) != (ask.id == 0) {
        return Err(format!("{op:?} of words with the id {}", ask.id).into());
    }
    match op {
        Op::AddMany => return add_many(node, bytes),
        Op::End => return end(node, ask.address),
        Op::Read => return read(node, from, ask),
        Op::Take => {
            let (word, kind, _) = find_word(node, ask.address)?;
            let row = Address::inside(ask.address.word() - WORD as u64);
            cell::find(node, row, Family::Word).map_err(|_| "no row begins there")?;
            // SAFETY: it is a word of this node.
            let value = unsafe { carry_out(word, kind, Op::Load, 0, 0) }?;
            end(node, row)?;
            node.answer_share(from, ask.id, Reply { a: value, ..Reply::default() }, &[]);
        }
        _ => {
            let (word, kind, _) = find_word(node, ask.address)?;
            // SAFETY: it is a word of this node.
            let found = unsafe { carry_out(word, kind, op, ask.a, ask.b) }?;
            node.answer_share(from, ask.id, Reply { a: found, ..Reply::default() }, &[]);
        }
    }
    Ok(())
}

/// Carries out an operation on one word; what was there before.
///
/// # Safety
/// It is a live word of that type.
pub(super) unsafe fn carry_out(word: *mut u64, kind: Kind, op: Op, a: u64, b: u64) -> Result<u64, Illegal> {
    macro_rules! carry_out {
        ($atomic:ty, $int:ty) => {{
            // SAFETY: the caller's promise; all use of a word is atomic, in its type's size.
            let word = unsafe { <$atomic>::from_ptr(word.cast()) };
            let mut found = word.load(Ordering::SeqCst);
            loop {
                let Some(stored) = kind.step(u64::from(found), op, a, b)? else { return Ok(u64::from(found)) };
                // What a step stores is a value of the word's type.
                match word.compare_exchange_weak(found, stored as $int, Ordering::SeqCst, Ordering::SeqCst) {
                    Ok(found) => return Ok(u64::from(found)),
                    Err(other) => found = other,
                }
            }
        }};
    }
    match kind {
        Kind::Bool => carry_out!(AtomicU8, u8),
        Kind::I32 | Kind::U32 => carry_out!(AtomicU32, u32),
        Kind::I64 | Kind::U64 => carry_out!(AtomicU64, u64),
    }
}

/// Additions that are looked at before the first of them is carried out, so that their words are in the cache by then.
const AHEAD: usize = 16;

/// Adds to many words. Those of one row mostly follow each other, so that the last row is looked at first.
///
/// # Errors
/// An addition makes no sense; of those before it, some are done.
fn add_many(node: &Node, records: &[u8]) -> Sense {
    let lost = if planted::is_planted(Fault::Addition) { Addition::LEN } else { 0 };
    let records = &records[..records.len().saturating_sub(lost)];
    let mut last: Option<Words> = None;
    for run in records.chunks(AHEAD * Addition::LEN) {
        let mut found = [(NonNull::dangling(), Kind::U64, 0); AHEAD];
        let mut len = 0;
        for (addition, place) in additions(run, node.rank()).zip(&mut found) {
            let Addition { address, delta } = addition?;
            let offset = address.offset();
            let words = match last.take() {
                Some(words) if words.range.contains(&offset) => words,
                _ => find(node, address)?,
            };
            let word = words.at(offset).and_then(NonNull::new).ok_or("no word is there")?;
            ask_for(word);
            *place = (word, words.kind, delta);
            len += 1;
            last = Some(words);
        }
        for (word, kind, delta) in &found[..len] {
            // SAFETY: it is a live word of that type: rows end by messages too, and this one is not yet served.
            unsafe { add(word.as_ptr(), *kind, *delta) }?;
        }
    }
    Ok(())
}

/// Adds to one word.
///
/// # Safety
/// It is a live word of that type.
#[inline]
unsafe fn add(word: *mut u64, kind: Kind, delta: u64) -> Sense {
    match kind {
        Kind::I64 | Kind::U64 => {
            // SAFETY: the caller's promise; all use of a word is atomic, in its type's size.
            unsafe { AtomicU64::from_ptr(word) }.fetch_add(delta, Ordering::SeqCst);
        }
        kind => {
            // SAFETY: the caller's promise.
            unsafe { carry_out(word, kind, Op::Add, delta & u64::from(u32::MAX), 0) }?;
        }
    }
    Ok(())
}

fn read(node: &Node, from: Rank, ask: Ask) -> Sense {
    let (word, kind, left) = find_word(node, ask.address)?;
    let count = ask.number as usize;
    if count > left.min(RUN) {
        return Err(format!("a look at {count} words where {left} are").into());
    }
    let mut bytes = Vec::with_capacity(count * WORD);
    for index in 0..count {
        // SAFETY: so many words follow in the row.
        let value = unsafe { carry_out(word.add(index), kind, Op::Load, 0, 0) }?;
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    node.answer_share(from, ask.id, Reply::default(), &[bytes.as_slice().into()]);
    Ok(())
}

fn end(node: &Node, row: Address) -> Sense {
    let found = cell::find(node, row, Family::Word)?;
    // SAFETY: its owner has given it up, and it is this node's.
    unsafe { cell::free(node, found) };
    Ok(())
}
