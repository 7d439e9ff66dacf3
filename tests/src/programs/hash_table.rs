//! A chained hash table of boxes, filled and thinned by tasks on all nodes, one shard each, merged in a tree.

use super::world::*;

#[derive(Portable)]
struct Entry {
    key: u32,
    count: u64,
    next: Chain,
}

type Chain = Option<Box<Entry>>;

#[derive(Portable)]
struct Table {
    buckets: Box<[Chain]>,
    len: usize,
}

impl Table {
    fn new() -> Table {
        Table { buckets: (0..32).map(|_| None).collect(), len: 0 }
    }

    fn add(&mut self, key: u32, count: u64) {
        let mut at = &mut self.buckets[key as usize % 32];
        while let Some(entry) = at {
            let entry = &mut **entry;
            if entry.key == key {
                entry.count += count;
                return;
            }
            at = &mut entry.next;
        }
        *at = Some(Box::new(Entry { key, count, next: None }));
        self.len += 1;
    }

    fn remove(&mut self, key: u32) -> Option<u64> {
        let mut at = &mut self.buckets[key as usize % 32];
        while at.as_ref().is_some_and(|entry| entry.key != key) {
            at = &mut at.as_mut().expect("just seen").next;
        }
        let mut entry = at.take()?;
        *at = entry.next.take();
        self.len -= 1;
        Some(entry.count)
    }
}

fn count((start, len): (u32, u32)) -> Box<Table> {
    let mut table = Table::new();
    for i in start..start + len {
        table.add(i * i % 211, 1);
        if i % 5 == 0 {
            table.remove(i % 211);
        }
    }
    Box::new(table)
}

fn merge((mut into, mut from): (Box<Table>, Box<Table>)) -> Box<Table> {
    for bucket in from.buckets.iter_mut() {
        while let Some(mut entry) = bucket.take() {
            *bucket = entry.next.take();
            into.add(entry.key, entry.count);
        }
    }
    into
}

pub fn run() -> String {
    let tables = (0..8).map(|i| thread::spawn_on(nth(i), (i as u32 * 100, 100), count));
    let mut tables: Vec<_> = tables.collect::<Vec<_>>().into_iter().map(|task| task.join().unwrap()).collect();
    while tables.len() > 1 {
        let (a, b) = (tables.remove(0), tables.remove(0));
        tables.push(thread::spawn_on(nth(tables.len()), (a, b), merge).join().unwrap());
    }
    let table = tables.pop().expect("one is left");
    let mut all = Vec::new();
    for chain in table.buckets.iter() {
        let mut at = chain;
        while let Some(entry) = at {
            all.push((entry.key, entry.count));
            at = &entry.next;
        }
    }
    all.sort_unstable();
    format!("{} {all:?}", table.len)
}
