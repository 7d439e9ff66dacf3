//! A leftist heap: melding relinks boxes of all nodes.

use super::world::*;

#[derive(Portable)]
struct Node {
    key: u64,
    rank: u32,
    left: Heap,
    right: Heap,
}

type Heap = Option<Box<Node>>;

fn rank(heap: &Heap) -> u32 {
    heap.as_ref().map_or(0, |node| node.rank)
}

fn meld(a: Heap, b: Heap) -> Heap {
    let (mut top, other) = match (a, b) {
        (Some(a), Some(b)) if b.key < a.key => (b, Some(a)),
        (Some(a), b) => (a, b),
        (None, b) => return b,
    };
    top.right = meld(top.right.take(), other);
    if rank(&top.left) < rank(&top.right) {
        let node = &mut *top;
        std::mem::swap(&mut node.left, &mut node.right);
    }
    top.rank = rank(&top.right) + 1;
    Some(top)
}

fn pop(heap: Heap) -> (Option<u64>, Heap) {
    match heap {
        None => (None, None),
        Some(mut node) => (Some(node.key), meld(node.left.take(), node.right.take())),
    }
}

fn fill((seed, n): (u64, u64)) -> Heap {
    (0..n).fold(None, |heap, i| {
        let key = (i + 1).wrapping_mul(seed * 2 + 1).wrapping_mul(2_654_435_761) % 10_007;
        meld(heap, Some(Box::new(Node { key, rank: 1, left: None, right: None })))
    })
}

fn drain((mut heap, n): (Heap, usize)) -> (Heap, u64, bool) {
    let (mut hash, mut last, mut sorted) = (0_u64, 0, true);
    for _ in 0..n {
        let (key, rest) = pop(heap);
        heap = rest;
        let Some(key) = key else { break };
        sorted &= last <= key;
        last = key;
        hash = hash.wrapping_mul(31).wrapping_add(key);
    }
    (heap, hash, sorted)
}

pub fn run() -> String {
    let parts: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (i as u64, 150), fill)).collect();
    let mut heap = parts.into_iter().fold(None, |heap, part| meld(heap, part.join().unwrap()));
    let mut seen = Vec::new();
    for round in 0..6 {
        let (rest, hash, sorted) = thread::spawn_on(nth(round), (heap, 110), drain).join().unwrap();
        heap = rest;
        seen.push((hash, sorted));
    }
    format!("{seen:?} {}", heap.is_none())
}
