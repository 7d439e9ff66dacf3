//! One node's memory: its partition, its copies and its stamps.

use crate::copies::Copies;
use crate::descriptor::Descriptor;
use crate::space::{OutOfMemory, Space};
use drust_proto::stamp::{StampLeases, StampRange};
use drust_proto::{Address, Partition, Rank, Stamp};
use std::fmt;
use std::ptr::NonNull;
use std::sync::Mutex;

/// The memory of one node. It stays mapped until the process ends, since handles point into it.
pub struct Vault {
    /// The partition homed here.
    pub space: Space,
    /// Values of other nodes, fetched to be read here.
    pub copies: Copies,
    partition: Partition,
    /// The address word of the partition's start.
    origin: u64,
    leases: Mutex<StampLeases>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("partition", &self.partition).finish_non_exhaustive()
    }
}

impl Vault {
    /// The memory of node `rank`.
    #[must_use]
    pub fn new(rank: Rank, space: Space, copies: Copies, leases: StampLeases) -> Vault {
        let (space, copies) = (space.of_node(rank), copies.of_node(rank));
        let partition = Partition(rank.0);
        Vault { space, copies, partition, origin: Address::new(partition, 0).word(), leases: Mutex::new(leases) }
    }

    /// The node's number.
    #[inline]
    #[must_use]
    pub fn rank(&self) -> Rank {
        self.partition.home()
    }

    /// The global address of a place in this node's partition.
    #[inline]
    #[must_use]
    pub fn address_of(&self, place: *const u8) -> Address {
        // A slot's place is aligned and inside the partition, so its address is one as it stands.
        Address::inside(self.origin + self.space.offset_of(place) as u64)
    }

    /// Where an address of this node's partition lies.
    #[inline]
    #[must_use]
    pub fn place_of(&self, address: Address) -> *mut u8 {
        debug_assert_eq!(address.partition(), self.partition);
        self.space.at(address.offset() as usize)
    }

    /// A range of stamps for one thread.
    ///
    /// # Aborts
    /// When the cluster has used all 2^64 stamps: no value could be named any more.
    #[must_use]
    pub fn lease(&self) -> StampRange {
        let leased = self.leases.lock().expect("no panic under this lock").lease();
        leased.unwrap_or_else(|_| std::process::abort())
    }

    /// A slot for `elements` values, tagged with their type, past any thread's cache.
    ///
    /// # Errors
    /// When the partition has no room.
    pub fn allocate(&self, descriptor: &'static Descriptor, elements: usize) -> Result<NonNull<u8>, OutOfMemory> {
        let layout = descriptor.layout(elements);
        if layout.size() == 0 {
            return Ok(crate::local::dangling(layout.align()));
        }
        self.space.alloc(layout, descriptor.id().0.get())
    }
}

/// A new object's slot with its address and a stamp for its first value.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    /// Where it lies here.
    pub place: NonNull<u8>,
    /// Where it lies in the cluster.
    pub address: Address,
    /// A stamp that nothing else has.
    pub stamp: Stamp,
}
