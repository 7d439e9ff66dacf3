//! The home's part of counting: the ledgers of its values, and what other nodes ask and tell.
//!
//! On serving threads: nothing here waits or runs user code. Values whose end is seen, by a user's `Drop` or since they
//! hold counted handles, go to whoever gave the last weight back, who waits for them.

use super::header::{Header, Which, offset};
use super::journal;
use crate::arrival::Body;
use crate::failure;
use crate::fetch::pack_out;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::serve::for_a_peer;
use crate::sharing::{Ask, Reply, cell};
use crate::task::run_aside;
use drust_heap::trace::Image;
use drust_proto::sharing::Family;
use drust_proto::sharing::count::{HomeEvent, Illegal, Ledger, MINT, Op};
use drust_proto::{Address, Rank};
use std::ptr::NonNull;

/// Outcomes of an answer.
pub(super) const REFUSED: u8 = 0;
/// What was asked for was granted.
pub(super) const GRANTED: u8 = 1;
/// The values are in the answer.
pub(super) const GIVEN: u8 = 2;

/// In the number of a claim: weak handles are in its way too.
pub(super) const ALONE: u32 = 2;

impl Node {
    /// A step of a ledger, and the count that it changes: what was minted, and whether the count fell to 0.
    ///
    /// # Errors
    /// It cannot be.
    pub(super) fn try_ledger(
        &self,
        header: &Header,
        address: Address,
        which: Which,
        event: HomeEvent,
    ) -> Result<(u64, bool), Illegal> {
        self.sharing().count.ledgers.with(address, |record| {
            let mut ledgers = record.unwrap_or_default();
            let step = ledgers.of(which).step(event)?;
            *ledgers.of(which) = step.ledger;
            *record = (ledgers.strong != Ledger::NONE || ledgers.weak != Ledger::NONE).then_some(ledgers);
            let last = match step.count {
                0 => false,
                1 => {
                    header.up(which);
                    false
                }
                _ => header.down(which),
            };
            Ok((step.minted, last))
        })
    }

    pub(super) fn ledger(&self, header: &Header, address: Address, which: Which, event: HomeEvent) -> (u64, bool) {
        let step = self.try_ledger(header, address, which, event);
        step.unwrap_or_else(|illegal| failure::end(&format!("{event:?} of {address:?}: {illegal}")))
    }
}

/// Serves what a peer says about a counted value.
///
/// # Errors
/// It makes no sense.
pub(crate) fn serve(node: &'static Node, from: Rank, ask: Ask, body: &Body) -> Sense {
    let op = Op::from_u16(ask.op).ok_or_else(|| format!("operation {} of a counted value", ask.op))?;
    let which = match ask.number & 1 {
        0 => Which::Strong,
        _ => Which::Weak,
    };
    if !body.bytes().is_empty() || (ask.id == 0) && op != Op::Give || ask.number > ALONE {
        return Err(format!("{op:?} that is not as such are").into());
    }
    if op == Op::Sum && ask.address.home() != node.rank() {
        let balance = node.sharing().count.accounts.with(ask.address, |record| match record {
            Some(accounts) => accounts.of(which).balance(),
            None => 0,
        });
        node.answer_share(from, ask.id, Reply { b: balance.cast_unsigned(), ..Reply::default() }, &[]);
        return Ok(());
    }
    let head = cell::find(node, ask.address, Family::Count)?;
    // SAFETY: a cell of this family begins with a header, and partitions stay. What keeps it is checked below.
    let header: &'static Header = unsafe { head.cast::<Header>().as_ref() };
    match op {
        Op::Acquire if header.count(which) == 0 => Err("weight is asked for values that have ended".into()),
        Op::Acquire => grant(node, from, &ask, header, which),
        Op::Upgrade => upgrade(node, from, &ask, header),
        Op::Give => take_back(node, from, &ask, header, which),
        Op::Claim => claim(node, from, &ask, header),
        Op::Sum => {
            let handles = handles_afar_too(node, header, ask.address, which);
            node.answer_share(from, ask.id, Reply { b: handles.cast_unsigned(), ..Reply::default() }, &[]);
            Ok(())
        }
    }
}

fn grant(node: &Node, from: Rank, ask: &Ask, header: &Header, which: Which) -> Sense {
    let (a, _) = node.try_ledger(header, ask.address, which, HomeEvent::Granted { mint: MINT })?;
    node.answer_share(from, ask.id, Reply { outcome: GRANTED, a, ..Reply::default() }, &[]);
    Ok(())
}

