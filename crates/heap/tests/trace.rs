//! Bytes that leave and arrive: handles between padding, tied values, borrows by value, and local pins meanwhile.
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]
#![cfg(not(loom))]

use drust_heap::copies::Copies;
use drust_heap::space::{Backing, Options, Space};
use drust_heap::trace::{Forgetting, Found, Image, Kind, Landing, Mode, Outgoing, Place, Refused, Weights};
use drust_heap::{Carry, Described, Descriptor, Facts, Handle, Targets};
use drust_proto::{Address, Partition, Stamp};
use std::mem::MaybeUninit;
use std::thread;

fn copies() -> Copies {
    let options = Options { name: "copies", reserve: 1 << 22, limit: 1 << 22, backing: Backing::Private };
    Copies::new(Space::reserve(options).expect("addresses"), 1 << 16, 1 << 16)
}

fn stamp(number: u64) -> Stamp {
    Stamp(number.try_into().expect("not zero"))
}

/// A handle of an object at home, whose bytes nobody reads.
fn private(number: u64) -> Handle {
    let place = std::ptr::without_provenance_mut(64 * number as usize);
    Handle::new_private(place, Address::new(Partition(0), 64 * number), stamp(number))
}

/// Two handles among plain fields and padding.
#[repr(C)]
struct Mixed {
    first: u8,
    left: Option<Handle>,
    between: u16,
    right: Option<Handle>,
    last: u8,
}

impl Mixed {
    fn new(left: u64, right: u64) -> Mixed {
        Mixed { first: 1, left: Some(private(left)), between: 2, right: Some(private(right)), last: 3 }
    }

    fn handles(&self) -> impl Iterator<Item = &Handle> {
        [&self.left, &self.right].into_iter().flatten()
    }
}

// SAFETY: both handles are noted; the rest is plain.
unsafe impl Carry for Mixed {
    const FACTS: Facts = Facts::HANDLE;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        let value = unsafe { &*this };
        // The last first: traces may note in any order.
        for handle in [&value.right, &value.left].into_iter().flatten() {
            found.note(std::ptr::from_ref(handle).cast(), &Handle::KIND);
        }
    }
    fn targets(_: &mut Targets) {}
}

/// A link of a tied list.
#[repr(C)]
struct Link {
    number: u16,
    next: *mut Link,
}

// SAFETY: the pointee is owned, as a box's is, and the tests give each link to one thread.
unsafe impl Send for Link {}
// SAFETY: as above.
unsafe impl Sync for Link {}

// SAFETY: the only pointer is noted, unless it is null.
unsafe impl Carry for Link {
    const FACTS: Facts = Facts::TIED;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the caller vouches for the value.
        if unsafe { !(*this).next.is_null() } {
            // SAFETY: as above.
            found.note(unsafe { (&raw const (*this).next).cast() }, &TIED);
        }
    }
    fn targets(list: &mut Targets) {
        list.push(Link::DESCRIPTOR);
    }
}

static TIED: Kind =
    Kind { size: size_of::<*mut Link>(), along: false, weigh: weigh_link, send: send_link, land: land_link, forget };

unsafe fn weigh_link(at: *const u8, weights: &mut Weights) {
    // SAFETY: a spot of this kind is a link's pointer to the next.
    unsafe { weights.along(at.cast::<*const u8>().read(), Link::DESCRIPTOR, 1) }
}

unsafe fn send_link(source: *mut u8, target: *mut u8, out: &mut Outgoing<'_>) {
    // SAFETY: a spot of this kind is a link's pointer to the next, and its copy is not null either.
    unsafe {
        let next = source.cast::<*mut u8>().read();
        target.cast::<*mut u8>().write_unaligned(next);
        out.send_tied(next, target, Link::DESCRIPTOR, 1);
    }
}

unsafe fn land_link(at: *mut u8, landing: &mut Landing<'_>) {
    landing.expect(at, Link::DESCRIPTOR, 1, Place::Slot);
}

