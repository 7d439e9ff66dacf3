//! Measures the allocator beside the default one, in nanoseconds: `cargo run -p drust-heap --release --example heap_speed`.

use drust_heap::space::{Backing, Cache, Options, Space};
use std::alloc::Layout;
use std::hint::black_box;
use std::ptr::NonNull;
use std::time::Instant;

const BATCH: usize = 1000;
const TIMES: usize = 20_000;

fn per_pair(run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    start.elapsed().as_nanos() as f64 / (BATCH * TIMES) as f64
}

fn space(name: &'static str, backing: Backing) -> Space {
    Space::reserve(Options { name, reserve: 1 << 32, limit: 1 << 32, backing }).expect("addresses")
}

#[expect(clippy::print_stdout, reason = "a measuring program")]
fn main() {
    let space = space("partition", Backing::Shared);
    let mut cache = Cache::new();
    let layout = Layout::new::<[u64; 8]>();
    let mut held: Vec<NonNull<u8>> = Vec::with_capacity(BATCH);
    let pair = per_pair(|| {
        for _ in 0..BATCH * TIMES {
            let ptr = black_box(cache.alloc(&space, layout, 1).expect("room"));
            // SAFETY: allocated on the line above with this layout, not used again.
            unsafe { cache.free(&space, ptr, layout) };
        }
    });
    let batch = per_pair(|| {
        for _ in 0..TIMES {
            held.extend((0..BATCH).map(|_| cache.alloc(&space, layout, 1).expect("room")));
            for ptr in held.drain(..) {
                // SAFETY: allocated on the line above with this layout, not used again.
                unsafe { cache.free(&space, ptr, layout) };
            }
        }
    });
    let mut boxes = Vec::with_capacity(BATCH);
    let std_batch = per_pair(|| {
        for _ in 0..TIMES {
            boxes.extend((0..BATCH).map(|_| Box::new(std::mem::MaybeUninit::<[u64; 8]>::uninit())));
            boxes.clear();
            black_box(&boxes);
        }
    });
    println!("64 B alloc and free, ns: alone {pair:.2}, batches of 1000 {batch:.2}; std in batches {std_batch:.2}");
}
