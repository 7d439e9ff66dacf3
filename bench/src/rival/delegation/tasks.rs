//! The light tasks of a node: futures, each of which waits for one reply at a time.

use super::call::{Call, Reply};
use super::{Core, Delegation};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A call that a task waits for.
struct Delegated<'a> {
    node: &'a Delegation,
    task: usize,
    /// What is still to be issued.
    call: Option<Call>,
}

impl Future for Delegated<'_> {
    type Output = Reply;

    /// The first time it issues the call; a task is polled again only when the reply is there.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Reply> {
        match self.call.take() {
            Some(call) => {
                self.node.issue(self.task, call);
                Poll::Pending
            }
            None => Poll::Ready(self.node.core().replies[self.task]),
        }
    }
}

impl Delegation {
    /// Has the home carry out a call of a task.
    pub(super) fn delegate(&self, task: usize, call: Call) -> impl Future<Output = Reply> {
        Delegated { node: self, task, call: Some(call) }
    }

    /// Runs light tasks until all of them are done, each of those that can go on in its turn.
    pub(super) fn execute<T: Future<Output = ()>>(&self, tasks: Vec<T>) {
        let mut tasks: Vec<_> = tasks.into_iter().map(Box::pin).collect();
        let mut context = Context::from_waker(Waker::noop());
        let mut left = tasks.len();
        let mut turn: Vec<usize> = (0..left).collect();
        while left > 0 {
            for task in turn.drain(..) {
                left -= usize::from(pin!(&mut tasks[task]).poll(&mut context).is_ready());
            }
            self.post.progress().poll();
            if left > 0 && self.core().ready.is_empty() {
                self.send_all();
                self.waiter.reset();
                self.post.wait_until(&self.waiter, &|| !self.core().ready.is_empty());
            }
            let Core { ready, .. } = &mut *self.core();
            turn.extend(ready.drain(..));
        }
        self.send_all();
    }
}
