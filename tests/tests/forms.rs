//! Vectors, strings and globals where they change their form: empty, short, long, without an object, and left behind
//! by a panic or a forgotten iterator.

use drust::node::NodeId;
use drust::{Box, Portable, RefMut, String, Vec, node, testing, thread, vec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

fn there() -> NodeId {
    node::all().last().expect("a node")
}

const LONG: &str = "a text that is too long to lie inside its own string";

/// A long string's room stays when its text goes: there is nothing to fetch along with what holds it.
#[drust::test(nodes = 2)]
fn emptied_strings_are_fetched_with_their_owner() {
    let mut texts: Vec<String> = (0..3).map(|_| String::from(LONG)).collect();
    texts[1].clear();
    let texts = thread::spawn_on(there(), (texts,), |(texts,)| {
        assert_eq!(texts, [LONG, "", LONG]);
        let lens: Vec<usize> = texts.iter().map(String::len).collect();
        assert_eq!(lens, [LONG.len(), 0, LONG.len()]);
        texts
    });
    let mut texts = texts.join().unwrap();
    texts[1].push_str(LONG);
    assert_eq!(texts, [LONG, LONG, LONG]);
}

/// What has no object gets one elsewhere and comes home, and what has one comes home without.
#[drust::test(nodes = 2)]
fn lent_values_change_their_form() {
    for panics in [false, true] {
        let (mut none, mut some) = (Vec::<u64>::new(), vec![1_u64, 2]);
        let (mut short, mut long) = (String::from("ab"), String::from(LONG));
        let (mut absent, mut present) = (None::<String>, Some(String::from(LONG)));
        let (mut boxed, mut slice) = (Box::new(vec![String::new()]), Box::<[u64]>::from([]));
        let _ = thread::scope(|s| {
            let first = s.spawn_on(
                there(),
                (
                    RefMut::new(&mut none),
                    RefMut::new(&mut some),
                    RefMut::new(&mut short),
                    RefMut::new(&mut long),
                    panics,
                ),
                |(mut none, mut some, mut short, mut long, panics)| {
                    none.extend(0..1000);
                    *some = Vec::new();
                    short.push_str(LONG);
                    long.truncate(3);
                    long.shrink_to_fit();
                    assert!(!panics, "on purpose");
                },
            );
            let second = s.spawn_on(
                there(),
                (RefMut::new(&mut absent), RefMut::new(&mut present), RefMut::new(&mut boxed), RefMut::new(&mut slice)),
                |(mut absent, mut present, mut boxed, mut slice)| {
                    *absent = Some(String::from(LONG));
                    *present = None;
                    boxed.push(String::from(LONG));
                    boxed[0].push_str(LONG);
                    *slice = Box::from([1, 2, 3]);
                },
            );
            second.join().unwrap();
            first.join()
        });
        none.push(1000);
        assert!(none.iter().copied().eq(0..1001));
        some.push(7);
        assert_eq!(some, [7]);
        short.push('!');
        assert_eq!(short, format!("ab{LONG}!"));
        long.push('!');
        assert_eq!(long, "a t!");
        assert_eq!((absent.as_deref(), present.as_deref()), (Some(LONG), None));
        assert_eq!(**boxed, [LONG, LONG]);
        slice[0] = 9;
        assert_eq!(*slice, [9, 2, 3]);
    }
}

static DROPS: AtomicU64 = AtomicU64::new(0);

/// Counts its drops, and panics in that of the value 2.
#[derive(Portable)]
#[portable(drop)]
struct Loud(u64, Box<u64>);

impl Drop for Loud {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
        assert!(self.0 != 2 || std::thread::panicking(), "on purpose");
    }
}

fn loud() -> Vec<Loud> {
    (0..5).map(|n| Loud(n, Box::new(n))).collect()
}

