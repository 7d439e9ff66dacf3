//! What the heap does, told to a sink and replayed through the rules: two nodes' memories in one process. What the
//! runtime would do between them (asking the law, serving, agreeing to a free) is done, and told, by these tests.
#![cfg(debug_assertions)]
#![allow(clippy::disallowed_methods, reason = "the tests have threads of their own")]

use drust_heap::copies::{Contents, Copies};
use drust_heap::space::{Backing, Options, Space};
use drust_heap::trace::{Forgetting, Found, Image, Landing, Mode, Outgoing};
use drust_heap::vault::Vault;
use drust_heap::{Carry, Described, Facts, Handle, Targets, journal, local};
use drust_proto::coherence::journal::{Fault, Record, Replay, Rest};
use drust_proto::coherence::{self, CopyView, Event, FreeKind, Held};
use drust_proto::{CopyKey, Extent, Rank, Stamp, StampLeases};
use std::alloc::Layout;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

static JOURNAL: Mutex<Vec<Record>> = Mutex::new(Vec::new());

fn journal() -> MutexGuard<'static, Vec<Record>> {
    JOURNAL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One test at a time has the process's journal.
struct Cluster {
    nodes: [&'static Vault; 2],
    _alone: MutexGuard<'static, ()>,
}

impl Cluster {
    fn new() -> Cluster {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = journal::install(|record| journal().push(record));
        journal().clear();
        Cluster { nodes: [0, 1].map(node), _alone: alone }
    }

    /// This thread goes on as a thread of that node.
    fn on(&self, node: usize) -> &'static Vault {
        local::attach(self.nodes[node]);
        self.nodes[node]
    }

    /// Replays what happened, which must leave nothing pinned.
    #[track_caller]
    fn check(self) -> Rest {
        local::detach();
        let mut replay = Replay::new(2);
        for &record in journal().iter() {
            replay.step(record).unwrap_or_else(|violation| panic!("{violation} in {record:?}"));
        }
        replay.at_rest(0).unwrap_or_else(|violation| panic!("{violation}"))
    }

    /// Replays up to the first thing that is wrong.
    fn fault(self) -> Option<Fault> {
        local::detach();
        let mut replay = Replay::new(2);
        journal().iter().find_map(|&record| replay.step(record).err()).map(|violation| violation.fault)
    }
}

fn node(rank: u16) -> &'static Vault {
    let options = Options { name: "journal", reserve: 1 << 26, limit: 1 << 26, backing: Backing::Private };
    let space = || Space::reserve(options).expect("addresses");
    let copies = Copies::new(space(), 1 << 20, 1 << 22);
    Box::leak(Box::new(Vault::new(Rank(rank), space(), copies, StampLeases::new(Rank(rank), 2))))
}

/// A value that owns another.
#[repr(C)]
struct Parent {
    child: Handle,
    number: u64,
}

// SAFETY: its one handle is noted.
unsafe impl Carry for Parent {
    const FACTS: Facts = Facts::HANDLE;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        // SAFETY: the field lies inside the value the caller vouches for.
        found.note(unsafe { &raw const (*this).child }.cast(), &Handle::KIND);
    }
    fn targets(list: &mut Targets) {
        list.push(u64::DESCRIPTOR);
    }
}

fn make<T: Carry>(value: T) -> Handle {
    let fresh = local::allocate(Layout::new::<T>(), T::DESCRIPTOR).expect("attached").expect("room");
    // SAFETY: the slot is new and has the value's layout.
    unsafe { fresh.place.cast::<T>().write(value) };
    Handle::new_private(fresh.place.as_ptr(), fresh.address, fresh.stamp)
}

fn family() -> Handle {
    let child = make(7_u64);
    make(Parent { child, number: 1 })
}

fn key<T>(handle: &Handle) -> CopyKey {
    let len = size_of::<T>() as u64;
    CopyKey { stamp: handle.stamp(), address: handle.address(), len, extent: Extent::Whole }
}

