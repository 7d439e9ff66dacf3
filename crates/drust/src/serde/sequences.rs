//! Values one after the other.

use super::collect;
use crate::boxed::Box;
use crate::collections::{BTreeSet, ChunkedVec, HashSet, VecDeque};
use crate::vec::Vec;
use ::serde::de::{SeqAccess, Visitor};
use ::serde::ser::SerializeSeq;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use drust_heap::Portable;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

impl<T: Portable + Serialize> Serialize for Vec<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.look(|values| values.serialize(serializer))
    }
}

impl<T: Portable + Serialize> Serialize for VecDeque<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.look(|values| serializer.collect_seq(values))
    }
}

impl<T: Portable + Serialize> Serialize for ChunkedVec<T> {
    /// Chunk by chunk: no more than one chunk of other nodes is here at a time.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        for chunk in self.chunks() {
            for value in &*chunk {
                sequence.serialize_element(value)?;
            }
        }
        sequence.end()
    }
}

impl<T: Portable + Serialize, S> Serialize for HashSet<T, S> {
    fn serialize<W: Serializer>(&self, serializer: W) -> Result<W::Ok, W::Error> {
        self.table.look(|view| serializer.collect_seq(view.values()))
    }
}

impl<T: Portable + Serialize> Serialize for BTreeSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        let mut written = Ok(());
        self.map.look(|value, ()| {
            if written.is_ok() {
                written = sequence.serialize_element(value);
            }
        });
        written?;
        sequence.end()
    }
}

/// Collects a sequence.
struct Sequence<T, C>(PhantomData<(T, C)>);

impl<'de, T: Deserialize<'de>, C: FromIterator<T>> Visitor<'de> for Sequence<T, C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<C, A::Error> {
        collect(access, A::next_element, A::size_hint)
    }
}

/// Implements reading what a sequence collects into.
macro_rules! collected {
    ($([$($bound:tt)*] $to:ty),* $(,)?) => {$(
        impl<'de, T: Portable + Deserialize<'de> $($bound)*> Deserialize<'de> for $to {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$to, D::Error> {
                deserializer.deserialize_seq(Sequence(PhantomData))
            }
        }
    )*};
}

collected!([] Vec<T>, [] Box<[T]>, [] VecDeque<T>, [] ChunkedVec<T>, [+ Ord] BTreeSet<T>);

impl<'de, T, S> Deserialize<'de> for HashSet<T, S>
where
    T: Portable + Eq + Hash + Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HashSet<T, S>, D::Error> {
        deserializer.deserialize_seq(Sequence(PhantomData))
    }
}
