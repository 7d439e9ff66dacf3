//! Words and their counts in a table of boxed entries: the code of both twins.
//!
//! What differs comes from the module around it: `Box`, `String` and `Vec`, how a box is read without keeping its copy,
//! and `data!`, which derives what a type needs in order to cross nodes. So the two twins do the same work.

use super::{Box, String, Vec, read};
use std::fs::File;
use std::io::Read;

data! {
    /// A word and how often it was seen.
    pub struct Entry {
        pub word: String,
        pub count: u64,
    }
}

data! {
    /// A place in the table. The hash spares a look at the entry, which may be on another node.
    #[derive(Default)]
    struct Slot {
        hash: u64,
        entry: Option<Box<Entry>>,
    }
}

data! {
    /// Words and their counts: open addressing, at most half full, each entry boxed.
    #[derive(Default)]
    pub struct Table {
        slots: Vec<Slot>,
        len: usize,
    }
}

data! {
    /// What was counted in some files.
    #[derive(Default)]
    pub struct Part {
        pub table: Table,
        pub words: u64,
        pub bytes: u64,
        pub files: u64,
        /// Files that could not be read.
        pub unreadable: u64,
        /// Files that are no UTF-8 text.
        pub binary: u64,
    }
}

const SMALLEST: usize = 1024;

impl Table {
    /// Different words.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Counts a word once more.
    pub fn add(&mut self, word: &str) {
        let hash = hash(word);
        let (slot, new) = self.find(hash, word);
        match &mut slot.entry {
            Some(entry) => entry.count += 1,
            None => *slot = Slot { hash, entry: Some(Box::new(Entry { word: String::from(word), count: 1 })) },
        }
        self.len += usize::from(new);
    }

    /// Adds all that another table counted. Entries that are new here are moved by their pointer alone.
    pub fn merge(&mut self, other: Table) {
        for slot in other.slots {
            if let Some(entry) = slot.entry {
                self.put(slot.hash, entry);
            }
        }
    }

    fn put(&mut self, hash: u64, entry: Box<Entry>) {
        self.make_room();
        let slots = &mut self.slots[..];
        let mut at = first(hash, slots.len());
        loop {
            let slot = &mut slots[at];
            match &mut slot.entry {
                None => {
                    *slot = Slot { hash, entry: Some(entry) };
                    self.len += 1;
                    return;
                }
                Some(own) if slot.hash == hash => {
                    let own: &mut Entry = own;
                    let same = read(&entry, |other| {
                        let same = own.word == other.word;
                        own.count += if same { other.count } else { 0 };
                        same
                    });
                    if same {
                        return;
                    }
                }
                Some(_) => {}
            }
            at = (at + 1) & (slots.len() - 1);
        }
    }

    /// The slot of a word, or the one for it; whether it is new.
    fn find(&mut self, hash: u64, word: &str) -> (&mut Slot, bool) {
        self.make_room();
        let slots = &mut self.slots[..];
        let mut at = first(hash, slots.len());
        loop {
            let new = match &slots[at].entry {
                None => Some(true),
                Some(entry) => (slots[at].hash == hash && entry.word[..] == *word).then_some(false),
            };
            if let Some(new) = new {
                return (&mut slots[at], new);
            }
            at = (at + 1) & (slots.len() - 1);
        }
    }

    fn make_room(&mut self) {
        if self.len * 2 >= self.slots.len() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        let mut wider = Vec::new();
        wider.resize_with((self.slots.len() * 2).max(SMALLEST), Slot::default);
        let places = &mut wider[..];
        for slot in std::mem::take(&mut self.slots) {
            if slot.entry.is_some() {
                let mut at = first(slot.hash, places.len());
                while places[at].entry.is_some() {
                    at = (at + 1) & (places.len() - 1);
                }
                places[at] = slot;
            }
        }
        self.slots = wider;
    }

    /// Looks at every entry.
    pub fn each(&self, mut visit: impl FnMut(&Entry)) {
        for entry in self.slots.iter().filter_map(|slot| slot.entry.as_ref()) {
            read(entry, &mut visit);
        }
    }

    /// The most frequent words, and among equals the first by alphabet.
    pub fn top(&self, count: usize) -> Vec<Entry> {
        let mut best = std::vec::Vec::<(u64, std::string::String)>::new();
        self.each(|entry| {
            let before = best.partition_point(|(count, word)| {
                (std::cmp::Reverse(*count), &word[..]) < (std::cmp::Reverse(entry.count), &entry.word[..])
            });
            if before < count {
                best.insert(before, (entry.count, std::string::String::from(&entry.word[..])));
                best.truncate(count);
            }
        });
        best.into_iter().map(|(count, word)| Entry { word: String::from(&word[..]), count }).collect()
    }

    /// All words and their counts, by alphabet: what is the same however it was counted.
    pub fn sorted(&self) -> std::vec::Vec<(std::string::String, u64)> {
        let mut all = std::vec::Vec::with_capacity(self.len);
        self.each(|entry| all.push((std::string::String::from(&entry.word[..]), entry.count)));
        all.sort_unstable();
        all
    }
}

/// Counts the words of these files.
pub fn count_files(paths: Vec<String>) -> Part {
    let mut part = Part::default();
    let mut bytes = std::vec::Vec::new();
    for path in &paths {
        bytes.clear();
        match File::open(&path[..]).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Err(_) => part.unreadable += 1,
            Ok(_) => match text(&bytes) {
                None => part.binary += 1,
                Some(text) => part.count(text),
            },
        }
    }
    part
}

/// Merges the second part into the first, which should be the larger.
pub fn merge((mut part, other): (Part, Part)) -> Part {
    part.table.merge(other.table);
    part.words += other.words;
    part.bytes += other.bytes;
    part.files += other.files;
    part.unreadable += other.unreadable;
    part.binary += other.binary;
    part
}

impl Part {
    fn count(&mut self, text: &str) {
        self.files += 1;
        self.bytes += text.len() as u64;
        for word in text.split(|character: char| character.is_ascii() && !is_of_word(character)) {
            if !word.is_empty() {
                self.words += 1;
                self.table.add(word);
            }
        }
    }
}

/// Letters, digits, underscores, and all that is not ASCII.
fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The text, unless it is none.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn first(hash: u64, slots: usize) -> usize {
    hash as usize & (slots - 1)
}

fn hash(word: &str) -> u64 {
    let mix = |hash: u64, word: u64| {
        let wide = u128::from(hash ^ word) * 0x9E37_79B9_7F4A_7C15;
        (wide >> 64) as u64 ^ wide as u64
    };
    let (words, rest) = word.as_bytes().as_chunks::<8>();
    let hash = words.iter().fold(word.len() as u64 + 1, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(mix(hash, u64::from_le_bytes(last)), 0x2545_F491_4F6C_DD1D)
}
