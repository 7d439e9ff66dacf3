//! Values of foreign types between nodes: by their bytes, and by serde.

use drust::{Box, Plain, Ref, Wire, node, spawn, thread, vec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[drust::test(nodes = 2)]
fn plain_values_cross_as_their_bytes() {
    let last = node::all().last().unwrap();
    let id = Plain::from(uuid::Uuid::from_u128(0x1234_5678_9abc));
    let day = Plain::from(chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
    let bits = Plain::pod([1_u32, 2, 3]);
    let far = spawn!(on last; [id, day, bits] || (vec![id], day.succ_opt().map(Plain::from), bits[2]));
    let (ids, next, bit) = far.join().unwrap();
    assert_eq!((ids[0], bit), (id, 3));
    assert_eq!(next.unwrap().to_string(), "2024-03-01");
}

/// What there is of these in this process, made less dropped.
static LIVE: AtomicUsize = AtomicUsize::new(0);

#[derive(Serialize, PartialEq, Debug)]
struct Counted {
    names: BTreeMap<u32, String>,
    #[serde(flatten)]
    more: BTreeMap<String, f64>,
}

impl Counted {
    fn new(names: BTreeMap<u32, String>, more: BTreeMap<String, f64>) -> Counted {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Counted { names, more }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Counted, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            names: BTreeMap<u32, String>,
            #[serde(flatten)]
            more: BTreeMap<String, f64>,
        }
        let parts = Parts::deserialize(deserializer)?;
        Ok(Counted::new(parts.names, parts.more))
    }
}

fn sample() -> Counted {
    Counted::new(BTreeMap::from([(1, "one".to_owned())]), BTreeMap::from([("half".to_owned(), 0.5)]))
}

/// Those whose bytes were given up are dropped by other threads.
fn all_are_dropped() {
    for _ in 0..1000 {
        if LIVE.load(Ordering::Relaxed) == 0 {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{} are left", LIVE.load(Ordering::Relaxed));
}

fn crosses_and_is_dropped() {
    let wire = Box::new(Wire::new(sample()));
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (Ref::new(&wire),), |(wire,)| {
                assert_eq!(wire.names[&1], "one");
                assert_eq!(wire.more["half"], 0.5);
                let place: *const Counted = &**wire;
                assert!(std::ptr::eq(place, &**wire), "a copy reads it once");
            });
        }
    });
    let last = node::all().last().unwrap();
    let moved = thread::spawn_on(last, (wire,), |(mut wire,)| {
        let len = wire.update(|value| {
            value.names.insert(2, "two".to_owned());
            value.names.len()
        });
        assert_eq!(len, 2);
        wire
    });
    let wire = moved.join().unwrap();
    assert_eq!(wire.names[&2], "two");
    let copy = wire.clone();
    assert_eq!(copy, wire);
    drop((copy, wire));
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (), |()| drop(Box::new(Wire::new(sample())))).join().unwrap();
        }
    });
}

#[drust::test(nodes = 3)]
fn wires_are_read_where_they_are_looked_at() {
    crosses_and_is_dropped();
    drop(Wire::new(sample()));
}

#[drust::test]
fn all_that_was_read_is_dropped() {
    crosses_and_is_dropped();
    all_are_dropped();
}

#[drust::test(nodes = 2, seed = 3)]
fn all_that_was_read_by_simulated_nodes_is_dropped() {
    crosses_and_is_dropped();
    let boxed = Box::new(Wire::new(sample()));
    let last = node::all().last().unwrap();
    thread::spawn_on(last, (boxed,), |(boxed,)| {
        assert_eq!(boxed.names.len(), 1);
        drop(boxed);
    })
    .join()
    .unwrap();
    // Copies that nobody pins hold what was read of them until they are evicted.
    let most = node::count() * 2;
    for _ in 0..1000 {
        if LIVE.load(Ordering::Relaxed) <= most {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("{} are left", LIVE.load(Ordering::Relaxed));
}

#[drust::test(nodes = 2)]
fn what_asks_what_it_is_read_from_is_read_too() {
    let value: serde_json::Value = serde_json::json!({ "list": [1, 2.5, null, "text"], "yes": true });
    let wire = Wire::new(value.clone());
    let last = node::all().last().unwrap();
    let back = thread::spawn_on(last, (wire,), |(wire,)| {
        assert_eq!(wire["list"][1], 2.5);
        wire
    });
    assert_eq!(*back.join().unwrap(), value);
}

#[drust::test]
fn an_update_that_panics_changes_nothing() {
    let mut wire = Wire::new("text".to_owned());
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wire.update(|text| {
            text.push('!');
            panic!("no");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(*wire, "text");
    wire.set("other".to_owned());
    assert_eq!(*wire, "other");
}

#[test]
fn every_error_is_one_that_any_thread_may_keep() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<drust::WireError>();
}
