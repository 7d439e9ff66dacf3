//! Boxes in boxes, options, results, arrays, tuples and slices, sent around and taken apart.

use super::world::*;

type Deep = Box<Box<Box<Box<u64>>>>;
type Mixed = Box<(Box<[Option<Box<u32>>]>, Result<Box<u8>, Box<str>>, [Box<(u8, Box<u16>)>; 3])>;

fn deep(value: u64) -> Deep {
    Box::new(Box::new(Box::new(Box::new(value))))
}

fn mixed(seed: u32) -> Mixed {
    let options = (0..9).map(|i| (i % 3 != 0).then(|| Box::new(i * seed))).collect();
    let result = if seed.is_multiple_of(2) { Ok(Box::new(seed as u8)) } else { Err(Box::from("odd")) };
    Box::new((options, result, [1, 2, 3].map(|i| Box::new((i, Box::new(u16::from(i) * seed as u16))))))
}

fn show(mixed: &Mixed) -> String {
    format!("{:?} {:?} {:?}", mixed.0, mixed.1, mixed.2)
}

fn change((mut mixed, mut deep): (Mixed, Deep)) -> (Deep, Mixed) {
    if let Some(Some(first)) = mixed.0.iter_mut().find(|option| option.is_some()) {
        **first += 100;
    }
    mixed.0[0] = Some(Box::new(5));
    mixed.0[1] = None;
    *mixed.2[1].1 += 7;
    mixed.2.swap(0, 2);
    mixed.1 = match &mixed.1 {
        Ok(byte) => Err(Box::from(&*format!("was {byte}"))),
        Err(text) => Ok(Box::new(text.len() as u8)),
    };
    ****deep += 1;
    (deep, mixed)
}

pub fn run() -> String {
    let mut lines = Vec::new();
    let mut deep = deep(40);
    for seed in 4..7 {
        let mut mixed = thread::spawn_on(nth(1), (seed,), |(seed,)| mixed(seed)).join().unwrap();
        lines.push(show(&mixed));
        for round in 0..3 {
            (deep, mixed) = thread::spawn_on(nth(round), (mixed, deep), change).join().unwrap();
            lines.push(show(&mixed));
        }
    }
    lines.push(format!("{deep:?}"));
    lines.join("\n")
}
