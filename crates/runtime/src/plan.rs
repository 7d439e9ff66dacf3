//! How much of its host a node takes: memory, addresses and threads.
//!
//! Memory and cores are shared evenly by the nodes of a host, as far as they know of each other: those that a launcher
//! started do, those that were started by hand do not, and each takes the whole host's unless the user says otherwise.
//!
//! A partition and the copies each reserve addresses for all of the host's memory, since what is freed and allocated
//! again leaves gaps; where the system refuses so many, just those of what they may hold. What is reserved costs
//! nothing until it is used. How memory comes then depends on who else sees it:
//!
//! * A partition that peers map (`shm`) is a file of memory, committed before it is touched: memory that is short is
//!   an error here, which says what was asked and what is used.
//! * A partition over a network, or of a node alone, and all copies are memory of this process, which comes page by
//!   page as it is touched. drust counts it against its own limits; where the host has less than these allow, the
//!   kernel ends the process, and the peers lose it.

use crate::failure;
use crate::job::Wishes;
use drust_heap::copies::Copies;
use drust_heap::space::{Backing, Options, Space};
use drust_launch::{Limits, Settings};

const GIB: u64 = 1 << 30;

/// How much a node takes of its host.
pub(crate) struct Plan {
    heap: u64,
    copies: usize,
    /// What copies may take while they are pinned.
    pinned: u64,
    reserve: u64,
    pub(crate) workers: usize,
}

impl Plan {
    /// For one of so many nodes of this host.
    pub(crate) fn new(settings: &Settings, wishes: Wishes, nodes: u16) -> Plan {
        let limits = Limits::detect();
        let memory = limits.memory().unwrap_or(4 * GIB);
        let share = memory / u64::from(nodes);
        let heap = wishes.heap.or(settings.heap).unwrap_or(share / 10 * 8);
        let copies = wishes.copies.or(settings.copies).unwrap_or(share / 2);
        let workers = wishes.workers.or(settings.workers).map(|workers| workers as usize);
        Plan {
            heap,
            copies: copies as usize,
            pinned: wishes.pinned.unwrap_or(share).max(copies),
            reserve: memory,
            workers: workers.unwrap_or(limits.cores / usize::from(nodes)).max(1),
        }
    }

    /// Memory for the node's partition.
    pub(crate) fn partition(&self, backing: Backing) -> Space {
        self.space("drust-partition", self.heap, "DRUST_HEAP", backing)
    }

    /// The table of what it reads of others, and memory for it.
    pub(crate) fn copies(&self) -> Copies {
        let space = self.space("drust-copies", self.pinned, "DRUST_COPIES", Backing::Private);
        Copies::new(space, self.copies, self.pinned as usize)
    }

    fn space(&self, name: &'static str, limit: u64, setting: &str, backing: Backing) -> Space {
        let reserve =
            |bytes: u64| Space::reserve(Options { name, reserve: bytes as usize, limit: limit as usize, backing });
        let wide = self.reserve.max(limit);
        reserve(wide).or_else(|_| reserve(limit)).unwrap_or_else(|error| {
            failure::end(&format!(
                "no address space of {limit} bytes for {name}: {error}; set {setting} to ask for less, or allow more \
                 (ulimit -v, vm.overcommit_memory)"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(heap: u64, reserve: u64) -> Plan {
        Plan { heap, copies: 1 << 20, pinned: 1 << 20, reserve, workers: 1 }
    }

    #[test]
    fn a_space_has_the_hosts_addresses() {
        let space = plan(1 << 20, 1 << 24).partition(Backing::Private);
        assert_eq!((space.len(), space.usage().limit), (1 << 24, 1 << 20));
    }

    #[test]
    #[cfg_attr(miri, ignore = "there a reservation is an allocation")]
    fn where_these_are_too_many_it_has_those_of_its_limit() {
        for backing in [Backing::Private, Backing::Shared] {
            let space = plan(1 << 20, 1 << 60).partition(backing);
            assert_eq!((space.len(), space.usage().limit), (1 << 20, 1 << 20));
        }
        let _ = plan(1 << 20, 1 << 60).copies();
    }
}