unsafe fn forget(at: *mut u8, forgetting: &mut Forgetting) {
    // SAFETY: a spot of this kind is a link's pointer to the next.
    forgetting.tied(unsafe { at.cast::<*mut u8>().read() }, Link::DESCRIPTOR, 1);
}

/// Links of a box each, numbered from 0.
fn list(len: u16) -> *mut Link {
    (0..len).rev().fold(std::ptr::null_mut(), |next, number| Box::into_raw(Box::new(Link { number, next })))
}

fn numbers(mut link: *const Link) -> Vec<u16> {
    let mut numbers = Vec::new();
    // SAFETY: the tests pass links that are live.
    while let Some(this) = unsafe { link.as_ref() } {
        numbers.push(this.number);
        link = this.next;
    }
    numbers
}

fn free_list(mut link: *mut Link) {
    while !link.is_null() {
        // SAFETY: each link came from a box, in `list` or as a room of a landing.
        link = unsafe { Box::from_raw(link) }.next;
    }
}

#[test]
fn handles_leave_exposed_and_land_with_nothing_local() {
    let copies = copies();
    let mut values = [Mixed::new(1, 2), Mixed::new(3, 4)];
    values[1].left = None;
    for mode in [Mode::Lend, Mode::Depart] {
        let mut image = Image::new();
        let mut out = Outgoing::new(mode, 0, &copies);
        // SAFETY: the values are borrowed, and given up by the last mode.
        unsafe { out.pack(&mut image, values.as_mut_ptr().cast(), Mixed::DESCRIPTOR, 2) };
        assert!(values.iter().flat_map(Mixed::handles).all(|handle| !handle.is_private()));
        let kept = values.iter().flat_map(Mixed::handles).filter(|handle| !handle.peek().is_null()).count();
        assert_eq!(kept, if mode == Mode::Lend { 3 } else { 0 });

        let mut arrived = [const { MaybeUninit::<Mixed>::uninit() }; 2];
        let rooms = &mut |_: &Descriptor, _: usize, _: Place| unreachable!("nothing comes along");
        let mut landing = Landing::new(image.bytes(), rooms);
        // SAFETY: the image was packed from two such values, and there is room for two.
        unsafe { landing.unpack(arrived.as_mut_ptr().cast(), Mixed::DESCRIPTOR, 2) }.expect("all of it");
        // SAFETY: both have landed.
        let arrived = arrived.map(|value| unsafe { value.assume_init() });
        assert!(arrived.iter().flat_map(Mixed::handles).all(|handle| handle.peek().is_null() && !handle.is_private()));
        let stamps: Vec<u64> = arrived.iter().flat_map(Mixed::handles).map(|handle| handle.stamp().0.get()).collect();
        assert_eq!(stamps, [1, 2, 4]);
        assert_eq!(arrived.map(|value| (value.first, value.between, value.last)), [(1, 2, 3); 2]);
    }
}

#[test]
fn what_comes_home_is_named_anew() {
    let copies = copies();
    let mut value = Mixed::new(1, 2);
    let mut image = Image::new();
    // SAFETY: the value is given up until it comes home.
    unsafe {
        Outgoing::new(Mode::Depart, 0, &copies).pack(&mut image, (&raw mut value).cast(), Mixed::DESCRIPTOR, 1);
    }
    let rooms = &mut |_: &Descriptor, _: usize, _: Place| unreachable!("nothing comes along");
    let mut last = 90;
    let fresh = &mut || {
        last += 1;
        stamp(last).0
    };
    let mut landing = Landing::new(image.bytes(), rooms).refreshing(fresh);
    // SAFETY: the image was packed from this value, which is dead until now.
    unsafe { landing.unpack((&raw mut value).cast(), Mixed::DESCRIPTOR, 1) }.expect("all of it");
    assert_eq!([91, 92].map(stamp).map(Some), [&value.left, &value.right].map(|of| of.as_ref().map(Handle::stamp)));
}

