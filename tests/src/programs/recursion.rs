//! Tasks that spawn tasks and join them, deeper than any node has threads.

use super::world::*;

fn fibonacci((n,): (u64,)) -> u64 {
    if n < 2 {
        return n;
    }
    let left = thread::spawn((n - 1,), fibonacci);
    let right = fibonacci((n - 2,));
    left.join().unwrap() + right
}

fn chain((n,): (u64,)) -> u64 {
    if n == 0 { 0 } else { 1 + thread::spawn((n - 1,), chain).join().unwrap() }
}

fn around((n,): (usize,)) -> usize {
    if n == 0 { 0 } else { 1 + thread::spawn_on(nth(n), (n - 1,), around).join().unwrap() }
}

pub fn run() -> String {
    format!("{} {} {}", fibonacci((12,)), chain((100,)), around((20,)))
}
