//! Running a parallel iterator where the values live.
//!
//! Who asks for it cuts the chunks into pieces and gives each node one task with all the pieces that live there, by
//! address. That task starts one of its own node for each piece, and puts together the results of pieces that follow
//! each other. They go home with its end, in what it was lent for them.

use super::progress::{Progress, Telling};
use super::stage::Stage;
use crate::node::{self, NodeId};
use crate::reference::{Ref, RefMut};
use crate::string::String;
use crate::thread;
use drust_heap::Portable;
use drust_macros::Portable;

/// Pieces for each worker: with several, workers that are done early take what is left of the others' share.
const PIECES: usize = 4;

/// What becomes of the items of a piece, and of the results of pieces.
pub(super) trait Finish<S: Stage>: Portable {
    /// The operation's name, for events.
    const NAME: &'static str;
    /// Whether results of pieces are put together, or kept apart.
    const MERGES: bool = true;
    /// The result of some pieces.
    type Out: Portable;

    fn piece<'a>(&self, items: impl Iterator<Item = S::Item<'a>>) -> Self::Out;

    /// The result of pieces that follow each other.
    fn merge(&self, left: Self::Out, right: Self::Out) -> Self::Out;
}

/// What is sent to the nodes.
#[derive(Portable)]
struct Job<S, F> {
    stage: S,
    finish: F,
    progress: Option<Progress>,
}

/// A piece: the index of its first value, and its values.
type Piece<'a, V> = (usize, Ref<'a, [V]>);

/// The pieces for one node, in order.
pub(super) struct Group<'a, V: Portable> {
    node: NodeId,
    pieces: Vec<Piece<'a, V>>,
}

impl<'a, V: Portable> Group<'a, V> {
    pub(super) fn new(node: NodeId) -> Group<'a, V> {
        Group { node, pieces: Vec::new() }
    }

    pub(super) fn add(&mut self, start: usize, values: Ref<'a, [V]>) {
        self.pieces.push((start, values));
    }

    /// Pieces of so many values, by the nodes where they live.
    pub(super) fn all(chunks: &'a [super::Chunk<V>], piece: usize) -> Vec<Group<'a, V>> {
        let mut groups: Vec<Group<'a, V>> = node::all().map(Group::new).collect();
        for chunk in chunks {
            let values = Ref::new(&chunk.values);
            let group = &mut groups[chunk.home().index()];
            for start in (0..values.len()).step_by(piece) {
                let end = values.len().min(start + piece);
                group.add(chunk.start + start, values.part(start..end));
            }
        }
        groups
    }
}

/// How many values a piece has, of so many; nodes are taken to have as many workers each as this one.
pub(super) fn pieces_of(values: usize) -> usize {
    let workers = node::count() * workers();
    let pieces = if workers == 1 { 1 } else { workers * PIECES };
    values.div_ceil(pieces).max(1)
}

/// Threads that run tasks of this node.
pub(super) fn workers() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs the stage over all pieces; the results in order, put together as far as pieces of one node follow each other.
///
/// # Panics
/// Where a function does.
#[track_caller]
pub(super) fn run<S: Stage, F: Finish<S>>(stage: S, finish: F, groups: Vec<Group<'_, S::Value>>) -> (F, Vec<F::Out>) {
    let values = groups.iter().flat_map(|group| &group.pieces).map(|piece| piece.1.len()).sum();
    let job = Job { stage, finish, progress: Progress::begin(values) };
    let groups: Vec<_> = groups.into_iter().filter(|group| !group.pieces.is_empty()).collect();
    let mut outs: Vec<Vec<Option<F::Out>>> = groups.iter().map(|group| none(group.pieces.len())).collect();
    let failed = thread::scope(|s| {
        let tasks: Vec<_> = (groups.iter().zip(&mut outs))
            .map(|(group, outs)| {
                let args = (Ref::of(&group.pieces[..]), Ref::of(&job), RefMut::new(&mut outs[..]));
                s.spawn_on(group.node, args, share::<S, F>)
            })
            .collect();
        first_of(tasks.into_iter().map(|task| task.join().unwrap_or_else(|error| Some(error.to_string().into()))))
    });
    if let Some(failed) = failed {
        panic!("{failed}");
    }
    let starts = groups.iter().flat_map(|group| &group.pieces).map(|piece| piece.0);
    let mut results: Vec<(usize, F::Out)> =
        starts.zip(outs.into_iter().flatten()).filter_map(|(start, out)| Some((start, out?))).collect();
    results.sort_by_key(|result| result.0);
    (job.finish, results.into_iter().map(|result| result.1).collect())
}

fn none<O>(count: usize) -> Vec<Option<O>> {
    std::iter::repeat_with(|| None).take(count).collect()
}

/// The first failure, once all have been waited for.
pub(super) fn first_of(failures: impl Iterator<Item = Option<String>>) -> Option<String> {
    failures.fold(None, Option::or)
}

type Share<'s, S, F> =
    (Ref<'s, [Piece<'s, <S as Stage>::Value>]>, Ref<'s, Job<S, F>>, RefMut<'s, [Option<<F as Finish<S>>::Out>]>);

/// A node's share: what its pieces give is put where there is room for it; the message of a panic.
fn share<S: Stage, F: Finish<S>>((pieces, job, mut outs): Share<'_, S, F>) -> Option<String> {
    let mut telling = Telling::of(F::NAME, pieces.iter().map(|piece| piece.1.len()).sum());
    if let [(start, values)] = &*pieces {
        outs[0] = Some(one(((*start, values.clone()), job)));
        telling.more(values.len());
        return None;
    }
    let here = node::current();
    let failed = thread::scope(|s| {
        let tasks: Vec<_> = (pieces.iter())
            .map(|(start, values)| s.spawn_on(here, ((*start, values.clone()), Ref::of(&*job)), one::<S, F>))
            .collect();
        first_of(tasks.into_iter().zip(outs.iter_mut()).zip(&*pieces).map(|((task, place), piece)| {
            match task.join() {
                Ok(out) => *place = Some(out),
                Err(error) => return Some(error.to_string().into()),
            }
            telling.more(piece.1.len());
            None
        }))
    });
    if failed.is_none() && F::MERGES {
        merge(&pieces, &job.finish, &mut outs);
    }
    failed
}

/// One piece.
fn one<S: Stage, F: Finish<S>>((piece, job): (Piece<'_, S::Value>, Ref<'_, Job<S, F>>)) -> F::Out {
    let (start, values) = piece;
    let out = job.finish.piece(job.stage.over(start, &values));
    if let Some(progress) = &job.progress {
        progress.more(values.len());
    }
    out
}

/// Puts together the results of pieces that follow each other, at the place of the first of them.
fn merge<S: Stage, F: Finish<S>>(pieces: &[Piece<'_, S::Value>], finish: &F, outs: &mut [Option<F::Out>]) {
    let mut first = 0;
    for at in 1..pieces.len() {
        let (start, values) = &pieces[at - 1];
        if start + values.len() != pieces[at].0 {
            first = at;
        } else if let (Some(left), Some(right)) = (outs[first].take(), outs[at].take()) {
            outs[first] = Some(finish.merge(left, right));
        }
    }
}
