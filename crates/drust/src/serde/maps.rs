//! Keys and values.

use super::collect;
use crate::collections::{BTreeMap, HashMap};
use ::serde::de::{MapAccess, Visitor};
use ::serde::ser::SerializeMap;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use drust_heap::Portable;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

impl<K: Portable + Serialize, V: Portable + Serialize> Serialize for BTreeMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        let mut written = Ok(());
        self.look(|key, value| {
            if written.is_ok() {
                written = map.serialize_entry(key, value);
            }
        });
        written?;
        map.end()
    }
}

/// Collects a map.
struct Map<K, V, C>(PhantomData<(K, V, C)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>, C: FromIterator<(K, V)>> Visitor<'de> for Map<K, V, C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<C, A::Error> {
        collect(access, A::next_entry, A::size_hint)
    }
}

impl<'de, K, V> Deserialize<'de> for BTreeMap<K, V>
where
    K: Portable + Ord + Deserialize<'de>,
    V: Portable + Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error> {
        deserializer.deserialize_map(Map(PhantomData))
    }
}

/// Writes clones of the entries, all taken before the first is written: others may change the map meanwhile.
impl<K: Portable + Clone + Serialize, V: Portable + Clone + Serialize, S> Serialize for HashMap<K, V, S> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        let entries: std::vec::Vec<(K, V)> = self.iter().collect();
        serializer.collect_map(entries)
    }
}

impl<'de, K, V, S> Deserialize<'de> for HashMap<K, V, S>
where
    K: Portable + Eq + Hash + Deserialize<'de>,
    V: Portable + Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<K, V, S>, D::Error> {
        deserializer.deserialize_map(Map(PhantomData))
    }
}
