//! Mapped memory: a reserved range of addresses, private or shared through a memory file, and the commands that commit
//! pages and give them back.
//!
//! What is large is in huge pages, where the system has them: random accesses to small ones mostly wait for their
//! translation.
//!
//! Under Miri and loom, which know no `mmap`, a region is an allocation of the Rust allocator.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;

/// What backs the memory of a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backing {
    /// Anonymous memory of this process.
    Private,
    /// A memory file that peers may map.
    Shared,
}

/// A mapped range of addresses, unmapped when dropped.
#[derive(Debug)]
pub struct Region {
    base: NonNull<u8>,
    len: usize,
    file: Option<OwnedFd>,
}

// SAFETY: a region owns its mapping as a `Box<[UnsafeCell<MaybeUninit<u8>>]>` would and touches no byte of it itself;
// what it offers through `&self` are system calls on it, which may run in any thread, and reading its own fields.
unsafe impl Send for Region {}
// SAFETY: as for `Send`.
unsafe impl Sync for Region {}

/// Alignment of every region that a space lives in.
pub(crate) const ALIGN: usize = 2 << 20;

impl Region {
    /// Lowest address.
    #[inline]
    #[must_use]
    pub fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Length in bytes.
    #[inline]
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a region is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether `address` lies inside.
    #[inline]
    #[must_use]
    pub fn contains(&self, address: *const u8) -> bool {
        address.addr().wrapping_sub(self.base.as_ptr().addr()) < self.len
    }

    /// The memory file of a shared region.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }
}

#[cfg(not(any(miri, loom)))]
mod system {
    use super::{ALIGN, Backing, Region};
    use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, ftruncate, memfd_create};
    use rustix::io::{Errno, retry_on_intr};
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};
    use std::io;
    use std::os::fd::{BorrowedFd, OwnedFd};
    use std::ptr::{self, NonNull};

    const READ_WRITE: ProtFlags = ProtFlags::READ.union(ProtFlags::WRITE);
    /// Bytes for which huge pages are asked for at a time, or more: each time all processors are interrupted once.
    const WORTH_HUGE: usize = 16 << 20;
    const SMALL_PAGE: u64 = 4 << 10;

    impl Region {
        /// Reserves `len` bytes of addresses, aligned to 2 MiB; nothing is committed.
        ///
        /// # Errors
        /// What the system says when it refuses the addresses or the memory file.
        pub fn reserve(name: &str, len: usize, backing: Backing) -> io::Result<Region> {
            let mut region = Region::aligned(len)?;
            match backing {
                Backing::Private => {
                    // SAFETY: the range is the mapping just made, and the advice changes no contents.
                    let huge = unsafe { madvise(region.base().cast(), len, Advice::LinuxHugepage) };
                    // A refusal (no huge pages in this kernel) costs speed only.
                    tracing::trace!(?huge, name, "asked for huge pages");
                }
                Backing::Shared => region.back_by_file(name)?,
            }
            Ok(region)
        }

        /// Anonymous zeroed memory for tables, of which only touched pages cost.
        pub(crate) fn table(len: usize) -> io::Result<Region> {
            // SAFETY: without a fixed address a new mapping replaces nothing.
            let base = unsafe { mmap_anonymous(ptr::null_mut(), len, READ_WRITE, flags(MapFlags::PRIVATE))? };
            Ok(Region::of(base, len))
        }

        /// Maps the first `len` bytes of a peer's memory file, readable and writable.
        ///
        /// # Errors
        /// What the system says when it refuses the mapping.
        pub fn peer(file: BorrowedFd<'_>, len: usize) -> io::Result<Region> {
            let shared = flags(MapFlags::SHARED);
            // SAFETY: without a fixed address a new mapping replaces nothing.
            let base = unsafe { mmap(ptr::null_mut(), len, READ_WRITE, shared, file, 0)? };
            Ok(Region::of(base, len))
        }

        fn of(base: *mut core::ffi::c_void, len: usize) -> Region {
            let base = NonNull::new(base.cast()).expect("the system maps nothing at address zero");
            Region { base, len, file: None }
        }

        fn aligned(len: usize) -> io::Result<Region> {
            let wide = len.checked_add(ALIGN).ok_or(Errno::NOMEM)?;
            let mut region = Region::table(wide)?;
            let base = region.base();
            let before = base.align_offset(ALIGN);
            let start = base.wrapping_add(before);
            // SAFETY: both ranges lie in the mapping just made, page-aligned, outside the part that is kept, and nobody
            // else knows the mapping. An empty range is never passed.
            unsafe {
                if before > 0 {
                    munmap(base.cast(), before)?;
                }
                munmap(start.wrapping_add(len).cast(), ALIGN - before)?;
            }
            region.base = NonNull::new(start).expect("above an address that is not null");
            region.len = len;
            Ok(region)
        }

        fn back_by_file(&mut self, name: &str) -> io::Result<()> {
            let file = memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            ftruncate(&file, self.len as u64)?;
            // Nobody who is handed the file can make a mapped page vanish by shortening it.
            fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
            let shared = flags(MapFlags::SHARED | MapFlags::FIXED);
            // SAFETY: the fixed range is exactly the untouched reservation that `self` owns.
            unsafe { mmap(self.base().cast(), self.len, READ_WRITE, shared, &file, 0)? };
            self.file = Some(file);
            Ok(())
        }

        /// Makes `len` bytes from `offset` safe to touch. A shared page that the system cannot provide must fail
        /// here: at the first touch it would be a SIGBUS.
        pub(crate) fn commit(&self, offset: usize, len: usize) -> Result<(), i32> {
            let Some(file) = &self.file else {
                return Ok(());
            };
            self.ask_for_huge(file, offset, len);
            let all = retry_on_intr(|| fallocate(file, FallocateFlags::empty(), offset as u64, len as u64));
            if all.is_err() {
                // SAFETY: the range was not committed, so nobody relies on what is in it.
                unsafe { self.decommit(offset, len) };
            }
            all.map_err(Errno::raw_os_error)
        }

        /// Has the system back the whole huge pages of a range by such, also where it does so for no memory file by
        /// itself. What it refuses costs speed only.
        fn ask_for_huge(&self, file: &OwnedFd, offset: usize, len: usize) {
            let (start, end) = (offset.next_multiple_of(ALIGN), (offset + len) / ALIGN * ALIGN);
            if start + WORTH_HUGE > end {
                return;
            }
            // A huge page is made of small ones: of the fewer there are, the less is copied; of none, none is made.
            let first = |at| retry_on_intr(|| fallocate(file, FallocateFlags::empty(), at as u64, SMALL_PAGE));
            if (start..end).step_by(ALIGN).all(|at| first(at).is_ok()) {
                let start_at = self.base().wrapping_add(start).cast();
                // SAFETY: the range lies in our mapping, and the advice changes no contents.
                let refused = unsafe { libc::madvise(start_at, end - start, libc::MADV_COLLAPSE) };
                tracing::trace!(refused, len, "asked for huge pages of a memory file");
            }
        }

        /// Gives the memory behind `len` bytes from `offset` back to the system; the addresses stay.
        ///
        /// # Safety
        /// Nobody may rely on the contents of the range.
        pub(crate) unsafe fn decommit(&self, offset: usize, len: usize) -> bool {
            assert!(offset <= self.len && len <= self.len - offset);
            match &self.file {
                Some(file) => {
                    let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                    retry_on_intr(|| fallocate(file, hole, offset as u64, len as u64)).is_ok()
                }
                // SAFETY: the range lies in our private mapping and the caller gave its contents up.
                None => unsafe { madvise(self.base().wrapping_add(offset).cast(), len, Advice::LinuxDontNeed).is_ok() },
            }
        }
    }

    impl Drop for Region {
        fn drop(&mut self) {
            // SAFETY: the mapping is ours and its owner gives up every pointer into it by dropping it.
            let unmapped = unsafe { munmap(self.base().cast(), self.len) };
            debug_assert!(unmapped.is_ok());
        }
    }

    fn flags(kind: MapFlags) -> MapFlags {
        kind | MapFlags::NORESERVE
    }
}

