//! A random walk over vectors and strings: grown, cut, sorted, drained, lent whole and in part, sent and read.

use super::world::collections::{String, Vec};
use super::world::*;

#[derive(Portable, Clone)]
struct Row {
    name: String,
    words: Vec<String>,
    numbers: Vec<u64>,
    nested: Vec<Vec<u16>>,
    boxes: Vec<Box<u64>>,
    nothing: Vec<()>,
}

#[derive(Portable, Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn node(&mut self) -> NodeId {
        nth(self.roll(60))
    }

    fn split(&mut self) -> Dice {
        Dice(self.roll(1 << 30) as u64 + 3)
    }

    fn text(&mut self) -> std::string::String {
        "añb".repeat(self.roll(20))
    }
}

fn row((mut dice,): (Dice,)) -> Row {
    Row {
        name: String::from(&*dice.text()),
        words: (0..dice.roll(6)).map(|_| String::from(&*dice.text())).collect(),
        numbers: (0..dice.roll(70) as u64).collect(),
        nested: (0..dice.roll(4) as u16).map(|n| (0..n).collect()).collect(),
        boxes: (0..dice.roll(5) as u64).map(Box::new).collect(),
        nothing: (0..dice.roll(3)).map(|_| ()).collect(),
    }
}

fn fold(sum: u64, more: u64) -> u64 {
    sum.wrapping_mul(31).wrapping_add(more)
}

fn hash_text(text: &str) -> u64 {
    text.bytes().fold(7, |sum, byte| fold(sum, u64::from(byte)))
}

fn hash(row: &Row) -> u64 {
    let mut sum = fold(hash_text(&row.name), row.nothing.len() as u64);
    sum = row.words.iter().fold(sum, |sum, word| fold(sum, hash_text(word)));
    sum = row.numbers.iter().fold(sum, |sum, &n| fold(sum, n));
    sum = row.nested.iter().fold(sum, |sum, inner| inner.iter().fold(sum + 1, |sum, &n| fold(sum, u64::from(n))));
    row.boxes.iter().fold(sum, |sum, boxed| fold(sum, **boxed))
}

fn change_text(text: &mut String, dice: &mut Dice) {
    match dice.roll(6) {
        0 => text.push_str(&dice.text()),
        1 => drop(text.pop()),
        2 => text.insert(0, 'ñ'),
        3 => text.retain(|c| c != 'b'),
        4 => text.shrink_to_fit(),
        _ => *text = String::from(&*dice.text()),
    }
}

fn change(row: &mut Row, dice: &mut Dice) {
    match dice.roll(16) {
        0 => change_text(&mut row.name, dice),
        1 => row.words.push(String::from(&*dice.text())),
        2 => row.words.sort(),
        3 => row.words.retain(|word| word.len() % 3 != 1),
        4 => row.numbers.extend(5..9),
        5 => row.numbers.truncate(20),
        6 => row.numbers.drain(..row.numbers.len() / 3).for_each(drop),
        7 => row.numbers.iter_mut().rev().for_each(|n| *n += 1),
        8 => row.nested.insert(0, (0..7).collect()),
        9 => drop(row.nested.pop()),
        10 => row.boxes.push(Box::new(9)),
        11 => row.boxes.reverse(),
        12 => row.nothing.push(()),
        13 => {
            let half = row.words.split_off(row.words.len() / 2);
            row.words = half.into_iter().chain(std::mem::take(&mut row.words)).collect();
        }
        14 => {
            if let Some(word) = row.words.first_mut() {
                change_text(word, dice);
            }
        }
        _ => {
            if let Some(boxed) = row.boxes.last_mut() {
                **boxed += 1;
            }
            row.nested.dedup();
        }
    }
}

fn look((words, numbers, row): (Ref<'_, [String]>, Ref<'_, [u64]>, Ref<'_, Row>)) -> u64 {
    let words = words.iter().fold(1, |sum, word| fold(sum, hash_text(word)));
    fold(words, numbers.iter().sum()) ^ hash(&row)
}

fn grow((mut words, mut numbers, mut dice): (RefMut<'_, Vec<String>>, RefMut<'_, Vec<u64>>, Dice)) {
    for _ in 0..dice.roll(5) {
        words.push(String::from(&*dice.text()));
        numbers.push(dice.roll(9) as u64);
    }
    if dice.roll(3) == 0 {
        numbers.clear();
    }
    if let Some(word) = words.last_mut() {
        thread::scope(|s| {
            s.spawn_on(dice.node(), (RefMut::new(word), dice.split()), |(mut word, mut dice)| {
                change_text(&mut word, &mut dice)
            });
        });
    }
}

fn reverse((mut words, mut numbers): (RefMut<'_, [String]>, RefMut<'_, [u64]>)) {
    words.reverse();
    let half = numbers.len() / 2;
    numbers.rotate_left(half);
}

fn step(rows: &mut Vec<Row>, dice: &mut Dice) -> u64 {
    if rows.is_empty() || dice.roll(9) == 0 {
        rows.push(thread::spawn_on(dice.node(), (dice.split(),), row).join().unwrap());
    }
    let at = dice.roll(rows.len());
    match dice.roll(9) {
        0 => hash(&rows[at]),
        1 | 2 => {
            change(&mut rows[at], dice);
            1
        }
        3 => {
            let row = &rows[at];
            let args = [0; 3].map(|_| (dice.node(), Ref::new(&row.words), Ref::new(&row.numbers), Ref::of(row)));
            thread::scope(|s| {
                let tasks = args.map(|(node, words, numbers, row)| s.spawn_on(node, (words, numbers, row), look));
                tasks.map(|task| task.join().unwrap()).into_iter().fold(3, u64::wrapping_add)
            })
        }
        4 => {
            let row = &mut rows[at];
            let args = (RefMut::new(&mut row.words), RefMut::new(&mut row.numbers), dice.split());
            thread::scope(|s| s.spawn_on(dice.node(), args, grow).join().unwrap());
            4
        }
        5 => {
            let row = &mut rows[at];
            let (from, to) = (row.words.len() / 3, row.numbers.len() / 4);
            let args = (RefMut::new(&mut row.words[from..]), RefMut::new(&mut row.numbers[to..]));
            thread::scope(|s| s.spawn_on(dice.node(), args, reverse).join().unwrap());
            5
        }
        6 => {
            let taken = rows.swap_remove(at);
            let back = thread::spawn_on(dice.node(), (taken, dice.split()), |(mut row, mut dice)| {
                change(&mut row, &mut dice);
                change(&mut row, &mut dice);
                row
            });
            rows.push(back.join().unwrap());
            6
        }
        7 => {
            let copy = rows[at].clone();
            let kept = rows[at].words == copy.words && rows[at].numbers == copy.numbers;
            rows.insert(0, copy);
            rows.truncate(6);
            u64::from(kept)
        }
        _ => {
            *rows = thread::spawn_on(dice.node(), (std::mem::take(rows),), |(rows,)| rows).join().unwrap();
            8
        }
    }
}

/// One walk of so many steps.
pub fn walk(seed: u64, steps: usize) -> u64 {
    let mut dice = Dice(seed * 977 + 5);
    let mut rows = Vec::new();
    let seen = (0..steps).fold(0, |seen, _| fold(seen, step(&mut rows, &mut dice)));
    rows.iter().fold(seen, |seen, row| fold(seen, hash(row)))
}

pub fn run() -> std::string::String {
    let walks: std::vec::Vec<_> = (0..3).map(|seed| walk(seed, 150)).collect();
    format!("{walks:?}")
}
