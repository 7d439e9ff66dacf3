//! The map of all nodes, against std's map and against itself as other nodes see it.

use crate::dice::Dice;
use drust::collections::HashMap;
use drust::sync::Arc;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::{Box, Ref, String, node, stats, thread, vec};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn text(number: u64) -> String {
    String::from(format!("{number} is a number, and this text is too long to lie in its handle").as_str())
}

/// Takes so many bytes from the front of a text; the entry goes with its last.
fn shorten(text: &mut String, most: usize) -> (String, bool) {
    let front: String = text.drain(..most.min(text.len())).collect();
    (front, !text.is_empty())
}

/// Reads many and alters many, some of them twice.
fn many_like_std(
    map: &HashMap<u64, String>,
    keys: &[u64],
    twin: &mut std::collections::HashMap<u64, std::string::String>,
) {
    let nth = |text: &String, at: u64| text.as_bytes()[at as usize % text.len()];
    let read = map.get_each(keys.iter().map(|key| (key, *key)), nth);
    let expected = keys.iter().map(|key| twin.get(key).map(|text| text.as_bytes()[*key as usize % text.len()]));
    assert!(read.into_iter().eq(expected));
    let twice = keys.iter().chain(&keys[..30]);
    let fronts = map.alter_each(twice.clone().map(|key| (*key, 2 * *key as usize)), shorten);
    for (key, front) in twice.zip(fronts) {
        let mut expected = twin.remove(key).unwrap_or_default();
        let rest = expected.split_off(expected.len().min(2 * *key as usize));
        assert_eq!(front, expected, "key {key}");
        if !rest.is_empty() {
            twin.insert(*key, rest);
        }
    }
    assert_eq!(map.len(), twin.len());
}

/// One thread does what it likes, and std's map the same.
fn like_std(map: &HashMap<u64, String>, seed: u64, steps: usize) {
    let mut twin = std::collections::HashMap::<u64, std::string::String>::new();
    let mut dice = Dice::new(seed);
    let own = |value: Option<String>| value.map(|value| value.to_string());
    for _ in 0..steps {
        let (key, value) = (dice.below(60), text(dice.below(1000)));
        match dice.below(12) {
            0..3 => assert_eq!(own(map.insert(key, value.clone())), twin.insert(key, value.to_string())),
            3 => assert_eq!(own(map.remove(&key)), twin.remove(&key)),
            4 => {
                let grown = map.update(&key, (), |value, ()| {
                    value.push('!');
                    value.len()
                });
                let expected = twin.get_mut(&key).map(|value| {
                    value.push('!');
                    value.len()
                });
                assert_eq!(grown, expected);
            }
            5 => {
                map.upsert(key, String::new(), 'x', |value, more| value.push(more));
                twin.entry(key).or_default().push('x');
            }
            6 => assert_eq!(map.contains_key(&key), twin.contains_key(&key)),
            7 => {
                let short = map.alter(key, 3, shorten);
                let mut expected = twin.remove(&key).unwrap_or_default();
                let rest = expected.split_off(expected.len().min(3));
                assert_eq!(short, expected);
                if !rest.is_empty() {
                    twin.insert(key, rest);
                }
            }
            _ => assert_eq!(own(map.get(&key)), twin.get(&key).cloned()),
        }
    }
    assert_eq!(map.len(), twin.len());
    let entries: BTreeMap<_, _> = map.iter().map(|(key, value)| (key, value.to_string())).collect();
    assert!(entries.into_iter().eq(twin.clone().into_iter().collect::<BTreeMap<_, _>>()));
    let keys = (0..60).collect::<std::vec::Vec<u64>>();
    let many: std::vec::Vec<_> = map.get_many(&keys).into_iter().map(own).collect();
    assert!(many.iter().eq(keys.iter().map(|key| twin.get(key).cloned()).collect::<std::vec::Vec<_>>().iter()));
    many_like_std(map, &keys, &mut twin);
    map.retain(20, |key, _, most| key < most);
    #[expect(clippy::disallowed_methods, reason = "in whichever order")]
    twin.retain(|key, _| *key < 20);
    assert_eq!(map.len(), twin.len());
    map.clear();
    assert!(map.is_empty());
}

fn like_std_from_every_node(steps: usize) {
    let map = HashMap::new();
    like_std(&map, 1, steps);
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (Ref::of(&map), steps), |(map, steps)| {
                like_std(&map, 2 + node::current().index() as u64, steps);
            })
            .join()
            .unwrap();
        }
    });
}

