//! A task panics while it has what was lent mutably: what it wrote before is home, and everything is usable.

use super::world::*;

#[derive(Portable)]
struct Pair {
    count: u32,
    boxed: Box<u32>,
}

fn fail((mut pair, mut text, kept): (RefMut<'_, Pair>, RefMut<'_, Box<str>>, Ref<'_, u32>)) -> u32 {
    pair.count += 1;
    *pair.boxed += *kept;
    *text = Box::from(&*format!("{text}!"));
    if pair.count % 2 == 1 {
        panic!("odd {}", pair.count);
    }
    *pair.boxed = pair.count;
    pair.count
}

fn fail_below((mut pair, depth): (RefMut<'_, Pair>, usize)) {
    pair.count += 10;
    if depth == 0 {
        panic!("at the bottom");
    }
    let below =
        thread::scope(|s| s.spawn_on(nth(depth), (RefMut::new(&mut *pair), depth - 1), fail_below).join().is_err());
    assert!(below);
    *pair.boxed += 1;
    panic!("on the way up");
}

pub fn run() -> String {
    let mut pair = Pair { count: 0, boxed: Box::new(1) };
    let mut text = Box::from("?");
    let kept = Box::new(5);
    let mut seen = Vec::new();
    for i in 0..6 {
        let end = thread::scope(|s| {
            let args = (RefMut::new(&mut pair), RefMut::new(&mut text), Ref::new(&kept));
            s.spawn_on(nth(i), args, fail).join()
        });
        seen.push(format!("{:?} {} {}", end.map_err(|e| e.to_string().contains("odd")), pair.count, pair.boxed));
        *pair.boxed += 1;
    }
    let end = thread::scope(|s| s.spawn_on(nth(1), (RefMut::new(&mut pair), 3), fail_below).join());
    let told = end.is_err_and(|e| e.to_string().ends_with("on the way up"));
    let unjoined = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        thread::scope(|s| {
            s.spawn_on(nth(1), (RefMut::new(&mut pair), 0), fail_below);
        });
    }));
    *pair.boxed += 1;
    let pair = thread::spawn_on(nth(2), (pair,), |(pair,)| pair).join().unwrap();
    format!("{seen:?} {told} {} {} {} {text} {kept}", unjoined.is_err(), pair.count, pair.boxed)
}
