//! A hash: fields and their values.

use super::BTreeMap;
use super::bytes::Bytes;
use std::hash::{DefaultHasher, Hash as _, Hasher};

/// What a field takes beside its bytes: its place in a node of the tree, two thirds full.
const FIELD: u64 = 160;

data! {
    /// Fields by their hashes, an order in which a cursor keeps its place whatever comes and goes.
    #[derive(Default)]
    pub struct Hash {
        fields: BTreeMap<(u64, Bytes), Bytes>,
        weight: u64,
    }
}

fn place(field: Bytes) -> (u64, Bytes) {
    let mut hasher = DefaultHasher::new();
    field.hash(&mut hasher);
    (hasher.finish(), field)
}

impl Hash {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Bytes of memory that it takes.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// The value of a field.
    pub fn get(&self, field: Bytes) -> Option<&Bytes> {
        self.fields.get(&place(field))
    }

    /// Sets a field; whether it is new.
    pub fn set(&mut self, field: Bytes, value: Bytes) -> bool {
        let (came, field_weight) = (FIELD + value.weight(), field.weight());
        match self.fields.insert(place(field), value) {
            Some(old) => {
                self.weight = self.weight + came - FIELD - old.weight();
                false
            }
            None => {
                self.weight += came + field_weight;
                true
            }
        }
    }

    /// Takes a field out; whether it was there.
    pub fn remove(&mut self, field: Bytes) -> bool {
        let Some((place, value)) = self.fields.remove_entry(&place(field)) else { return false };
        self.weight -= FIELD + place.1.weight() + value.weight();
        true
    }

    /// All fields with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        self.fields.iter().map(|(place, value)| (&place.1, value))
    }

    /// About so many fields from a cursor on, 0 at the beginning, and the next cursor, 0 at the end. Fields with one
    /// hash come together.
    pub fn page(&self, cursor: u64, count: usize) -> (u64, std::vec::Vec<(&Bytes, &Bytes)>) {
        let mut page = std::vec::Vec::new();
        let mut last = None;
        for (place, value) in self.fields.range((cursor, Bytes::from(&b""[..]))..) {
            if page.len() >= count && last != Some(place.0) {
                return (place.0, page);
            }
            last = Some(place.0);
            page.push((&place.1, value));
        }
        (0, page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::from(text.as_bytes())
    }

    #[test]
    fn weight_comes_and_goes() {
        let mut hash = Hash::default();
        let long = "a field or a value that is too long to lie in the forty-six bytes inside";
        for field in ["a", "b", long] {
            assert!(hash.set(bytes(field), bytes("1")) && !hash.set(bytes(field), bytes(long)));
        }
        assert_eq!((hash.len(), hash.weight()), (3, 3 * FIELD + 4 * 96));
        assert!(!hash.set(bytes("a"), bytes("")) && hash.get(bytes("a")).is_some_and(|value| *value == bytes("")));
        assert!(hash.remove(bytes("a")) && !hash.remove(bytes("a")));
        assert!(hash.remove(bytes("b")) && hash.remove(bytes(long)));
        assert_eq!((hash.len(), hash.weight()), (0, 0));
    }

    #[test]
    fn pages_hold_every_field_that_stays() {
        let mut hash = Hash::default();
        assert!((0..100).all(|n| hash.set(bytes(&n.to_string()), bytes("v"))));
        let (mut cursor, mut seen) = (0, std::collections::BTreeSet::new());
        for turn in 0..100 {
            let (next, page) = hash.page(cursor, 7);
            seen.extend(page.iter().map(|(field, _)| field.as_slice().to_vec()));
            hash.remove(bytes(&(50 + turn % 50).to_string()));
            cursor = next;
            if next == 0 {
                break;
            }
        }
        assert!(cursor == 0 && (0..50).all(|n: u32| seen.contains(n.to_string().as_bytes())));
    }
}
