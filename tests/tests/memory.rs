//! What becomes of copies and objects: eviction, promotion, drops of long structures far away, who holds what.

use drust::node::NodeId;
use drust::{Box, Portable, Ref, RefMut, String, Vec, node, stats, thread};

fn on(index: usize) -> NodeId {
    node::all().nth(index % node::count()).expect("a node")
}

#[derive(Portable)]
struct Link {
    value: u64,
    next: Option<Box<Link>>,
}

fn list((len,): (u64,)) -> Option<Box<Link>> {
    (0..len).fold(None, |next, value| Some(Box::new(Link { value, next })))
}

fn live_objects() -> u64 {
    stats::live().iter().map(|live| live.count).sum()
}

#[drust::test(nodes = 3)]
fn a_long_list_is_dropped_where_it_lives_by_one_message() {
    let list = thread::spawn_on(on(1), (1_000_000,), list).join().unwrap();
    assert_eq!(live_objects(), 1_000_000);
    let ((), counts) = stats::count(|| drop(list));
    assert_eq!((counts.one_ways, counts.direct_reads, counts.requests), (1, 0, 0));
    assert_eq!(live_objects(), 0);
}

#[drust::test(nodes = 3)]
fn a_list_over_all_nodes_is_dropped_wherever_its_parts_live() {
    let mut head: Option<Box<Link>> = None;
    for value in 0..60 {
        head =
            thread::spawn_on(on(value as usize), (head, value), |(next, value)| Some(Box::new(Link { value, next })))
                .join()
                .unwrap();
    }
    let sum = thread::scope(|s| {
        let sum = |(head,): (Ref<'_, Option<Box<Link>>>,)| {
            let (mut sum, mut at) = (0, &*head);
            while let Some(link) = at {
                sum += link.value;
                at = &link.next;
            }
            sum
        };
        s.spawn_on(on(2), (Ref::of(&head),), sum).join().unwrap()
    });
    assert_eq!((sum, live_objects()), (1770, 60));
    thread::spawn_on(on(1), (head,), |(head,)| drop(head)).join().unwrap();
    assert_eq!(live_objects(), 0);
}

#[drust::test(nodes = 2)]
fn copies_read_through_guards_are_found_again_or_fetched_again_but_never_stale() {
    let mut parts: Vec<Box<[u64]>> =
        thread::spawn_on(on(1), (), |()| (0..64).map(|i| (i..i + 100).collect()).collect()).join().unwrap();
    for round in 0..4_u64 {
        let sum: u64 = parts.iter().map(|part| Box::read(part)[0]).sum();
        assert_eq!(sum, (0..64).sum::<u64>() + round * 32);
        let all = parts.iter_mut().step_by(2);
        all.for_each(|part| part[0] += 1);
        parts = thread::spawn_on(on(1), (parts,), |(mut parts,)| {
            parts.iter_mut().for_each(|part| part[1] += 1);
            parts
        })
        .join()
        .unwrap();
        assert!(parts.iter().zip(0..).all(|(part, i)| Box::read(part)[1] == i + 2 + round));
    }
}

#[drust::test(nodes = 2)]
fn a_sole_copy_becomes_the_writers_own() {
    let mut parts = thread::spawn_on(on(1), (), |()| (0..50).map(Box::new).collect::<Vec<Box<u64>>>()).join().unwrap();
    assert_eq!(parts.iter().map(|part| **part).sum::<u64>(), 1225);
    let ((), counts) = stats::count(|| parts.iter_mut().for_each(|part| **part += 1));
    // Each copy is pinned by the handle in the vector's copy; the vector's own promotion hands those pins on.
    assert_eq!(counts.moves + counts.promotions, 51);
    assert_eq!(parts.iter().map(|part| **part).sum::<u64>(), 1275);
    let ((), counts) = stats::count(|| parts.iter_mut().for_each(|part| **part += 1));
    assert_eq!((counts.moves, counts.promotions, counts.one_ways), (0, 0, 0));
}

#[drust::test(nodes = 2)]
fn words_come_along_with_their_vector() {
    let words = |()| (0..20).map(|i| String::from(&*"long enough to have a place of its own ".repeat(i))).collect();
    let words: Vec<String> = thread::spawn_on(on(1), (), words).join().unwrap();
    let (first, counts) = stats::count(|| words.first().map_or(0, |word| word.len()));
    assert_eq!((first, counts.requests, counts.one_ways), (0, 0, 0));
    let (len, counts) = stats::count(|| words.iter().map(|word| word.as_str().len()).sum::<usize>());
    assert_eq!((len, counts.direct_reads), (39 * 190, 0), "they were fetched along");
}

#[drust::test(nodes = 3)]
fn who_holds_what_is_told_by_node_and_type() {
    let boxes = thread::spawn_on(on(1), (), |()| [Box::new(1_u16), Box::new(2)]).join().unwrap();
    let other = Box::new(Link { value: 1, next: None });
    let live = stats::live();
    let told: std::vec::Vec<_> = live.iter().map(|l| (l.node.to_string(), l.type_name.as_str(), l.count)).collect();
    assert_eq!(told, [("0".to_owned(), "memory::Link", 1), ("1".to_owned(), "u16", 2)]);
    assert_eq!((*boxes[0] + *boxes[1], other.value), (3, 1));
}

#[drust::test(nodes = 3)]
fn lends_leave_each_object_where_it_was_last_written() {
    let mut boxes = [Box::new(1_u64), Box::new(2), Box::new(3)];
    thread::scope(|s| {
        for (i, boxed) in boxes.iter_mut().enumerate() {
            s.spawn_on(on(i), (RefMut::new(boxed),), |(mut boxed,)| **boxed += 10);
        }
    });
    let homes: std::vec::Vec<_> = stats::live().iter().map(|live| (live.node.0, live.count)).collect();
    assert_eq!(homes, [(0, 1), (1, 1), (2, 1)]);
    assert_eq!(boxes.map(|boxed| *boxed), [11, 12, 13]);
}
