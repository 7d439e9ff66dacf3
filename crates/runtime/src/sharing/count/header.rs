//! What lies before a counted value, in the same slot of its home: the counts, and what the value is.
//!
//! Contract of a [`Header`]:
//!
//! 1. `strong` is the number of strong handles in the home's memory, and one more while strong weight is out. It rises
//!    from 0 only in [`Header::set_up`], by who made the slot. Who brings it to 0 ends the values, alone.
//! 2. `weak` is the same of weak handles, and one more while `strong` is not 0 or the values are being ended; or
//!    [`LOCKED`], for the few instructions in which [`Header::is_alone`] looks at both. Who brings it to 0 frees the
//!    slot.
//! 3. The rest does not change.

use super::journal;
use crate::memory;
use crate::sharing::cell::Head;
use drust_heap::trace::Found;
use drust_heap::{Carry, Descriptor, Facts, Targets};
use drust_proto::DescriptorId;
use drust_proto::sharing::Family;
use std::alloc::Layout;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering, fence};

/// `weak` while it is looked at together with `strong`.
const LOCKED: u64 = u64::MAX;
/// So many handles are a leak, and the next 2^63 would be unsound.
const MOST: u64 = i64::MAX as u64;

/// Strong handles, which keep the values, or weak ones, which keep their place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Which {
    Strong,
    Weak,
}

/// The counts of the values behind it, and their type and number; see the module.
#[repr(C)]
#[derive(Debug)]
pub(super) struct Header {
    head: Head,
    descriptor: DescriptorId,
    strong: AtomicU64,
    weak: AtomicU64,
    elements: usize,
}

const _: () = assert!(size_of::<Header>() == 32);

/// What a slot with a header and values of type `I` is: a cell whose values are read elsewhere.
pub(super) struct Held<I>(PhantomData<I>);

// SAFETY: nothing of it is ever traced: it does not travel.
unsafe impl<I: Carry> Carry for Held<I> {
    const FACTS: Facts = I::FACTS.and(Facts::OPEN_CELL);

    unsafe fn trace(_: *const Self, _: &mut Found) {}

    fn targets(list: &mut Targets) {
        I::targets(list);
    }
}

/// Bytes from a slot's start to its values, which ask for this alignment.
pub(super) const fn offset(align: usize) -> usize {
    if align > size_of::<Header>() { align } else { size_of::<Header>() }
}

/// The layout of a slot whose values have this layout.
#[inline(always)]
pub(super) fn slot_of(values: Layout) -> Layout {
    let align = values.align().max(align_of::<Header>());
    let bytes = values.size().checked_add(offset(values.align())).expect("capacity overflow");
    Layout::from_size_align(bytes, align).expect("capacity overflow").pad_to_align()
}

/// A slot with one value of type `I`.
#[repr(C)]
pub(super) struct Slot<I>(Header, I);

impl<I> Slot<I> {
    /// As [`slot_of`] has it.
    pub(super) const LAYOUT: Layout = Layout::new::<Slot<I>>();
}

impl Header {
    /// The header of values without a strong handle, which one weak handle keeps.
    pub(super) fn new(descriptor: &'static Descriptor, elements: usize) -> Header {
        Header {
            head: Head::new(Family::Count),
            descriptor: descriptor.id(),
            strong: AtomicU64::new(0),
            weak: AtomicU64::new(1),
            elements,
        }
    }

