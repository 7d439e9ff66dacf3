//! What is subtle between threads, explored by loom:
//! `RUSTFLAGS="--cfg loom" cargo test -p drust-heap --test loom --release`.
//!
//! Two threads (three where they fill) and no bound on preemptions: all interleavings, in a few seconds. The largest
//! size class keeps that small, having two slots to a magazine.
//! The bytes of slots are no loom objects, so each slot has a loom cell beside it that is written when the slot is
//! filled and read when it is read; loom reports two uses of it that no lock orders.
#![cfg(loom)]

use drust_heap::Handle;
use drust_heap::copies::{Contents, Copies};
use drust_heap::primitive::{Arc, Mutex, lock, thread};
use drust_heap::space::{Backing, Cache, Options, PAGE, Space};
use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};
use loom::cell::UnsafeCell;
use std::alloc::Layout;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ptr::NonNull;

fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.max_branches = 20_000;
    model.check(test);
}

fn space(pages: usize) -> Space {
    let bytes = pages * PAGE;
    Space::reserve(Options { name: "model", reserve: bytes, limit: bytes, backing: Backing::Private }).expect("memory")
}

/// The largest class: two slots to a magazine, eight to a span.
fn slot() -> Layout {
    Layout::from_size_align(32 << 10, 8).expect("a layout")
}

#[test]
fn magazines_change_hands_whole() {
    explore(|| {
        let space = Arc::new(space(8));
        let run = |space: &Space| {
            let mut cache = Cache::new();
            let mut take = || cache.alloc(space, slot(), 1).expect("room");
            let held = [take(), take(), take()];
            // SAFETY: allocated above, not used again.
            held.into_iter().for_each(|slot| unsafe { cache.free(space, slot, self::slot()) });
            let kept = cache.alloc(space, slot(), 1).expect("room");
            cache.drain(space);
            space.offset_of(kept.as_ptr())
        };
        let other = {
            let space = Arc::clone(&space);
            thread::spawn(move || run(&space))
        };
        let kept = BTreeSet::from([run(&space), other.join().expect("no panic")]);
        assert_eq!(kept.len(), 2, "one slot was handed to both");
        for offset in kept {
            // SAFETY: each was allocated above and is not used again.
            unsafe { space.free_at(NonNull::new(space.at(offset)).expect("inside")) };
        }
        space.trim();
        assert!(space.live().is_empty());
        assert_eq!(space.usage().allocated, 0);
    });
}

/// A table whose 16-byte slots each have a cell that loom watches.
struct Table {
    copies: Copies,
    cells: Vec<UnsafeCell<u64>>,
}

// SAFETY: the cells are the point of these tests: loom itself reports uses of them that are not ordered.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Send for Table {}

fn key(stamp: u64) -> CopyKey {
    let stamp = Stamp(stamp.try_into().expect("not zero"));
    CopyKey { stamp, address: Address::new(Partition(1), 64), len: 16, extent: Extent::Whole }
}

impl Table {
    fn new(budget: usize) -> Arc<Table> {
        let cells = (0..128).map(|_| UnsafeCell::new(0)).collect();
        Arc::new(Table { copies: Copies::new(space(2), budget, 1 << 12), cells })
    }

    fn cell(&self, place: *const u8) -> &UnsafeCell<u64> {
        let offset = self.copies.space().offset_of(place);
        &self.cells[offset / PAGE * 64 + offset % PAGE / 16]
    }

    fn try_pin(&self, stamp: u64, fails: bool) -> Option<*const u8> {
        let fill = |place: NonNull<u8>| {
            // SAFETY: the filler alone uses the slot; loom checks it.
            self.cell(place.as_ptr()).with_mut(|cell| unsafe { *cell = stamp });
            if fails { Err(()) } else { Ok(()) }
        };
        let pinned = self.copies.pin(key(stamp), Layout::new::<[u64; 2]>(), Contents::plain(1), fill).ok()?;
        // SAFETY: nobody writes while we have it pinned; loom checks it.
        self.cell(pinned.ptr.as_ptr()).with(|cell| assert_eq!(unsafe { *cell }, stamp));
        Some(pinned.ptr.as_ptr())
    }

    fn visit(&self, stamp: u64) {
        let ptr = self.try_pin(stamp, false).expect("room");
        self.release(ptr);
    }

    fn release(&self, ptr: *const u8) {
        // SAFETY: the tests release each pin once.
        unsafe { self.copies.release(ptr) }
    }

    fn ends_empty(&self) {
        assert_eq!(self.copies.counters().pinned_bytes, 0);
        self.copies.shrink_to(0);
        let counters = self.copies.counters();
        assert_eq!((counters.held_bytes, counters.entries), (0, 0));
        assert!(self.copies.space().live().is_empty());
    }
}

fn both(table: &Arc<Table>, mine: impl FnOnce(&Table), other: impl FnOnce(&Table) + Send + 'static) {
    let theirs = Arc::clone(table);
    let thread = thread::spawn(move || other(&theirs));
    mine(table);
    thread.join().expect("no panic");
}

#[test]
fn a_copy_is_filled_by_one() {
    explore(|| {
        let table = Table::new(1 << 10);
        let third = Arc::clone(&table);
        let third = thread::spawn(move || third.visit(1));
        both(&table, |table| table.visit(1), |table| table.visit(1));
        third.join().expect("no panic");
        let counters = table.copies.counters();
        assert_eq!((counters.misses, counters.hits, counters.entries), (1, 2, 1));
        table.ends_empty();
    });
}

