//! The copy table: hits, single flight, budget and limit, promotion, failing fills, chains, threads.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]
#![cfg(not(loom))]

use drust_heap::copies::{Contents, Copies, Full, PinError};
use drust_heap::space::{Backing, Options, Space};
use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};
use std::alloc::Layout;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const WORD: Layout = Layout::new::<[u64; 2]>();

fn copies(budget: usize, limit: usize) -> Copies {
    let bytes = if cfg!(miri) { 16 << 20 } else { 1 << 30 };
    let options = Options { name: "copies", reserve: bytes, limit: bytes, backing: Backing::Private };
    Copies::new(Space::reserve(options).expect("addresses"), budget, limit)
}

fn key(stamp: u64, len: usize) -> CopyKey {
    let stamp = Stamp(stamp.try_into().expect("not zero"));
    CopyKey { stamp, address: Address::new(Partition(1), 64), len: len as u64, extent: Extent::Whole }
}

/// Pins 16 bytes that hold the stamp.
fn pin(copies: &Copies, stamp: u64) -> *const u64 {
    let fill = |place: NonNull<u8>| {
        // SAFETY: the place is ours to fill, aligned and long enough.
        unsafe { place.cast::<[u64; 2]>().write([stamp, !stamp]) };
        Ok::<(), Infallible>(())
    };
    copies.pin(key(stamp, 16), WORD, Contents::plain(1), fill).expect("room").ptr.as_ptr().cast()
}

fn read(ptr: *const u64) -> u64 {
    // SAFETY: the tests read what they have pinned.
    unsafe { ptr.read() }
}

fn release(copies: &Copies, ptr: *const u64) {
    // SAFETY: the tests release what they pinned, once.
    unsafe { copies.release(ptr.cast()) }
}

fn refuse(_: NonNull<u8>) -> Result<(), &'static str> {
    Err("refused")
}

fn is_there(copies: &Copies, stamp: u64) -> bool {
    match copies.pin(key(stamp, 16), WORD, Contents::plain(1), refuse) {
        Ok(pinned) => {
            release(copies, pinned.ptr.as_ptr().cast());
            true
        }
        Err(_) => false,
    }
}

#[test]
fn a_copy_is_filled_once_and_found_again() {
    let copies = copies(1 << 16, 1 << 16);
    let first = pin(&copies, 5);
    let second = pin(&copies, 5);
    assert_eq!((first, read(first)), (second, 5));
    assert!(copies.contains(first.cast()) && !copies.contains((&raw const copies).cast()));
    release(&copies, first);
    assert_eq!(read(second), 5, "still pinned");
    release(&copies, second);
    assert_eq!(pin(&copies, 5), first, "unpinned copies stay within the budget");
    let counters = copies.counters();
    assert_eq!((counters.hits, counters.misses, counters.entries), (2, 1, 1));
    assert_eq!((counters.held_bytes, counters.pinned_bytes), (16, 16));
    release(&copies, first);
    assert_eq!(copies.counters().pinned_bytes, 0);
}

#[test]
fn extent_length_and_address_tell_copies_apart() {
    let copies = copies(1 << 16, 1 << 16);
    let whole = key(5, 16);
    let keys = [
        whole,
        CopyKey { extent: Extent::Range, ..whole },
        CopyKey { len: 8, ..whole },
        CopyKey { address: Address::new(Partition(2), 64), ..whole },
    ];
    let places: Vec<_> = keys
        .iter()
        .map(|&key| {
            let layout = Layout::from_size_align(key.len as usize, 8).expect("a layout");
            copies.pin(key, layout, Contents::plain(1), |_| Ok::<(), Infallible>(())).expect("room").ptr
        })
        .collect();
    for (index, place) in places.iter().enumerate() {
        assert!(!places[..index].contains(place));
    }
}

#[test]
#[should_panic(expected = "a copy of another length")]
fn a_hit_of_another_length_is_caught() {
    let copies = copies(1 << 16, 1 << 16);
    pin(&copies, 5);
    let _ = copies.pin(key(5, 16), Layout::new::<u64>(), Contents::plain(1), refuse);
}

