//! Deaths that no signal of the tests brings: full disks, memory that a cgroup denies, links that are cut, and nodes
//! without a launcher, whose exit codes can be seen one by one.
//!
//! What the machine does not permit is skipped, and said.

mod by_hand;
mod disk;
mod hand;
mod link;
mod memory;
mod process;