impl Cluster {
    /// Reads a value of node `home` through a handle on node `here`, as `memory::read` does.
    fn read<T: Carry>(&self, here: usize, home: usize, handle: &Handle) -> *const T {
        let (here, home, key) = (self.on(here), self.nodes[home], key::<T>(handle));
        // SAFETY: the contents are the descriptor's own.
        let contents = unsafe { Contents::new(1, T::DESCRIPTOR.pins()) };
        let pinned = here.copies.pin(key, Layout::new::<T>(), contents, |target| {
            let mut out = Outgoing::new(Mode::Lend, 0, &here.copies);
            // SAFETY: the value is live at its home and nobody writes it; the copy has room.
            unsafe { out.place(home.place_of(key.address), target.as_ptr(), T::DESCRIPTOR, 1, &mut no_slot) };
            journal::note(|| Record::Served { reader: here.rank(), key, elements: 1, moved: false });
            Ok::<(), Infallible>(())
        });
        handle.pin(pinned.expect("room").ptr.as_ptr()).expect("the handle was null");
        handle.peek().cast()
    }

    fn release(&self, here: usize, handle: &mut Handle) {
        let held = handle.unpin();
        // SAFETY: it was the handle's own pin.
        unsafe { self.on(here).copies.release(held) };
    }

    /// Moves a value of node `home` to node `here` under a fresh stamp, as `law` does; its home frees it at once.
    fn write<T: Carry>(&self, here: usize, home: usize, handle: &mut Handle) {
        let vault = self.on(here);
        asked(here, handle, Event::Write { copy: CopyView::Absent });
        let (old, key) = (self.nodes[home].place_of(handle.address()), key::<T>(handle));
        let fresh = local::allocate(Layout::new::<T>(), T::DESCRIPTOR).expect("attached").expect("room");
        let mut out = Outgoing::new(Mode::Move, 0, &vault.copies);
        // SAFETY: the value is live at its home, and this handle owns it.
        unsafe { out.place(old, fresh.place.as_ptr(), T::DESCRIPTOR, 1, &mut no_slot) };
        journal::note(|| Record::Served { reader: vault.rank(), key, elements: 1, moved: true });
        journal::note(|| Record::Freed { address: key.address, kind: FreeKind::MovedOut, elements: 1 });
        self.on(home);
        let mut forgetting = Forgetting::default();
        // SAFETY: the value moved out, and nobody uses its old bytes.
        unsafe { forgetting.values(old, T::DESCRIPTOR, 1) };
        self.free::<T>(old);
        self.on(here);
        handle.own(fresh.place.as_ptr(), fresh.address, fresh.stamp);
    }

    /// Frees a slot of the node that this thread is of.
    fn free<T>(&self, place: *mut u8) {
        // SAFETY: the tests give up what they free.
        assert!(unsafe { local::free(place, Layout::new::<T>()) });
    }

    /// Drops a PRIVATE handle's object on node `here`.
    fn end<T>(&self, here: usize, handle: &mut Handle) {
        self.on(here);
        self.free::<T>(handle.private().expect("at home"));
    }

    /// A handle leaves node `from` for good, and lands on node `to`, at home again if it was lent.
    fn send(&self, from: usize, to: usize, handle: Handle, comes_home: bool) -> Handle {
        let mut image = Image::new();
        let vault = self.on(from);
        let mut out = Outgoing::new(Mode::Depart, 0, &vault.copies);
        let source = (&raw const handle).cast_mut().cast();
        // SAFETY: the handle is given up here.
        unsafe { out.pack(&mut image, source, Carried::DESCRIPTOR, 1) };
        for held in out.released {
            // SAFETY: the handle gave its pin up.
            unsafe { vault.copies.release(held) };
        }
        self.on(to);
        let mut landed = handle;
        let mut rooms = |_: &'static _, _: usize, _| unreachable!("nothing follows");
        let mut fresh = || local::stamp().expect("attached").0;
        let mut landing = Landing::new(image.bytes(), &mut rooms);
        if comes_home {
            landing = landing.refreshing(&mut fresh);
        }
        // SAFETY: the image was packed from this type, and the room is a handle's.
        unsafe { landing.unpack((&raw mut landed).cast(), Carried::DESCRIPTOR, 1) }.expect("the whole image");
        landed
    }
}

