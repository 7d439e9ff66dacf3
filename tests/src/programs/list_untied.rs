//! A list of 10^6 boxes is built on one node, summed on a second, relinked on a third and dropped on a fourth.

use super::world::*;

#[derive(Portable)]
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

const LEN: u64 = 1_000_000;

fn build(len: u64) -> Option<Box<Node>> {
    let mut head = None;
    for value in 0..len {
        head = Some(Box::new(Node { value, next: head }));
    }
    head
}

fn sum(list: &Option<Box<Node>>) -> u64 {
    let mut sum = 0_u64;
    let mut at = list;
    while let Some(node) = at {
        sum = sum.wrapping_mul(31).wrapping_add(node.value);
        at = &node.next;
    }
    sum
}

fn reversed(mut list: Option<Box<Node>>) -> Option<Box<Node>> {
    let mut done = None;
    while let Some(mut node) = list {
        list = node.next.take();
        node.next = done;
        done = Some(node);
    }
    done
}

pub fn run() -> String {
    let list = thread::spawn_on(nth(1), (LEN,), |(len,)| build(len)).join().unwrap();
    let (list, first) = thread::spawn_on(nth(2), (list,), |(list,)| {
        let sum = sum(&list);
        (list, sum)
    })
    .join()
    .unwrap();
    let list = thread::spawn_on(nth(3), (list,), |(list,)| reversed(list)).join().unwrap();
    let second = sum(&list);
    thread::spawn_on(nth(2), (list,), |(list,)| drop(list)).join().unwrap();
    format!("{first} {second}")
}
