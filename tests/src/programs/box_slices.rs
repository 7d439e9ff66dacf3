//! `Box<[T]>` and `Box<str>`: made from arrays, iterators and text, sorted, cloned, compared and sent.

use super::world::*;

fn sort((mut words,): (Box<[Box<str>]>,)) -> Box<[Box<str>]> {
    words.sort();
    words
}

fn upper((text,): (Ref<'_, str>,)) -> Box<str> {
    Box::from(&*text.to_uppercase())
}

pub fn run() -> String {
    let text = "the quick brown fox jumps over the lazy dog and the rest";
    let words: Box<[Box<str>]> = text.split(' ').map(Box::from).collect();
    let sorted = thread::spawn_on(nth(1), (words.clone(),), sort).join().unwrap();
    let again = thread::spawn_on(nth(2), (words.clone(),), sort).join().unwrap();
    assert!(sorted == again && sorted != words && sorted < words);
    let caps = thread::scope(|s| {
        let tasks: Vec<_> = sorted.iter().enumerate().map(|(i, w)| s.spawn_on(nth(i), (Ref::new(w),), upper)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<Box<[_]>>()
    });
    let array: Box<[u8]> = [3, 1, 2].into();
    let from_vec: Box<[Box<u8>]> = vec![Box::new(9), Box::new(8)].into();
    let mut far = thread::spawn_on(nth(3), (array, from_vec), |both| both).join().unwrap();
    far.0.reverse();
    far.1.swap(0, 1);
    *far.1[0] += 1;
    let defaults = (Box::<[u64]>::default(), Box::<str>::default());
    format!("{caps:?} {far:?} {defaults:?} {}", sorted.iter().map(|w| w.len()).sum::<usize>())
}