#[cfg(any(miri, loom))]
mod system {
    use super::{ALIGN, Backing, Region};
    use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
    use std::io;
    use std::os::fd::BorrowedFd;
    use std::ptr::NonNull;

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(len, ALIGN).expect("a small region")
    }

    impl Region {
        /// Allocates `len` bytes, aligned to 2 MiB, whatever the backing.
        ///
        /// # Errors
        /// None here.
        pub fn reserve(_name: &str, len: usize, _backing: Backing) -> io::Result<Region> {
            Region::table(len)
        }

        pub(crate) fn table(len: usize) -> io::Result<Region> {
            assert!(len > 0);
            // SAFETY: the size is not zero.
            let base = unsafe { alloc_zeroed(layout(len)) };
            let base = NonNull::new(base).unwrap_or_else(|| handle_alloc_error(layout(len)));
            Ok(Region { base, len, file: None })
        }

        /// Not possible without a system.
        ///
        /// # Errors
        /// Always.
        pub fn peer(_file: BorrowedFd<'_>, _len: usize) -> io::Result<Region> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn commit(&self, _offset: usize, _len: usize) -> Result<(), i32> {
            Ok(())
        }

        /// # Safety
        /// As for the mapped one; here nothing happens.
        pub(crate) unsafe fn decommit(&self, _offset: usize, _len: usize) -> bool {
            true
        }
    }

    impl Drop for Region {
        fn drop(&mut self) {
            // SAFETY: allocated in `table` with this layout, and the owner gives up every pointer into it.
            unsafe { dealloc(self.base.as_ptr(), layout(self.len)) }
        }
    }
}
