//! The reader's side of grants: what this node keeps of shards that live elsewhere.
//!
//! Contract of a [`Record`]:
//!
//! 1. What is kept was lent under the grant that the seat holds, and is forgotten when that is returned.
//! 2. A thread that looks at something kept holds it by an `Arc` and is inside the seat until it has let go of it. So
//!    whoever returns the grant is the last owner, and no copy of what was lent outlives the return.
//! 3. A record stays while its seat is not vacant, or a thread asks.

use super::super::Ask;
use super::super::table::Spread;
use super::turn::Within;
use super::{Lodged, grants};
use crate::failure;
use crate::node::{self, Node};
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode};
use drust_heap::Fixed;
use drust_proto::sharing::Family;
use drust_proto::sharing::grant::{GrantFault, Op, Seat, SeatEvent, SeatStep};
use drust_proto::{Address, Rank};
use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::marker::PhantomData;
use std::sync::Arc;

/// Entries that are kept of one shard: when there are so many, all are forgotten, and the hot ones come back.
const MOST: usize = 4096;

/// What is kept of one shard.
#[derive(Default)]
pub(crate) struct Record {
    seat: Seat,
    /// Threads whose question is under way.
    asking: u32,
    entries: Entries,
}

type Entries = HashMap<u64, Arc<Lodged>, BuildHasherDefault<Spread>>;

/// What a node finds of an entry that it wants to read.
#[derive(Debug)]
pub enum Look<'a> {
    /// What it has kept under this hash.
    Kept(Inside<'a>),
    /// Nothing: the home is to be asked.
    Ask(Asking),
}

/// A question to a shard's home that is under way.
pub struct Asking {
    node: &'static Node,
    shard: Address,
}

/// What was lent, while it is looked at.
pub struct Inside<'a> {
    node: &'static Node,
    shard: Address,
    kept: Option<Arc<Lodged>>,
    _within: Within,
    borrows: PhantomData<&'a ()>,
}

/// Looks at a record; one that says nothing any more is forgotten.
fn with<R>(node: &'static Node, shard: Address, look: impl FnOnce(&mut Record) -> R) -> R {
    grants(node.sharing()).with(shard, |slot| {
        let record = slot.get_or_insert_default();
        let result = look(record);
        if record.asking == 0 && record.seat.is_vacant() {
            *slot = None;
        }
        result
    })
}

/// To be called before a shard that lives elsewhere is used: its home may have to wait until nobody looks at what was
/// kept of it.
///
/// # Panics
/// Where this thread is in the middle of that.
#[track_caller]
pub fn expect_outside(shard: Fixed) {
    Within::expect_none(shard.address().word() as usize);
}

/// Takes a step that this node's own threads cause, which is always allowed.
fn own(step: Result<SeatStep, GrantFault>) -> SeatStep {
    step.unwrap_or_else(|fault| failure::end(&format!("a shard's grant: {fault}")))
}

impl Look<'_> {
    /// Looks for what this node has kept of a shard under a hash.
    ///
    /// # Panics
    /// Where this thread is in the middle of looking at something kept of the shard, or of a function that uses it.
    #[must_use]
    #[track_caller]
    pub fn at<'a>(shard: Fixed, hash: u64) -> Look<'a> {
        let (node, shard) = (node::here(), shard.address());
        let within = Within::new(shard.word() as usize);
        let kept = with(node, shard, |record| {
            let kept = record.entries.get(&hash).cloned();
            if kept.is_some() && own(record.seat.step(SeatEvent::Look)) == SeatStep::Read {
                return kept;
            }
            record.asking += 1;
            None
        });
        match kept {
            Some(_) => Look::Kept(Inside { node, shard, kept, _within: within, borrows: PhantomData }),
            None => Look::Ask(Asking { node, shard }),
        }
    }

    /// Asks, whatever this node has kept.
    #[must_use]
    pub fn ask(shard: Fixed) -> Asking {
        let (node, shard) = (node::here(), shard.address());
        with(node, shard, |record| record.asking += 1);
        Asking { node, shard }
    }
}

impl Asking {
    /// Something was lent under a grant of this epoch: it is kept under the hash, and looked at. None where the grant
    /// has been recalled meanwhile: nobody may look at it, and the home is to be asked for a value of this node's own.
    #[must_use]
    pub fn lent<'a>(&self, epoch: u64, hash: u64, lodged: Lodged) -> Option<Inside<'a>> {
        let (node, shard) = (self.node, self.shard);
        let within = Within::new(shard.word() as usize);
        let kept = Arc::new(lodged);
        let (step, old) = with(node, shard, |record| {
            let step = record.seat.step(SeatEvent::Arrive { epoch });
            let mut old = Entries::default();
            if step == Ok(SeatStep::Keep) {
                if record.entries.len() >= MOST {
                    old = std::mem::take(&mut record.entries);
                }
                if let Some(same) = record.entries.insert(hash, kept.clone()) {
                    old.insert(hash, same);
                }
            }
            (step, old)
        });
        // Outside of the lock: what is forgotten gives pins back.
        drop(old);
        match step {
            Ok(SeatStep::Keep) => Some(Inside { node, shard, kept: Some(kept), _within: within, borrows: PhantomData }),
            Ok(_) => None,
            Err(fault) => node.refuse(shard.home(), format!("a grant of {shard:?}: {fault}")),
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        with(self.node, self.shard, |record| record.asking -= 1);
    }
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").field("shard", &self.shard).finish_non_exhaustive()
    }
}

impl Inside<'_> {
    /// Where what was lent is.
    #[inline]
    #[must_use]
    pub fn place(&self) -> *const u8 {
        self.kept.as_ref().map_or(std::ptr::null(), |kept| kept.place())
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // Contract 2: let go before leaving.
        drop(self.kept.take());
        let (step, entries) = with(self.node, self.shard, |record| {
            let step = own(record.seat.step(SeatEvent::Leave));
            (step, taken(record, step))
        });
        drop(entries);
        give_back(self.node, self.shard, step);
    }
}

impl fmt::Debug for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").field("shard", &self.shard).finish_non_exhaustive()
    }
}

/// What is to be forgotten with a step.
fn taken(record: &mut Record, step: SeatStep) -> Entries {
    if matches!(step, SeatStep::Return { .. }) { std::mem::take(&mut record.entries) } else { Entries::default() }
}

/// Returns the grant, if the step says so. What was kept under it has been forgotten.
fn give_back(node: &Node, shard: Address, step: SeatStep) {
    if let SeatStep::Return { epoch, hits } = step {
        let (op, family) = (Op::Return as u16, Family::Grant);
        let ask = Ask { family, op, number: 0, id: 0, address: shard, a: epoch, b: hits };
        // A serving thread may be the one that returns it.
        node.tell_share(shard.home(), Lane::Small, ask, &[], Mode::Defer);
    }
}

/// The home of a shard wants its grant back.
///
/// # Errors
/// It is not the home's to want, or not of this epoch.
pub(super) fn recalled(node: &'static Node, from: Rank, shard: Address, epoch: u64) -> Sense {
    if shard.home() != from {
        return Err(format!("a recall of {shard:?}, which is not its own").into());
    }
    let (step, entries) = with(node, shard, |record| {
        let step = record.seat.step(SeatEvent::Recall { epoch })?;
        Ok::<_, GrantFault>((step, taken(record, step)))
    })?;
    drop(entries);
    give_back(node, shard, step);
    Ok(())
}
