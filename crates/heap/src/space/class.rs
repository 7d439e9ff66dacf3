//! Size classes: which slot size serves a layout, and where a slot lies in its span.
//!
//! 16-byte steps to 128, then four classes per doubling up to 32 KiB. A span is a power of two of bytes, aligned to
//! its own size, so the span of an address is found by masking and its slot by one multiplication.

use super::PAGE;

/// Number of size classes.
pub(crate) const CLASSES: usize = 40;
/// Most slots that a 64 KiB page can begin: the stride of the tag table.
pub(crate) const SLOTS_PER_PAGE: usize = PAGE / 16;
/// Slots in a full magazine of the smallest classes.
pub(crate) const MAGAZINE: usize = 64;

const STEPS: usize = 8;
const LARGEST: usize = 32 << 10;
const LARGEST_ALIGN: usize = 4096;
/// With spans below 2^19 and slots of at most 2^15 bytes, 40 bits make the reciprocal exact for every offset.
const RECIPROCAL_BITS: u32 = 40;

/// A size class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Class(u8);

struct Shape {
    reciprocal: u64,
    span_shift: u32,
    slots: usize,
    rounds: usize,
}

const fn shape(class: usize) -> Shape {
    let size = slot_size(class);
    let mut span_shift = PAGE.trailing_zeros();
    loop {
        let slots = (1 << span_shift) / size;
        let waste = (1 << span_shift) - slots * size;
        if slots >= 8 && waste * 100 < 12 << span_shift {
            break;
        }
        span_shift += 1;
    }
    let share = PAGE / size;
    Shape {
        reciprocal: (1u64 << RECIPROCAL_BITS).div_ceil(size as u64),
        span_shift,
        slots: (1 << span_shift) / size,
        rounds: if share > MAGAZINE {
            MAGAZINE
        } else if share < 2 {
            2
        } else {
            share
        },
    }
}

const fn slot_size(class: usize) -> usize {
    if class < STEPS {
        return (class + 1) * 16;
    }
    let (group, quarter) = ((class - STEPS) / 4, (class - STEPS) % 4);
    (128 << group) + (quarter + 1) * (32 << group)
}

static SHAPES: [Shape; CLASSES] = SHAPES_CONST;
const SHAPES_CONST: [Shape; CLASSES] = {
    let mut shapes = [const { shape(0) }; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        shapes[class] = shape(class);
        assert!(shapes[class].span_shift < 19);
        class += 1;
    }
    shapes
};

impl Class {
    /// The class whose slots hold `size` bytes at `align`; `None` where a run of pages of its own serves better.
    ///
    /// ```
    /// use drust_heap::space::Class;
    /// assert_eq!(Class::of(100, 8).map(Class::size), Some(112));
    /// assert_eq!(Class::of(5000, 4096).map(Class::size), Some(8192));
    /// assert_eq!(Class::of(1 << 20, 8), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn of(size: usize, align: usize) -> Option<Class> {
        if size > LARGEST || align > LARGEST_ALIGN {
            return None;
        }
        let size = if size <= align { align } else { size };
        let mut class = if size <= 128 {
            size.saturating_sub(1) / 16
        } else {
            let last = size - 1;
            let log = last.ilog2() as usize;
            STEPS + (log - 7) * 4 + ((last >> (log - 2)) & 3)
        };
        // Each is a multiple of 16; four classes on there is always one of any power of two that is not above the size.
        while align > 16 && slot_size(class) & (align - 1) != 0 {
            class += 1;
        }
        Some(Class(class as u8))
    }

    pub(crate) const fn from_index(index: usize) -> Class {
        assert!(index < CLASSES);
        Class(index as u8)
    }

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    #[inline]
    const fn shape(self) -> &'static Shape {
        &SHAPES[self.0 as usize]
    }

    /// Bytes of a slot.
    #[inline]
    #[must_use]
    pub const fn size(self) -> usize {
        slot_size(self.0 as usize)
    }

    /// 64 KiB pages of a span.
    pub(crate) const fn pages(self) -> usize {
        1 << (self.shape().span_shift - PAGE.trailing_zeros())
    }

    /// Slots of a span.
    pub(crate) const fn slots(self) -> usize {
        self.shape().slots
    }

    /// Slots that a magazine of this class carries: about 64 KiB, from 2 to 64.
    #[inline]
    pub(crate) const fn rounds(self) -> usize {
        self.shape().rounds
    }

    /// Where the span around `offset` starts, and which of its slots `offset` lies in (possibly its unused tail).
    #[inline]
    pub(crate) const fn locate(self, offset: usize) -> (usize, usize) {
        let shape = self.shape();
        let inside = offset & ((1 << shape.span_shift) - 1);
        let slot = (inside as u64 * shape.reciprocal) >> RECIPROCAL_BITS;
        (offset - inside, slot as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every size and offset, but under Miri some, at a step that shares no factor with any size.
    const STEP: usize = if cfg!(miri) { 1009 } else { 1 };

    #[test]
    fn classes_fit_and_waste_little() {
        for size in (1..=LARGEST).rev().step_by(STEP) {
            for align in (0..=12).map(|shift| 1 << shift) {
                let class = Class::of(size, align).expect("small");
                assert!(class.size() >= size && class.size().is_multiple_of(align), "{size} {align}");
                if align <= 16 && size > 128 {
                    assert!(class.size() * 4 <= size * 5, "{size} in {}", class.size());
                }
            }
        }
        assert_eq!(Class::of(LARGEST, 8).map(Class::index), Some(CLASSES - 1));
        assert_eq!(Class::of(LARGEST + 1, 8), None);
        assert_eq!(Class::of(8, 8192), None);
    }

    #[test]
    fn the_reciprocal_is_exact() {
        for class in (0..CLASSES).map(Class::from_index) {
            let span = class.pages() * PAGE;
            assert!(class.slots() <= SLOTS_PER_PAGE * class.pages());
            for inside in (0..span).step_by(STEP) {
                assert_eq!(class.locate(3 * span + inside), (3 * span, inside / class.size()));
            }
        }
    }
}
