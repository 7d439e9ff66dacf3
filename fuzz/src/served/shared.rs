//! What peers say about what a node shares: of every kind there is one, some in use, and the peer says anything.
//!
//! It may take what it names: a lock's token, the last weight of a count, the end of a word. So nothing here is used
//! again, and what is left of it is left where it is.

use crate::dice::Dice;
use crate::member::speech::{NO_CODE, message};
use crate::tally::Tally;
use crate::targets::ensure;
use drust::sync::atomic::AtomicU64;
use drust::sync::{Arc, Barrier, Condvar, Mutex, Once, OnceLock, Resident, RwLock, mpsc};
use drust_proto::control::Op;
use drust_proto::sharing::Family;
use drust_proto::wire::Frame;
use drust_proto::{Address, Rank};
use drust_runtime::fuzz_doors::Bench;
use std::mem::{ManuallyDrop, MaybeUninit};

/// The most messages of one case.
const MESSAGES: usize = 40;
/// No family has more operations.
const OPS: usize = 24;

/// Tells the node anything about what it shares: it is done, or refused with a reason.
pub fn case(bench: &Bench, peer: Rank, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
    let things = made(dice);
    for _ in 0..dice.roll(MESSAGES) {
        let bytes = anything(dice, &things);
        tally.add(match bench.tell(peer, &bytes) {
            Ok(()) => "shared, taken",
            Err(why) => ensure(!why.is_empty(), || "a refusal says nothing".into()).map(|()| "shared, refused")?,
        });
    }
    let _ = bench.said();
    Ok(())
}

/// Something shared: its rules, and where it may be.
type Thing = (Family, Address);

/// One of each kind, left alone for good.
fn made(dice: &mut Dice) -> Vec<Thing> {
    let mut things = Vec::new();
    let arc = Arc::new(7_u64);
    keep(&mut things, Family::Count, Arc::downgrade(&arc));
    keep(&mut things, Family::Count, arc);
    let (mutex, lock) = (Mutex::new(7_u64), RwLock::new(7_u64));
    if dice.one_in(2) {
        std::mem::forget(mutex.lock());
        std::mem::forget(lock.read());
    }
    keep(&mut things, Family::Lock, mutex);
    keep(&mut things, Family::RwLock, lock);
    keep(&mut things, Family::Board, Condvar::new());
    keep(&mut things, Family::Turn, Barrier::new(3));
    keep(&mut things, Family::Turn, Once::new());
    keep(&mut things, Family::Turn, OnceLock::<u64>::new());
    keep(&mut things, Family::Word, AtomicU64::new(7));
    keep(&mut things, Family::Grant, Resident::new(7_u64));
    let (sender, receiver) = mpsc::channel::<u64>();
    let (bounded, last) = mpsc::sync_channel::<u64>(dice.roll(3));
    let _ = sender.send(7);
    keep(&mut things, Family::Channel, sender);
    keep(&mut things, Family::Channel, receiver);
    keep(&mut things, Family::Channel, bounded);
    keep(&mut things, Family::Channel, last);
    things
}

/// Notes what may be addresses among the words of a handle.
fn keep<T>(things: &mut Vec<Thing>, family: Family, thing: T) {
    let thing = ManuallyDrop::new(thing);
    let place = (&raw const *thing).cast::<MaybeUninit<u64>>();
    for at in 0..size_of::<T>() / size_of::<u64>() {
        // SAFETY: the word lies inside the value, whose handles are whole words; padding is not looked at.
        let word = unsafe { place.add(at).read().assume_init() };
        if word != 0 && word >> 48 == 0 {
            things.push((family, Address::from_word(word)));
        }
    }
}

fn anything(dice: &mut Dice, things: &[Thing]) -> Vec<u8> {
    let (mut family, mut address) = dice.pick(things);
    if dice.one_in(8) {
        family = dice.pick(&Family::ALL);
    }
    if dice.one_in(8) {
        address = Address::inside(dice.extreme());
    }
    let known = if family == Family::Channel || family == Family::Word { OPS } else { OPS / 3 };
    let op = if dice.one_in(16) { dice.extreme() as u16 } else { 1 + dice.roll(known) as u16 };
    let small = |dice: &mut Dice| if dice.one_in(2) { dice.roll(4) as u64 } else { dice.extreme() };
    let len = dice.pick(&[0, 0, 8, 8, 16, 24, 40]);
    let (number, id) = (small(dice) as u32, small(dice));
    let (mut a, b) = (small(dice), small(dice));
    if family == Family::Grant || family == Family::Migrate {
        // A member could name any code of the program, and would be believed.
        a |= NO_CODE;
    }
    if family == Family::Control && op == Op::Queue as u16 && a == 1 {
        // A member may say that its queue is full, for ever, and this node would wait before it sends it anything more.
        a = 0;
    }
    let body = dice.bytes(len);
    message(&Frame::Share { family, op, number, id, address, a, b, len: len as u64 }, &body)
}
