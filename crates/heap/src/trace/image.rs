//! Bytes on their way: values and all that travels with them, one after the other.
//!
//! Values lie at offsets that are multiples of their alignment, counted from the image's start. The bytes between, and
//! the padding inside values, are never read as anything but `MaybeUninit<u8>`.

use std::fmt;
use std::mem::MaybeUninit;

/// A growing buffer of possibly uninitialised bytes, aligned to 16.
#[derive(Default)]
pub struct Image {
    blocks: Vec<MaybeUninit<u128>>,
    len: usize,
    align: usize,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Image");
        shown.field("len", &self.len).field("align", &self.align).finish_non_exhaustive()
    }
}

const BLOCK: usize = size_of::<u128>();

impl Image {
    /// The least alignment of an image.
    pub const ALIGN: usize = BLOCK;

    /// An empty image.
    #[must_use]
    pub fn new() -> Image {
        Image { blocks: Vec::new(), len: 0, align: BLOCK }
    }

    /// A copy of bytes that arrived.
    #[must_use]
    pub fn from_bytes(bytes: &[MaybeUninit<u8>]) -> Image {
        let mut image = Image::new();
        let at = image.grow(bytes.len(), 1);
        // SAFETY: `grow` made room for as many bytes; source and target are different allocations.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at.cast(), bytes.len()) };
        image
    }

    /// Bytes in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The largest alignment of a value in it, at least 16.
    #[must_use]
    pub fn align(&self) -> usize {
        self.align
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[MaybeUninit<u8>] {
        // SAFETY: `len` bytes of the blocks are in use, and `MaybeUninit<u8>` may be anything.
        unsafe { std::slice::from_raw_parts(self.blocks.as_ptr().cast(), self.len) }
    }

    /// Makes room for `size` bytes at the next multiple of `align`, and returns where.
    pub fn grow(&mut self, size: usize, align: usize) -> *mut u8 {
        let start = self.len.next_multiple_of(align);
        self.len = start + size;
        self.align = self.align.max(align);
        let blocks = self.len.div_ceil(BLOCK);
        if blocks > self.blocks.len() {
            self.blocks.resize(blocks, MaybeUninit::uninit());
        }
        // SAFETY: `start` is at most `len`, which the blocks cover.
        unsafe { self.blocks.as_mut_ptr().cast::<u8>().add(start) }
    }
}

// SAFETY: plain bytes; what pointers they may hold mean nothing until landed.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}