#[test]
fn a_waiter_takes_over() {
    explore(|| {
        let table = Table::new(1 << 10);
        let failing = |table: &Table| {
            if let Some(ptr) = table.try_pin(1, true) {
                table.release(ptr);
            }
        };
        both(&table, |table| table.visit(1), failing);
        assert_eq!(table.copies.counters().entries, 1);
        table.ends_empty();
    });
}

#[test]
fn eviction_spares_the_pinned() {
    explore(|| {
        let table = Table::new(16);
        table.visit(1);
        let visits = |table: &Table| {
            table.visit(2);
            table.visit(1);
        };
        both(&table, |table| table.visit(1), visits);
        table.ends_empty();
    });
}

#[test]
fn a_writer_takes_only_what_nobody_reads() {
    explore(|| {
        let table = Table::new(1 << 10);
        let write = |table: &Table| {
            let ptr = table.try_pin(1, false).expect("room");
            // SAFETY: the pin taken above.
            if let Some(taken) = unsafe { table.copies.release_for_write(ptr) } {
                // SAFETY: the bytes are ours until `taken` ends; loom checks it.
                table.cell(taken.ptr().as_ptr()).with_mut(|cell| unsafe { *cell = 99 });
            }
        };
        both(&table, |table| table.visit(1), write);
        table.ends_empty();
    });
}

/// Reads the pin that the slot's own bytes hold, past loom: a function pointer reaches no table of cells.
unsafe fn held_by(first: *const u8, _: usize, held: &mut Vec<*const u8>) {
    // SAFETY: such copies are filled with a pointer.
    held.push(unsafe { first.cast::<*const u8>().read() });
}

#[test]
fn pins_inside_an_evicted_copy_are_given_back_once() {
    explore(|| {
        let table = Table::new(16);
        let inner = table.try_pin(1, false).expect("room");
        // SAFETY: the copy is filled with one pointer that owns the pin taken above.
        let contents = unsafe { Contents::new(1, Some(held_by)) };
        let fill = |place: NonNull<u8>| {
            // SAFETY: the place is ours to fill.
            unsafe { place.cast::<*const u8>().write(inner) };
            Ok::<(), Infallible>(())
        };
        let outer = table.copies.pin(key(2), Layout::new::<[u64; 2]>(), contents, fill).expect("room");
        let outer = outer.ptr.as_ptr().addr();
        let let_go = move |table: &Table| {
            let space = table.copies.space();
            table.release(space.at(outer - space.base().addr()));
            table.visit(3);
        };
        both(&table, |table| table.visit(1), let_go);
        table.ends_empty();
    });
}

/// Two readers of one handle find the value for themselves: one's place is filed, the other gives its pin back, and
/// both see the bytes that were there before.
#[test]
fn two_readers_pin_one_handle() {
    explore(|| {
        let handle = Arc::new(Handle::exposed(Address::new(Partition(1), 64), Stamp::from_word(7).expect("a stamp")));
        // The copy: its bytes, filled by whoever pins it first, and its pins.
        let copy = Arc::new((Mutex::new((false, 0_u32)), UnsafeCell::new(0_u32)));
        let read = |handle: &Handle, copy: &(Mutex<(bool, u32)>, UnsafeCell<u32>)| {
            if handle.peek().is_null() {
                let mut table = lock(&copy.0);
                if !table.0 {
                    // SAFETY: under the table's lock, and nobody was told of the copy yet.
                    copy.1.with_mut(|bytes| unsafe { *bytes = 5 });
                    table.0 = true;
                }
                table.1 += 1;
                drop(table);
                if handle.pin(NonNull::<u8>::dangling().as_ptr()).is_err() {
                    lock(&copy.0).1 -= 1;
                }
            }
            assert!(!handle.peek().is_null());
            // SAFETY: the handle's pointer was seen, so the bytes behind it are filled and not written again.
            assert_eq!(copy.1.with(|bytes| unsafe { *bytes }), 5);
        };
        let other = {
            let (handle, copy) = (handle.clone(), copy.clone());
            thread::spawn(move || read(&handle, &copy))
        };
        read(&handle, &copy);
        other.join().expect("the other reads too");
        assert_eq!(lock(&copy.0).1, 1, "one pin for the one handle that holds it");
    });
}

/// Whoever hands a handle's bits out clears PRIVATE first, however many do so at once.
#[test]
fn exposure_is_recorded_before_bits_leave() {
    explore(|| {
        let home = NonNull::<u8>::dangling().as_ptr();
        let stamp = Stamp::from_word(7).expect("a stamp");
        let handle = Arc::new(Handle::new_private(home, Address::new(Partition(0), 64), stamp));
        let expose = move |handle: &Handle| {
            let sent = handle.expose();
            assert!(!sent.is_private() && sent.peek().is_null() && sent.stamp() == stamp);
            assert!(!handle.is_private(), "cleared in the original before the bits are out");
        };
        let other = {
            let handle = handle.clone();
            thread::spawn(move || expose(&handle))
        };
        expose(&handle);
        other.join().expect("the other exposes too");
        assert_eq!(handle.peek(), home, "the home object is still where it was");
    });
}
