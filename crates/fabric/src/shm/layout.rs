//! Where things lie in an inbox; drawn in `docs/design/shm.md`.

use super::bell::{Bell, BellRef};
use super::memory::Memory;
use super::pulse::{Pulse, PulseRef};
use super::ring::{Control, Ring};
use crate::Lane;
use crate::primitive::Watch;
use drust_proto::Rank;
use std::sync::Arc;

const PAGE: usize = 4096;
/// Where the pulse lies in the first page.
const PULSE: usize = 256;

/// How large the rings of a cluster are; the same on all its nodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RingSizes {
    /// Bytes of a ring of [`Lane::Small`]; a power of two from 4096 on.
    pub small: u32,
    /// Bytes of a ring of [`Lane::Bulk`]; a power of two from 4096 on.
    pub bulk: u32,
}

impl RingSizes {
    /// What suits `size` nodes: 256 KiB and 1 MiB, less where an inbox would pass 8 and 32 MiB.
    #[must_use]
    pub fn for_nodes(size: u16) -> RingSizes {
        let share = |whole: u32, least: u32, most: u32| {
            let each = whole / u32::from(size.max(1));
            (each.max(1).next_power_of_two()).clamp(least, most)
        };
        RingSizes { small: share(8 << 20, 16 << 10, 256 << 10), bulk: share(32 << 20, 64 << 10, 1 << 20) }
    }

    /// The size of one lane's ring.
    #[must_use]
    pub fn of(self, lane: Lane) -> usize {
        match lane {
            Lane::Small => self.small as usize,
            Lane::Bulk => self.bulk as usize,
        }
    }

    fn valid(self) -> bool {
        Lane::ALL.iter().all(|&lane| self.of(lane).is_power_of_two() && self.of(lane) >= PAGE)
    }
}

/// The offsets in an inbox of a cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    size: usize,
    rings: RingSizes,
}

impl Layout {
    pub(super) fn new(size: u16, rings: RingSizes) -> Layout {
        assert!(rings.valid(), "ring sizes are powers of two from {PAGE} on, not {rings:?}");
        Layout { size: usize::from(size), rings }
    }

    fn control(self, from: Rank, lane: Lane) -> usize {
        PAGE + (usize::from(from.0) * 2 + lane as usize) * size_of::<Control>()
    }

    fn data(self, from: Rank, lane: Lane) -> usize {
        let controls = (self.size * 2 * size_of::<Control>()).next_multiple_of(PAGE);
        let pair = self.rings.of(Lane::Small) + self.rings.of(Lane::Bulk);
        let within = if lane == Lane::Bulk { self.rings.of(Lane::Small) } else { 0 };
        PAGE + controls + usize::from(from.0) * pair + within
    }

    /// Bytes of the whole inbox.
    pub(super) fn len(self) -> usize {
        self.data(Rank(0), Lane::Small) + self.size * (self.rings.of(Lane::Small) + self.rings.of(Lane::Bulk))
    }

    pub(super) fn bell(self, inbox: &Arc<Memory>) -> BellRef {
        // SAFETY: the first page of an inbox holds a bell, of which any bytes are a valid value (all its fields are
        // atomic integers), and the `Arc` keeps it mapped.
        unsafe { BellRef::new(inbox.at::<Bell>(0), inbox.clone()) }
    }

    pub(super) fn pulse(self, inbox: &Arc<Memory>) -> PulseRef {
        // SAFETY: the first page of an inbox holds a pulse here, of which any bytes are a valid value (an atomic
        // integer), and the `Arc` keeps it mapped.
        unsafe { PulseRef::new(inbox.at::<Pulse>(PULSE), inbox.clone()) }
    }

    /// The ring of `from` in an inbox of [`Layout::len`] bytes.
    pub(super) fn ring(self, inbox: &Arc<Memory>, from: Rank, lane: Lane) -> Ring {
        assert!(inbox.len() >= self.len() && usize::from(from.0) < self.size);
        let control = inbox.at::<Control>(self.control(from, lane));
        let data = inbox.at::<u8>(self.data(from, lane));
        #[cfg(not(loom))]
        let watch = Watch;
        #[cfg(loom)]
        let watch = Watch::new(self.rings.of(lane));
        // SAFETY: controls and data of different rings do not overlap and end before `len`, all offsets are multiples
        // of 512; any bytes are valid atomics. `Shm` makes one consumer of each ring of its own inbox and one producer
        // of its own ring in each peer's, and peers were proven to run this same build.
        unsafe { Ring::new(control, data, self.rings.of(lane), watch, inbox.clone()) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn rings_shrink_with_the_number_of_nodes() {
        assert_eq!(RingSizes::for_nodes(2), RingSizes { small: 256 << 10, bulk: 1 << 20 });
        assert_eq!(RingSizes::for_nodes(32), RingSizes { small: 256 << 10, bulk: 1 << 20 });
        assert_eq!(RingSizes::for_nodes(128), RingSizes { small: 64 << 10, bulk: 256 << 10 });
        assert_eq!(RingSizes::for_nodes(u16::MAX), RingSizes { small: 16 << 10, bulk: 64 << 10 });
    }

    #[test]
    fn nothing_overlaps() {
        for size in [1_u16, 2, 3, 7] {
            let layout = Layout::new(size, RingSizes { small: 4096, bulk: 8192 });
            let mut spans = vec![(0, size_of::<Bell>()), (PULSE, size_of::<Pulse>())];
            for from in (0..size).map(Rank) {
                for lane in Lane::ALL {
                    spans.push((layout.control(from, lane), size_of::<Control>()));
                    spans.push((layout.data(from, lane), layout.rings.of(lane)));
                }
            }
            spans.sort_unstable();
            assert!(spans.windows(2).all(|two| two[0].0 + two[0].1 <= two[1].0), "{spans:?}");
            let (start, len) = spans[spans.len() - 1];
            assert_eq!(start + len, layout.len());
        }
    }
}
