//! A node's share of an operation on many values: what its one task does, or has its node's workers do.

use super::lots::{Cut, Place};
use super::run::first_of;
use crate::node;
use crate::reference::{Ref, RefMut};
use crate::string::String;
use crate::thread;
use crate::vec::Vec as Values;
use drust_heap::Portable;

/// What is done to a value, with its item.
pub(super) trait Act<T, X>: Portable {
    fn act(&self, value: &mut T, item: &mut X);
}

/// Waits for a task, and tells of its panic.
fn failure(task: thread::ScopedJoinHandle<'_, ()>) -> Option<String> {
    task.join().err().map(|error| error.to_string().into())
}

pub(super) type Looks<'s, T> = ((Ref<'s, [Ref<'s, [T]>]>, RefMut<'s, [Option<T>]>), Ref<'s, [Place]>, Ref<'s, [Cut]>);

/// A node's share of a look; the message of a panic.
pub(super) fn look<T: Portable + Clone>(((chunks, mut outs), places, cuts): Looks<'_, T>) -> Option<String> {
    if let [_] = *cuts {
        look_at(&chunks, &places, &mut outs);
        return None;
    }
    let here = node::current();
    let (mut places, mut outs) = (&places[..], &mut outs[..]);
    thread::scope(|s| {
        let mut tasks = Vec::new();
        for cut in cuts.iter().filter(|cut| cut.places > 0) {
            let (to_look, mine);
            (to_look, places) = places.split_at(cut.places);
            (mine, outs) = std::mem::take(&mut outs).split_at_mut(cut.places);
            let args = (Ref::of(&chunks[..]), Ref::of(to_look), RefMut::new(mine));
            tasks.push(s.spawn_on(here, args, look_some::<T>));
        }
        first_of(tasks.into_iter().map(failure))
    })
}

type Looked<'s, T> = (Ref<'s, [Ref<'s, [T]>]>, Ref<'s, [Place]>, RefMut<'s, [Option<T>]>);

/// A worker's share of a look.
fn look_some<T: Portable + Clone>((chunks, places, mut outs): Looked<'_, T>) {
    look_at(&chunks, &places, &mut outs);
}

fn look_at<T: Portable + Clone>(chunks: &[Ref<'_, [T]>], places: &[Place], outs: &mut [Option<T>]) {
    for (place, out) in places.iter().zip(outs) {
        *out = Some(chunks[place.chunk][place.at].clone());
    }
}

pub(super) type Changes<'s, T, X, F> =
    ((RefMut<'s, [Values<T>]>, RefMut<'s, [X]>), (Ref<'s, [Place]>, Ref<'s, [Cut]>), Ref<'s, F>);

/// A node's share of changes; the message of a panic.
pub(super) fn share<T: Portable, X: Portable, F: Act<T, X>>(
    ((mut chunks, mut items), (places, cuts), act): Changes<'_, T, X, F>,
) -> Option<String> {
    if let [_] = *cuts {
        change(&*act, 0, &mut chunks, &mut items, &places);
        return None;
    }
    let here = node::current();
    let (mut chunks, mut items, mut places, mut first) = (&mut chunks[..], &mut items[..], &places[..], 0);
    thread::scope(|s| {
        let mut tasks = Vec::new();
        for cut in cuts.iter() {
            let (theirs, with, at);
            (theirs, chunks) = std::mem::take(&mut chunks).split_at_mut(cut.chunks);
            (with, items) = std::mem::take(&mut items).split_at_mut(cut.places);
            (at, places) = places.split_at(cut.places);
            if !at.is_empty() {
                let lent = (RefMut::new(theirs), RefMut::new(with));
                tasks.push(s.spawn_on(here, (lent, (first, Ref::of(at)), Ref::of(&*act)), some::<T, X, F>));
            }
            first += cut.chunks;
        }
        first_of(tasks.into_iter().map(failure))
    })
}

type Worked<'s, T, X, F> = ((RefMut<'s, [Values<T>]>, RefMut<'s, [X]>), (usize, Ref<'s, [Place]>), Ref<'s, F>);

/// A worker's share of changes.
fn some<T: Portable, X: Portable, F: Act<T, X>>(((mut chunks, mut items), (first, places), act): Worked<'_, T, X, F>) {
    change(&*act, first, &mut chunks, &mut items, &places);
}

/// Changes values in chunks of which the first has this number.
fn change<T: Portable, X, F: Act<T, X>>(
    act: &F,
    first: usize,
    chunks: &mut [Values<T>],
    items: &mut [X],
    places: &[Place],
) {
    for (place, item) in places.iter().zip(items) {
        act.act(&mut chunks[place.chunk - first][place.at], item);
    }
}
