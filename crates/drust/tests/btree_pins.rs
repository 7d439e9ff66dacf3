//! What looks into a remote `BTreeMap` leave pinned, where there is room for few copies without pins.

use drust::collections::BTreeMap;
use drust::testing::{End, Simulation, simulate};
use drust::{node, stats, thread};
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

type Numbers = BTreeMap<u64, u64>;

const MANY: u64 = 4000;

/// Objects that are fetched by `look`.
fn fetches(map: &Numbers, look: impl FnOnce(&Numbers)) -> u64 {
    let ((), counts) = stats::count(|| look(map));
    counts.direct_reads + counts.requests
}

fn looks() {
    let there = node::all().last().expect("a cluster has nodes");
    let make = |()| (0..MANY).map(|n| (n, n)).collect::<Numbers>();
    let mut map = thread::spawn_on(there, (), make).join().expect("nothing panics there");
    let other = thread::spawn_on(there, (), make).join().expect("nothing panics there");
    let nodes = MANY.div_ceil(57) + 3;
    let traits: [fn(&Numbers); 4] = [
        |map| assert!(*map == map.clone()),
        |map| assert!(map.partial_cmp(&Numbers::from([(0, 0), (1, 2)])).is_some_and(|order| order.is_lt())),
        |map| assert!(RandomState::new().hash_one(map) != 0),
        |map| assert!(format!("{map:?}").len() > MANY as usize),
    ];
    for look in traits {
        assert!(fetches(&map, look) > 0, "no copy is left of what was looked at before");
    }
    assert!(fetches(&map, |map| assert_eq!(map.iter().count(), MANY as usize)) > nodes / 2);
    assert_eq!(fetches(&map, |map| assert_eq!(map.values().sum::<u64>(), MANY * (MANY - 1) / 2)), 0);
    BTreeMap::release(&mut map);
    assert_eq!(other[&1], 1, "what is given back goes when something else is fetched");
    assert!(fetches(&map, traits[3]) > nodes / 2, "copies that were given back had to go");
}

#[test]
fn traits_leave_no_pin_and_iterators_do_until_it_is_released() {
    let run = simulate(&Simulation { nodes: 2, seed: 7, copies: 8 << 10, ..Simulation::default() }, looks);
    assert!(matches!(run.end, End::Returned(())), "{run:?}");
}
