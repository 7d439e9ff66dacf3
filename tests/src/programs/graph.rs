//! Breadth-first searches over one shared graph, from many sources on all nodes at once.

use super::world::*;

#[derive(Portable)]
struct Graph {
    edges: Box<[Box<[u32]>]>,
}

fn build(vertices: u32) -> Graph {
    let edges = (0..vertices)
        .map(|v| [v * 2 + 1, v * 3 + 2, v.wrapping_mul(17) + 5, v / 2].map(|to| to % vertices))
        .map(|to| Box::from(&to[..]))
        .collect();
    Graph { edges }
}

fn distances((graph, source): (Ref<'_, Graph>, u32)) -> (u32, u32) {
    let edges = &*graph.edges;
    let mut seen = vec![u32::MAX; edges.len()];
    let mut queue = std::collections::VecDeque::from([source]);
    seen[source as usize] = 0;
    let mut last = 0;
    while let Some(at) = queue.pop_front() {
        last = seen[at as usize];
        for &to in edges[at as usize].iter() {
            if seen[to as usize] == u32::MAX {
                seen[to as usize] = last + 1;
                queue.push_back(to);
            }
        }
    }
    (last, seen.iter().filter(|&&d| d != u32::MAX).sum())
}

pub fn run() -> String {
    let graph = thread::spawn_on(nth(1), (700,), |(n,)| Box::new(build(n))).join().unwrap();
    let found = thread::scope(|s| {
        let tasks = (0..8).map(|i| s.spawn_on(nth(i), (Ref::new(&graph), i as u32 * 31), distances));
        let tasks: Vec<_> = tasks.collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<Vec<_>>()
    });
    format!("{found:?}")
}