#[drust::test]
fn it_is_like_stds_on_one_node() {
    like_std_from_every_node(2000);
}

#[drust::test(nodes = 3)]
fn so_it_is_across_nodes() {
    like_std_from_every_node(600);
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn so_it_is_over_a_network() {
    like_std_from_every_node(300);
}

#[drust::test(nodes = 3, seed = 5)]
fn so_it_is_when_simulated() {
    like_std_from_every_node(150);
}

/// All threads count in the same few entries, and read them in between: nothing is lost, and what a thread reads never
/// goes back.
fn counted_together(rounds: u64) {
    const KEYS: u64 = 5;
    let map: HashMap<u64, (u64, String)> = HashMap::new();
    thread::scope(|s| {
        for node in node::all() {
            for thread in 0..2 {
                s.spawn_on(node, (Ref::of(&map), thread, rounds), |(map, thread, rounds)| {
                    let mut dice = Dice::new(node::current().index() as u64 * 2 + thread);
                    let mut seen = [0; KEYS as usize];
                    for _ in 0..rounds {
                        let key = dice.below(KEYS);
                        map.upsert(key, (0, text(0)), (), |value, ()| {
                            value.0 += 1;
                            value.1 = text(value.0);
                        });
                        for _ in 0..20 {
                            let key = dice.below(KEYS);
                            let Some((count, told)) = map.get(&key) else { continue };
                            assert_eq!(told, text(count), "both were written together");
                            assert!(count >= seen[key as usize], "{count} after {}", seen[key as usize]);
                            seen[key as usize] = count;
                        }
                    }
                });
            }
        }
    });
    let total: u64 = map.values().map(|value| value.0).sum();
    assert_eq!(total, node::count() as u64 * 2 * rounds);
}

#[drust::test(nodes = 3)]
fn threads_of_all_nodes_count_together() {
    counted_together(100);
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn so_they_do_over_a_network() {
    counted_together(60);
}

#[drust::test(nodes = 3, seed = 23)]
fn so_they_do_when_simulated() {
    counted_together(15);
}

#[drust::test(nodes = 3, seed = 24)]
fn and_in_another_order() {
    counted_together(15);
}

/// A key whose entry lives on the node that is named.
fn key_on(map: &HashMap<u64, u64>, on: node::NodeId) -> u64 {
    let elsewhere = |key: &u64| {
        let ran_on = map.upsert(*key, 0, (), |_, ()| node::current());
        ran_on == on
    };
    (0..).find(elsewhere).unwrap()
}

#[drust::test(nodes = 2)]
fn what_is_read_often_is_kept_until_somebody_writes() {
    let map: HashMap<u64, u64> = HashMap::new();
    let last = node::all().last().unwrap();
    let (key, near) = (key_on(&map, last), key_on(&map, node::current()));
    let read = |key: u64| stats::count(|| map.get(&key)).1;
    let cost = read(near);
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (0, 0, 0));
    let mut asked = 0;
    while read(key).requests > 0 {
        asked += 1;
        assert!(asked < 100, "it is never kept");
    }
    assert!(asked > 1, "one read is not often");
    for _ in 0..50 {
        let cost = read(key);
        assert_eq!((cost.requests, cost.replies, cost.one_ways), (0, 0, 0));
    }
    let (old, cost) = stats::count(|| map.insert(key, 7));
    assert_eq!(old, Some(0));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 2), "a recall and a return");
    assert_eq!(map.get(&key), Some(7));
    let (_, cost) = stats::count(|| map.insert(key, 8));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0), "nobody had kept it again");
}

/// A function is in the middle of an entry while others look at it: they get what it leaves.
fn looked_at_while_written() {
    let map: HashMap<u64, u64> = HashMap::new();
    for on in node::all() {
        let key = key_on(&map, on);
        map.insert(key, 0);
        thread::scope(|s| {
            let writer = s.spawn_on(on, (Ref::of(&map), key), |(map, key)| {
                map.update(&key, (), |value, ()| {
                    *value = 1;
                    thread::sleep(std::time::Duration::from_millis(20));
                    *value = 2;
                });
            });
            let readers: std::vec::Vec<_> = node::all()
                .map(|node| {
                    s.spawn_on(node, (Ref::of(&map), key), |(map, key)| {
                        while map.get(&key) != Some(2) {
                            let seen = map.get_many(&[key]);
                            assert!(seen == [Some(0)] || seen == [Some(2)], "{seen:?}");
                        }
                    })
                })
                .collect();
            writer.join().unwrap();
            readers.into_iter().for_each(|reader| reader.join().unwrap());
        });
    }
}

