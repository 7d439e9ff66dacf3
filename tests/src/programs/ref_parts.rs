//! Borrows of parts, borrows by value, and structs of borrows, in scoped tasks.

use super::world::*;

#[derive(Portable)]
struct Record {
    id: u64,
    pair: (u16, [u8; 300]),
    name: Box<str>,
    list: Box<[u64]>,
}

#[derive(Carry)]
struct View<'a> {
    pair: Ref<'a, (u16, [u8; 300])>,
    name: Ref<'a, str>,
    out: RefMut<'a, u64>,
    factor: u64,
}

fn look((mut view,): (View<'_>,)) -> u64 {
    let bytes: u64 = view.pair.1.iter().map(|&byte| u64::from(byte)).sum();
    *view.out += bytes * view.factor + view.name.len() as u64;
    u64::from(view.pair.0)
}

fn sum((list, own): (Ref<'_, [u64]>, Ref<'_, [Box<u64>; 2]>)) -> u64 {
    list.iter().sum::<u64>() * *own[0] + *own[1]
}

fn make((id,): (u64,)) -> Box<Record> {
    Box::new(Record { id, pair: (id as u16, [3; 300]), name: Box::from("record"), list: (0..id).collect() })
}

pub fn run() -> String {
    let mut record = thread::spawn_on(nth(1), (9,), make).join().unwrap();
    let mut totals = [0_u64; 4];
    let mut seen = Vec::new();
    for (round, total) in totals.iter_mut().enumerate() {
        record.id += 1;
        record.pair.1[round] += 1;
        let own = [Box::new(round as u64), thread::spawn_on(nth(2), (7,), |(n,)| Box::new(n)).join().unwrap()];
        seen.push(thread::scope(|s| {
            let view = View {
                pair: Ref::map(Ref::new(&record), |record| &record.pair),
                name: Ref::map(Ref::new(&record), |record| &*record.name),
                out: RefMut::new(total),
                factor: record.id,
            };
            let looked = s.spawn_on(nth(round), (view,), look);
            let list = Ref::map(Box::read(&record), |record| &record.list[1..5]);
            let summed = s.spawn_on(nth(round + 1), (list, Ref::of(&own)), sum);
            let again = s.spawn_on(nth(round + 2), (Ref::new(&record.list).clone(), Ref::of(&own)), sum);
            looked.join().unwrap() + 1000 * summed.join().unwrap() + 1_000_000 * again.join().unwrap()
        }));
    }
    format!("{seen:?} {totals:?}")
}