/// A handle as a value of its own.
#[repr(transparent)]
struct Carried(Handle);

// SAFETY: it is one handle.
unsafe impl Carry for Carried {
    const FACTS: Facts = Facts::HANDLE;
    unsafe fn trace(this: *const Self, found: &mut Found) {
        found.note(this.cast(), &Handle::KIND);
    }
    fn targets(list: &mut Targets) {
        list.push(u64::DESCRIPTOR);
    }
}

fn no_slot(_: &'static drust_heap::Descriptor, _: usize) -> *mut u8 {
    unreachable!("nothing is tied")
}

fn asked(node: usize, handle: &Handle, event: Event) {
    let held = if handle.peek().is_null() { Held::Nothing } else { Held::Home };
    let handle =
        coherence::Handle { address: handle.address(), private: handle.is_private(), stamp: handle.stamp(), held };
    journal::note(|| Record::Asked { node: Rank(node as u16), handle, event });
}

#[test]
fn values_are_made_read_moved_and_dropped() {
    let cluster = Cluster::new();
    cluster.on(0);
    let owner = family();
    let mut there = owner.expose();
    // SAFETY: the copy is pinned by the handle until its release below.
    let copy = unsafe { &*cluster.read::<Parent>(1, 0, &there) };
    assert_eq!(copy.number, 1);
    // SAFETY: as above, by the handle in the copy.
    assert_eq!(unsafe { *cluster.read::<u64>(1, 0, &copy.child) }, 7);
    cluster.release(1, &mut there);
    cluster.nodes[1].copies.shrink_to(0);
    let mut moved = cluster.send(0, 1, owner, false);
    cluster.write::<Parent>(1, 0, &mut moved);
    // SAFETY: the parent is at home on node 1 now.
    let child = unsafe { &mut (*moved.private().expect("at home").cast::<Parent>()).child };
    cluster.write::<u64>(1, 0, child);
    cluster.end::<u64>(1, child);
    cluster.end::<Parent>(1, &mut moved);
    assert_eq!(cluster.check(), Rest { objects: 0, copies: 0, pins: 0 });
}

#[test]
fn an_evicted_copy_gives_the_pins_of_its_handles_back() {
    let cluster = Cluster::new();
    cluster.on(0);
    let mut there = family().expose();
    let copy = cluster.read::<Parent>(1, 0, &there);
    // SAFETY: the copy is pinned by the handle.
    cluster.read::<u64>(1, 0, unsafe { &(*copy).child });
    cluster.release(1, &mut there);
    let told = |event: Event| {
        journal().iter().filter(|r| matches!(r, Record::Handle { copied: true, event: e, .. } if *e == event)).count()
    };
    assert_eq!((told(Event::Read), told(Event::Forget)), (1, 0));
    cluster.nodes[1].copies.shrink_to(0);
    assert_eq!((told(Event::Read), told(Event::Forget)), (1, 1));
    assert_eq!(cluster.check(), Rest { objects: 2, copies: 0, pins: 0 });
}

