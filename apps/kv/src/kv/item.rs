//! What lies under a key.

use super::bytes::Bytes;
use super::hash::Hash;

data! {
    /// A value of one of the types there are.
    #[derive(Default)]
    pub enum Value {
        /// There is no such key.
        #[default]
        Nothing,
        /// A string.
        Text(Bytes),
        /// A hash; it has a field.
        Hash(Hash),
    }
}

data! {
    /// A value, and how long it is good for.
    #[derive(Default)]
    pub struct Item {
        /// The value.
        pub value: Value,
        /// The first millisecond since 1970 at which it is there no more; 0 where it stays.
        pub until: u64,
    }
}

/// What an entry of the map takes: itself, its place in the index, and as much again, since tables double.
const ENTRY: u64 = 2 * (size_of::<(Bytes, Item)>() as u64 + 16);

impl Item {
    /// The value, unless it has expired.
    pub fn live(&self, now: u64) -> &Value {
        if self.has_expired(now) { &Value::Nothing } else { &self.value }
    }

    /// Whether its time is over.
    pub fn has_expired(&self, now: u64) -> bool {
        self.until != 0 && self.until <= now
    }

    /// Bytes of memory that it takes with its key, which takes so many beside itself.
    pub fn weight(&self, key: u64) -> u64 {
        match &self.value {
            Value::Nothing => 0,
            Value::Text(bytes) => ENTRY + key + bytes.weight(),
            Value::Hash(hash) => ENTRY + key + hash.weight(),
        }
    }
}
