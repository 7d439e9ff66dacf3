//! Measures the allocator, beside the default one, and the copy table, in nanoseconds:
//! `cargo run -p drust-heap --release --example heap_speed`.
#![allow(clippy::disallowed_methods, reason = "a measurement needs the clock")]

use drust_heap::copies::{Contents, Copies};
use drust_heap::space::{Backing, Cache, Options, Space};
use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};
use std::alloc::Layout;
use std::convert::Infallible;
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::sync::mpsc;
use std::thread;
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
            boxes.extend((0..BATCH).map(|_| Box::new(MaybeUninit::<[u64; 8]>::uninit())));
            boxes.clear();
            black_box(&boxes);
        }
    });
    println!("64 B alloc and free, ns: alone {pair:.2}, batches of 1000 {batch:.2}; std in batches {std_batch:.2}");
    let (own, boxes) = (handed_over(&space), boxes_handed_over());
    println!("64 B made by one thread, dropped by another, ns: {own:.2}; std {boxes:.2}");
    copies_speed();
}

/// Batches made by one thread and dropped by another.
fn handed_over(space: &Space) -> f64 {
    let layout = Layout::new::<[u64; 8]>();
    let (send, receive) = mpsc::sync_channel::<Vec<usize>>(4);
    per_pair(|| {
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut cache = Cache::new();
                for _ in 0..TIMES {
                    let make = |_| space.offset_of(cache.alloc(space, layout, 1).expect("room").as_ptr());
                    send.send((0..BATCH).map(make).collect()).expect("somebody listens");
                }
                cache.drain(space);
            });
            let mut cache = Cache::new();
            for offset in receive.iter().flatten() {
                let place = NonNull::new(space.at(offset)).expect("inside");
                // SAFETY: the other thread allocated it with this layout and gave it away.
                unsafe { cache.free(space, place, layout) };
            }
            cache.drain(space);
        });
    })
}

fn boxes_handed_over() -> f64 {
    let (send, receive) = mpsc::sync_channel::<Vec<Box<MaybeUninit<[u64; 8]>>>>(4);
    per_pair(|| {
        thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..TIMES {
                    let batch = (0..BATCH).map(|_| Box::new(MaybeUninit::uninit())).collect();
                    send.send(batch).expect("somebody listens");
                }
            });
            receive.iter().for_each(drop);
        });
    })
}

fn word(copies: &Copies, stamp: u64) -> *const u8 {
    let stamp = Stamp(stamp.try_into().expect("not zero"));
    let key = CopyKey { stamp, address: Address::new(Partition(1), 64), len: 512, extent: Extent::Whole };
    let fill = |_| Ok::<(), Infallible>(());
    copies.pin(key, Layout::new::<[u64; 64]>(), Contents::plain(1), fill).expect("room").ptr.as_ptr()
}

#[expect(clippy::print_stdout, reason = "a measuring program")]
fn copies_speed() {
    let copies = Copies::new(space("copies", Backing::Private), 1 << 20, 1 << 24);
    let held: Vec<_> = (1..=1000).map(|stamp| word(&copies, stamp)).collect();
    let hit = per_pair(|| {
        for _ in 0..TIMES / 10 {
            for stamp in 1..=BATCH as u64 {
                black_box(word(&copies, stamp));
            }
        }
    }) * 10.0;
    let release = per_pair(|| {
        for _ in 0..TIMES / 10 {
            for ptr in &held {
                // SAFETY: each turn of the loop above pinned each of these once.
                unsafe { copies.release(*ptr) };
            }
        }
    }) * 10.0;
    for ptr in held {
        // SAFETY: the pins of the first line.
        unsafe { copies.release(ptr) };
    }
    let idle_hit = per_pair(|| {
        for _ in 0..TIMES / 10 {
            for stamp in 1..=BATCH as u64 {
                // SAFETY: pinned in this expression.
                unsafe { copies.release(word(&copies, stamp)) };
            }
        }
    }) * 10.0;
    let mut stamp = 1 << 20;
    let miss = per_pair(|| {
        for _ in 0..TIMES / 10 * BATCH {
            stamp += 1;
            // SAFETY: pinned in this expression.
            unsafe { copies.release(word(&copies, stamp)) };
        }
    }) * 10.0;
    println!(
        "copies, ns: hit {hit:.1}, release {release:.1}, hit and release of an idle one {idle_hit:.1}, \
         miss, evict and release of 512 B {miss:.1}"
    );
}
