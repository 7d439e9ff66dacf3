//! The map: lines as buckets of ten entries, each found from its key.

use super::line::Bytes;
use super::{put_words, word};
use crate::load::KEYS;
use crate::load::value::{self, Key, Value};

/// Lines of the map: four keys a line on average.
pub const BUCKETS: u32 = (KEYS / 4) as u32;
/// Entries that a line has room for, behind a word that counts them.
const PLACES: usize = 10;
/// Words of an entry.
const ENTRY: usize = 6;

const _: () = assert!(8 * (1 + PLACES * ENTRY) <= size_of::<Bytes>());

/// A line of the map.
pub struct Bucket<'a>(pub &'a Bytes);

/// Where a key is.
pub enum Found {
    /// In this place.
    At(usize),
    /// Nowhere.
    Absent,
    /// Perhaps in the next line, since this one is full.
    Elsewhere,
}

/// The first word of the value in a place.
pub fn value_at(place: usize) -> usize {
    1 + place * ENTRY + 2
}

impl Bucket<'_> {
    fn len(&self) -> usize {
        word(self.0, 0) as usize
    }

    fn key(&self, place: usize) -> Key {
        [0, 1].map(|index| word(self.0, 1 + place * ENTRY + index))
    }

    /// The value in a place.
    pub fn value(&self, place: usize) -> Value {
        [0, 1, 2, 3].map(|index| word(self.0, value_at(place) + index))
    }

    /// Looks for a key.
    pub fn find(&self, key: &Key) -> Found {
        match (0..self.len()).find(|&place| self.key(place) == *key) {
            Some(place) => Found::At(place),
            None if self.len() == PLACES => Found::Elsewhere,
            None => Found::Absent,
        }
    }

    /// How often all of its values were replaced.
    pub fn updates(&self) -> u64 {
        (0..self.len()).map(|place| value::updates(self.key(place)[1], &self.value(place))).sum()
    }
}

/// Has `look` look into the lines where a key may be, one after the other, until it finds it.
pub fn probe<R>(number: u64, mut look: impl FnMut(u32, &Key) -> Option<R>) -> R {
    let key = value::key(number);
    let buckets = (0..BUCKETS).map(|step| (key[0] as u32).wrapping_add(step) % BUCKETS);
    let found = buckets.into_iter().find_map(|bucket| look(bucket, &key));
    found.expect("every key is somewhere")
}

/// The lines of a map with all keys, whose values were never replaced.
pub fn filled() -> Vec<Bytes> {
    let mut buckets = vec![[0; 512]; BUCKETS as usize];
    for number in 0..KEYS {
        probe(number, |bucket, key| {
            let bytes = &mut buckets[bucket as usize];
            let place = Bucket(bytes).len();
            (place < PLACES).then(|| {
                put_words(bytes, 0, &[place as u64 + 1]);
                put_words(bytes, 1 + place * ENTRY, key);
                put_words(bytes, value_at(place), &value::value(number, 0));
            })
        });
    }
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_with_its_own_value() {
        let buckets = filled();
        let mut further = 0;
        for number in 0..KEYS {
            probe(number, |bucket, key| match Bucket(&buckets[bucket as usize]).find(key) {
                Found::At(place) => {
                    assert_eq!(value::updates(number, &Bucket(&buckets[bucket as usize]).value(place)), 0);
                    Some(())
                }
                Found::Absent => panic!("key {number} is missing"),
                Found::Elsewhere => {
                    further += 1;
                    None
                }
            });
        }
        assert!((1..KEYS / 100).contains(&further), "some lines are full, few: {further}");
    }
}
