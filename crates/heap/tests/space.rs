//! The allocator against a model: no overlap, alignment, tags, limits, large objects, hostile offsets, threads.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]
#![cfg(not(loom))]

use drust_heap::space::{Backing, Cache, Cause, Mark, Options, PAGE, Slot, Space};
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::mpsc;
use std::thread;

const MIB: usize = 1 << 20;
const ROUNDS: usize = if cfg!(miri) { 240 } else { 40_000 };

fn space(reserve: usize, limit: usize, backing: Backing) -> Space {
    Space::reserve(Options { name: "test space", reserve, limit, backing }).expect("addresses")
}

fn at(space: &Space, offset: usize) -> NonNull<u8> {
    NonNull::new(space.at(offset)).expect("inside the space")
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a layout")
}

/// A small generator (xorshift), so that runs repeat.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }

    fn layout(&mut self) -> Layout {
        let size = match self.roll(100) {
            0..80 => 1 + self.roll(600),
            80..97 => 1 + self.roll(32 << 10),
            _ => 1 + self.roll(300 << 10),
        };
        let align = if self.roll(8) == 0 { 1 << self.roll(17) } else { 8 };
        layout(size, align)
    }
}

/// What ought to be live: start to layout and tag.
#[derive(Default)]
struct Model(BTreeMap<usize, (Layout, u32)>);

impl Model {
    fn add(&mut self, space: &Space, ptr: *mut u8, layout: Layout, tag: u32) {
        let start = space.offset_of(ptr);
        assert_eq!(ptr.addr() % layout.align(), 0, "{layout:?}");
        assert!(space.contains(ptr) && start + layout.size() <= space.len());
        let found = space.slot(start + layout.size() - 1).expect("live");
        assert_eq!((found.start, found.tag), (start, tag));
        assert!(found.size >= layout.size());
        if let Some((&before, _)) = self.0.range(..start).next_back() {
            let before = space.slot(before).expect("live");
            assert!(before.start + before.size <= start, "overlaps the slot before");
        }
        if let Some((&behind, _)) = self.0.range(start..).next() {
            assert!(start + found.size <= behind, "overlaps the slot behind");
        }
        self.0.insert(start, (layout, tag));
        // SAFETY: the slot was allocated with this layout just now and nobody else uses it.
        unsafe { ptr.write_bytes(tag as u8, layout.size()) };
    }

    fn remove(&mut self, space: &Space, start: usize) -> Layout {
        let (layout, tag) = self.0.remove(&start).expect("live");
        for at in [start, start + layout.size() - 1] {
            // SAFETY: `add` wrote all bytes of this slot, which is still live.
            assert_eq!(unsafe { space.at(at).read() }, tag as u8, "somebody wrote into a live slot");
        }
        layout
    }
}

fn against_the_model(backing: Backing) {
    let space = space(64 * MIB, 64 * MIB, backing);
    let (mut cache, mut model, mut dice) = (Cache::new(), Model::default(), Dice(0x9E37_79B9_7F4A_7C15));
    for round in 0..ROUNDS {
        let grow = model.0.len() < 40 + (round / 97 % 8) * ROUNDS / 100;
        if grow {
            let (layout, tag) = (dice.layout(), 1 + dice.roll(1000) as u32);
            let ptr = cache.alloc(&space, layout, tag).expect("room");
            model.add(&space, ptr.as_ptr(), layout, tag);
        } else {
            let nth = dice.roll(model.0.len());
            let start = *model.0.keys().nth(nth).expect("in range");
            let layout = model.remove(&space, start);
            // SAFETY: the model says that this slot is live and has this layout, and forgets it.
            unsafe {
                if dice.roll(2) == 0 {
                    cache.free(&space, at(&space, start), layout);
                } else {
                    cache.free_at(&space, at(&space, start));
                }
            }
            assert_eq!(space.slot(start), None);
        }
        if round % (ROUNDS / 8) == 0 {
            agree(&space, &model);
        }
    }
    for start in model.0.keys().copied().collect::<Vec<_>>() {
        let layout = model.remove(&space, start);
        // SAFETY: as above.
        unsafe { cache.free(&space, at(&space, start), layout) };
    }
    cache.drain(&space);
    space.trim();
    assert!(space.live().is_empty());
    assert_eq!((space.usage().allocated, space.usage().committed), (0, 0));
}

fn agree(space: &Space, model: &Model) {
    let mut expected = BTreeMap::<u32, usize>::new();
    for (_, tag) in model.0.values() {
        *expected.entry(*tag).or_default() += 1;
    }
    let counts: BTreeMap<u32, usize> = space.live().into_iter().map(|(tag, live)| (tag, live.count)).collect();
    assert_eq!(counts, expected);
    let (used, needed) = (space.usage().allocated, model.0.values().map(|(layout, _)| layout.size()).sum::<usize>());
    assert!(used >= needed && space.usage().committed >= used);
}

