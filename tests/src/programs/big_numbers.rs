//! Factorials: limbs in boxed slices, products of ranges made by a tree of tasks.

use super::world::*;

type Number = Box<[u32]>;

fn product(a: &[u32], b: &[u32]) -> Number {
    let mut limbs = vec![0_u32; a.len() + b.len()];
    for (i, &x) in a.iter().enumerate() {
        let mut carry = 0;
        for (j, &y) in b.iter().enumerate() {
            let sum = u64::from(x) * u64::from(y) + u64::from(limbs[i + j]) + carry;
            limbs[i + j] = sum as u32;
            carry = sum >> 32;
        }
        limbs[i + b.len()] = carry as u32;
    }
    while limbs.len() > 1 && limbs.last() == Some(&0) {
        limbs.pop();
    }
    limbs.into()
}

fn range((from, to): (u32, u32)) -> Number {
    if to - from < 20 {
        return (from..to).fold(Box::from([1]), |number, factor| product(&number, &[factor]));
    }
    let middle = (from + to) / 2;
    let left = thread::spawn((from, middle), range);
    let right = thread::spawn_on(nth(middle as usize), (middle, to), range);
    product(&left.join().unwrap(), &right.join().unwrap())
}

pub fn run() -> String {
    let numbers = [1, 20, 100, 400].map(|n| range((1, n + 1)));
    let hash = |number: &Number| number.iter().fold(0_u64, |hash, &l| hash.wrapping_mul(37).wrapping_add(u64::from(l)));
    let shown = numbers.map(|number| format!("{} limbs {}", number.len(), hash(&number)));
    shown.join(" ")
}
