//! Words are counted by many tasks, their tables merged pairwise, far from where they were made.

use super::world::*;

#[derive(Portable)]
struct Count {
    word: Box<str>,
    times: u64,
}

type Table = Box<[Count]>;

fn count((text, from, to): (Ref<'_, str>, usize, usize)) -> Table {
    let mut words: Vec<&str> = text.split_whitespace().skip(from).take(to - from).collect();
    words.sort_unstable();
    words.chunk_by(|a, b| a == b).map(|run| Count { word: Box::from(run[0]), times: run.len() as u64 }).collect()
}

fn merge((a, b): (Table, Table)) -> Table {
    let mut all: Vec<(String, u64)> = a.iter().chain(b.iter()).map(|c| (c.word.to_string(), c.times)).collect();
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a.0 == b.0);
    runs.map(|run| Count { word: Box::from(&*run[0].0), times: run.iter().map(|w| w.1).sum() }).collect()
}

fn text() -> Box<str> {
    let words = ["apple", "pear", "a word that is long", "fig", "plum", "kiwi"];
    let text: Vec<_> = (0..600_usize).map(|i| words[i * i % 37 % words.len()]).collect();
    Box::from(&*text.join(" "))
}

pub fn run() -> String {
    let text = thread::spawn_on(nth(1), (), |()| text()).join().unwrap();
    let mut tables = thread::scope(|s| {
        let tasks: Vec<_> =
            (0..8).map(|i| s.spawn_on(nth(i), (Ref::new(&text), i * 100, i * 100 + 100), count)).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<Vec<_>>()
    });
    while tables.len() > 1 {
        let (a, b) = (tables.remove(0), tables.remove(0));
        tables.push(thread::spawn_to(&b, (a,), |(a,)| a).join().map(|a| merge((a, b))).unwrap());
    }
    tables[0].iter().map(|c| format!("{}={}", c.word, c.times)).collect::<Vec<_>>().join(" ")
}