#[test]
fn copies_take_their_alignment() {
    let copies = copies(1 << 23, 1 << 23);
    for align in [8, 64, 4096, 65536, 2 << 20] {
        let layout = Layout::from_size_align(100, align).expect("a layout");
        let pinned = copies.pin(key(align as u64, 100), layout, Contents::plain(1), |_| Ok::<(), Infallible>(()));
        assert_eq!(pinned.expect("room").ptr.addr().get() % align, 0);
    }
}

#[test]
fn eight_threads_fill_once() {
    let copies = copies(1 << 20, 1 << 20);
    let rounds = if cfg!(miri) { 3 } else { 200 };
    let (fills, barrier) = (AtomicUsize::new(0), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for stamp in 1..=rounds {
                    barrier.wait();
                    let fill = |place: NonNull<u8>| {
                        fills.fetch_add(1, Ordering::Relaxed);
                        thread::yield_now();
                        // SAFETY: the place is ours to fill.
                        unsafe { place.cast::<[u64; 2]>().write([stamp; 2]) };
                        Ok::<(), Infallible>(())
                    };
                    let pinned = copies.pin(key(stamp, 16), WORD, Contents::plain(1), fill).expect("room");
                    assert_eq!(read(pinned.ptr.as_ptr().cast()), stamp);
                    release(&copies, pinned.ptr.as_ptr().cast());
                }
            });
        }
    });
    assert_eq!(fills.into_inner() as u64, rounds);
    let counters = copies.counters();
    assert_eq!((counters.hits, counters.misses, counters.pinned_bytes), (7 * rounds, rounds, 0));
}

#[test]
fn waiters_take_over_from_a_filler_that_fails_or_panics() {
    let copies = copies(1 << 16, 1 << 16);
    let refused = copies.pin(key(1, 16), WORD, Contents::plain(1), refuse);
    assert_eq!(refused, Err(PinError::Fill("refused")));
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let fill = |_: NonNull<u8>| -> Result<(), Infallible> {
                barrier.wait();
                thread::yield_now();
                panic!("planted")
            };
            catch_unwind(AssertUnwindSafe(|| copies.pin(key(1, 16), WORD, Contents::plain(1), fill)))
                .expect_err("panics");
        });
        barrier.wait();
        let taken_over = pin(&copies, 1);
        assert_eq!(read(taken_over), 1);
        release(&copies, taken_over);
    });
    let counters = copies.counters();
    assert_eq!((counters.entries, counters.held_bytes, counters.pinned_bytes), (1, 16, 0));
}

#[test]
#[cfg_attr(miri, ignore = "thousands of copies take minutes; their order is no matter of memory")]
fn the_longest_unused_goes_first() {
    let copies = copies(3200 * 16, 3200 * 16);
    let uses = [1..=3200, 1..=1600, 3201..=4000];
    uses.into_iter().flatten().for_each(|stamp| release(&copies, pin(&copies, stamp)));
    let counters = copies.counters();
    assert_eq!((counters.entries, counters.held_bytes, counters.evictions), (3200, 3200 * 16, 800));
    let lost: Vec<u64> = (1..=4000).filter(|&stamp| copies.take_idle(&key(stamp, 16)).is_none()).collect();
    assert_eq!(lost.len(), 800);
    assert!(lost.iter().all(|stamp| (1601..=3200).contains(stamp)), "each shard keeps what was used last");
}

#[test]
fn pinned_copies_stay_up_to_the_limit() {
    let copies = copies(160, 320);
    let held: Vec<_> = (1..=20).map(|stamp| (stamp, pin(&copies, stamp))).collect();
    let full = copies.pin(key(21, 16), WORD, Contents::plain(1), refuse);
    assert_eq!(full, Err(PinError::Full(Full { asked: 16, pinned: 320, limit: 320 })));
    let Err(PinError::Full(full)) = full else { unreachable!() };
    assert!(full.to_string().starts_with("no room for a copy of 16 bytes: 320 of 320 bytes allowed"));
    for &(stamp, ptr) in &held {
        assert_eq!(read(ptr), stamp);
        assert_eq!(pin(&copies, stamp), ptr, "a hit needs no room");
        release(&copies, ptr);
    }
    release(&copies, held[7].1);
    release(&copies, pin(&copies, 21));
    for &(stamp, ptr) in held.iter().filter(|&&(stamp, _)| stamp != 8) {
        assert_eq!(read(ptr), stamp);
        release(&copies, ptr);
    }
    copies.shrink_to(0);
    let counters = copies.counters();
    assert_eq!((counters.entries, counters.held_bytes, counters.pinned_bytes), (0, 0, 0));
    assert!(copies.space().live().is_empty());
}