#[test]
fn private_memory_keeps_to_the_model() {
    against_the_model(Backing::Private);
}

#[test]
#[cfg_attr(miri, ignore = "there all regions are alike")]
fn shared_memory_keeps_to_the_model() {
    against_the_model(Backing::Shared);
}

#[test]
fn slots_are_reused() {
    let space = space(4 * MIB, 4 * MIB, Backing::Private);
    let mut cache = Cache::new();
    let of = layout(64, 8);
    for _ in 0..if cfg!(miri) { 4 } else { 200 } {
        let slots: Vec<_> = (0..300).map(|_| cache.alloc(&space, of, 9).expect("room")).collect();
        for slot in slots {
            // SAFETY: allocated above with this layout and not used again.
            unsafe { cache.free(&space, slot, of) };
        }
    }
    assert_eq!(space.usage().allocated, PAGE);
    cache.drain(&space);
}

#[test]
fn up_to_the_mark_pages_are_taken_and_beyond_it_free_slots() {
    let space = space(64 * MIB, MIB, Backing::Private);
    let (mut cache, of) = (Cache::new(), layout(1000, 8));
    let mut slots = Vec::new();
    while let Ok(slot) = cache.alloc_up_to(Mark::Full, &space, of, 1) {
        slots.push(slot);
    }
    let used = space.usage().allocated;
    assert!((MIB / 2..=MIB / 10 * 9).contains(&used), "{used}");
    let large = cache.alloc_up_to(Mark::Full, &space, layout(MIB / 4, 8), 1).expect_err("it is beyond the mark");
    assert_eq!(large.cause, Cause::Limit);
    slots.push(cache.alloc(&space, of, 1).expect("it is below the limit"));
    slots.push(cache.alloc_up_to(Mark::Full, &space, of, 1).expect("the page beyond has more slots"));
    for slot in slots {
        // SAFETY: allocated above and not used again.
        unsafe { cache.free(&space, slot, of) };
    }
    cache.drain(&space);
}

#[test]
fn the_limit_is_kept_and_named() {
    let space = space(64 * MIB, MIB, Backing::Shared);
    let of = layout(1000, 8);
    let mut slots = Vec::new();
    let full = loop {
        match space.alloc(of, 1) {
            Ok(slot) => slots.push(slot),
            Err(full) => break full,
        }
    };
    assert_eq!((full.asked, full.used, full.limit, full.cause), (1000, MIB, MIB, Cause::Limit));
    assert_eq!(
        full.to_string(),
        "out of memory in the test space: asked for 1000 bytes, 1048576 of 1048576 allowed are in use; raise its limit"
    );
    assert!(slots.len() * 1024 > MIB * 9 / 10);
    assert!(space.alloc(layout(100, 8), 1).is_err());
    for slot in slots.drain(..) {
        // SAFETY: allocated above and not used again.
        unsafe { space.free_at(slot) };
    }
    let large = space.alloc(layout(MIB, 8), 2).expect("all of it came back from the other class");
    // SAFETY: allocated above and not used again.
    unsafe { space.free_at(large) };
    let wide = space.alloc(layout(8, 4 * MIB), 1).expect_err("too wide");
    assert_eq!(wide.cause, Cause::Alignment);
    assert_eq!(space.alloc(layout(65 * MIB, 8), 1).expect_err("too long").cause, Cause::Reserve);
}

#[test]
fn large_objects_are_aligned_coalesced_and_tagged() {
    let space = space(32 * MIB, 32 * MIB, Backing::Private);
    let sizes = [(3 * MIB, 2 * MIB), (40 << 10, 8), (5 * MIB, 8), (100, 2 * MIB), (100 << 10, 64 << 10)];
    let made: Vec<_> = sizes
        .iter()
        .zip(1..)
        .map(|(&(size, align), tag)| {
            let ptr = space.alloc(layout(size, align), tag).expect("room").as_ptr();
            assert_eq!(ptr.addr() % align, 0);
            let start = space.offset_of(ptr);
            for inside in [0, size / 2, size - 1] {
                let size = size.next_multiple_of(PAGE);
                assert_eq!(space.slot(start + inside), Some(Slot { start, size, tag }));
            }
            ptr
        })
        .collect();
    for ptr in made {
        // SAFETY: allocated above and not used again.
        unsafe { space.free_at(at(&space, space.offset_of(ptr))) };
    }
    let all = space.alloc(layout(32 * MIB, 8), 1).expect("the runs were joined");
    assert_eq!(space.offset_of(all.as_ptr()), 0);
}

