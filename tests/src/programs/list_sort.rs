//! Merge sort of a list, its halves sorted by tasks that spawn tasks.

use super::world::*;

#[derive(Portable)]
struct Node {
    value: u32,
    next: List,
}

type List = Option<Box<Node>>;

fn build(len: u32) -> List {
    let mut list = None;
    let mut value = 12345_u32;
    for _ in 0..len {
        value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        list = Some(Box::new(Node { value: value >> 8, next: list }));
    }
    list
}

fn halves(mut list: List) -> (List, List) {
    let (mut left, mut right) = (None, None);
    let mut to_left = true;
    while let Some(mut node) = list {
        list = node.next.take();
        let side = if to_left { &mut left } else { &mut right };
        node.next = side.take();
        *side = Some(node);
        to_left = !to_left;
    }
    (left, right)
}

fn merge(mut left: List, mut right: List) -> List {
    let mut merged = None;
    let mut tail = &mut merged;
    while let (Some(a), Some(b)) = (&left, &right) {
        let side = if a.value <= b.value { &mut left } else { &mut right };
        let mut node = side.take().expect("both sides have a node");
        *side = node.next.take();
        tail = &mut tail.insert(node).next;
    }
    *tail = left.or(right);
    merged
}

fn sort((list, depth): (List, usize)) -> List {
    if list.as_ref().is_none_or(|node| node.next.is_none()) {
        return list;
    }
    let (left, right) = halves(list);
    if depth == 0 {
        return merge(sort((left, 0)), sort((right, 0)));
    }
    let there = thread::spawn_on(nth(depth), (left, depth - 1), sort);
    let right = sort((right, depth - 1));
    merge(there.join().unwrap(), right)
}

pub fn run() -> String {
    let list = sort((build(4_000), 4));
    let (mut at, mut last, mut count, mut hash, mut sorted) = (&list, 0, 0, 0_u64, true);
    while let Some(node) = at {
        sorted &= last <= node.value;
        last = node.value;
        count += 1;
        hash = hash.wrapping_mul(33).wrapping_add(u64::from(last));
        at = &node.next;
    }
    format!("{sorted} {count} {hash}")
}
