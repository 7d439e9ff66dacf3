//! Affinity groups: a root and what is tied to it (`TBox`), moved, copied and filed as one.
//!
//! Only the root has an address and a stamp; a tied pointee belongs to its owner's bytes and is reached through
//! them. So a group has the root's key, whose length is the root's own (a reader knows no other before it has the
//! group), and a message or a copy of it is the root's bytes with the pointees' bytes laid behind, each at its
//! alignment.

use super::Handle;
use crate::CopyKey;
use std::fmt;

/// How a group is laid out in one run of bytes.
///
/// ```
/// use drust_proto::coherence::Group;
/// let (group, at) = Group::of_root(24, 8).tie(4, 4).unwrap();
/// assert_eq!(at, 24);
/// let (group, at) = group.tie(64, 64).unwrap();
/// assert_eq!((at, group.len(), group.align(), group.members()), (64, 128, 64, 3));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Group {
    root_len: u64,
    len: u64,
    align: u64,
    members: u64,
}

/// A group needs more bytes than an address can span.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GroupTooLarge {
    /// Members that fitted.
    pub members: u64,
}

impl fmt::Display for GroupTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tied group of more than {} members does not fit 2^48 bytes", self.members)
    }
}

impl std::error::Error for GroupTooLarge {}

impl Group {
    const MOST: u64 = 1 << 48;

    /// A group of nothing but its root, of `len` bytes.
    ///
    /// # Panics
    /// Where `align` is no power of two.
    #[must_use]
    pub const fn of_root(len: u64, align: u64) -> Group {
        assert!(align.is_power_of_two());
        Group { root_len: len, len, align, members: 1 }
    }

    /// Lays a pointee of `len` bytes behind what is there; says where it begins.
    ///
    /// # Errors
    /// [`GroupTooLarge`].
    ///
    /// # Panics
    /// Where `align` is no power of two.
    pub const fn tie(self, len: u64, align: u64) -> Result<(Group, u64), GroupTooLarge> {
        assert!(align.is_power_of_two());
        let too_large = Err(GroupTooLarge { members: self.members });
        let Some(at) = self.len.checked_next_multiple_of(align) else {
            return too_large;
        };
        let Some(end) = at.checked_add(len) else {
            return too_large;
        };
        if end > Self::MOST {
            return too_large;
        }
        let align = if align > self.align { align } else { self.align };
        Ok((Group { len: end, align, members: self.members + 1, ..self }, at))
    }

    /// Bytes of the whole group, padding between members included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a group has at least its root")]
    pub const fn len(self) -> u64 {
        self.len
    }

    /// The alignment of the whole group: the largest of its members'.
    #[must_use]
    pub const fn align(self) -> u64 {
        self.align
    }

    /// Values in it, the root included.
    #[must_use]
    pub const fn members(self) -> u64 {
        self.members
    }

    /// What the group is filed under: its root's key, however much is tied to it.
    #[must_use]
    pub fn key(self, root: &Handle) -> CopyKey {
        root.key(self.root_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Partition, Stamp};

    #[test]
    fn members_lie_behind_each_other_at_their_alignment() {
        let (group, first) = Group::of_root(10, 2).tie(3, 1).unwrap();
        let (group, second) = group.tie(8, 8).unwrap();
        let (group, empty) = group.tie(0, 1).unwrap();
        assert_eq!((first, second, empty), (10, 16, 24));
        assert_eq!((group.len(), group.align(), group.members()), (24, 8, 4));
    }

    #[test]
    fn a_group_is_filed_under_its_root_whatever_is_tied() {
        let root = Handle::new(Address::new(Partition(1), 64), Stamp::from_word(9).unwrap());
        let (group, _) = Group::of_root(10, 2).tie(3, 1).unwrap();
        assert_eq!(group.key(&root), root.key(10));
    }

    #[test]
    fn a_group_beyond_an_address_is_refused() {
        let (group, _) = Group::of_root(8, 8).tie((1 << 48) - 8, 1).unwrap();
        assert_eq!(group.tie(1, 1), Err(GroupTooLarge { members: 2 }));
        assert_eq!(Group::of_root(8, 8).tie(u64::MAX, 1), Err(GroupTooLarge { members: 1 }));
        assert_eq!(Group::of_root(u64::MAX, 8).tie(1, 8), Err(GroupTooLarge { members: 1 }));
    }
}
