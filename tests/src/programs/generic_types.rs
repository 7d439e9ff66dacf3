//! Generic structs and enums, and every plain type, as arguments and results.

use super::world::*;
use std::num::NonZero;
use std::time::Duration;

#[derive(Portable)]
struct Pair<A, B: Portable> {
    a: A,
    b: Box<B>,
}

#[derive(Portable)]
enum Chain<T: Portable> {
    End(T),
    Link(Box<Chain<T>>, T),
}

#[derive(Portable)]
struct Unit;

#[derive(Portable)]
struct Many<const N: usize>([u16; N], Unit);

fn total<T: Portable>(chain: &Chain<T>, of: fn(&T) -> u64) -> u64 {
    match chain {
        Chain::End(value) => of(value),
        Chain::Link(next, value) => total(next, of) * 3 + of(value),
    }
}

type Plain = (bool, char, u8, i128, f64, usize, (), Option<NonZero<u32>>, Result<i8, u64>, Duration, [i16; 3]);

fn plain((mut all, extra): (Plain, std::net::IpAddr)) -> (Plain, std::net::IpAddr) {
    all.0 = !all.0;
    all.1 = all.1.to_ascii_uppercase();
    all.3 = -all.3;
    all.4 /= 2.0;
    all.8 = all.8.map(|n| n + 1).map_err(|n| n - 1);
    all.9 *= 2;
    all.10.reverse();
    (all, extra)
}

fn turn((pair,): (Pair<Box<str>, Pair<u8, [Box<u64>; 2]>>,)) -> Pair<u8, Pair<Box<str>, u64>> {
    let inner = Box::into_inner(pair.b);
    let [x, y] = Box::into_inner(inner.b);
    Pair { a: inner.a, b: Box::new(Pair { a: pair.a, b: Box::new(*x + *y) }) }
}

pub fn run() -> String {
    let mut seen = Vec::new();
    for node in 0..3 {
        let inner = Pair { a: 7, b: Box::new([Box::new(1), Box::new(2)]) };
        let turned = thread::spawn_on(nth(node), (Pair { a: Box::from("name"), b: Box::new(inner) },), turn);
        let turned = turned.join().unwrap();
        let chain = (1..5_u16).fold(Chain::End(Box::new(9_u16)), |c, n| Chain::Link(Box::new(c), Box::new(n)));
        let sum = thread::spawn_on(nth(node + 1), (chain,), |(chain,)| total(&chain, |n| u64::from(**n)));
        let many = thread::spawn_on(nth(node), (Many([1, 2, 3], Unit),), |(many,)| Many(many.0.map(|n| n * 2), many.1));
        let args: Plain = (
            true,
            'q',
            255,
            i128::MIN + 1,
            0.3,
            1 << 40,
            (),
            NonZero::new(5),
            Err(3),
            Duration::from_millis(7),
            [1, -2, 3],
        );
        let plain = thread::spawn_on(nth(node), (args, std::net::IpAddr::from([10, 0, 0, 1])), plain).join().unwrap();
        seen.push(format!("{} {} {} {}", turned.a, turned.b.a, turned.b.b, sum.join().unwrap()));
        seen.push(format!("{:?} {plain:?}", many.join().unwrap().0));
    }
    seen.join("\n")
}
