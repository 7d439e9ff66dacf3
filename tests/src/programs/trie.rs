//! A trie with 26 children a node, grown by tasks in turn, and merged from parts grown at once.

use super::world::*;

#[derive(Portable)]
struct Trie {
    count: u32,
    children: [Option<Box<Trie>>; 26],
}

fn new() -> Box<Trie> {
    Box::new(Trie { count: 0, children: [const { None }; 26] })
}

fn grow((mut trie, text): (Box<Trie>, Box<str>)) -> Box<Trie> {
    for word in text.split_whitespace() {
        let mut at = &mut trie;
        for letter in word.bytes() {
            at = at.children[usize::from(letter - b'a')].get_or_insert_with(new);
        }
        at.count += 1;
    }
    trie
}

fn merge((mut into, mut from): (Box<Trie>, Box<Trie>)) -> Box<Trie> {
    into.count += from.count;
    for (mine, theirs) in into.children.iter_mut().zip(&mut from.children) {
        *mine = match (mine.take(), theirs.take()) {
            (Some(a), Some(b)) => Some(merge((a, b))),
            (a, b) => a.or(b),
        };
    }
    into
}

fn words(trie: &Trie, prefix: &mut String, found: &mut Vec<String>) {
    if trie.count > 0 {
        found.push(format!("{prefix}{}", trie.count));
    }
    for (letter, child) in ('a'..).zip(&trie.children) {
        if let Some(child) = child {
            prefix.push(letter);
            words(child, prefix, found);
            prefix.pop();
        }
    }
}

pub fn run() -> String {
    let texts = ["to be or not to be", "the be all and end all", "a tale told by an idiot", "all that ends"];
    let parts: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (new(), Box::from(texts[i])), grow)).collect();
    let parts = parts.into_iter().map(|part| part.join().unwrap());
    let mut trie = parts.reduce(|a, b| thread::spawn_on(nth(2), (a, b), merge).join().unwrap()).expect("four parts");
    for (i, text) in texts.iter().enumerate().skip(2) {
        trie = thread::spawn_on(nth(i), (trie, Box::from(*text)), grow).join().unwrap();
    }
    let mut found = Vec::new();
    words(&trie, &mut String::new(), &mut found);
    found.join(" ")
}
