//! An index of words, made in parts by tasks all over, merged, and read in ranges where it does not live.

use super::world::collections::{BTreeMap, String, Vec};
use super::world::*;

type Index = BTreeMap<String, Vec<u32>>;

fn word(n: u32) -> String {
    let stems = ["river", "mountain with a long name that needs an object", "sea", "lake"];
    let n = n * n % 211;
    String::from(format!("{} {:03}", stems[n as usize % stems.len()], n).as_str())
}

fn index((from, to): (u32, u32)) -> Index {
    let mut index = Index::new();
    for line in from..to {
        index.entry(word(line)).or_default().push(line);
    }
    index
}

fn merge((mut into, from): (Index, Index)) -> Index {
    for (word, lines) in from {
        into.entry(word).or_default().extend(lines);
    }
    into
}

fn look((index, from): (Ref<'_, Index>, u32)) -> (usize, u64) {
    let from = word(from);
    let range = index.range(from..).take(40);
    range.fold((0, 0), |(words, sum), (word, lines)| {
        (words + word.len(), sum + lines.iter().map(|line| u64::from(*line)).sum::<u64>())
    })
}

pub fn run() -> std::string::String {
    let parts: std::vec::Vec<_> =
        (0..6).map(|i| thread::spawn_on(nth(i as usize), (i * 100, i * 100 + 100), index)).collect();
    let mut all = Index::new();
    for (round, part) in parts.into_iter().enumerate() {
        all = thread::spawn_on(nth(round + 1), (all, part.join().unwrap()), merge).join().unwrap();
    }
    let looks = thread::scope(|s| {
        let tasks: std::vec::Vec<_> =
            (0..4).map(|i| s.spawn_on(nth(i as usize), (Ref::of(&all), i * 7), look)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<std::vec::Vec<_>>()
    });
    all.retain(|word, _| !word.starts_with("mountain"));
    let rest = all.split_off("river 100");
    let lines: usize = rest.values().map(|lines| lines.len()).sum();
    format!("{looks:?} {} {} {lines} {:?}", all.len(), rest.len(), rest.first_key_value())
}