#[drust::test(nodes = 2)]
fn who_looks_waits_for_who_writes() {
    looked_at_while_written();
}

#[drust::test(nodes = 3, seed = 31)]
fn who_looks_waits_for_who_writes_when_simulated() {
    looked_at_while_written();
}

#[drust::test(nodes = 2)]
fn many_cost_a_request_and_a_reply_for_each_node() {
    let map: HashMap<u64, u64> = HashMap::new();
    let ((), cost) = stats::count(|| map.insert_many((0..1000).map(|n| (n, n * n))));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0));
    let keys: std::vec::Vec<u64> = (0..1000).collect();
    let (values, cost) = stats::count(|| map.get_many(&keys));
    assert_eq!((cost.requests, cost.replies, cost.one_ways), (1, 1, 0));
    assert!(values.into_iter().eq((0..1000).map(|n| Some(n * n))));
    let (len, cost) = stats::count(|| map.len());
    assert_eq!((len, cost.requests, cost.replies), (1000, 1, 1));
}

#[drust::test(nodes = 2)]
fn values_own_what_they_own_wherever_they_are() {
    let map: HashMap<String, Box<drust::Vec<String>>> = HashMap::new();
    let words = ["one", "two", "three", "four", "five", "six", "seven", "a word that is too long for a handle"];
    for word in words {
        map.insert(String::from(word), Box::new(vec![String::from(word), text(1)]));
    }
    for _ in 0..30 {
        for word in words {
            let value = map.get(word).unwrap();
            assert_eq!((value[0].as_str(), value[1].len()), (word, text(1).len()));
            assert_eq!(map.get_with(word, 1, |value, index| value[index].clone()), Some(text(1)));
        }
    }
    for word in words {
        assert_eq!(
            map.update(word, text(2), |value, more| {
                value.push(more);
                value.len()
            }),
            Some(3)
        );
        assert_eq!(map.get(word).unwrap().len(), 3);
        assert_eq!(map.remove(word).unwrap()[2], text(2));
    }
    assert!(map.is_empty() && map.get("one").is_none());
}

/// Counted handles go into the map, are kept by readers, cloned from what they keep, and come out again.
fn counted_values() {
    let map: Arc<HashMap<u64, (Arc<String>, u64)>> = Arc::new(HashMap::new());
    let first = Arc::new(text(0));
    for key in 0..8 {
        map.insert(key, (first.clone(), key));
    }
    let tasks = node::all().map(|node| {
        thread::spawn_on(node, (map.clone(),), |(map,)| {
            let mut kept = std::vec::Vec::new();
            for round in 0..12 {
                for key in 0..8 {
                    let (value, number) = map.get(&key).unwrap();
                    assert_eq!((value.len(), number), (text(0).len(), key));
                    if round == 11 {
                        kept.push(value);
                    }
                }
            }
            assert!(kept.iter().all(|value| Arc::ptr_eq(value, &kept[0])));
            kept.swap_remove(0)
        })
    });
    let tasks: std::vec::Vec<_> = tasks.collect();
    let back: std::vec::Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
    assert!(back.iter().all(|value| Arc::ptr_eq(value, &first)));
    assert_eq!(Arc::strong_count(&first), 1 + 8 + back.len());
    for key in 0..4 {
        assert!(Arc::ptr_eq(&map.remove(&key).unwrap().0, &first));
    }
    map.update(&5, Arc::new(text(1)), |value, other| value.0 = other).unwrap();
    assert_eq!(Arc::strong_count(&first), 1 + 3 + back.len());
    drop((map, back));
    assert_eq!(Arc::try_unwrap(first).unwrap(), text(0));
}

#[drust::test(nodes = 3)]
fn values_may_hold_counted_handles() {
    counted_values();
}

#[drust::test(nodes = 2, seed = 77)]
fn values_may_hold_counted_handles_when_simulated() {
    counted_values();
}

#[drust::test(nodes = 2, carrier = "tcp")]
fn values_may_hold_counted_handles_over_a_network() {
    counted_values();
}

