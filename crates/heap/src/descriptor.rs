//! What the runtime knows of a type: one descriptor for each, named by its place in the program's image.

use crate::carry::{Carry, Facts};
use crate::local::{FreeSlot, drop_object};
use crate::trace::{Found, pins_of};
use drust_proto::DescriptorId;
use std::alloc::Layout;
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{LazyLock, RwLock};

/// A type as the runtime sees it: its layout, and the functions that trace and drop it.
pub struct Descriptor {
    /// [`seal`] of the size and the alignment.
    seal: u64,
    name: fn() -> &'static str,
    size: usize,
    align: usize,
    facts: Facts,
    trace: unsafe fn(*const u8, &mut Found),
    drop: unsafe fn(*mut u8, usize, Layout, FreeSlot),
    targets: fn(&mut Targets),
    pins: PinsOf,
}

/// Appends what the handles of a forgotten copy of so many values hold.
pub type PinsOf = unsafe fn(*const u8, usize, &mut Vec<*const u8>);

/// Gives every type that may cross its descriptor.
pub trait Described: Carry + Sized {
    /// The descriptor of this type; two constants of one type may lie at different addresses, each as good.
    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        seal: seal(size_of::<Self>(), align_of::<Self>()),
        name: std::any::type_name::<Self>,
        size: size_of::<Self>(),
        align: align_of::<Self>(),
        facts: Self::FACTS,
        trace: trace_erased::<Self>,
        drop: drop_object::<Self>,
        targets: Self::targets,
        pins: pins_of::<Self>,
    };
}

impl<T: Carry> Described for T {}

unsafe fn trace_erased<T: Carry>(this: *const u8, found: &mut Found) {
    // SAFETY: a descriptor's functions are called on values of its own type only, as `Descriptor::trace` asks.
    unsafe { T::trace(this.cast(), found) }
}

/// What a descriptor begins with, by which it is known from anything else in a program's constants.
///
/// Nothing but a descriptor is made with it, and constants cannot be written, by whichever peer. So what is taken for a
/// descriptor and is none would be 24 bytes of the program that fit each other by chance, in the 64 bits of the seal:
/// among all aligned places of a constant segment of 1 GiB, once in 2^37 builds.
const fn seal(size: usize, align: usize) -> u64 {
    let size = (size as u64 ^ 0x9d3c_51e7_7f42_b6a9).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (size.rotate_left(29) ^ align as u64).wrapping_mul(0xa5b3_2ec9_41f7_0d6b)
}

/// Descriptor ids are distances from here: the image is loaded anywhere, but always in one piece.
static ANCHOR: u64 = 0;

