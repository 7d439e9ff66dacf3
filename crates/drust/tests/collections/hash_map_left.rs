//! What is in messages of a map when somebody unwinds: it is dropped, wherever it was.

use drust::collections::HashMap;
use drust::thread::{self, TimeIsUp};
use drust::{Portable, String, node, stats};
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Owns an object. One that is touchy panics when it is cloned or compared.
#[derive(Portable, Debug)]
struct Touchy {
    number: u64,
    text: String,
    touchy: bool,
}

impl Touchy {
    fn new(number: u64, touchy: bool) -> Touchy {
        Touchy { number, text: String::from("a text too long to lie in its handle".repeat(2).as_str()), touchy }
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Touchy {
        assert!(!self.touchy, "not to be cloned");
        Touchy { text: self.text.clone(), ..*self }
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Touchy) -> bool {
        assert!(!self.touchy && !other.touchy, "not to be compared");
        self.number == other.number
    }
}

impl Default for Touchy {
    fn default() -> Touchy {
        Touchy::new(0, false)
    }
}

impl Eq for Touchy {}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

const KEYS: u64 = 60;

fn panics<R>(run: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

/// One value after the other is touchy, so that each node has some, this one too.
fn gets() {
    let map = HashMap::new();
    let keys: std::vec::Vec<u64> = (0..KEYS).collect();
    for touchy in 0..KEYS / 4 {
        map.insert_many((0..KEYS).map(|key| (key, Touchy::new(key, key == touchy))));
        let before = stats::live();
        panics(|| map.get_many(&keys));
        panics(|| map.iter().count());
        assert_eq!(stats::live(), before, "the clones are gone");
    }
    let before = stats::live();
    let late = thread::timeout(Duration::ZERO, || map.get_many(&[0_u64; 0]).len());
    assert_eq!(late, Ok(0), "nothing is waited for");
    map.remove(&(KEYS / 4 - 1));
    map.insert(KEYS / 4 - 1, Touchy::new(0, false));
    assert_eq!(thread::timeout(Duration::ZERO, || map.get_many(&keys).len()), Err(TimeIsUp));
    assert_eq!(stats::live(), before, "the answers are gone");
}

fn inserts() {
    for touchy in 0..KEYS / 4 {
        let map = HashMap::new();
        map.insert(Touchy::new(touchy, true), ());
        panics(|| map.insert_many((0..KEYS).map(|key| (Touchy::new(key, false), ()))));
    }
    let map: HashMap<Touchy, ()> = HashMap::new();
    let many = || map.insert_many((0..KEYS).map(|key| (Touchy::new(key, false), ())));
    assert_eq!(thread::timeout(Duration::ZERO, many), Err(TimeIsUp));
}

/// Keys, arguments, values and results own objects, and one value after the other is touchy.
fn each() {
    let map: HashMap<Touchy, Touchy> = HashMap::new();
    let keys: std::vec::Vec<Touchy> = (0..KEYS).map(|key| Touchy::new(key, false)).collect();
    let look = |value: &Touchy, more: String| (value.clone(), more);
    let replace = |value: &mut Touchy, more: Touchy| {
        let before = value.text.clone();
        let touchy = value.touchy;
        *value = more;
        assert!(!touchy, "not to be replaced");
        (before, true)
    };
    let replace_all = |touchy| {
        let args = (0..KEYS).map(|key| (Touchy::new(key, false), Touchy::new(key, key == touchy)));
        map.alter_each(args, replace).len()
    };
    for touchy in 0..KEYS / 4 {
        assert_eq!(replace_all(touchy), KEYS as usize);
        let before = stats::live();
        let args = || keys.iter().map(|key| (key, String::from("as long as what the values own".repeat(2).as_str())));
        panics(|| map.get_each(args(), look));
        panics(|| {
            let mut cursor = 0;
            loop {
                let (next, _) = map.scan(cursor, 100, (), |_, value, ()| Some(value.clone()));
                if next == 0 {
                    return;
                }
                cursor = next;
            }
        });
        assert_eq!(stats::live(), before, "clones and arguments are gone");
        panics(|| replace_all(KEYS));
        // Where it was not come to, another is touchy still.
        map.retain((), |_, value, ()| !value.touchy);
        assert_eq!(thread::timeout(Duration::ZERO, || map.get_each(args(), look).len()), Err(TimeIsUp));
        assert_eq!(thread::timeout(Duration::ZERO, || replace_all(KEYS)), Err(TimeIsUp));
    }
}

fn all() {
    gets();
    inserts();
    each();
    assert!(node::count() > 1);
    assert_eq!(stats::live(), []);
}

#[drust::test(nodes = 3)]
fn what_is_in_messages_is_dropped_by_who_unwinds() {
    all();
}

#[drust::test(nodes = 3, seed = 5)]
fn what_is_in_messages_is_dropped_in_a_simulation() {
    all();
}