drust::global! {
    static MAP: HashMap<u64, u64> = HashMap::new();
}

#[drust::test(nodes = 2)]
fn it_may_be_a_global_and_a_shard_is_not_entered_again() {
    drust::testing::allow_leaks();
    for node in node::all() {
        thread::spawn_on(node, (), |()| MAP.insert(1, node::current().index() as u64)).join().unwrap();
    }
    for node in node::all() {
        let again = thread::spawn_on(node, (), |()| {
            let again = || MAP.update(&1, (), |_, ()| MAP.remove(&1));
            catch_unwind(again).is_err()
        });
        assert!(again.join().unwrap());
    }
    assert_eq!(MAP.get(&1), Some(1));
}

/// A function panics on one node while it is at work on another: what called it goes on when that has done, since the
/// map, and what was lent, may end then.
fn one_panics_while_others_work() {
    let map: HashMap<u64, u64> = HashMap::new();
    let own = node::current();
    let keys: std::vec::Vec<_> = node::all().map(|on| (key_on(&map, on), on.index() as u64)).collect();
    map.clear();
    map.insert_many(keys);
    let done = Arc::new(AtomicU64::new(0));
    let caught = catch_unwind(AssertUnwindSafe(|| {
        map.retain((Arc::clone(&done), own.index() as u64), |_, node, (done, own)| {
            assert_ne!(*node, *own, "not here");
            thread::sleep(std::time::Duration::from_millis(300));
            done.fetch_add(1, Ordering::SeqCst);
            true
        });
    }));
    assert!(caught.is_err());
    assert_eq!(done.load(Ordering::SeqCst), node::count() as u64 - 1);
}

#[drust::test(nodes = 3)]
fn who_catches_a_panic_finds_the_others_done() {
    one_panics_while_others_work();
}

#[drust::test(nodes = 3, seed = 11)]
fn so_does_who_catches_one_when_simulated() {
    one_panics_while_others_work();
}

#[drust::test(nodes = 2)]
fn nor_is_one_written_by_who_looks_at_what_is_kept_of_it() {
    drust::testing::allow_leaks();
    let key = key_on(&MAP, node::all().last().unwrap());
    while stats::count(|| MAP.get(&key)).1.requests > 0 {}
    let writes: [fn(u64); 4] = [
        |key| assert_eq!(MAP.insert(key, 1), None),
        |key| MAP.insert_many([(key, 2)]),
        |_| MAP.retain((), |_, _, ()| false),
        |_| MAP.clear(),
    ];
    for write in writes {
        WRITES.set(Some(write));
        let written = || MAP.get_with(&key, key, |_, key| WRITES.get().unwrap()(key));
        assert!(catch_unwind(written).is_err());
    }
    assert_eq!(MAP.get(&key), Some(0));
}

thread_local! {
    static WRITES: std::cell::Cell<Option<fn(u64)>> = const { std::cell::Cell::new(None) };
}

#[drust::test(nodes = 2)]
fn panics_go_to_who_called_and_leave_the_map_as_it_was() {
    let map: HashMap<u64, u64> = (0..20).map(|n| (n, n)).collect();
    for key in 0..20 {
        let caught = catch_unwind(AssertUnwindSafe(|| map.update(&key, (), |_, ()| panic!("no")).unwrap_or(())));
        assert!(caught.is_err());
        let caught = catch_unwind(AssertUnwindSafe(|| map.get_with(&key, (), |_, ()| panic!("no")).unwrap_or(())));
        assert!(caught.is_err());
        assert_eq!(map.get(&key), Some(key));
    }
}

#[drust::test(nodes = 2)]
fn a_map_goes_to_other_nodes_and_ends_there() {
    let map: HashMap<u64, String> = (0..100).map(|n| (n, text(n))).collect();
    let last = node::all().last().unwrap();
    let map = thread::spawn_on(last, (map,), |(map,)| {
        assert_eq!(map.get(&5), Some(text(5)));
        map.insert(1000, text(1000));
        map
    });
    let map = map.join().unwrap();
    assert_eq!((map.len(), map.get(&1000)), (101, Some(text(1000))));
    let other = map.clone();
    other.insert(1000, text(1));
    assert_eq!((other.len(), other.get(&5), map.get(&1000)), (101, Some(text(5)), Some(text(1000))));
    thread::spawn_on(last, (map,), |(map,)| drop(map)).join().unwrap();
}