#[test]
fn one_object_larger_than_the_budget_is_kept() {
    let copies = copies(1000, 1 << 20);
    let layout = Layout::from_size_align(100_000, 8).expect("a layout");
    let big = |stamp| copies.pin(key(stamp, 100_000), layout, Contents::plain(1), |_| Ok::<(), Infallible>(()));
    let first = big(1).expect("room");
    release(&copies, first.ptr.as_ptr().cast());
    let again = big(1).expect("room");
    assert_eq!((again.ptr, again.filled), (first.ptr, false));
    release(&copies, again.ptr.as_ptr().cast());
    release(&copies, big(2).expect("room").ptr.as_ptr().cast());
    assert_eq!(copies.counters().entries, 1);
    let layout = Layout::from_size_align(2 << 20, 8).expect("a layout");
    let larger = copies.pin(key(3, 2 << 20), layout, Contents::plain(1), refuse);
    assert!(matches!(larger, Err(PinError::Full(Full { asked: 0x20_0000, limit: 0x10_0000, .. }))));
}

#[test]
fn hints_are_filed_within_the_budget_only() {
    let copies = copies(160, 3200);
    let fill = |_: NonNull<u8>| Ok::<(), Infallible>(());
    assert!(copies.insert(key(1, 16), WORD, Contents::plain(1), fill));
    assert!(copies.insert(key(1, 16), WORD, Contents::plain(1), fill));
    assert!(is_there(&copies, 1));
    assert!(!copies.insert(key(2, 16), WORD, Contents::plain(1), refuse));
    let held: Vec<_> = (10..20).map(|stamp| pin(&copies, stamp)).collect();
    assert!(!is_there(&copies, 1), "it made room");
    assert!(!copies.insert(key(3, 16), WORD, Contents::plain(1), fill));
    assert_eq!(copies.counters().held_bytes, 160);
    held.into_iter().for_each(|ptr| release(&copies, ptr));
}

#[test]
fn a_writer_takes_a_copy_that_nobody_else_pins() {
    let copies = copies(1 << 16, 1 << 16);
    let ptr = pin(&copies, 1);
    // SAFETY: the copy is pinned.
    unsafe { copies.repin(ptr.cast()) };
    // SAFETY: the first of the two pins.
    assert!(unsafe { copies.release_for_write(ptr.cast()) }.is_none());
    // SAFETY: the second.
    let taken = unsafe { copies.release_for_write(ptr.cast()) }.expect("it was the last pin");
    assert_eq!((taken.ptr().as_ptr().cast_const().cast(), taken.layout(), taken.elements()), (ptr, WORD, 1));
    assert!(!is_there(&copies, 1), "nobody finds it");
    assert_eq!(read(ptr), 1, "the bytes stay until the end of it");
    assert_eq!(copies.counters().held_bytes, 16);
    drop(taken);
    assert_eq!(copies.counters().held_bytes, 0);

    assert!(copies.take_idle(&key(2, 16)).is_none());
    let ptr = pin(&copies, 2);
    assert!(copies.take_idle(&key(2, 16)).is_none(), "pinned");
    release(&copies, ptr);
    drop(copies.take_idle(&key(2, 16)).expect("unpinned"));
    assert!(copies.space().live().is_empty());
}

/// Reads copies whose first word is a pointer to another copy, or anything else.
unsafe fn next_of(first: *const u8, elements: usize, held: &mut Vec<*const u8>) {
    for element in 0..elements {
        // SAFETY: the tests fill such copies with pointers.
        held.push(unsafe { first.cast::<*const u8>().add(element).read() });
    }
}

