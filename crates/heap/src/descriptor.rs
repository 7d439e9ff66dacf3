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

    /// The descriptor that `id` names.
    ///
    /// # Safety
    /// `id` came from [`Descriptor::id`] in a process of this build: it was read from this node's own slot metadata, or
    /// an authenticated peer sent it.
    #[must_use]
    pub unsafe fn from_id(id: DescriptorId) -> &'static Descriptor {
        // SAFETY: `id` exposed the provenance of a `&'static Descriptor` at this distance from the anchor; in another
        // process of the build, that of its twin here, which is part of this program's image.
        unsafe { &*std::ptr::with_exposed_provenance(Descriptor::address_of(id)) }
    }

    /// Whether a value, or anything it owns through handles, has a user's `Drop`.
    ///
    /// Found once a type, by worklist, since types may own themselves; then looked up.
    pub fn drops_user_code(&'static self) -> bool {
        static KNOWN: LazyLock<RwLock<HashMap<usize, bool>>> = LazyLock::new(RwLock::default);
        if !self.facts.handles {
            return self.facts.user_drop;
        }
        let key = std::ptr::from_ref(self).addr();
        if let Some(&known) = KNOWN.read().expect("no panic under this lock").get(&key) {
            return known;
        }
        let found = self.owns_user_drop();
        KNOWN.write().expect("no panic under this lock").insert(key, found);
        found
    }

    fn owns_user_drop(&'static self) -> bool {
        let mut list = Targets { reached: vec![self] };
        let mut next = 0;
        while let Some(&descriptor) = list.reached.get(next) {
            if descriptor.facts.user_drop {
                return true;
            }
            (descriptor.targets)(&mut list);
            next += 1;
        }
        false
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
