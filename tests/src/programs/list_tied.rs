//! A list of 10^6 tied nodes travels, is read in one fetch, changed and dropped elsewhere.

use super::world::*;

#[derive(Portable)]
struct Node {
    value: u64,
    next: Option<TBox<Node>>,
}

#[derive(Portable)]
struct List {
    len: u64,
    head: Option<TBox<Node>>,
}

const LEN: u64 = 1_000_000;

fn build((len,): (u64,)) -> Box<List> {
    let mut list = Box::new(List { len, head: None });
    let root = &mut *list;
    for value in 0..len {
        root.head = Some(TBox::new(Node { value, next: root.head.take() }));
    }
    list
}

fn sum(list: &List) -> u64 {
    let mut sum = list.len;
    let mut at = &list.head;
    while let Some(node) = at {
        sum = sum.wrapping_mul(31).wrapping_add(node.value);
        at = &node.next;
    }
    sum
}

fn double((mut list,): (Box<List>,)) -> Box<List> {
    let mut at = &mut list.head;
    while let Some(node) = at {
        node.value *= 2;
        at = &mut node.next;
    }
    list
}

pub fn run() -> String {
    let list = thread::spawn_on(nth(1), (LEN,), build).join().unwrap();
    let first = sum(&list);
    let list = thread::spawn_on(nth(2), (list,), double).join().unwrap();
    let second = thread::scope(|s| s.spawn_on(nth(3), (Ref::new(&list),), |(list,)| sum(&list)).join().unwrap());
    thread::spawn_on(nth(1), (list,), |(list,)| drop(list)).join().unwrap();
    format!("{first} {second}")
}
