//! What is lent mutably is lent on, through three nodes and back, and written on each.

use super::world::*;

#[derive(Portable)]
struct Log {
    trail: [u32; 12],
    len: usize,
    extra: Box<u32>,
    more: Option<Box<Log>>,
}

fn note(log: &mut Log, what: u32) {
    log.trail[log.len] = what;
    log.len += 1;
}

fn pass((mut log, hops): (RefMut<'_, Log>, u32)) -> u32 {
    note(&mut log, hops);
    *log.extra += hops;
    let below = if hops == 0 {
        *log.extra *= 2;
        0
    } else {
        thread::scope(|s| s.spawn_on(nth(hops as usize), (RefMut::new(&mut *log), hops - 1), pass).join().unwrap())
    };
    note(&mut log, 100 + hops);
    *log.extra += 1;
    below + *log.extra
}

fn split((mut logs,): (RefMut<'_, [Log]>,)) {
    let (left, right) = logs.split_at_mut(1);
    thread::scope(|s| {
        s.spawn_on(nth(2), (RefMut::new(&mut left[0]), 2), pass);
        if let Some(more) = &mut right[0].more {
            s.spawn_on(nth(3), (RefMut::new(&mut **more), 1), pass);
        }
    });
    note(&mut logs[1], 77);
}

fn new(more: Option<Box<Log>>) -> Log {
    Log { trail: [0; 12], len: 0, extra: Box::new(1), more }
}

fn show(log: &Log) -> String {
    let more = log.more.as_ref().map(|log| show(log));
    format!("{:?} {} {more:?}", &log.trail[..log.len], log.extra)
}

pub fn run() -> String {
    let mut log = new(None);
    let sum = thread::scope(|s| s.spawn_on(nth(1), (RefMut::new(&mut log), 3), pass).join().unwrap());
    *log.extra += 1000;
    let mut logs = [new(None), new(Some(Box::new(new(None))))];
    thread::scope(|s| {
        s.spawn_on(nth(1), (RefMut::new(&mut logs[..]),), split);
    });
    format!("{sum} {} {} {}", show(&log), show(&logs[0]), show(&logs[1]))
}