fn upgrade(node: &'static Node, from: Rank, ask: &Ask, header: &'static Header) -> Sense {
    if !header.try_up() {
        node.answer_share(from, ask.id, Reply { outcome: REFUSED, ..Reply::default() }, &[]);
        return Ok(());
    }
    // Counted once for the time of this call, so that nobody else's drop ends the values meanwhile.
    let granted = grant(node, from, ask, header, Which::Strong);
    let last = header.down(Which::Strong);
    debug_assert!(!last, "weight is out");
    granted
}

fn take_back(node: &'static Node, from: Rank, ask: &Ask, header: &'static Header, which: Which) -> Sense {
    let (weight, balance) = (u128::from(ask.a), ask.b.cast_signed());
    let (_, last) = node.try_ledger(header, ask.address, which, HomeEvent::Given { weight, balance })?;
    let asked = ask.id != 0;
    match which {
        Which::Strong if last && asked => {
            hand_over(node, from, ask.id, header);
            return Ok(());
        }
        // Who gives such weight back waits for the answer. So this is a part of more than one message holds, and the
        // last has overtaken it; then nobody is left who could wait.
        Which::Strong if last && header.descriptor().end_is_seen() => {
            // SAFETY: the last weight is back, and no handle is left.
            run_aside(node, move || unsafe { header.end() });
        }
        // SAFETY: as above; only drust's own code runs.
        Which::Strong if last => for_a_peer(|| unsafe { header.end() }),
        // SAFETY: as above.
        Which::Weak if last => unsafe { cell::free(node, NonNull::from(header).cast()) },
        _ => {}
    }
    if asked {
        node.answer_share(from, ask.id, Reply { outcome: REFUSED, ..Reply::default() }, &[]);
    }
    Ok(())
}

/// Gives the values away, if the asker has the only strong handle of all, and no weak one is in the way.
fn claim(node: &'static Node, from: Rank, ask: &Ask, header: &'static Header) -> Sense {
    let weight = u128::from(ask.a) | u128::from(ask.b) << 64;
    let alone = ask.number & ALONE != 0;
    let agreed = node.sharing().count.ledgers.with(ask.address, |record| {
        let Some(ledgers) = record else { return false };
        let sole = ledgers.strong.is_sole(weight, header.count(Which::Strong)) && (!alone || header.is_alone());
        if !sole || !header.take_last() {
            return false;
        }
        ledgers.strong = Ledger::NONE;
        if ledgers.weak == Ledger::NONE {
            *record = None;
        }
        true
    });
    if agreed {
        hand_over(node, from, ask.id, header);
    } else {
        node.answer_share(from, ask.id, Reply { outcome: REFUSED, ..Reply::default() }, &[]);
    }
    Ok(())
}

/// Sends values that have no handle any more to who had the last.
fn hand_over(node: &'static Node, to: Rank, id: u64, header: &'static Header) {
    let descriptor = header.descriptor();
    journal::ended(header.values(), offset(descriptor.align()));
    // The ends of this node's own handles were releases: what was told before them is done when the asker hears that it
    // is alone.
    let aside = descriptor.takes_counted() || node.owes_others();
    let send = move || {
        let mut image = Image::new();
        // SAFETY: nobody else may use the values, which are at home here and leave.
        unsafe {
            pack_out(node, &mut image, header.values(), descriptor, header.elements());
            // Before the answer: who has it may look at what still lives here.
            header.let_go();
        }
        if aside {
            node.await_one_ways();
        }
        node.answer_share(to, id, Reply { outcome: GIVEN, ..Reply::default() }, &[image.bytes().into()]);
    };
    if aside { run_aside(node, send) } else { send() }
}

/// The handles at home, and those elsewhere as far as the home has been told.
pub(super) fn handles_afar_too(node: &Node, header: &Header, address: Address, which: Which) -> i64 {
    let ledger = node.sharing().count.ledgers.with(address, |record| match record {
        Some(ledgers) => *ledgers.of(which),
        None => Ledger::NONE,
    });
    let held = u64::from(ledger.out() > 0);
    let shared = u64::from(which == Which::Weak && header.count(Which::Strong) > 0);
    header.count(which).saturating_sub(held + shared).cast_signed() + ledger.afar()
}
