//! Values that go from every node to every other, to where a rule wants them.
//!
//! In two steps, each of one task for every worker. The tasks of the first take the chunks, each a row of chunks that
//! follow each other on one node, and put the values into buckets. Those of the second take all rows' shares of one
//! bucket, in order, and make a chunk of them on the node where they run. Who asks for it sees handles alone: values go
//! straight from the node where they were to the one where they are wanted.

use super::progress::{Progress, Telling};
use super::run::workers;
use super::{Chunk, ChunkedVec};
use crate::node::{self, NodeId};
use crate::reference::{Ref, RefMut, prefetch};
use crate::thread;
use crate::vec::Vec;
use drust_heap::Portable;
use drust_macros::Portable;
use drust_runtime::cancel;

/// Which values go where, and what becomes of them there.
pub(super) trait Exchange<T: Portable>: Portable {
    /// The operation's name, for events.
    const NAME: &'static str;
    /// What goes to the buckets.
    type Sent: Portable;
    /// What is made of a bucket's values.
    type Kept: Portable;

    /// Puts what is sent for the values of some chunks into buckets, of which there are as many as `buckets`.
    fn route(&self, chunks: &mut [Chunk<T>], buckets: &mut [Vec<Self::Sent>]);

    /// Makes a chunk of a bucket's values, given as the rows' shares in order.
    fn settle(&self, shares: &mut [Vec<Self::Sent>]) -> Vec<Self::Kept>;
}

#[derive(Portable)]
struct Job<X> {
    exchange: X,
    progress: Option<Progress>,
}

/// How many buckets there are for so many values, at most: one for each worker, where nodes have as many as this one.
pub(super) fn buckets_for(values: usize) -> usize {
    (node::count() * workers()).min(values).max(1)
}

/// Chunks that follow each other on one node.
type Row<T> = (NodeId, std::vec::Vec<Chunk<T>>);

/// The chunks in rows, of about so many values each.
fn rows_of<T: Portable>(chunks: Vec<Chunk<T>>, values: usize) -> std::vec::Vec<Row<T>> {
    let mut rows: std::vec::Vec<Row<T>> = std::vec::Vec::new();
    let mut filled = 0;
    for chunk in chunks {
        let (home, count) = (chunk.home(), chunk.values.len());
        match rows.last_mut() {
            Some((node, row)) if *node == home && filled + count <= values => row.push(chunk),
            _ => {
                rows.push((home, std::vec![chunk]));
                filled = 0;
            }
        }
        filled += count;
    }
    rows
}

/// Carries out an exchange among so many buckets: the chunks that it makes of them, in order. It is not cancelled once
/// values are under way.
///
/// # Panics
/// Where a function does; the values are lost then.
#[track_caller]
pub(super) fn exchange<T: Portable, X: Exchange<T>>(
    vec: ChunkedVec<T>,
    exchange: X,
    buckets: usize,
) -> ChunkedVec<X::Kept> {
    cancel::unbound(|| {
        let job = Job { exchange, progress: Progress::begin(2 * vec.len) };
        let mut rows = rows_of(vec.chunks, vec.len.div_ceil(buckets).max(1));
        let shares = routed(&mut rows, &job, buckets);
        settled(shares, &job, buckets)
    })
}

/// Makes chunks of all rows' shares, each where its bucket is wanted.
#[track_caller]
fn settled<T: Portable, X: Exchange<T>>(
    mut shares: std::vec::Vec<std::vec::Vec<Vec<X::Sent>>>,
    job: &Job<X>,
    buckets: usize,
) -> ChunkedVec<X::Kept> {
    // A bucket's shares from all rows, side by side.
    let mut by_bucket: std::vec::Vec<std::vec::Vec<Vec<X::Sent>>> =
        (0..buckets).map(|bucket| shares.iter_mut().map(|row| std::mem::take(&mut row[bucket])).collect()).collect();
    let nodes = node::count();
    let settled = thread::scope(|s| {
        let tasks: std::vec::Vec<_> = (by_bucket.iter_mut().enumerate())
            .map(|(bucket, shares)| {
                let node = node::all().nth(bucket * nodes / buckets).expect("a bucket's node is in the cluster");
                s.spawn_on(node, (RefMut::new(&mut shares[..]), Ref::of(job)), settle::<T, X>)
            })
            .collect();
        tasks.into_iter().map(thread::ScopedJoinHandle::join).collect::<std::vec::Vec<_>>()
    });
    ChunkedVec::of(settled.into_iter().map(|made| made.unwrap_or_else(|error| panic!("{error}"))))
}

