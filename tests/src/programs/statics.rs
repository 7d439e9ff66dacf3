//! Boxes in statics, one for each node, that are never dropped.

use super::world::*;
use std::cell::OnceCell;
use std::sync::{LazyLock, OnceLock};

static ONCE: OnceLock<Box<u64>> = OnceLock::new();
static LAZY: LazyLock<Box<[u64]>> = LazyLock::new(|| (0..50).collect());

thread_local! {
    static MINE: OnceCell<Box<u64>> = const { OnceCell::new() };
}

fn look((add,): (u64,)) -> u64 {
    let mine = MINE.with(|mine| **mine.get_or_init(|| Box::new(add)));
    let once = **ONCE.get_or_init(|| Box::new(6));
    once + LAZY[7] + LAZY.iter().sum::<u64>() + mine - mine
}

pub fn run() -> String {
    let far = thread::spawn_on(nth(1), (8,), |(value,)| Box::new(value)).join().unwrap();
    let first = **ONCE.get_or_init(|| far);
    let again = **ONCE.get_or_init(|| unreachable!("it is there"));
    let seen = [0, 1, 2, 3].map(|i| thread::spawn_on(nth(i + 1), (i as u64,), look).join().unwrap());
    let grown = seen.iter().all(|&sum| sum >= 6 + 7 + 1225);
    format!("{first} {again} {grown} {}", LAZY.len())
}
