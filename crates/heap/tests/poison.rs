//! Under AddressSanitizer each use of what the space counts as free ends the process with a report.
#![cfg(drust_asan)]

use drust_heap::copies::{Contents, Copies};
use drust_heap::space::{Backing, Cache, Options, Space};
use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};
use std::alloc::Layout;
use std::convert::Infallible;
use std::process::Command;

fn space() -> Space {
    let options = Options { name: "space", reserve: 1 << 26, limit: 1 << 26, backing: Backing::Private };
    Space::reserve(options).expect("addresses")
}

/// The child's part: reads a byte that it may not read.
#[test]
#[ignore = "breaks the rule that the other tests watch; they run it in a child"]
fn reads_what_is_free() {
    let (space, mut cache) = (space(), Cache::new());
    let layout = |size| Layout::from_size_align(size, 8).expect("a layout");
    let mut freed = |size| {
        let place = cache.alloc(&space, layout(size), 1).expect("room");
        // SAFETY: allocated just now; the caller reads it all the same.
        unsafe { cache.free(&space, place, layout(size)) };
        place.as_ptr().cast_const()
    };
    let place = match std::env::var("DRUST_TEST_PLACE").as_deref() {
        Ok("slot") => freed(40),
        Ok("large") => freed(1 << 20),
        Ok("unused") => freed(40).wrapping_add(1024),
        Ok("behind") => space.alloc(layout(40), 1).expect("room").as_ptr().wrapping_add(40),
        Ok("copy") => evicted(),
        other => panic!("no such place: {other:?}"),
    };
    // SAFETY: none; this is the read that must be reported.
    let byte = unsafe { std::hint::black_box(place).read_volatile() };
    println!("read {byte} unseen");
}

/// The place of a copy that was evicted; its table stays.
fn evicted() -> *const u8 {
    let copies = Box::leak(Box::new(Copies::new(space(), 1 << 20, 1 << 20)));
    let stamp = Stamp(9.try_into().expect("not zero"));
    let key = CopyKey { stamp, address: Address::new(Partition(1), 64), len: 8, extent: Extent::Whole };
    let fill = |_| Ok::<(), Infallible>(());
    let place = copies.pin(key, Layout::new::<u64>(), Contents::plain(1), fill).expect("room").ptr.as_ptr();
    // SAFETY: the only pin.
    unsafe { copies.release(place) };
    copies.shrink_to(0);
    place
}

#[track_caller]
fn is_reported(place: &str) {
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "reads_what_is_free", "--ignored", "--nocapture"]).env("DRUST_TEST_PLACE", place);
    let output = child.output().expect("a child");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("AddressSanitizer: use-after-poison"), "{said}");
}

#[test]
fn a_freed_slot_is_poisoned() {
    is_reported("slot");
}

#[test]
fn a_freed_large_object_is_poisoned() {
    is_reported("large");
}

#[test]
fn a_slot_that_was_never_handed_out_is_poisoned() {
    is_reported("unused");
}

#[test]
fn the_rest_of_a_slot_is_poisoned() {
    is_reported("behind");
}

#[test]
fn an_evicted_copy_is_poisoned() {
    is_reported("copy");
}