impl Descriptor {
    /// The type's name, as [`std::any::type_name`] has it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        (self.name)()
    }

    /// Bytes of one value.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Alignment of a value in bytes.
    #[must_use]
    pub const fn align(&self) -> usize {
        self.align
    }

    /// What values of the type hold inline.
    #[must_use]
    pub const fn facts(&self) -> Facts {
        self.facts
    }

    /// The layout of `elements` values side by side.
    ///
    /// # Panics
    /// Where they would take more than `isize::MAX` bytes; no such object can have been allocated.
    #[inline]
    #[must_use]
    pub fn layout(&self, elements: usize) -> Layout {
        let bytes = self.size.checked_mul(elements).expect("capacity overflow");
        Layout::from_size_align(bytes, self.align).expect("capacity overflow")
    }

    /// Notes each drust handle inside one value.
    ///
    /// # Safety
    /// `this` points to a readable value of this type whose non-atomic bytes nobody writes meanwhile.
    #[inline]
    pub unsafe fn trace(&self, this: *const u8, found: &mut Found) {
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { (self.trace)(this, found) }
    }

    /// Whether dropping such values does nothing.
    #[inline]
    #[must_use]
    pub const fn is_trivial(&self) -> bool {
        !self.facts.handles && !self.facts.user_drop
    }

    /// What the copy table calls when it evicts a copy of such values; none for plain bytes, which hold no pins.
    #[must_use]
    pub fn pins(&self) -> Option<PinsOf> {
        self.facts.handles.then_some(self.pins)
    }

    /// Drops the values in an object's slot and gives the slot to `free`; see [`drop_object`].
    ///
    /// # Safety
    /// As for [`drop_object`], for values of this type.
    pub unsafe fn drop_object(&self, place: *mut u8, elements: usize, layout: Layout, free: FreeSlot) {
        // SAFETY: the caller's promise is the callee's condition.
        unsafe { (self.drop)(place, elements, layout, free) }
    }

    /// The number that names this descriptor in every process of this build.
    ///
    /// # Panics
    /// Where the type lives in another shared object more than 2 GiB away: link drust statically, as cargo does.
    #[inline]
    #[must_use]
    pub fn id(&'static self) -> DescriptorId {
        let here = std::ptr::from_ref(self).expose_provenance();
        let distance = here.wrapping_sub((&raw const ANCHOR).addr()).cast_signed();
        match i32::try_from(distance).ok().and_then(|near| NonZeroU32::new(near.cast_unsigned())) {
            Some(id) => DescriptorId(id),
            None => too_far(self),
        }
    }

    /// Where the descriptor that `id` names would lie in this process.
    #[must_use]
    pub fn address_of(id: DescriptorId) -> usize {
        let distance = id.0.get().cast_signed() as isize;
        (&raw const ANCHOR).addr().wrapping_add_signed(distance)
    }

    /// The descriptor that `id` names, if it does name one, whoever made the number up. `is_code` tells the program's
    /// code by its address.
    ///
    /// The seal alone is not enough: the last page of a segment shows what follows it in the program's file, and so,
    /// perhaps, descriptors as they were before their functions' addresses were filled in.
    ///
    /// # Safety
    /// The place that `id` names ([`Descriptor::address_of`]) is aligned as descriptors are, and lies with all bytes of
    /// one in a constant segment of this program's image: mapped, and written by nobody.
    #[must_use]
    pub unsafe fn find(id: DescriptorId, is_code: impl Fn(usize) -> bool) -> Option<&'static Descriptor> {
        let place = std::ptr::with_exposed_provenance::<Descriptor>(Descriptor::address_of(id));
        // SAFETY: the words are readable, aligned and constant, and any bits are good for numbers.
        let (found, size, align) = unsafe { ((*place).seal, (*place).size, (*place).align) };
        if found != seal(size, align) {
            return None;
        }
        // SAFETY: as above; a function pointer is as large as a number, and is looked at as one.
        let functions = unsafe {
            let (name, trace) = (&raw const (*place).name, &raw const (*place).trace);
            let (drop, targets, pins) =
                (&raw const (*place).drop, &raw const (*place).targets, &raw const (*place).pins);
            [name.cast::<usize>(), trace.cast(), drop.cast(), targets.cast(), pins.cast()].map(|word| word.read())
        };
        // SAFETY: what bears the seal of its own size and alignment is a descriptor, as `seal` argues; its functions
        // are this program's, and constants live as long as the program.
        functions.into_iter().all(is_code).then(|| unsafe { &*place })
    }

    /// The descriptor that `id` names.
    ///
    /// # Safety
    /// `id` came from [`Descriptor::id`] in this process: it was read from this node's own slot metadata.
    #[must_use]
    pub unsafe fn from_id(id: DescriptorId) -> &'static Descriptor {
        // SAFETY: `id` exposed the provenance of a `&'static Descriptor` at this distance from the anchor.
        unsafe { &*std::ptr::with_exposed_provenance(Descriptor::address_of(id)) }
    }

    /// Whether a value, or anything it owns through handles, has a user's `Drop`.
    pub fn drops_user_code(&'static self) -> bool {
        self.whole_facts().user_drop
    }

    /// Whether others can see that a value ends: a user's `Drop` runs, or a handle is counted off. Such values end on
    /// the thread that drops them, so that the effect is there when it goes on (DESIGN rule 9); others at their home.
    pub fn end_is_seen(&'static self) -> bool {
        let facts = self.whole_facts();
        facts.user_drop || facts.counted
    }

    /// Whether counted handles leave with a value, inline or tied to it: on a thread that may wait, and with credit
    /// that no copy has. Of tied values all that they own is looked at, since types may own themselves.
    #[inline]
    pub fn takes_counted(&'static self) -> bool {
        self.facts.counted || self.facts.tied && self.whole_facts().counted
    }

    /// The facts of a value and of all that it owns through handles.
    ///
    /// Found once a type, by worklist, since types may own themselves; then looked up.
    fn whole_facts(&'static self) -> Facts {
        static KNOWN: LazyLock<RwLock<HashMap<usize, Facts>>> = LazyLock::new(RwLock::default);
        if !self.facts.handles {
            return self.facts;
        }
        let key = std::ptr::from_ref(self).addr();
        if let Some(&known) = KNOWN.read().expect("no panic under this lock").get(&key) {
            return known;
        }
        let found = self.gather_facts();
        KNOWN.write().expect("no panic under this lock").insert(key, found);
        found
    }

    fn gather_facts(&'static self) -> Facts {
        let mut list = Targets { reached: vec![self] };
        let mut facts = Facts::NONE;
        let mut next = 0;
        while let Some(&descriptor) = list.reached.get(next) {
            facts = facts.and(descriptor.facts);
            (descriptor.targets)(&mut list);
            next += 1;
        }
        facts
    }
}

#[cold]
fn too_far(descriptor: &Descriptor) -> ! {
    panic!(
        "the descriptor of {} lies more than 2 GiB from drust's: link drust statically, without prefer-dynamic",
        descriptor.name()
    )
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Descriptor({}, {} bytes)", self.name(), self.size)
    }
}

/// The types that a type's handles own, gathered without recursion.
#[derive(Debug)]
pub struct Targets {
    reached: Vec<&'static Descriptor>,
}

impl Targets {
    /// Notes that a handle owns values of `descriptor`'s type.
    pub fn push(&mut self, descriptor: &'static Descriptor) {
        // Constants of one type may differ in address; there are finitely many, so the walk ends all the same.
        if !self.reached.iter().any(|known| std::ptr::eq(*known, descriptor)) {
            self.reached.push(descriptor);
        }
    }
}
