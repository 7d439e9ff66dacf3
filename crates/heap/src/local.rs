//! What a thread keeps of its node's memory, so that allocation and stamps cost no lock.
//!
//! Contract of `Local`:
//!
//! 1. A thread belongs to at most one node at a time; all it allocates and frees here is that node's.
//! 2. Only its own thread touches it, and no reference into it outlives a call of this module; nothing called while one
//!    lives runs user code.
//! 3. It has no destructor, so that it can be used while other thread-locals are being destroyed; the guard's
//!    destructor gives the cached slots back and leaves the thread unattached.

use crate::carry::Carry;
use crate::descriptor::{Described, Descriptor};
use crate::space::{Cache, Class, Mark, OutOfMemory};
use crate::vault::{Fresh, Vault};
use drust_proto::stamp::StampRange;
use drust_proto::{Address, Stamp};
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Nested drops of handles' contents run on the stack up to this depth; deeper ones wait in a list.
const MAX_DROP_DEPTH: u32 = 64;

/// Whether each slot is told how many of its bytes are used: then the way that knows its class alone is not taken.
const PRECISE: bool = cfg!(drust_asan);

struct Deferred {
    place: *mut u8,
    descriptor: &'static Descriptor,
    elements: usize,
    layout: Layout,
    free: FreeSlot,
}

struct Local {
    vault: Cell<Option<&'static Vault>>,
    cache: UnsafeCell<Cache>,
    stamps: UnsafeCell<StampRange>,
    depth: Cell<u32>,
    deferred: UnsafeCell<ManuallyDrop<Vec<Deferred>>>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            vault: Cell::new(None),
            cache: UnsafeCell::new(Cache::new()),
            stamps: UnsafeCell::new(StampRange::EMPTY),
            depth: Cell::new(0),
            deferred: UnsafeCell::new(ManuallyDrop::new(Vec::new())),
        }
    };
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        detach();
    }
}

/// A well-aligned pointer to no bytes.
#[must_use]
pub fn dangling(align: usize) -> NonNull<u8> {
    NonNull::without_provenance(align.try_into().expect("an alignment is not zero"))
}

/// Makes this thread one of the node that owns `vault`; what it cached of another node's memory is given back.
pub fn attach(vault: &'static Vault) {
    detach();
    // A thread that is ending has no guard any more: it stays without a cache, and each slot goes the slow way.
    if GUARD.try_with(|_| ()).is_ok() {
        LOCAL.with(|local| local.vault.set(Some(vault)));
    }
}

/// Gives back what this thread cached and leaves it without a node.
pub fn detach() {
    LOCAL.with(|local| {
        if let Some(vault) = local.vault.take() {
            // SAFETY: contract 2: this is the only reference.
            unsafe { (*local.cache.get()).drain(&vault.space) };
        }
        // SAFETY: contract 2.
        unsafe { *local.stamps.get() = StampRange::EMPTY };
        // A thread may meet its node in the midst of a deep drop, with objects in the list that only it knows of.
        if local.depth.get() == 0 {
            // SAFETY: contract 2. Outside of drops the list is empty, and its memory is not used again before it grows
            // anew.
            let deferred = unsafe { std::mem::replace(&mut *local.deferred.get(), ManuallyDrop::new(Vec::new())) };
            drop(ManuallyDrop::into_inner(deferred));
        }
    });
}

/// The node's memory this thread belongs to.
#[inline]
#[must_use]
pub fn vault() -> Option<&'static Vault> {
    LOCAL.with(|local| local.vault.get())
}

/// This thread's own. The compiler inlines this where it would not inline a closure that does the whole work, and what
/// such a closure returns through memory costs more than the work.
#[inline(always)]
fn own() -> &'static Local {
    let local: *const Local = LOCAL.with(std::ptr::from_ref);
    // SAFETY: the value is made when compiled and has no destructor (contract 3), so it is there as long as its thread,
    // which a reference that cannot be sent does not outlive.
    unsafe { &*local }
}

/// A slot for one `T`, its address and a stamp, where this thread has both at hand; else `None`, and [`allocate`] must
/// be asked.
#[inline(always)]
#[must_use]
pub fn allocate_one<T: Carry>() -> Option<Fresh> {
    allocate_in(const { Class::of(size_of::<T>(), align_of::<T>()) }?, T::DESCRIPTOR)
}