#[test]
fn an_image_that_ends_early_is_refused() {
    let copies = copies();
    let mut value = Mixed::new(1, 2);
    let mut image = Image::new();
    // SAFETY: the value is borrowed.
    unsafe {
        Outgoing::new(Mode::Lend, 0, &copies).pack(&mut image, (&raw mut value).cast(), Mixed::DESCRIPTOR, 1);
    }
    let mut arrived = [const { MaybeUninit::<Mixed>::uninit() }; 2];
    let rooms = &mut |_: &Descriptor, _: usize, _: Place| unreachable!("nothing comes along");
    let mut landing = Landing::new(image.bytes(), rooms);
    // SAFETY: there is room for two; nothing of it is used.
    let refused = unsafe { landing.unpack(arrived.as_mut_ptr().cast(), Mixed::DESCRIPTOR, 2) };
    assert_eq!(refused, Err(Refused::Truncated { needed: 2 * size_of::<Mixed>(), len: size_of::<Mixed>() }));
}

#[test]
fn a_handle_of_no_node_is_refused() {
    let copies = copies();
    let right = Handle::exposed(Address::new(Partition(4), 64), stamp(5));
    let mut value = Mixed { right: Some(right), ..Mixed::new(1, 2) };
    let mut image = Image::new();
    // SAFETY: the value is borrowed.
    unsafe {
        Outgoing::new(Mode::Lend, 0, &copies).pack(&mut image, (&raw mut value).cast(), Mixed::DESCRIPTOR, 1);
    }
    let land = |nodes| {
        let mut arrived = MaybeUninit::<Mixed>::uninit();
        let rooms = &mut |_: &Descriptor, _: usize, _: Place| unreachable!("nothing comes along");
        let mut landing = Landing::new(image.bytes(), rooms).among(nodes);
        // SAFETY: there is room; nothing of it is used.
        unsafe { landing.unpack(arrived.as_mut_ptr().cast(), Mixed::DESCRIPTOR, 1) }
    };
    assert_eq!(land(5), Ok(()));
    assert_eq!(land(4), Err(Refused::Stray { address: Address::new(Partition(4), 64) }));
}

/// A word that, where it lands, claims that so many numbers follow.
#[repr(C)]
struct Claims(usize);

// SAFETY: the word is noted.
unsafe impl Carry for Claims {
    const FACTS: Facts = Facts::TIED;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), &Kind { size: 8, land: land_claim, ..Handle::KIND });
    }
    fn targets(_: &mut Targets) {}
}

unsafe fn land_claim(at: *mut u8, landing: &mut Landing<'_>) {
    // SAFETY: the spot is the word.
    landing.expect(at, u64::DESCRIPTOR, unsafe { at.cast::<usize>().read() }, Place::Slot);
}

#[test]
fn what_an_image_claims_is_looked_for_in_it_before_there_is_room() {
    for claim in [2, 1 << 20, 1 << 61, usize::MAX / 8, usize::MAX] {
        let mut group = [claim as u64, 7];
        let bytes = [group[0].to_ne_bytes(), group[1].to_ne_bytes()].concat();
        let bytes: Vec<_> = bytes.into_iter().map(MaybeUninit::new).collect();
        let mut target = MaybeUninit::<Claims>::uninit();
        let rooms = &mut |_: &Descriptor, elements: usize, _: Place| panic!("room for {elements} numbers");
        // SAFETY: there is room for the root.
        let refused = unsafe { Landing::new(&bytes, rooms).unpack(target.as_mut_ptr().cast(), Claims::DESCRIPTOR, 1) };
        assert!(matches!(refused, Err(Refused::Truncated { len: 16, .. })), "{claim}: {refused:?}");
        // SAFETY: the words are the test's own, and the claim is found out before anything is written.
        let refused = unsafe { Landing::settle(group.as_mut_ptr().cast(), 16, Claims::DESCRIPTOR, 1, u16::MAX) };
        assert!(matches!(refused, Err(Refused::Truncated { len: 16, .. })), "{claim}: {refused:?}");
    }
}

