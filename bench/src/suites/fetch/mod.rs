//! Reading, taking over and freeing what lives on another node, over `shm` and over `tcp`.

mod bulk;
mod one;
mod rare;
mod together;

use crate::Plan;
use crate::bare::{Bare, HEADER};
use crate::figure::Figure;
use crate::measure::{median, wall_of};
use crate::part::Part;
use crate::shuffle::shuffle;
use crate::wire::Wire;
use crate::wire::Wire::{Shm, Tcp, Tls};
use drust::{Box, node};

/// Copies kept in the hot parts: a small share of what is read, so that every read fetches and evicts.
const FEW: Option<u64> = Some(64 << 10);

pub const PARTS: &[Part] = &[
    two("fetch-8", Shm, FEW, |plan, wire| one::hot::<8>(plan, wire, 16 << 10)),
    two("fetch-64", Shm, FEW, |plan, wire| one::hot::<64>(plan, wire, 8 << 10)),
    two("fetch-512", Shm, FEW, |plan, wire| one::hot::<512>(plan, wire, 1 << 10)),
    two("fetch-4096", Shm, FEW, |plan, wire| one::hot::<4096>(plan, wire, 256)),
    two("fetch-cold", Shm, Some(16 << 20), rare::cold),
    two("fetch-tree", Shm, FEW, rare::tree),
    two("fetch-batch", Shm, FEW, together::batch),
    two("stream", Shm, Some(80 << 20), bulk::stream),
    two("move", Shm, None, bulk::take_over),
    two("free", Shm, None, bulk::free),
    two("fetch-tcp-8", Tcp, FEW, |plan, wire| one::hot::<8>(plan, wire, 16 << 10)),
    two("fetch-tcp-64", Tcp, FEW, |plan, wire| one::hot::<64>(plan, wire, 8 << 10)),
    two("fetch-tcp-512", Tcp, FEW, |plan, wire| one::hot::<512>(plan, wire, 1 << 10)),
    two("fetch-tcp-4096", Tcp, FEW, |plan, wire| one::hot::<4096>(plan, wire, 256)),
    two("fetch-tcp-tree", Tcp, FEW, rare::tree),
    two("fetch-tcp-batch", Tcp, FEW, together::batch),
    two("stream-tcp", Tcp, Some(80 << 20), bulk::stream),
    two("move-tcp", Tcp, None, bulk::take_over),
    two("free-tcp", Tcp, None, bulk::free),
    Part { name: "fetch-tls", nodes: 0, wire: Tcp, workers: 0, copies: None, run: |plan, _| one::encrypted(plan) },
];

pub const INNER: &[Part] = &[
    two("fetch-plain-512", Tcp, FEW, |plan, wire| one::hot::<512>(plan, wire, 1 << 10)),
    two("fetch-tls-512", Tls, FEW, |plan, wire| one::hot::<512>(plan, wire, 1 << 10)),
];

/// A part of two nodes of one worker each.
const fn two(name: &'static str, wire: Wire, copies: Option<u64>, run: fn(&Plan, Wire) -> Vec<Figure>) -> Part {
    Part { name, nodes: 2, wire, workers: 1, copies, run }
}

/// Boxes in an order that is not that of memory.
type Boxes<T> = Box<[Box<T>]>;

fn blobs<const SIZE: usize>(count: usize) -> Boxes<[u8; SIZE]> {
    let mut boxes: Vec<_> = (0..count).map(|number| Box::new([number as u8; SIZE])).collect();
    shuffle(&mut boxes, 3);
    boxes.into()
}

/// The sum of one byte of each of so many blobs.
fn expected(count: usize) -> u64 {
    (0..count).map(|number| u64::from(number as u8)).sum()
}

fn there() -> node::NodeId {
    node::all().next_back().expect("a job of two nodes")
}

/// How often something is done, and how it is timed.
#[derive(Clone, Copy, drust::Portable)]
struct Times {
    /// Passes over all objects.
    passes: usize,
    /// Objects between two looks at the clock, many or one: what goes over a network takes far longer than a look. What
    /// was interrupted should not count, so it is less than what the system lets run at a time.
    every: usize,
}

impl Times {
    /// About so many reads in shared memory, or a hundredth of them over a network, of `count` objects.
    fn of(plan: &Plan, wire: Wire, count: usize, reads: usize) -> Times {
        match wire {
            Shm => Times { passes: plan.scale((reads / count).max(1)).max(2), every: count.min(1 << 10) },
            Tcp | Tls => Times { passes: plan.scale(reads / 100).div_ceil(count), every: 1 },
        }
    }

    /// Median time of one of `each` object, in ns.
    fn each<T>(self, objects: &[T], mut each: impl FnMut(&T)) -> f64 {
        let mut costs = Vec::with_capacity(self.passes * objects.len() / self.every);
        for _ in 0..self.passes {
            costs.extend(objects.chunks(self.every).map(|some| wall_of(|| some.iter().for_each(&mut each))));
        }
        median(costs) / self.every as f64
    }
}

/// What fetches stand beside.
enum Floor {
    /// Copies from memory to memory.
    Copy,
    /// Requests and answers on bare sockets.
    Bare(std::boxed::Box<Bare>),
}

impl Floor {
    fn start(wire: Wire) -> Floor {
        match wire {
            Shm => Floor::Copy,
            Tcp | Tls => Floor::Bare(std::boxed::Box::new(Bare::start())),
        }
    }

    /// Brings each of so many objects to one of a few warm places; the median of their times, in ns.
    fn bring<const SIZE: usize>(&mut self, count: usize, times: Times) -> f64 {
        match self {
            Floor::Copy => copy::<SIZE>(count, times),
            Floor::Bare(bare) => {
                let mut place = vec![0; HEADER + SIZE];
                times.each(&vec![(); count], |()| bare.once(&mut place))
            }
        }
    }
}

fn copy<const SIZE: usize>(count: usize, times: Times) -> f64 {
    let mut sources: Vec<_> = (0..count).map(|number| std::boxed::Box::new([number as u8; SIZE])).collect();
    shuffle(&mut sources, 3);
    let mut places = vec![[0_u8; SIZE]; ((64 << 10) / SIZE).clamp(1, count)];
    let (mut sum, mut index) = (0, 0);
    let nanos = times.each(&sources, |source| {
        let place = &mut places[index];
        index = (index + 1) % ((64 << 10) / SIZE);
        place.copy_from_slice(&source[..]);
        sum += u64::from(std::hint::black_box(place)[SIZE - 1]);
    });
    assert_eq!(sum, expected(count) * times.passes as u64);
    nanos
}
