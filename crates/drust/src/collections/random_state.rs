//! Hashing alike on all nodes.

use drust_macros::Portable;
use siphasher::sip::SipHasher13;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

/// Keys for [`DefaultHasher`], drawn when it is made; its clones, and itself on other nodes, have the same keys.
///
/// As with std's, whoever does not know the keys cannot choose values with colliding hashes.
///
/// ```
/// use drust::collections::RandomState;
/// use std::hash::BuildHasher;
/// let state = RandomState::new();
/// assert_eq!(state.hash_one("text"), state.clone().hash_one("text"));
/// assert_ne!(state.hash_one("text"), RandomState::new().hash_one("text"));
/// ```
#[derive(Portable, Clone)]
pub struct RandomState {
    first: u64,
    second: u64,
}

/// What a [`RandomState`] hashes with: SipHash-1-3, as std's default hasher.
///
/// ```
/// use drust::collections::{DefaultHasher, RandomState};
/// use std::hash::{BuildHasher, Hasher};
/// let state = RandomState::new();
/// let mut hasher: DefaultHasher = state.build_hasher();
/// hasher.write_u8(5);
/// assert_eq!(hasher.finish(), state.hash_one(5_u8));
/// ```
#[derive(Clone)]
pub struct DefaultHasher(SipHasher13);

impl RandomState {
    /// Keys that everybody knows, for hashes that are the same in each run.
    pub(super) const KNOWN: RandomState = RandomState { first: 0, second: 0 };

    /// New keys, from the randomness of std's own `RandomState`.
    ///
    /// ```
    /// let state = drust::collections::RandomState::new();
    /// let set = drust::collections::HashSet::<u32>::with_hasher(state);
    /// assert!(set.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> RandomState {
        let source = std::hash::RandomState::new();
        RandomState { first: source.hash_one(1), second: source.hash_one(2) }
    }
}

impl Default for RandomState {
    fn default() -> RandomState {
        RandomState::new()
    }
}

impl BuildHasher for RandomState {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher(SipHasher13::new_with_keys(self.first, self.second))
    }
}

impl fmt::Debug for RandomState {
    /// Without the keys, which are nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RandomState").finish_non_exhaustive()
    }
}

impl fmt::Debug for DefaultHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DefaultHasher").finish_non_exhaustive()
    }
}

/// Implements writes by those of the hasher inside.
macro_rules! writes {
    ($($write:ident: $type:ty),*) => {$(
        #[inline]
        fn $write(&mut self, value: $type) {
            self.0.$write(value);
        }
    )*};
}

impl Hasher for DefaultHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    writes!(write_u8: u8, write_u16: u16, write_u32: u32, write_u64: u64, write_usize: usize);

    #[inline]
    fn finish(&self) -> u64 {
        self.0.finish()
    }
}
