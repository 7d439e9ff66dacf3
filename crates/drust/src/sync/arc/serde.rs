//! serde's traits: an `Arc` is written as its value, and each one that is read owns a value of its own.

use super::Arc;
use crate::boxed::Box;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use drust_heap::{Pointee, Portable};

impl<T: ?Sized + Pointee<Item: Portable> + Serialize> Serialize for Arc<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.look(|value| value.serialize(serializer))
    }
}

impl<'de, T: Portable + Deserialize<'de>> Deserialize<'de> for Arc<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arc<T>, D::Error> {
        T::deserialize(deserializer).map(Arc::new)
    }
}

impl<'de, T: Portable + Deserialize<'de>> Deserialize<'de> for Arc<[T]> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[T]>, D::Error> {
        crate::vec::Vec::deserialize(deserializer).map(Arc::from)
    }
}

impl<'de> Deserialize<'de> for Arc<str> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        Box::<str>::deserialize(deserializer).map(Arc::from)
    }
}
