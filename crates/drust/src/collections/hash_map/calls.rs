//! Calls that reach all shards of a node at once, and what becomes of the values in them where somebody unwinds.
//!
//! Values in a message belong to nobody: they are bytes, and nothing drops them. So whoever unwinds takes them out: of
//! answers that its caller has not come to, of what came and was not used yet, of what was to leave.

use crate::node;
use drust_heap::Portable;
use drust_runtime::sharing::grant::{Answer, Call, Parcel, Service};
use std::collections::VecDeque;
use std::marker::PhantomData;

/// Calls `service` on each other node with what `pack` gives it, runs `here` meanwhile, and reads the answers. Where
/// one of these unwinds, the answers are read all the same.
#[track_caller]
pub(super) fn on_all<R>(
    service: Service,
    mut pack: impl FnMut(usize, &mut Parcel) -> bool,
    here: impl FnOnce() -> R,
    read: impl FnMut(usize, &Answer),
) -> R {
    let own = node::current();
    let mut calls = Calls { under_way: VecDeque::new(), read };
    for node in node::all().filter(|node| *node != own) {
        let mut parcel = Parcel::new();
        if pack(node.index(), &mut parcel) {
            calls.under_way.push_back((node.index(), Call::run(node.rank(), service, &parcel)));
        }
    }
    let result = here();
    while let Some((node, call)) = calls.under_way.pop_front() {
        let answer = call.wait(&format_args!("node {node}'s part of a map"));
        (calls.read)(node, &answer);
    }
    result
}

/// Calls that nobody has waited for yet. What is still there when this is dropped was left by who unwinds.
struct Calls<F: FnMut(usize, &Answer)> {
    under_way: VecDeque<(usize, Call)>,
    read: F,
}

impl<F: FnMut(usize, &Answer)> Drop for Calls<F> {
    fn drop(&mut self) {
        while let Some((node, call)) = self.under_way.pop_front() {
            if let Some(answer) = call.wait_unwinding(&format_args!("node {node}'s part of a map")) {
                (self.read)(node, &answer);
            }
        }
    }
}

/// Values that are put into an answer one after the other, and taken out again where what makes them panics.
pub(super) struct Given<'a, T: Portable> {
    parcel: &'a mut Parcel,
    count: usize,
    of: PhantomData<T>,
}

impl<'a, T: Portable> Given<'a, T> {
    /// None yet, of a parcel that is empty.
    pub(super) fn new(parcel: &'a mut Parcel) -> Given<'a, T> {
        Given { parcel, count: 0, of: PhantomData }
    }

    pub(super) fn put(&mut self, value: T) {
        self.parcel.put(value);
        self.count += 1;
    }
}

impl<T: Portable> Drop for Given<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut landed = self.parcel.landed();
            for _ in 0..self.count {
                // SAFETY: so many were put there, and do not leave: a call that panics answers with that alone.
                drop(unsafe { landed.take::<T>() });
            }
        }
    }
}
