//! Telling AddressSanitizer which bytes of a space are free: it sees the mapping, not what is handed out of it.
//!
//! Under `--cfg drust_asan` (`cargo xtask asan`) a free slot, the rest of a slot behind its object, and pages that were
//! given back are poisoned, so that a use after free in the global heap, or in a copy, ends the process with a report.
//! In every other build nothing is left of this.
//!
//! Poison is a matter of one process: peers that map the partition read it unchecked.

/// Makes every use of these bytes an error.
#[inline(always)]
pub(super) fn poison(place: *const u8, len: usize) {
    #[cfg(drust_asan)]
    // SAFETY: this writes the sanitizer's shadow only; the bytes are the space's own, and free.
    unsafe {
        sanitizer::__asan_poison_memory_region(place.cast(), len);
    }
    #[cfg(not(drust_asan))]
    let _ = (place, len);
}

/// Allows these bytes to be used.
#[inline(always)]
pub(super) fn unpoison(place: *const u8, len: usize) {
    #[cfg(drust_asan)]
    // SAFETY: as above; the bytes are about to be handed out, or to be unmapped.
    unsafe {
        sanitizer::__asan_unpoison_memory_region(place.cast(), len);
    }
    #[cfg(not(drust_asan))]
    let _ = (place, len);
}

#[cfg(drust_asan)]
mod sanitizer {
    use std::ffi::c_void;

    unsafe extern "C" {
        pub(super) fn __asan_poison_memory_region(place: *const c_void, len: usize);
        pub(super) fn __asan_unpoison_memory_region(place: *const c_void, len: usize);
    }
}
