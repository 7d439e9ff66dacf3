//! Commands on all keys: SCAN, KEYS, RANDOMKEY, FLUSHALL, and the sweep of what has expired.

use super::bytes::Bytes;
use super::change::Change;
use super::clock::now;
use super::item::{Item, Value};
use super::node::Node;
use super::store::Store;
use crate::glob;

/// Keys that are looked at in one go where nobody said how many.
const PAGE: usize = 1000;
/// Pages that a SCAN looks at before it comes back with nothing.
const PAGES: usize = 64;
/// Keys that a sweep looks at in one go, how often it does, and how often at most.
const SWEPT: usize = 200;
const SWEEPS: usize = 16;
const MOST_SWEEPS: usize = 256;

data! {
    /// Which keys are wanted.
    #[derive(Clone)]
    pub struct Wanted {
        /// Those that match this pattern.
        pattern: Option<Bytes>,
        /// Those of this type.
        kind: Option<Bytes>,
        /// Those that have not expired.
        now: u64,
    }
}

impl Wanted {
    /// Those that match a pattern and are of a type, where it is said.
    pub fn new(pattern: Option<&[u8]>, kind: Option<&[u8]>) -> Wanted {
        let lower = kind.map(<[u8]>::to_ascii_lowercase);
        Wanted { pattern: pattern.map(Bytes::from), kind: lower.as_deref().map(Bytes::from), now: now() }
    }
}

/// The key, if it is wanted.
fn pick(key: &Bytes, item: &Item, wanted: &Wanted) -> Option<Bytes> {
    let name: &[u8] = match item.live(wanted.now) {
        Value::Nothing => return None,
        Value::Text(_) => b"string",
        Value::Hash(_) => b"hash",
    };
    let kind = wanted.kind.as_ref().is_none_or(|kind| kind.as_slice() == name);
    let matches = |pattern: &Bytes| glob::matches(pattern.as_slice(), key.as_slice());
    (kind && wanted.pattern.as_ref().is_none_or(matches)).then(|| key.clone())
}

/// About so many keys from a cursor on, and the next cursor.
pub fn scan(store: &Store, mut cursor: u64, count: usize, wanted: &Wanted) -> (u64, Vec<Bytes>) {
    let mut keys = Vec::new();
    for _ in 0..PAGES {
        let (next, page) = store.page(cursor, count, wanted.clone(), pick);
        keys.extend(page);
        cursor = next;
        if cursor == 0 || !keys.is_empty() {
            break;
        }
    }
    (cursor, keys)
}

/// All keys that are wanted.
pub fn keys(store: &Store, wanted: &Wanted) -> Vec<Bytes> {
    let (mut keys, mut cursor) = (Vec::new(), 0);
    loop {
        let (next, page) = store.page(cursor, PAGE, wanted.clone(), pick);
        keys.extend(page);
        cursor = next;
        if cursor == 0 {
            // A key may come twice where others moved meanwhile.
            keys.sort_unstable();
            keys.dedup();
            return keys;
        }
    }
}

/// Some key: one of the next few from a random place on.
pub fn random_key(store: &Store, random: u64) -> Option<Bytes> {
    let wanted = Wanted::new(None, None);
    let start = random >> 32 << 32;
    let from = |cursor| -> Option<Bytes> {
        let (_, mut keys) = scan(store, cursor, PAGE, &wanted);
        let chosen = random as u32 as usize % keys.len().max(1);
        (!keys.is_empty()).then(|| keys.swap_remove(chosen))
    };
    // Where there is none behind it, there may be one before.
    from(start).or_else(|| keys(store, &wanted).pop())
}

/// Removes all keys that are there when it begins.
pub fn flush(store: &Store, node: &Node) {
    let mut cursor = 0;
    loop {
        let (next, page) = store.page(cursor, PAGE, (), |key, _, ()| Some(key.clone()));
        store.change_each(node, page.into_iter().map(|key| (key, Change::Remove)).collect());
        cursor = next;
        if cursor == 0 {
            return;
        }
    }
}

/// Removes some of the keys that have expired, from a cursor on; the next cursor. Goes on while a quarter have, as
/// Redis does, but not for ever, and not beyond the last key.
pub fn sweep(store: &Store, node: &Node, mut cursor: u64) -> u64 {
    for turn in 0..MOST_SWEEPS {
        let over = |key: &Bytes, item: &Item, now: &u64| item.has_expired(*now).then(|| key.clone());
        let (next, page) = store.page(cursor, SWEPT, now(), over);
        cursor = next;
        let expired = page.len();
        if expired > 0 {
            store.change_each(node, page.into_iter().map(|key| (key, Change::Sweep)).collect());
        }
        if cursor == 0 || (turn >= SWEEPS && 4 * expired < SWEPT) {
            break;
        }
    }
    cursor
}