    /// The values' type.
    pub(super) fn descriptor(&self) -> &'static Descriptor {
        // SAFETY: the id is of a descriptor of this process, and was stored by this node's own allocation.
        unsafe { Descriptor::from_id(self.descriptor) }
    }

    pub(super) fn elements(&self) -> usize {
        self.elements
    }

    /// Where the values lie.
    pub(super) fn values(&self) -> *mut u8 {
        let slot = std::ptr::from_ref(self).expose_provenance();
        std::ptr::with_exposed_provenance_mut(slot + offset(self.descriptor().align()))
    }

    pub(super) fn count(&self, which: Which) -> u64 {
        match which {
            Which::Strong => self.strong.load(Ordering::Acquire),
            Which::Weak => match self.weak.load(Ordering::Acquire) {
                LOCKED => 1,
                count => count,
            },
        }
    }

    /// Counts one more, where there is one.
    #[inline(always)]
    pub(super) fn up(&self, which: Which) {
        match which {
            Which::Strong => {
                // Relaxed: who may count has a handle, and what is done through the new one comes after.
                if self.strong.fetch_add(1, Ordering::Relaxed) > MOST {
                    std::process::abort();
                }
            }
            Which::Weak => self.up_weak(),
        }
    }

    #[inline]
    fn up_weak(&self) {
        let mut seen = self.weak.load(Ordering::Relaxed);
        loop {
            if seen == LOCKED {
                // Another thread looks at both counts: a few instructions, in which it waits for nobody.
                std::hint::spin_loop();
                seen = self.weak.load(Ordering::Relaxed);
                continue;
            }
            if seen > MOST {
                std::process::abort();
            }
            match self.weak.compare_exchange_weak(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// Counts one more strong handle, unless there is none.
    pub(super) fn try_up(&self) -> bool {
        let up = |count: u64| match count {
            0 => None,
            count if count > MOST => std::process::abort(),
            count => Some(count + 1),
        };
        // Acquire: who finds the values sees them, also where a cyclic maker has just written them.
        self.strong.fetch_update(Ordering::Acquire, Ordering::Relaxed, up).is_ok()
    }

    /// Counts one less; whether that was the last.
    #[inline(always)]
    #[must_use]
    pub(super) fn down(&self, which: Which) -> bool {
        let count = match which {
            Which::Strong => &self.strong,
            Which::Weak => &self.weak,
        };
        let last = count.fetch_sub(1, Ordering::Release) == 1;
        if last {
            // What others did through their handles came before their count.
            fence(Ordering::Acquire);
        }
        last
    }

    /// Takes the last strong handle's count, if there is one: the values are the caller's then.
    pub(super) fn take_last(&self) -> bool {
        let taken = self.strong.compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed).is_ok();
        if taken {
            fence(Ordering::Acquire);
        }
        taken
    }

    /// Whether there is one strong handle, and no weak one.
    pub(super) fn is_alone(&self) -> bool {
        if self.weak.compare_exchange(1, LOCKED, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return false;
        }
        // Acquire: what was done through handles that are gone came before.
        let alone = self.strong.load(Ordering::Acquire) == 1;
        self.weak.store(1, Ordering::Release);
        alone
    }

    /// The values are there now, with one strong handle; the weak one that kept the slot is theirs.
    pub(super) fn set_up(&self) {
        self.strong.store(1, Ordering::Release);
    }

    /// Lets go of the weak handle that the strong ones share, whose values have ended or left.
    ///
    /// # Safety
    /// The header is not used again by the caller.
    pub(super) unsafe fn let_go(&self) {
        let layout = slot_of(self.descriptor().layout(self.elements));
        // SAFETY: the caller's promise, and the slot was allocated with this layout.
        unsafe { self.let_go_of_slot(layout) }
    }

    /// As [`Header::let_go`], where the slot's layout is known.
    ///
    /// # Safety
    /// As there; the slot was allocated with this layout.
    #[inline(always)]
    pub(super) unsafe fn let_go_of_slot(&self, layout: Layout) {
        // Where it is the only one left, nobody is there who could count.
        if self.weak.load(Ordering::Acquire) == 1 || self.down(Which::Weak) {
            // SAFETY: no handle is left.
            unsafe { memory::free(std::ptr::from_ref(self).cast_mut().cast(), layout) }
        }
    }

    /// Ends the values, whose last strong handle is gone, where they are.
    ///
    /// # Safety
    /// The caller brought the strong count to 0, and does not use the header again.
    pub(super) unsafe fn end(&self) {
        let (descriptor, elements) = (self.descriptor(), self.elements);
        journal::ended(self.values(), offset(descriptor.align()));
        // SAFETY: the values are at home here, and nobody else may use them.
        unsafe { descriptor.drop_object(self.values(), elements, descriptor.layout(elements), let_go_of) }
    }
}

/// The [`FreeSlot`](drust_heap::local::FreeSlot) of values behind a header.
///
/// # Safety
/// `values` is where a header's values were, which have ended.
pub(super) unsafe fn let_go_of(values: *mut u8, layout: Layout) {
    let slot = values.wrapping_sub(offset(layout.align()));
    // SAFETY: a header lies there, kept by the weak handle that is given up here.
    unsafe { (*slot.cast::<Header>()).let_go() }
}
