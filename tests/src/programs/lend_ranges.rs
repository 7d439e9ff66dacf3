//! Sub-ranges of one slice, lent mutably to tasks on all nodes at once: a parallel quicksort.

use super::world::*;

fn sort((mut range, depth): (RefMut<'_, [u32]>, usize)) {
    if depth == 0 || range.len() < 32 {
        range.sort_unstable();
        return;
    }
    let pivot = range[range.len() / 2];
    let mut split = 0;
    for i in 0..range.len() {
        if range[i] < pivot {
            range.swap(split, i);
            split += 1;
        }
    }
    let (left, right) = range.split_at_mut(split);
    thread::scope(|s| {
        s.spawn_on(nth(depth), (RefMut::new(left), depth - 1), sort);
        s.spawn_on(nth(depth + 1), (RefMut::new(right), depth - 1), sort);
    });
}

fn values(n: u32) -> impl Iterator<Item = u32> {
    (0..n).map(|i| i.wrapping_mul(2_654_435_761) >> 7)
}

pub fn run() -> String {
    let mut boxed: Box<[u32]> = values(3_000).collect();
    sort((RefMut::new(&mut boxed), 3));
    let mut own: Vec<u32> = values(500).collect();
    sort((RefMut::new(&mut own[..]), 2));
    let mut remote = thread::spawn_on(nth(1), (800,), |(n,)| values(n).collect::<Box<[u32]>>()).join().unwrap();
    let (left, right) = remote.split_at_mut(300);
    thread::scope(|s| {
        s.spawn_on(nth(2), (RefMut::new(&mut left[10..290]), 0), sort);
        s.spawn_on(nth(3), (RefMut::new(right), 0), sort);
    });
    let hash = remote.iter().fold(0_u64, |hash, &v| hash.wrapping_mul(31).wrapping_add(u64::from(v)));
    format!("{} {} {hash}", boxed.is_sorted(), own.is_sorted())
}
