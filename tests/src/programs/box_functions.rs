//! `read`, `set`, `take_from`, `replace`, `release` and `into_inner` on boxes here and there.

use super::world::*;

fn make((n,): (u64,)) -> (Box<u64>, Box<[u64; 100]>, Box<Option<Box<u64>>>) {
    (Box::new(n), Box::new([n; 100]), Box::new(Some(Box::new(n))))
}

pub fn run() -> String {
    let mut out = Vec::new();
    for node in 0..3 {
        let (mut one, mut many, mut maybe) = thread::spawn_on(nth(node), (node as u64 + 5,), make).join().unwrap();
        out.push(*Box::read(&one) + Box::read(&many)[99]);
        Box::release(&mut one);
        out.push(*one);
        Box::set(&mut one, 1);
        out.push(*one);
        out.push(Box::replace(&mut one, 2));
        out.push(take_from(&mut one));
        out.push(*one);
        out.push(Box::read(&maybe).as_ref().map_or(0, |inner| **inner));
        out.push(take_from(&mut maybe).map_or(0, Box::into_inner));
        Box::set(&mut many, [3; 100]);
        many[1] = 4;
        let whole = Box::into_inner(many);
        out.push(whole.iter().sum());
        Box::set(&mut maybe, Some(one));
        let back = thread::spawn_on(nth(node + 1), (maybe,), |(mut maybe,)| {
            Box::set(&mut maybe, Some(Box::new(88)));
            maybe
        });
        out.push(Box::into_inner(back.join().unwrap()).map_or(0, |inner| *inner));
    }
    format!("{out:?}")
}