#[test]
fn a_lend_comes_home_under_a_fresh_stamp() {
    let cluster = Cluster::new();
    cluster.on(0);
    let mut handle = cluster.send(0, 1, make(1_u64), false);
    cluster.read::<u64>(1, 0, &handle);
    cluster.release(1, &mut handle);
    cluster.write::<u64>(1, 0, &mut handle);
    let borrowed = handle.stamp();
    let handle = cluster.send(1, 0, handle, true);
    assert!(handle.stamp() != borrowed && !handle.is_private());
    cluster.read::<u64>(0, 1, &handle);
    let handle = cluster.send(0, 1, handle, false);
    assert!(handle.pin(cluster.nodes[1].place_of(handle.address())).is_ok());
    let place = handle.peek();
    asked(1, &handle, Event::Drop { user_drop: false });
    cluster.free::<u64>(place);
    assert_eq!(cluster.check(), Rest { objects: 0, copies: 2, pins: 0 });
}

#[test]
fn threads_of_one_node_and_a_crowded_copy_table() {
    let cluster = Cluster::new();
    cluster.on(0);
    let originals: Vec<Handle> = (0..64_u64).map(make).collect();
    let exposed: Vec<Handle> = originals.iter().map(Handle::expose).collect();
    let table = &cluster.nodes[1].copies;
    thread::scope(|scope| {
        for thread in 0..3 {
            let (cluster, exposed) = (&cluster, &exposed);
            scope.spawn(move || {
                for round in 0..200_usize {
                    let mut handle = exposed[(round * (thread + 1)) % exposed.len()].expose();
                    cluster.read::<u64>(1, 0, &handle);
                    cluster.release(1, &mut handle);
                    let mut own = make(round as u64);
                    let fresh = local::stamp().expect("attached");
                    let (place, address) = (own.private().expect("new"), own.address());
                    own.own(place, address, fresh);
                    cluster.end::<u64>(1, &mut own);
                    if round % 32 == thread {
                        table.shrink_to(1 << 10);
                    }
                }
                local::detach();
            });
        }
    });
    table.shrink_to(0);
    assert_eq!(cluster.check(), Rest { objects: 64, copies: 0, pins: 0 });
}

#[test]
fn a_read_under_an_old_stamp_is_found() {
    let cluster = Cluster::new();
    cluster.on(0);
    let mut owner = make(1_u64);
    let there = owner.expose();
    let (place, address, fresh) = (owner.peek(), owner.address(), local::stamp().expect("attached"));
    owner.own(place, address, fresh);
    cluster.read::<u64>(1, 0, &there);
    let (used, present) = (there.stamp(), Some(fresh));
    assert_eq!(cluster.fault(), Some(Fault::Stale { address, used, present }));
}

#[test]
fn a_read_of_what_was_not_exposed_is_found() {
    let cluster = Cluster::new();
    cluster.on(0);
    let owner = make(1_u64);
    cluster.read::<u64>(1, 0, &Handle::exposed(owner.address(), owner.stamp()));
    assert_eq!(cluster.fault(), Some(Fault::NotExposed(owner.address())));
}

#[test]
fn a_pin_lost_by_its_handle_is_found() {
    let cluster = Cluster::new();
    cluster.on(0);
    let there = make(1_u64).expose();
    let copy = cluster.read::<u64>(1, 0, &there);
    // SAFETY: nobody reads the copy any more; that the handle still thinks so is what is to be found.
    unsafe { cluster.nodes[1].copies.release(copy.cast()) };
    assert_eq!(cluster.fault(), Some(Fault::Unpinned(there.address(), there.stamp())));
}

#[test]
fn a_slot_freed_while_its_stamp_is_known_is_found() {
    let cluster = Cluster::new();
    cluster.on(0);
    let owner = make(1_u64);
    let _ = owner.expose();
    cluster.free::<u64>(owner.peek());
    assert_eq!(cluster.fault(), Some(Fault::NotGivenUp(owner.address())));
}

#[test]
fn a_stamp_used_again_is_found() {
    let cluster = Cluster::new();
    cluster.on(0);
    let (mut one, other) = (make(1_u64), make(2_u64));
    let (place, address) = (one.peek(), one.address());
    let stamp: Stamp = other.stamp();
    one.own(place, address, stamp);
    assert_eq!(cluster.fault(), Some(Fault::StampReused(stamp)));
}