fn pin_link(copies: &Copies, stamp: u64, next: *const u8) -> *const u8 {
    // SAFETY: the copy is filled with one pointer, which owns a pin if it points into the table.
    let contents = unsafe { Contents::new(1, Some(next_of)) };
    let fill = |place: NonNull<u8>| {
        // SAFETY: the place is ours to fill.
        unsafe { place.cast::<*const u8>().write(next) };
        Ok::<(), Infallible>(())
    };
    copies.pin(key(stamp, 8), Layout::new::<*const u8>(), contents, fill).expect("room").ptr.as_ptr()
}

#[test]
fn a_chain_of_a_million_copies_is_evicted_without_recursion() {
    let length = if cfg!(miri) { 100 } else { 1_000_000 };
    let copies = copies(1 << 26, 1 << 26);
    let mut next: *const u8 = (&raw const length).cast();
    for stamp in 1..=length {
        next = pin_link(&copies, stamp, next);
    }
    assert_eq!(copies.counters().pinned_bytes as u64, 16 * length);
    // SAFETY: the last link's pin; the others' are owned by the links before them.
    unsafe { copies.release(next) };
    assert_eq!(copies.counters().entries as u64, length);
    copies.shrink_to(0);
    let counters = copies.counters();
    assert_eq!((counters.entries, counters.held_bytes, counters.evictions), (0, 0, length));
}

#[test]
fn pins_inside_a_taken_copy_are_released_or_kept() {
    let copies = copies(1 << 16, 1 << 16);
    for keep in [false, true] {
        let inner = pin(&copies, 1);
        let outer = pin_link(&copies, 2, inner.cast());
        // SAFETY: the only pin of the outer copy.
        let taken = unsafe { copies.release_for_write(outer) }.expect("the last pin");
        if keep {
            taken.keep_pins();
        } else {
            drop(taken);
        }
        assert_eq!(copies.counters().pinned_bytes, if keep { 16 } else { 0 });
    }
}

#[test]
fn evicting_a_few_of_many_linked_copies_leaves_the_rest() {
    let copies = copies(1600, 3200);
    for stamp in 1..=100 {
        // SAFETY: pinned just now.
        unsafe { copies.release(pin_link(&copies, stamp, std::ptr::null())) };
    }
    release(&copies, pin(&copies, 500));
    let counters = copies.counters();
    assert_eq!((counters.entries, counters.evictions), (100, 1));
}

#[test]
fn threads_pin_release_and_take_at_random() {
    let copies = copies(4000, 1 << 16);
    let rounds = if cfg!(miri) { 60 } else { 40_000 };
    thread::scope(|scope| {
        for seed in 1..=4_u64 {
            let copies = &copies;
            scope.spawn(move || {
                let (mut dice, mut held) = (seed * 0x9E37_79B9, Vec::new());
                for _ in 0..rounds {
                    dice ^= dice << 13;
                    dice ^= dice >> 7;
                    dice ^= dice << 17;
                    let stamp = 1 + dice % 400;
                    match dice >> 32 & 7 {
                        0..4 if held.len() < 50 => held.push((stamp, pin(copies, stamp))),
                        4 => drop(copies.take_idle(&key(stamp, 16))),
                        5 => {
                            if let Some((stamp, ptr)) = held.pop() {
                                assert_eq!(read(ptr), stamp);
                                // SAFETY: our pin, given back once.
                                drop(unsafe { copies.release_for_write(ptr.cast()) });
                            }
                        }
                        _ if !held.is_empty() => {
                            let (stamp, ptr) = held.swap_remove(stamp as usize % held.len());
                            assert_eq!(read(ptr), stamp);
                            release(copies, ptr);
                        }
                        _ => {}
                    }
                }
                held.into_iter().for_each(|(_, ptr)| release(copies, ptr));
            });
        }
    });
    assert_eq!(copies.counters().pinned_bytes, 0);
    copies.shrink_to(0);
    assert_eq!(copies.counters().held_bytes, 0);
    assert!(copies.space().live().is_empty());
}
