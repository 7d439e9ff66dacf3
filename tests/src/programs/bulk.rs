//! Megabytes lent, returned and given between all nodes at once, in both directions.

use super::world::collections::Vec;
use super::world::*;

const LEN: usize = 3 << 18;

fn fill((mut part, seed): (RefMut<'_, [u64]>, u64)) -> u64 {
    for (i, value) in part.iter_mut().enumerate() {
        *value = value.wrapping_mul(seed).wrapping_add(i as u64);
    }
    part.iter().fold(0, |sum, &n| sum ^ n)
}

fn exchange((seed, to): (u64, usize)) -> u64 {
    let mut own: std::vec::Vec<u64> = vec![seed; LEN];
    let (left, right) = own.split_at_mut(LEN / 2);
    let sums = thread::scope(|s| {
        let left = s.spawn_on(nth(to), (RefMut::new(left), seed + 3), fill);
        let right = s.spawn_on(nth(to + 1), (RefMut::new(right), seed + 5), fill);
        left.join().unwrap() ^ right.join().unwrap()
    });
    own.iter().fold(sums, |sum, &n| sum.rotate_left(1) ^ n)
}

pub fn run() -> String {
    let tasks: std::vec::Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (i as u64, i + 1), exchange)).collect();
    let sums: std::vec::Vec<_> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
    let far: Vec<u64> = thread::spawn_on(nth(1), (), |()| (0..LEN as u64).collect()).join().unwrap();
    let read: u64 = far.iter().sum();
    let values = [read; 3000];
    let by_value = thread::spawn_on(nth(2), (values,), |(values,)| values.map(|n| n / 3)).join().unwrap();
    let lent = thread::scope(|s| {
        let task = s.spawn_on(nth(3), (Ref::of(&far[1..]),), |(far,)| far.iter().fold(0, |sum, &n| sum ^ n));
        task.join().unwrap()
    });
    format!("{sums:?} {read} {} {lent}", by_value.iter().sum::<u64>())
}