/// A slot of a class, as [`allocate_one`] one for a `T`.
#[inline(always)]
#[must_use]
pub fn allocate_in(class: Class, descriptor: &'static Descriptor) -> Option<Fresh> {
    if PRECISE {
        return None;
    }
    let local = own();
    let vault = local.vault.get()?;
    // SAFETY: contract 2.
    let (cache, stamps) = unsafe { (&mut *local.cache.get(), &mut *local.stamps.get()) };
    if stamps.left() == 0 {
        return None;
    }
    let place = cache.take(&vault.space, class, descriptor.id().0.get())?;
    Some(Fresh { place, address: vault.address_of(place.as_ptr()), stamp: stamps.next()? })
}

/// A slot and its address, without a stamp, where this thread has one at hand; else `None`, and [`allocate`] must be
/// asked.
#[inline(always)]
#[must_use]
pub fn take_slot(layout: Layout, descriptor: &'static Descriptor) -> Option<(NonNull<u8>, Address)> {
    let class = Class::of(layout.size(), layout.align()).filter(|_| !PRECISE)?;
    let local = own();
    let vault = local.vault.get()?;
    // SAFETY: contract 2.
    let place = unsafe { (*local.cache.get()).take(&vault.space, class, descriptor.id().0.get()) }?;
    Some((place, vault.address_of(place.as_ptr())))
}

/// Frees the slot of one `T` of this thread's node, where that needs no lock; else false, and [`free`] must be asked.
///
/// # Safety
/// `place` is a live slot of a node's partition, allocated for one `T` and not used any more.
#[inline(always)]
#[must_use]
pub unsafe fn free_one<T>(place: *mut u8) -> bool {
    let Some(class) = (const { Class::of(size_of::<T>(), align_of::<T>()) }) else { return false };
    let local = own();
    let Some(vault) = local.vault.get() else { return false };
    // SAFETY: contract 2, and the caller's promise; an object's place is never null.
    unsafe { (*local.cache.get()).give(&vault.space, class, NonNull::new_unchecked(place)) }
}

/// A slot, its address and a stamp; `None` on a thread that belongs to no node.
#[inline]
pub fn allocate(layout: Layout, descriptor: &'static Descriptor) -> Option<Result<Fresh, OutOfMemory>> {
    let near = Class::of(layout.size(), layout.align()).and_then(|class| allocate_in(class, descriptor));
    near.map(Ok).or_else(|| allocate_up_to(Mark::Limit, layout, descriptor))
}

/// As [`allocate`], as long as the node's partition is not taken up to a mark.
#[inline(never)]
pub fn allocate_up_to(
    mark: Mark,
    layout: Layout,
    descriptor: &'static Descriptor,
) -> Option<Result<Fresh, OutOfMemory>> {
    let local = own();
    let vault = local.vault.get()?;
    // SAFETY: contract 2.
    let slot = unsafe { (*local.cache.get()).alloc_up_to(mark, &vault.space, layout, descriptor.id().0.get()) };
    Some(slot.map(|place| Fresh { place, address: vault.address_of(place.as_ptr()), stamp: local.stamp(vault) }))
}

/// A stamp that nothing else has; `None` on a thread that belongs to no node.
#[inline]
#[must_use]
pub fn stamp() -> Option<Stamp> {
    LOCAL.with(|local| local.vault.get().map(|vault| local.stamp(vault)))
}

/// Frees a slot of this thread's node; false, and nothing done, where it is another's, or the thread belongs to none.
///
/// # Safety
/// `place` is a live slot of a node's partition, allocated with `layout` and not used any more.
#[inline]
#[must_use]
pub unsafe fn free(place: *mut u8, layout: Layout) -> bool {
    let local = own();
    let Some(vault) = local.vault.get() else { return false };
    let class = Class::of(layout.size(), layout.align());
    // SAFETY: contract 2, and the caller's promise; an object's place is never null.
    class.is_some_and(|class| unsafe { (*local.cache.get()).give(&vault.space, class, NonNull::new_unchecked(place)) })
        || unsafe { free_slowly(local, vault, place, layout) }
}

