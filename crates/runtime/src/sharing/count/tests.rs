//! What peers say about counted values: done where it makes sense, refused with the reason where it makes none.

use super::*;
use crate::arrival::unpack;
use crate::memory::allocate_or_end;
use crate::stub::{self, Bench, message};
use drust_heap::trace::{Found, Image};
use drust_heap::{Facts, Targets};
use drust_proto::Partition;
use drust_proto::sharing::Family;
use drust_proto::sharing::count::{MINT, Op};
use drust_proto::wire::{FetchMode, Frame, FreeRecord};
use std::mem::{ManuallyDrop, MaybeUninit};

fn share(op: u16, id: u64, number: u32, address: Address, operands: (u64, u64), body: &[u8]) -> Vec<u8> {
    stub::share(Family::Count, op, id, number, address, operands, body)
}

fn does(bench: &Bench, op: Op, id: u64, number: u32, address: Address, operands: (u64, u64)) {
    bench.says(&share(op as u16, id, number, address, operands, &[])).unwrap();
}

fn made(value: u64) -> Counted {
    let counted = Counted::make::<u64>(1);
    // SAFETY: the slot was made for it.
    unsafe { counted.peek().cast::<u64>().write(value) };
    counted
}

fn strong(counted: &Counted) -> u64 {
    counted.header::<u64>().expect("it is at home").count(Which::Strong)
}

const STRONG: u32 = 0;
const WEAK: u32 = 1;
const ALONE: u32 = 2;

#[test]
fn weight_is_granted_and_taken_back() {
    let bench = Bench::new();
    let mut counted = made(5);
    let at = counted.address();
    does(&bench, Op::Acquire, 7, STRONG, at, (0, 0));
    does(&bench, Op::Upgrade, 7, STRONG, at, (0, 0));
    does(&bench, Op::Acquire, 7, WEAK, at, (0, 0));
    assert_eq!(strong(&counted), 2, "weight is out");
    bench.refuses(&share(Op::Give as u16, 0, STRONG, at, (2 * MINT + 1, 0), &[]), "comes back and only");
    bench.refuses(&share(Op::Give as u16, 0, STRONG, at, (0, 0), &[]), "no weight comes");
    bench.refuses(&share(Op::Give as u16, 0, STRONG, at, (2 * MINT, 1), &[]), "1 handles are not");
    bench.refuses(&share(Op::Give as u16, 0, WEAK, at, (MINT, u64::MAX), &[]), "-1 handles are not");
    does(&bench, Op::Give, 0, STRONG, at, (MINT, 0));
    assert_eq!(strong(&counted), 2);
    // SAFETY: the test owns the handle, and does not use it again.
    unsafe { counted.drop_strong::<u64>(1) };
    does(&bench, Op::Give, 0, STRONG, at, (MINT, 0));
    bench.refuses(&share(Op::Acquire as u16, 7, STRONG, at, (0, 0), &[]), "values that have ended");
    does(&bench, Op::Upgrade, 7, STRONG, at, (0, 0));
    does(&bench, Op::Give, 0, WEAK, at, (MINT, 0));
    bench.refuses(&share(Op::Acquire as u16, 7, WEAK, at, (0, 0), &[]), "nothing lives there");
}

#[test]
fn who_is_alone_is_given_the_values_and_nobody_else() {
    let bench = Bench::new();
    let mut counted = made(5);
    let at = counted.address();
    does(&bench, Op::Claim, 7, STRONG, at, (MINT, 0));
    does(&bench, Op::Acquire, 7, STRONG, at, (0, 0));
    does(&bench, Op::Claim, 7, STRONG, at, (MINT, 0));
    assert_eq!(strong(&counted), 2, "there is one at home");
    does(&bench, Op::Acquire, 7, WEAK, at, (0, 0));
    // SAFETY: the test owns the handle, and does not use it again.
    unsafe { counted.drop_strong::<u64>(1) };
    does(&bench, Op::Claim, 7, STRONG, at, (MINT - 1, 0));
    does(&bench, Op::Claim, 7, STRONG, at, (MINT, 1));
    does(&bench, Op::Claim, 7, ALONE, at, (MINT, 0));
    assert_eq!(strong(&counted), 1, "a weak one is there");
    does(&bench, Op::Claim, 7, STRONG, at, (MINT, 0));
    assert_eq!(strong(&counted), 0);
    does(&bench, Op::Claim, 7, STRONG, at, (MINT, 0));
    does(&bench, Op::Give, 7, WEAK, at, (MINT, 0));
    bench.refuses(&share(Op::Sum as u16, 7, STRONG, at, (0, 0), &[]), "nothing lives there");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bench = Bench::new();
    let counted = ManuallyDrop::new(made(5));
    let at = counted.address();
    for op in [0, 7, u16::MAX] {
        bench.refuses(&share(op, 7, STRONG, at, (0, 0), &[]), "of a counted value");
    }
    for op in [Op::Acquire, Op::Upgrade, Op::Claim, Op::Sum] {
        bench.refuses(&share(op as u16, 0, STRONG, at, (0, 0), &[]), "that is not as such are");
    }
    bench.refuses(&share(Op::Acquire as u16, 7, 3, at, (0, 0), &[]), "that is not as such are");
    bench.refuses(&share(Op::Acquire as u16, 7, STRONG, at, (0, 0), &[1]), "that is not as such are");
    let plain = allocate_or_end(Layout::new::<u64>(), u64::DESCRIPTOR).address;
    bench.refuses(&share(Op::Acquire as u16, 7, STRONG, plain, (0, 0), &[]), "is not shared");
    let inside = Address::inside(at.word() + 32);
    bench.refuses(&share(Op::Acquire as u16, 7, STRONG, inside, (0, 0), &[]), "nothing begins there");
    let other = Address::new(Partition(1), 64);
    bench.refuses(&share(Op::Acquire as u16, 7, STRONG, other, (0, 0), &[]), "is not of this node");
    assert_eq!(strong(&counted), 1);
}

