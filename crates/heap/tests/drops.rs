//! Deep drops: what waits in a list is freed as its own caller asked, also when a user's `Drop` panics.

use drust_heap::local::{dangling, drop_object};
use drust_heap::trace::Found;
use drust_heap::{Carry, Facts, Targets};
use std::alloc::Layout;
use std::cell::Cell;

thread_local! {
    static BELOW: Cell<u32> = const { Cell::new(0) };
    static PANICS: Cell<bool> = const { Cell::new(false) };
    static FREED: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// A value that drops another object in its `Drop`, down to plain bytes below the depth at which drops are deferred.
struct Shaft;

// SAFETY: no handles.
unsafe impl Carry for Shaft {
    const FACTS: Facts = Facts::USER_DROP;
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}

impl Drop for Shaft {
    fn drop(&mut self) {
        let below = BELOW.get();
        if below == 0 {
            let bytes = Layout::new::<u64>();
            let slot = Box::into_raw(Box::new(7_u64)).cast();
            // SAFETY: the number is given up, to the function that frees the box it came from.
            unsafe { drop_object::<u64>(slot, 1, bytes, free_deep) };
            assert!(!PANICS.get(), "as asked");
            return;
        }
        BELOW.set(below - 1);
        dig();
    }
}

fn dig() {
    // SAFETY: the value has no bytes, and the function only counts.
    unsafe { drop_object::<Shaft>(dangling(1).as_ptr(), 1, Layout::new::<Shaft>(), free_shaft) };
}

unsafe fn free_shaft(_: *mut u8, layout: Layout) {
    assert_eq!(layout.size(), 0, "this slot is for the other function to free");
    let (shafts, deep) = FREED.get();
    FREED.set((shafts + 1, deep));
}

unsafe fn free_deep(slot: *mut u8, _: Layout) {
    // SAFETY: it came from a box of a number, in `Shaft::drop`.
    drop(unsafe { Box::from_raw(slot.cast::<u64>()) });
    let (shafts, deep) = FREED.get();
    FREED.set((shafts, deep + 1));
}

#[test]
fn deferred_slots_are_freed_by_their_own_function() {
    BELOW.set(100);
    dig();
    assert_eq!(FREED.get(), (101, 1));
}

#[test]
fn deferred_slots_are_freed_after_a_panic() {
    BELOW.set(100);
    PANICS.set(true);
    assert!(std::panic::catch_unwind(dig).is_err());
    assert_eq!(FREED.get(), (101, 1));
}
