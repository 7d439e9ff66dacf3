//! Shared memory: a mapped memory file, and the files themselves.

use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};
use rustix::mm::{MapFlags, ProtFlags};
use std::io;
use std::ptr::NonNull;

/// A shared mapping of a whole file; unmapped when dropped.
#[derive(Debug)]
pub(super) struct Memory {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: this is an address range, not a reference; whoever reads or writes through it makes its own argument.
unsafe impl Send for Memory {}
// SAFETY: as above; no method touches the mapped bytes.
unsafe impl Sync for Memory {}

/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// Reserves addresses for a mapping that can be in huge pages, as the file's own are: they begin where such a page can.
/// Null, and nothing reserved, for what is smaller than one.
fn reserve(len: usize) -> io::Result<*mut u8> {
    if len < HUGE {
        return Ok(std::ptr::null_mut());
    }
    let pages = len.next_multiple_of(rustix::param::page_size());
    let wide = pages.checked_add(HUGE).ok_or(io::ErrorKind::OutOfMemory)?;
    let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
    // SAFETY: without a fixed address a new mapping replaces nothing.
    let base = unsafe { rustix::mm::mmap_anonymous(std::ptr::null_mut(), wide, ProtFlags::empty(), flags) }?;
    let base: *mut u8 = base.cast();
    let before = base.align_offset(HUGE);
    let start = base.wrapping_add(before);
    // SAFETY: both ranges are of the mapping just made, which nobody else knows, and outside of the part that is kept;
    // both are whole pages, and the second is not empty, since the mapping begins at a page.
    unsafe {
        if before > 0 {
            rustix::mm::munmap(base.cast(), before)?;
        }
        rustix::mm::munmap(start.wrapping_add(pages).cast(), HUGE - before)?;
    }
    Ok(start)
}

impl Memory {
    /// Maps the first `len` bytes of `file`, which must have them: a touch beyond a file's end is a fatal signal.
    pub(super) fn map(file: impl AsFd, len: usize) -> io::Result<Memory> {
        let size = rustix::fs::fstat(&file)?.st_size;
        if u64::try_from(size).is_ok_and(|size| size < len as u64) {
            let message = format!("the file has {size} bytes where {len} were announced");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let place = reserve(len)?;
        let fixed = if place.is_null() { MapFlags::empty() } else { MapFlags::FIXED };
        let flags = MapFlags::SHARED | MapFlags::NORESERVE | fixed;
        // SAFETY: the kernel chooses a fresh range, or replaces exactly the one that was just reserved here.
        let base = unsafe { rustix::mm::mmap(place.cast(), len, ProtFlags::READ | ProtFlags::WRITE, flags, file, 0) }?;
        let base = NonNull::new(base.cast()).ok_or_else(|| io::Error::other("the kernel mapped at address 0"))?;
        Ok(Memory { base, len })
    }

    /// A new file of `len` zero bytes, committed now (a shortage is an error here, not a signal later) and never to
    /// change its size, and its mapping.
    pub(super) fn create(name: &str, len: usize) -> io::Result<(OwnedFd, Memory)> {
        let file = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, len as u64)?;
        rustix::fs::fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        let memory = Memory::map(&file, len)?;
        Ok((file, memory))
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The place of a `T` at `offset`.
    pub(super) fn at<T>(&self, offset: usize) -> NonNull<T> {
        assert!(offset.checked_add(size_of::<T>()).is_some_and(|end| end <= self.len), "outside the mapping");
        assert!(offset.is_multiple_of(align_of::<T>()), "misaligned in the mapping");
        // SAFETY: the offset is inside this mapping, as just asserted.
        unsafe { self.base.add(offset) }.cast()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: `map` made this range, only this `Memory` ends it, and what points into it keeps the `Memory` alive.
        // It can fail only for arguments that `map` could not have produced.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "needs the system's memory files")]
    fn what_can_be_in_huge_pages_begins_at_one() {
        for len in [HUGE, HUGE + 1, 3 * HUGE, 5 * HUGE + (68 << 10)] {
            let (file, memory) = Memory::create("drust-test", len).unwrap();
            assert!(memory.base().as_ptr().addr().is_multiple_of(HUGE), "{len}");
            let again = Memory::map(&file, len).unwrap();
            // SAFETY: both mappings show the same bytes, which this thread alone uses.
            unsafe {
                memory.at::<u8>(len - 1).write(7);
                assert_eq!((again.at::<u8>(len - 1).read(), again.at::<u8>(0).read()), (7, 0));
            }
        }
        assert_eq!(Memory::create("drust-test", 4096).unwrap().1.len(), 4096);
    }
}