#[test]
#[cfg_attr(miri, ignore = "needs the system's memory files")]
fn freed_memory_goes_back_to_the_system() {
    for backing in [Backing::Private, Backing::Shared] {
        let space = space(128 * MIB, 64 * MIB, backing);
        let of = layout(64 * MIB, 8);
        for _ in 0..3 {
            let ptr = space.alloc(of, 1).expect("room").as_ptr();
            // SAFETY: all of it is ours until it is freed below, and not used after.
            unsafe {
                assert_eq!(ptr.add(40 * MIB).read(), 0, "a fresh page");
                ptr.write_bytes(7, of.size());
                space.free(at(&space, 0), of);
            }
            assert_eq!(space.usage().committed, 0);
            if let Some(file) = space.fd() {
                assert_eq!(rustix::fs::fstat(file).expect("a memory file").st_blocks, 0);
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "needs the system's memory files")]
fn a_small_program_stays_small() {
    let space = space(16 << 30, 8 << 30, Backing::Shared);
    for _ in 0..100 {
        space.alloc(layout(64, 8), 1).expect("room");
    }
    assert_eq!(space.usage().committed, PAGE);
    assert_eq!(space.len(), 16 << 30);
}

#[test]
#[cfg_attr(miri, ignore = "needs gibibytes of addresses")]
fn objects_of_5_gb_fit() {
    let size = 5_000_000_000;
    let space = space(16 << 30, 16 << 30, Backing::Private);
    let ptr = space.alloc(layout(size, 8), 3).expect("room").as_ptr();
    let start = space.offset_of(ptr);
    assert_eq!(space.slot(start + size - 1).map(|slot| (slot.start, slot.tag)), Some((start, 3)));
    // SAFETY: the object is ours; a single page of it is touched. It is not used after it is freed.
    unsafe {
        ptr.add(size - 1).write(1);
        space.free_at(at(&space, space.offset_of(ptr)));
    }
    assert_eq!(space.usage().committed, 0);
}

#[test]
#[cfg_attr(miri, ignore = "needs the system's memory files")]
fn a_peer_reads_what_the_home_writes() {
    let space = space(4 * MIB, 4 * MIB, Backing::Shared);
    let peer = drust_heap::space::Region::peer(space.fd().expect("shared"), space.len()).expect("mapped");
    let ptr = space.alloc(layout(8, 8), 1).expect("room").as_ptr();
    // SAFETY: both mappings show the same 8 live bytes, and this thread alone uses them.
    unsafe {
        ptr.cast::<u64>().write(42);
        assert_eq!(peer.base().add(space.offset_of(ptr)).cast::<u64>().read(), 42);
    }
}

#[test]
#[cfg_attr(miri, ignore = "needs the system's memory files")]
fn large_shared_objects_are_zero_and_their_memory_goes_back() {
    const SIZE: usize = 40 * MIB;
    let space = space(64 * MIB, 64 * MIB, Backing::Shared);
    let peer = drust_heap::space::Region::peer(space.fd().expect("shared"), space.len()).expect("mapped");
    for round in 1..=3_u8 {
        let ptr = space.alloc(layout(SIZE, 8), 1).expect("room").as_ptr();
        // SAFETY: both mappings show the same live bytes, and this thread alone uses them. They are read as zeros at
        // first alone, when they have just come from the system.
        unsafe {
            let seen = peer.base().add(space.offset_of(ptr));
            if round == 1 {
                assert!((0..SIZE).step_by(512).all(|at| seen.add(at).read() == 0));
            }
            (0..SIZE).step_by(512).for_each(|at| ptr.add(at).write(round));
            assert!((0..SIZE).step_by(512).all(|at| seen.add(at).read() == round));
            space.free_at(at(&space, space.offset_of(ptr)));
        }
        assert_eq!(space.usage().committed, 0);
    }
}

#[test]
fn hostile_offsets_find_nothing() {
    let space = space(4 * MIB, 4 * MIB, Backing::Private);
    let slot = space.offset_of(space.alloc(layout(48, 8), 5).expect("room").as_ptr());
    let large = space.offset_of(space.alloc(layout(200 << 10, 8), 6).expect("room").as_ptr());
    for offset in [usize::MAX, usize::MAX - PAGE, space.len(), space.len() - 1, slot + 48, PAGE - 1, 1 << 47] {
        assert_eq!(space.slot(offset), None, "{offset:#x}");
    }
    assert_eq!(space.slot(slot + 47).map(|found| found.start), Some(slot));
    assert_eq!(space.slot(large + (200 << 10)).map(|found| found.tag), Some(6));
    let mut dice = Dice(77);
    for _ in 0..ROUNDS {
        let offset = dice.roll(8 * MIB);
        if let Some(found) = space.slot(offset) {
            assert!(found.start <= offset && offset < found.start + found.size);
        }
    }
}

#[test]
fn objects_made_by_one_thread_are_dropped_by_another() {
    let space = space(64 * MIB, 64 * MIB, Backing::Private);
    let (send, receive) = mpsc::sync_channel::<(usize, u32)>(if cfg!(miri) { 100 } else { 5000 });
    let of = layout(64, 8);
    thread::scope(|scope| {
        let space = &space;
        scope.spawn(move || {
            let mut cache = Cache::new();
            for round in 0..ROUNDS as u32 {
                let ptr = cache.alloc(space, of, 1 + round).expect("room").as_ptr();
                // SAFETY: the slot is ours until it is sent.
                unsafe { ptr.cast::<u32>().write(round) };
                send.send((space.offset_of(ptr), round)).expect("the other thread listens");
            }
            cache.drain(space);
        });
        scope.spawn(move || {
            let mut cache = Cache::new();
            for (offset, round) in receive {
                let ptr = space.at(offset);
                assert_eq!(space.slot(offset).map(|slot| slot.tag), Some(1 + round));
                // SAFETY: the sender gave the slot away after writing it.
                unsafe {
                    assert_eq!(ptr.cast::<u32>().read(), round);
                    cache.free(space, at(space, offset), of);
                }
            }
            cache.drain(space);
        });
    });
    assert!(space.live().is_empty());
    assert!(space.usage().allocated < 8 * MIB, "slots came home");
    space.trim();
    assert_eq!(space.usage().allocated, 0);
}

#[test]
fn threads_do_not_share_slots() {
    let space = space(64 * MIB, 64 * MIB, Backing::Shared);
    thread::scope(|scope| {
        for seed in 1..=4 {
            let space = &space;
            scope.spawn(move || {
                let (mut cache, mut dice, mut mine) = (Cache::new(), Dice(seed * 0x1234_5677), Vec::new());
                for _ in 0..ROUNDS / 2 {
                    if mine.len() < 20 || (mine.len() < 300 && dice.roll(2) == 0) {
                        let of = layout(8 + dice.roll(2000), 8);
                        let ptr = cache.alloc(space, of, seed as u32).expect("room").as_ptr();
                        // SAFETY: the slot is ours.
                        unsafe { ptr.write_bytes(seed as u8, of.size()) };
                        mine.push((space.offset_of(ptr), of));
                    } else {
                        let (offset, of) = mine.swap_remove(dice.roll(mine.len()));
                        // SAFETY: allocated above with this layout, freed once.
                        unsafe {
                            assert_eq!(space.at(offset + of.size() - 1).read(), seed as u8);
                            assert_eq!(space.at(offset).read(), seed as u8);
                            cache.free(space, at(space, offset), of);
                        }
                    }
                }
                for (offset, of) in mine {
                    // SAFETY: as above.
                    unsafe { cache.free(space, at(space, offset), of) };
                }
                cache.drain(space);
            });
        }
    });
    assert!(space.live().is_empty());
    space.trim();
    assert_eq!(space.usage().allocated, 0);
}

#[test]
fn a_cache_serves_one_space() {
    let (one, other) = (space(MIB, MIB, Backing::Private), space(MIB, MIB, Backing::Private));
    let mut cache = Cache::new();
    let first = cache.alloc(&one, layout(8, 8), 1).expect("room");
    // SAFETY: allocated above.
    unsafe { cache.free(&one, first, layout(8, 8)) };
    let refused = catch_unwind(AssertUnwindSafe(|| cache.alloc(&other, layout(8, 8), 1)));
    let panic = refused.expect_err("it is bound to the first").downcast::<String>().expect("a message");
    assert!(panic.contains("serves another space"), "{panic}");
    cache.drain(&one);
}

#[test]
fn a_drained_cache_serves_another_space() {
    let (one, other) = (space(MIB, MIB, Backing::Private), space(MIB, MIB, Backing::Private));
    let mut cache = Cache::new();
    for space in [&one, &other, &one] {
        let slot = cache.alloc(space, layout(8, 8), 1).expect("room");
        assert!(space.contains(slot.as_ptr()));
        // SAFETY: allocated above.
        unsafe { cache.free(space, slot, layout(8, 8)) };
        cache.drain(space);
    }
    assert!(one.live().is_empty() && other.live().is_empty());
}