#[drust::test(nodes = 2)]
fn it_grows_while_it_is_used() {
    let map: HashMap<u64, u64> = HashMap::new();
    thread::scope(|s| {
        for node in node::all() {
            s.spawn_on(node, (Ref::of(&map),), |(map,)| {
                let index = node::current().index() as u64;
                for n in 0..3000 {
                    assert_eq!(map.insert(n * 2 + index, n), None);
                }
                map.extend((10_000..13_000).map(|n| (n * 2 + index, n)));
                assert!((0..3000).step_by(7).all(|n| map.get(&(n * 2 + index)) == Some(n)));
            });
        }
    });
    assert_eq!(map.len(), node::count() * 6000);
    assert_eq!(map.keys().map(|key| key % 2).sum::<u64>(), 6000);
}

/// The keys below a bound, page by page, and how many pages that were; between pages `meanwhile` is called.
fn scanned(map: &HashMap<u64, u64>, below: u64, meanwhile: impl Fn()) -> (std::vec::Vec<u64>, usize) {
    let (mut keys, mut cursor, mut pages) = (std::vec::Vec::new(), 0, 0);
    loop {
        let (next, page) = map.scan(cursor, 7, below, |key, value, below| {
            assert_eq!(*value, key * key);
            (key < below).then_some(*key)
        });
        assert!(page.len() <= 7);
        keys.extend(page);
        pages += 1;
        if next == 0 {
            return (keys, pages);
        }
        cursor = next;
        meanwhile();
    }
}

#[drust::test(nodes = 3)]
fn a_scan_looks_at_each_entry() {
    let map: HashMap<u64, u64> = (0..1000).map(|n| (n, n * n)).collect();
    let (mut keys, pages) = scanned(&map, 500, || ());
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..500));
    assert!(pages >= 1000 / 7, "{pages}");
    // Entries that come and go meanwhile move others, but hide none of those that stay.
    let turn = std::cell::Cell::new(0);
    let (mut keys, _) = scanned(&map, 500, || {
        let number = turn.replace(turn.get() + 1);
        let (gone, new) = (500 + number % 500, 1000 + number);
        map.remove(&gone);
        map.insert(new, new * new);
    });
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.into_iter().eq(0..500));
}

#[drust::test(nodes = 2)]
fn a_scan_may_begin_anywhere() {
    let map: HashMap<u64, u64> = (0..100).map(|n| (n, n * n)).collect();
    for cursor in [1, u64::MAX, 5 << 32 | 3, 1 << 63] {
        let (_, page) = map.scan(cursor, usize::MAX, (), |key, _, ()| Some(*key));
        assert!(page.iter().all(|key| map.contains_key(key)) && page.len() < 100);
    }
    map.clear();
    assert_eq!(scanned(&map, 100, || ()).0, []);
}

#[drust::test(nodes = 3)]
fn many_are_altered_and_read_by_a_message_a_node() {
    let map = HashMap::<u64, u64>::new();
    let add = |sum: &mut u64, more: u64| {
        *sum += more;
        (*sum, true)
    };
    let entries = || (0..300_u64).map(|key| (key, key));
    let (_, counts) = stats::count(|| map.alter_each(entries(), add));
    assert_eq!(counts.requests, 2);
    let keys: std::vec::Vec<u64> = (0..300).collect();
    let (found, counts) = stats::count(|| map.get_each(keys.iter().map(|key| (key, 1)), |sum, more| sum + more));
    assert_eq!(counts.requests, 2);
    assert!(found.into_iter().eq((1..=300).map(Some)));
}

#[drust::test(nodes = 2)]
fn what_panics_while_it_alters_adds_nothing() {
    let map = HashMap::<u64, u64>::new();
    let keys = 0..20_u64;
    for key in keys.clone() {
        let refuse = |value: &mut u64, more: u64| -> ((), bool) {
            *value += more;
            panic!("no more than {value}")
        };
        let panic = catch_unwind(AssertUnwindSafe(|| map.alter(key, 5, refuse)));
        assert!(panic.is_err() && map.get(&key).is_none());
        map.insert(key, 1);
        assert!(catch_unwind(AssertUnwindSafe(|| map.alter(key, 5, refuse))).is_err());
        assert_eq!(map.get(&key), Some(6));
    }
    assert_eq!(map.len(), keys.count());
}
