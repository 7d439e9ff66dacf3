//! Matrix product: factors shared by all tasks, rows of the product lent to them.

use super::world::*;

const N: usize = 48;

fn fill(seed: u64) -> Box<[u64]> {
    (0..(N * N) as u64).map(|i| i.wrapping_mul(seed).wrapping_add(seed) % 1000).collect()
}

fn rows((a, b, mut product, first): (Ref<'_, [u64]>, Ref<'_, [u64]>, RefMut<'_, [u64]>, usize)) {
    let (a, b) = (&*a, &*b);
    for (i, row) in product.chunks_mut(N).enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell = (0..N).map(|k| a[(first + i) * N + k] * b[k * N + j]).sum();
        }
    }
}

pub fn run() -> String {
    let a = thread::spawn_on(nth(1), (7,), |(seed,)| fill(seed)).join().unwrap();
    let b = thread::spawn_on(nth(2), (11,), |(seed,)| fill(seed)).join().unwrap();
    let mut product: Box<[u64]> = vec![0; N * N].into();
    thread::scope(|s| {
        for (i, band) in product.chunks_mut(N * N / 6).enumerate() {
            s.spawn_on(nth(i), (Ref::new(&a), Ref::new(&b), RefMut::new(band), i * N / 6), rows);
        }
    });
    let hash = product.iter().fold(0_u64, |hash, &cell| hash.wrapping_mul(31).wrapping_add(cell));
    format!("{} {hash}", product[N + 1])
}
