//! Each method of the atomics, from other nodes and at once.

use super::world::sync::Arc;
use super::world::sync::atomic::{
    AtomicBool, AtomicI32, AtomicI64, AtomicIsize, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
use super::world::*;

const ORDER: Ordering = Ordering::SeqCst;

#[derive(Portable)]
struct Words {
    flag: AtomicBool,
    small: (AtomicI32, AtomicU32),
    large: (AtomicI64, AtomicU64),
    sized: (AtomicIsize, AtomicUsize),
}

fn flags(flag: &AtomicBool) -> [bool; 7] {
    flag.store(false, Ordering::Release);
    let swapped = flag.swap(true, ORDER);
    let and = flag.fetch_and(false, ORDER);
    let or = flag.fetch_or(true, ORDER);
    let xor = flag.fetch_xor(true, ORDER);
    let nand = flag.fetch_nand(true, ORDER);
    let exchanged = flag.compare_exchange(true, false, ORDER, Ordering::Relaxed) == Ok(true);
    [swapped, and, or, xor, nand, exchanged, flag.load(Ordering::Acquire)]
}

/// The methods of the signed and of the unsigned ones are the same.
macro_rules! methods {
    ($word:expr) => {{
        let word = &$word;
        word.store(5, Ordering::Release);
        let mut seen = vec![word.swap(12, ORDER), word.fetch_add(1, ORDER), word.fetch_sub(2, ORDER)];
        seen.extend([word.fetch_and(10, ORDER), word.fetch_or(5, ORDER), word.fetch_xor(3, ORDER)]);
        seen.extend([word.fetch_nand(6, ORDER), word.swap(7, ORDER)]);
        seen.extend([word.fetch_max(9, ORDER), word.fetch_min(3, ORDER), word.load(ORDER)]);
        seen.extend(word.compare_exchange(3, 4, ORDER, ORDER));
        seen.extend(word.compare_exchange(3, 5, ORDER, ORDER).err());
        seen.extend(word.fetch_update(ORDER, ORDER, |value| value.checked_mul(2)));
        seen.extend(word.fetch_update(ORDER, ORDER, |_| None).err());
        format!("{seen:?}")
    }};
}

fn all((words,): (Arc<Words>,)) -> Box<str> {
    fence(ORDER);
    let Words { flag, small, large, sized } = &*words;
    let flags = flags(flag);
    let numbers = [methods!(small.0), methods!(small.1), methods!(large.0), methods!(large.1)];
    let sized = [methods!(sized.0), methods!(sized.1)];
    Box::from(&*format!("{flags:?} {} {}", numbers.join(" "), sized.join(" ")))
}

fn count((words, times): (Arc<Words>, u64)) {
    for _ in 0..times {
        words.large.1.fetch_add(1, Ordering::Relaxed);
        words.small.0.fetch_sub(1, Ordering::Relaxed);
        let wrapped = words.small.1.fetch_add(u32::MAX, Ordering::Relaxed);
        while words.sized.1.compare_exchange_weak(0, wrapped as usize + 1, ORDER, ORDER).is_err() {
            thread::yield_now();
        }
        words.sized.1.store(0, ORDER);
    }
}

pub fn run() -> String {
    let make = |()| {
        Arc::new(Words {
            flag: AtomicBool::new(false),
            small: (AtomicI32::new(0), AtomicU32::new(0)),
            large: (AtomicI64::new(0), AtomicU64::new(0)),
            sized: (AtomicIsize::new(0), AtomicUsize::new(0)),
        })
    };
    let words = thread::spawn_on(nth(1), (), make).join().unwrap();
    let seen: Vec<_> =
        (0..3).map(|i| thread::spawn_on(nth(i), (words.clone(),), all).join().unwrap().to_string()).collect();
    words.small.0.store(0, ORDER);
    words.small.1.store(0, ORDER);
    words.large.1.store(0, ORDER);
    words.sized.1.store(0, ORDER);
    let tasks: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (words.clone(), 10), count)).collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    let words = Arc::into_inner(words).expect("no clone is left");
    let counts = (words.large.1.into_inner(), words.small.0.into_inner(), words.small.1.into_inner());
    format!("{} {} {counts:?}", seen[0], seen.iter().all(|other| *other == seen[0]))
}