/// Has each row put into buckets where it is: each row's shares.
#[track_caller]
fn routed<T: Portable, X: Exchange<T>>(
    rows: &mut [Row<T>],
    job: &Job<X>,
    buckets: usize,
) -> std::vec::Vec<std::vec::Vec<Vec<X::Sent>>> {
    let none = || std::iter::repeat_with(Vec::new).take(buckets).collect();
    let mut shares: std::vec::Vec<std::vec::Vec<Vec<X::Sent>>> = rows.iter().map(|_| none()).collect();
    let ends = thread::scope(|s| {
        let tasks: std::vec::Vec<_> = (rows.iter_mut().zip(&mut shares))
            .map(|((node, row), shares)| {
                let args = (RefMut::new(&mut row[..]), RefMut::new(&mut shares[..]), Ref::of(job));
                s.spawn_on(*node, args, route::<T, X>)
            })
            .collect();
        tasks.into_iter().map(thread::ScopedJoinHandle::join).collect::<std::vec::Vec<_>>()
    });
    ends.into_iter().for_each(|end| end.unwrap_or_else(|error| panic!("{error}")));
    shares
}

type Routing<'s, T, X> = (RefMut<'s, [Chunk<T>]>, RefMut<'s, [Vec<<X as Exchange<T>>::Sent>]>, Ref<'s, Job<X>>);

fn route<T: Portable, X: Exchange<T>>((mut row, mut shares, job): Routing<'_, T, X>) {
    let values = row.iter().map(|chunk| chunk.values.len()).sum();
    job.exchange.route(&mut row, &mut shares);
    done(X::NAME, &job.progress, values);
}

type Settling<'s, T, X> = (RefMut<'s, [Vec<<X as Exchange<T>>::Sent>]>, Ref<'s, Job<X>>);

fn settle<T: Portable, X: Exchange<T>>((mut shares, job): Settling<'_, T, X>) -> Vec<X::Kept> {
    let values = shares.iter().map(Vec::len).sum();
    let made = job.exchange.settle(&mut shares);
    done(X::NAME, &job.progress, values);
    made
}

fn done(operation: &'static str, progress: &Option<Progress>, values: usize) {
    Telling::of(operation, values).more(values);
    if let Some(progress) = progress {
        progress.more(values);
    }
}

/// Shares that are asked for before the one that is taken out: a message each, of some size.
const AHEAD: usize = 16;

/// Takes the shares that have values out one after the other, as many on their way meanwhile as there is room for. Who
/// empties one takes over what came.
pub(super) fn drained<T: Portable>(shares: &mut [Vec<T>]) -> impl Iterator<Item = Vec<T>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        loop {
            // Those that are here, or on their way, are not asked for again.
            prefetch(shares.iter().skip(next).filter(|share| !share.is_empty()).take(AHEAD));
            let share = shares.get_mut(next)?;
            next += 1;
            if !share.is_empty() {
                return Some(std::mem::take(share));
            }
        }
    })
}

/// All shares' values in one vector of this node.
pub(super) fn joined<T: Portable>(shares: &mut [Vec<T>]) -> Vec<T> {
    let count: usize = shares.iter().map(Vec::len).sum();
    let mut shares = drained(shares);
    let mut all = shares.next().unwrap_or_default();
    // A single share is moved, several are copied as well.
    let _ = all.as_mut_slice();
    all.reserve_exact(count - all.len());
    shares.for_each(|mut share| all.append(&mut share));
    all
}