#[test]
fn an_image_stays_only_where_its_values_are_aligned() {
    let mut place = [0_u64; 4];
    for (offset, align) in [(1, 8), (4, 8), (7, 8)] {
        // SAFETY: the bytes are the test's own, and plain.
        let refused =
            unsafe { Landing::settle(place.as_mut_ptr().cast::<u8>().add(offset), 8, u64::DESCRIPTOR, 1, u16::MAX) };
        assert_eq!(refused, Err(Refused::Misaligned { align }));
    }
    // SAFETY: as above.
    assert_eq!(unsafe { Landing::settle(place.as_mut_ptr().cast(), 8, u64::DESCRIPTOR, 1, u16::MAX) }, Ok(()));
}

#[test]
fn tied_values_come_along_and_are_forgotten_with_their_root() {
    let copies = copies();
    let root = list(5);
    let mut image = Image::new();
    let mut out = Outgoing::new(Mode::Depart, 0, &copies);
    // SAFETY: the list is given up; its places are freed below.
    unsafe { out.pack(&mut image, root.cast(), Link::DESCRIPTOR, 1) };
    assert_eq!(out.vacated.len(), 4, "all but the root, which is the caller's");
    for place in out.vacated.drain(..).chain([root.cast()]) {
        // SAFETY: each came from a box in `list`, and is dead.
        drop(unsafe { Box::from_raw(place.cast::<Link>()) });
    }

    let rooms = &mut |_: &'static Descriptor, count: usize, place: Place| {
        assert_eq!((count, place), (1, Place::Slot));
        Box::into_raw(Box::<Link>::new_uninit()).cast()
    };
    let landed = Box::into_raw(Box::<Link>::new_uninit()).cast::<Link>();
    // SAFETY: the image was packed from one link and what is tied to it; there is room for it.
    unsafe { Landing::new(image.bytes(), rooms).unpack(landed.cast(), Link::DESCRIPTOR, 1) }.expect("all of it");
    assert_eq!(numbers(landed), [0, 1, 2, 3, 4]);

    let mut settled = Image::from_bytes(image.bytes());
    let base = settled.grow(0, 1).wrapping_sub(image.len());
    // SAFETY: the copy of the image is aligned as the image is, and nobody sees it.
    unsafe { Landing::settle(base, image.len(), Link::DESCRIPTOR, 1, u16::MAX) }.expect("all of it");
    assert_eq!(numbers(base.cast()), [0, 1, 2, 3, 4]);

    let mut forgetting = Forgetting::default();
    // SAFETY: nobody uses the list but to free it.
    unsafe { forgetting.values(landed.cast(), Link::DESCRIPTOR, 1) };
    assert_eq!(forgetting.tied.len(), 4);
    free_list(landed);
}

/// DESIGN rule 10: whoever serves a value copies its handles' words as what they are, atomics, since a reader of the
/// same node may pin meanwhile. Miri would see the race.
#[test]
fn values_are_served_while_their_handles_are_pinned() {
    let copies = copies();
    for _ in 0..if cfg!(miri) { 3 } else { 1000 } {
        let value = Mixed { left: Some(Handle::exposed(Address::new(Partition(1), 64), stamp(5))), ..Mixed::new(1, 2) };
        let value = &value;
        thread::scope(|scope| {
            for _ in 0..2 {
                let copies = &copies;
                scope.spawn(move || {
                    let mut image = Image::new();
                    let mut out = Outgoing::new(Mode::Lend, 0, copies);
                    // SAFETY: the value is shared, and nobody writes but the words of its handles.
                    unsafe { out.pack(&mut image, (&raw const *value).cast_mut().cast(), Mixed::DESCRIPTOR, 1) };
                    assert_eq!(image.len(), size_of::<Mixed>());
                });
            }
            let place = std::ptr::without_provenance_mut(128);
            for handle in value.handles() {
                let pinned = handle.pin(place);
                assert_eq!(pinned.is_ok(), handle.stamp() == stamp(5));
            }
        });
        assert!(value.handles().all(|handle| !handle.is_private()), "served, so exposed");
    }
}