#[test]
fn a_counted_value_is_read_by_peers_and_neither_moved_nor_freed() {
    let bench = Bench::new();
    let counted = ManuallyDrop::new(made(5));
    let at = counted.address();
    let fetch = |mode, address| {
        message(Frame::Fetch { id: 7, mode, descriptor: u64::DESCRIPTOR.id(), address, elements: 1 }, &[])
    };
    let values = Address::inside(at.word() + 32);
    bench.says(&fetch(FetchMode::Copy, values)).unwrap();
    bench.refuses(&fetch(FetchMode::Move, values), "an object moves as a whole");
    bench.refuses(&fetch(FetchMode::Move, at), "what lives there is shared");
    for address in [at, values] {
        for kind in [drust_proto::coherence::FreeKind::DropContents, drust_proto::coherence::FreeKind::MovedOut] {
            let free = FreeRecord { address, elements: 1, kind }.encode();
            assert!(bench.says(&message(Frame::FreeBatch { count: 1 }, &free)).is_err());
        }
    }
    assert_eq!(strong(&counted), 1);
}

/// A strong handle that arrives.
#[derive(Debug)]
struct Holder(Counted);

// SAFETY: the handle is noted, and there is nothing else.
unsafe impl Carry for Holder {
    const FACTS: Facts = Facts::COUNTED;

    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), strong_kind::<u64>());
    }

    fn targets(_: &mut Targets) {}
}

/// What lands of a handle of this slot that carries so much.
fn landed(address: Address, carried: usize) -> Result<Holder, drust_heap::trace::Refused> {
    let sent = Counted {
        ptr: AtomicPtr::new(std::ptr::without_provenance_mut(carried)),
        addr: address.word() | HOME,
        stamp: Stamp::RESERVED.0,
    };
    let mut image = Image::new();
    let room = image.grow(size_of::<Counted>(), align_of::<Counted>());
    // SAFETY: `grow` made the room, which is aligned as images are.
    unsafe { room.cast::<Counted>().write(sent) };
    let bytes: Vec<MaybeUninit<u8>> = image.bytes().to_vec();
    // SAFETY: it holds what a handle is when it arrives, honest or not.
    unsafe { unpack(&bytes, &mut Vec::new()) }
}

#[test]
fn handles_that_cannot_be_are_refused_as_they_land() {
    let bench = Bench::new();
    bench.node.enter();
    let counted = ManuallyDrop::new(made(5));
    let at = counted.address();
    let plain = allocate_or_end(Layout::new::<u64>(), u64::DESCRIPTOR).address;
    assert!(landed(at, 1).is_err(), "it carries nothing");
    assert!(landed(at, 3).is_err(), "nothing is out");
    assert!(landed(plain, 3).is_err(), "no counted value lives there");
    assert!(landed(Address::new(Partition(9), 64), 3).is_err(), "there is no such node");
    let lent = landed(at, 0).unwrap();
    assert!(lent.0.peek().is_null() && lent.0.header::<u64>().is_none(), "what is lent is counted nowhere");
    assert_eq!(strong(&counted), 1);
    does(&bench, Op::Acquire, 7, STRONG, at, (0, 0));
    let back = landed(at, 3);
    assert!(back.is_ok() && strong(&counted) == 3, "one more at home, and weight is out");
}