/// Whatever way values go, each is dropped once, also where one panics; slots are freed (the test would say).
#[drust::test(nodes = 2)]
fn panicking_drops_drop_the_rest_once() {
    let ways: [fn(Vec<Loud>); 9] = [
        drop,
        |mut v| v.truncate(1),
        |mut v| v.clear(),
        |mut v| v.retain(|loud| loud.0 == 0),
        |mut v| v.dedup_by(|_, _| true),
        |mut v| drop(v.drain(1..4)),
        |v| drop(v.into_iter()),
        |v| drop(v.into_boxed_slice()),
        |v| drop(thread::spawn_on(there(), (v,), |(v,)| v).join().unwrap()),
    ];
    for (index, way) in ways.into_iter().enumerate() {
        for remote in [false, true] {
            let values = loud();
            let values = if remote && index < 8 {
                thread::spawn_on(there(), (values,), |(mut v,)| {
                    v[0].0 = 0;
                    v
                })
                .join()
                .unwrap()
            } else {
                values
            };
            DROPS.store(0, Ordering::Relaxed);
            assert!(catch_unwind(AssertUnwindSafe(|| way(values))).is_err(), "way {index}");
            assert_eq!(DROPS.load(Ordering::Relaxed), 5, "way {index}, remote: {remote}");
        }
    }
}

#[derive(Portable)]
#[portable(drop)]
#[repr(align(64))]
struct Nothing;

impl Drop for Nothing {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Values without bytes are counted, cross, and are dropped as often as they were made.
#[drust::test(nodes = 2)]
fn values_without_bytes() {
    let mut v: Vec<Nothing> = (0..5).map(|_| Nothing).collect();
    drop(v.drain(1..3));
    v.retain({
        let mut n = 0;
        move |_| {
            n += 1;
            n > 1
        }
    });
    assert_eq!((v.len(), DROPS.load(Ordering::Relaxed)), (2, 3));
    let rest = thread::spawn_on(there(), (v,), |(mut v,)| {
        v.push(Nothing);
        let rest = v.split_off(1);
        drop(v);
        rest.into_boxed_slice()
    });
    let rest = rest.join().unwrap();
    assert_eq!(rest.len(), 2);
    drop(rest.into_vec().into_iter().next());
    assert_eq!(DROPS.load(Ordering::Relaxed), 5);
}

/// What a forgotten iterator leaves is short, and good everywhere.
#[drust::test(nodes = 2)]
fn forgotten_iterators() {
    testing::allow_leaks();
    let mut v: Vec<String> = (0..6).map(|_| String::from(LONG)).collect();
    let mut drain = v.drain(2..4);
    drop(drain.next());
    std::mem::forget(drain);
    let v = thread::spawn_on(there(), (v,), |(mut v,)| {
        assert_eq!(v, [LONG, LONG]);
        v.push(String::from("x"));
        std::mem::forget(v.drain(..1));
        v
    });
    let mut v = v.join().unwrap();
    assert!(v.is_empty());
    v.push(String::from(LONG));
    assert_eq!(v, [LONG]);
    let mut iter = v.into_iter();
    iter.next();
    std::mem::forget(iter);
}

drust::global! {
    static WORDS: Vec<String> = vec![String::from(LONG), String::from("b")];
    static EMPTY: Vec<String> = Vec::new();
    static UNIT: () = ();
}

/// A global outlives what is dropped around it, and is one for all.
#[drust::test(nodes = 2)]
fn globals_on_all_nodes() {
    testing::allow_leaks();
    for node in node::all().chain(node::all()) {
        let ok = thread::spawn_on(node, (), |()| {
            let () = *UNIT;
            *WORDS == [LONG, "b"] && EMPTY.is_empty()
        });
        assert!(ok.join().unwrap());
    }
}

static TWIN: drust::Global<Vec<String>> = drust::Global::new(|| vec![String::from(LONG)], |()| TWIN.share());

/// A second look at the same value gives up nothing that it does not own.
#[drust::test(nodes = 2)]
fn global_is_not_dropped_by_another() {
    testing::allow_leaks();
    for node in node::all() {
        let task = thread::spawn_on(node, (), |()| {
            let local = drust::Global::<Vec<String>>::new(Vec::new, |()| TWIN.share());
            assert_eq!(*local, [LONG]);
        });
        task.join().unwrap();
    }
    let used: Vec<Vec<String>> = (0..100).map(|_| vec![String::from("other"), String::from(LONG)]).collect();
    for node in node::all() {
        assert!(thread::spawn_on(node, (), |()| *TWIN == [LONG]).join().unwrap());
    }
    assert_eq!(used.len(), 100);
}
