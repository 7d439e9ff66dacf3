//! A long list is walked hand over hand, holding one node at a time.

use super::world::*;

#[derive(Portable)]
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

fn build((len,): (u64,)) -> Box<Node> {
    let mut head = Box::new(Node { value: 0, next: None });
    for value in 1..len {
        head = Box::new(Node { value, next: Some(head) });
    }
    head
}

fn walk(head: Ref<'_, Node>) -> (u64, u64) {
    let (mut sum, mut count) = (0_u64, 0);
    let mut at = Some(head);
    while let Some(node) = at {
        sum = sum.wrapping_mul(7) ^ node.value;
        count += 1;
        at = Ref::try_step(node, |node| node.next.as_ref());
    }
    (sum, count)
}

pub fn run() -> String {
    let list = thread::spawn_on(nth(1), (20_000,), build).join().unwrap();
    let here = walk(Box::read(&list));
    let there = thread::scope(|s| {
        let far = s.spawn_on(nth(2), (Ref::new(&list),), |(list,)| walk(list));
        let home = s.spawn_on(nth(1), (Ref::new(&list),), |(list,)| walk(list));
        (far.join().unwrap(), home.join().unwrap())
    });
    let second = Ref::step(Box::read(&list), |node| node.next.as_ref().expect("20000 nodes")).value;
    format!("{here:?} {there:?} {second}")
}