/// # Safety
/// As for [`free`].
#[inline(never)]
unsafe fn free_slowly(local: &Local, vault: &'static Vault, place: *mut u8, layout: Layout) -> bool {
    let ours = vault.space.contains(place);
    if ours {
        // SAFETY: contract 2, and the caller's promise; an object's place is never null.
        unsafe { (*local.cache.get()).free(&vault.space, NonNull::new_unchecked(place), layout) };
    }
    ours
}

impl Local {
    #[inline]
    fn stamp(&self, vault: &'static Vault) -> Stamp {
        // SAFETY: contract 2.
        let stamps = unsafe { &mut *self.stamps.get() };
        match stamps.next() {
            Some(stamp) => stamp,
            None => self.renew(vault),
        }
    }

    #[cold]
    fn renew(&self, vault: &'static Vault) -> Stamp {
        let mut range = vault.lease();
        let first = range.next().expect("a lease is not empty");
        // SAFETY: contract 2.
        unsafe { *self.stamps.get() = range };
        first
    }
}

/// Frees a slot, told its layout.
pub type FreeSlot = unsafe fn(*mut u8, Layout);

/// Drops the values in an object's slot and then gives the slot to `free`, without deep recursion.
///
/// The contents of values that have a user's `Drop` anywhere end before this returns, in std's order, however deep.
///
/// # Safety
/// `elements` values of type `T` lie at `place`, in a slot of `layout`, and the caller gives them up.
#[inline]
pub unsafe fn drop_object<T: Carry>(place: *mut u8, elements: usize, layout: Layout, free: FreeSlot) {
    let depth = LOCAL.with(|local| local.depth.get());
    if depth >= MAX_DROP_DEPTH && !T::DESCRIPTOR.drops_user_code() {
        defer(Deferred { place, descriptor: T::DESCRIPTOR, elements, layout, free });
        return;
    }
    LOCAL.with(|local| local.depth.set(depth + 1));
    let ascend = Ascend;
    // The slot is freed also when a user's `Drop` panics, as std's boxes do.
    let slot = Freeing { place, layout, free };
    // SAFETY: the caller's promise.
    unsafe { std::ptr::slice_from_raw_parts_mut(place.cast::<T>(), elements).drop_in_place() };
    drop(slot);
    drop(ascend);
}

/// The end of a level of nested drops. At the outermost the deferred ones are dropped, also when a user's `Drop`
/// panicked: they have none, and nobody else knows of them.
struct Ascend;

impl Drop for Ascend {
    #[inline]
    fn drop(&mut self) {
        let depth = LOCAL.with(|local| local.depth.get());
        if depth == 1 {
            drop_deferred();
        }
        LOCAL.with(|local| local.depth.set(depth - 1));
    }
}

struct Freeing {
    place: *mut u8,
    layout: Layout,
    free: FreeSlot,
}

impl Drop for Freeing {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the caller of `drop_object` gave the slot up.
        unsafe { (self.free)(self.place, self.layout) }
    }
}

/// Runs a task that began inside somebody's drop, with drops of its own: what it gives up ends with it, not with them.
pub fn with_own_drops<R>(run: impl FnOnce() -> R) -> R {
    struct Back(u32);
    impl Drop for Back {
        fn drop(&mut self) {
            LOCAL.with(|local| local.depth.set(self.0));
        }
    }
    let _back = Back(LOCAL.with(|local| local.depth.replace(0)));
    run()
}

#[cold]
fn defer(object: Deferred) {
    // So that the list's memory is freed when the thread ends, also where that belongs to no node. A thread that is
    // ending already has no guard, and leaves it.
    let _ = GUARD.try_with(|_| ());
    // SAFETY: contract 2.
    LOCAL.with(|local| unsafe { (*local.deferred.get()).push(object) });
}

/// Drops what was too deep, and what that makes too deep in turn.
#[inline]
fn drop_deferred() {
    // SAFETY: contract 2: the reference ends before anything is dropped.
    while let Some(next) = LOCAL.with(|local| unsafe { (*local.deferred.get()).pop() }) {
        // SAFETY: what is in the list was promised by those who put it there.
        unsafe { next.descriptor.drop_object(next.place, next.elements, next.layout, next.free) };
    }
}
