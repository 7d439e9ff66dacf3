//! What lies under the keys and behind the locks: values that tell whether they are whole, and how often they were
//! replaced.

/// A key of the map.
pub type Key = [u64; 2];
/// A value of the map: its key's number, how often it was replaced, and two words that must fit these.
pub type Value = [u64; 4];
/// What is behind a lock: the same count eight times.
pub type Cell = [u64; 8];

/// Scatters a number over all words.
#[must_use]
pub fn mix(number: u64) -> u64 {
    let first = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = (first ^ first >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    second ^ second >> 31
}

/// The key with this number.
#[must_use]
pub fn key(number: u64) -> Key {
    [mix(number + 1), number]
}

/// The value with this number after so many updates.
#[must_use]
pub fn value(number: u64, updates: u64) -> Value {
    [number, updates, mix(number ^ updates << 32), !updates]
}

/// The value after this one.
///
/// # Panics
/// Where it is not whole.
#[must_use]
pub fn next(current: &Value) -> Value {
    value(current[0], updates(current[0], current) + 1)
}

/// How often the value of a key was replaced.
///
/// # Panics
/// Where it is another key's, or not whole.
#[must_use]
pub fn updates(number: u64, found: &Value) -> u64 {
    assert_eq!(*found, value(number, found[1]), "the value of key {number} is torn or another's");
    found[1]
}

/// What comes after this behind a lock.
///
/// # Panics
/// Where it is not whole.
#[must_use]
pub fn next_cell(current: &Cell) -> Cell {
    [cell_updates(current) + 1; 8]
}

/// How often it was replaced.
///
/// # Panics
/// Where it is not whole.
#[must_use]
pub fn cell_updates(found: &Cell) -> u64 {
    assert_eq!(*found, [found[0]; 8], "what is behind the lock is torn");
    found[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn values_count_their_updates_and_tell_when_they_are_torn() {
        let later = next(&next(&value(9, 0)));
        assert_eq!(updates(9, &later), 2);
        assert!(catch_unwind(|| updates(8, &later)).is_err());
        assert!(catch_unwind(|| updates(9, &[later[0], 1, later[2], later[3]])).is_err());
        assert_eq!(cell_updates(&next_cell(&[4; 8])), 5);
        assert!(catch_unwind(|| cell_updates(&[1, 1, 1, 1, 2, 2, 2, 2])).is_err());
    }
}
