//! Smoke.
use drust::{Box, Ref, RefMut, node, thread};

#[derive(drust::Portable)]
struct Node {
    value: u64,
    next: Option<Box<Node>>,
}

#[drust::test]
fn one() {
    let b = Box::new(5u64);
    let h = thread::spawn((b,), |(b,)| *b + 1);
    assert_eq!(h.join().unwrap(), 6);
}

#[drust::test(nodes = 3)]
fn three() {
    let nodes: Vec<_> = node::all().collect();
    assert_eq!(nodes.len(), 3);
    let b = Box::new(41u64);
    let b = thread::spawn_on(nodes[1], (b,), |(mut b,)| {
        *b += 1;
        b
    })
    .join()
    .unwrap();
    assert_eq!(*b, 42);
    let b = thread::spawn_on(nodes[2], (b,), |(mut b,)| {
        *b += 1;
        b
    })
    .join()
    .unwrap();
    assert_eq!(*b, 43);
    let mut x = [1u64, 2, 3];
    let mut own = Box::new(7u64);
    thread::scope(|s| {
        let a = s.spawn_on(nodes[1], (Ref::new(&b),), |(b,)| *b + 1);
        let c = s.spawn_on(nodes[2], (Ref::new(&b),), |(b,)| *b + 2);
        s.spawn_on(nodes[2], (RefMut::new(&mut x[..]),), |(mut x,)| x[1] = 10);
        s.spawn_on(nodes[1], (RefMut::new(&mut own),), |(mut own,)| **own += 10);
        assert_eq!(a.join().unwrap() + c.join().unwrap(), 89);
    });
    assert_eq!(x, [1, 10, 3]);
    assert_eq!(*own, 17);
}

#[drust::test(nodes = 2)]
fn list() {
    let nodes: Vec<_> = node::all().collect();
    let mut head: Option<Box<Node>> = None;
    for value in 0..100_000 {
        head = Some(Box::new(Node { value, next: head }));
    }
    let sum = thread::spawn_on(nodes[1], (head,), |(head,)| {
        let mut sum = 0;
        let mut at = &head;
        while let Some(n) = at {
            sum += n.value;
            at = &n.next;
        }
        sum
    })
    .join()
    .unwrap();
    assert_eq!(sum, 100_000 * 99_999 / 2);
}
