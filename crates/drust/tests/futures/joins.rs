//! Join handles awaited by [`thread::block_on`].

use crate::{everywhere, there};
use drust::sync::mpsc::{Receiver, Sender, channel};
use drust::thread::{self, JoinHandle, block_on};
use drust::{Box, Ref, RefMut, stats};
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

everywhere! {
    results_and_panics_arrive,
    many_are_awaited_together,
    scoped_handles_lend,
    a_handle_polled_and_dropped_detaches,
    a_handle_polled_and_forgotten_harms_nobody,
    a_handle_polled_here_is_joined_there,
    the_last_waker_is_called,
    a_task_awaits_its_own_tasks,
    time_runs_out,
}

fn results_and_panics_arrive() {
    let handle = thread::spawn_on(there(), (20,), |(n,)| Box::new(n + 1));
    assert_eq!(*block_on(handle).unwrap(), 21);
    let handle = thread::spawn_on(there(), (), |()| -> u8 { panic!("no more") });
    assert!(block_on(handle).unwrap_err().to_string().ends_with("no more"));
    let done = thread::spawn_on(there(), (), |()| 5);
    while !done.is_finished() {
        thread::yield_now();
    }
    assert_eq!(block_on(done).unwrap(), 5, "what is done is ready at once");
}

fn many_are_awaited_together() {
    let mut handles: Vec<_> = (0..20).map(|n| Some(thread::spawn_on(there(), (n,), |(n,)| n * n))).collect();
    let mut results = vec![0; handles.len()];
    block_on(poll_fn(|context| {
        for (slot, result) in handles.iter_mut().zip(&mut results) {
            if let Some(Poll::Ready(done)) = slot.as_mut().map(|handle| Pin::new(handle).poll(context)) {
                *result = done.unwrap();
                *slot = None;
            }
        }
        if handles.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    }));
    assert!(results.into_iter().eq((0..20).map(|n| n * n)));
}

fn scoped_handles_lend() {
    let shared = Box::new(7_u64);
    let mut own = 1_u64;
    let sum = thread::scope(|s| {
        let reads = s.spawn_on(there(), (Ref::new(&shared),), |(shared,)| *shared);
        let writes = s.spawn_on(there(), (RefMut::new(&mut own),), |(mut own,)| *own += 1);
        block_on(async {
            writes.await.unwrap();
            reads.await.unwrap()
        })
    });
    assert_eq!((sum, own), (7, 2));
    let told = thread::scope(|s| block_on(s.spawn_on(there(), (), |()| -> u8 { panic!("told of once") })).is_err());
    assert!(told);
}

/// Counts calls.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn poll_once<R>(handle: &mut JoinHandle<R>, calls: &Arc<Calls>) -> bool {
    let waker = Waker::from(calls.clone());
    Pin::new(handle).poll(&mut Context::from_waker(&waker)).is_pending()
}

/// A task that ends a little later.
fn slow() -> JoinHandle<Box<u64>> {
    thread::spawn_on(there(), (), |()| {
        thread::sleep(Duration::from_millis(2));
        Box::new(9)
    })
}

/// A task that ends when it is told to.
fn told() -> (Sender<()>, JoinHandle<Box<u64>>) {
    let (tell, told) = channel();
    let wait = |(told,): (Receiver<()>,)| {
        told.recv().expect("it is told");
        Box::new(9)
    };
    (tell, thread::spawn_on(there(), (told,), wait))
}

fn a_handle_polled_and_dropped_detaches() {
    let before = stats::live();
    let calls = Arc::new(Calls::default());
    let (tell, mut handle) = told();
    assert!(poll_once(&mut handle, &calls));
    drop(handle);
    assert_eq!(Arc::strong_count(&calls), 1, "nobody keeps the waker");
    tell.send(()).unwrap();
    drop(tell);
    assert_eq!(*slow().join().unwrap(), 9);
    assert_eq!(calls.0.load(Ordering::SeqCst), 0);
    // The task drops its result when nobody hears of it any more.
    assert!((0..10_000).any(|_| {
        thread::sleep(Duration::from_millis(1));
        stats::live() == before
    }));
}

fn a_handle_polled_and_forgotten_harms_nobody() {
    drust::testing::allow_leaks();
    let calls = Arc::new(Calls::default());
    let (tell, mut handle) = told();
    assert!(poll_once(&mut handle, &calls));
    std::mem::forget(handle);
    tell.send(()).unwrap();
    while calls.0.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
    assert_eq!(*slow().join().unwrap(), 9);
}

fn a_handle_polled_here_is_joined_there() {
    let calls = Arc::new(Calls::default());
    for way in 0..2 {
        let (tell, mut handle) = told();
        assert!(poll_once(&mut handle, &calls));
        let other = thread::spawn_local(move || match way {
            0 => *handle.join().unwrap(),
            _ => *block_on(handle).unwrap(),
        });
        tell.send(()).unwrap();
        assert_eq!(other.join().unwrap(), 9);
    }
}

fn the_last_waker_is_called() {
    let (first, last) = (Arc::new(Calls::default()), Arc::new(Calls::default()));
    let (tell, mut handle) = told();
    assert!(poll_once(&mut handle, &first) && poll_once(&mut handle, &last) && poll_once(&mut handle, &last));
    tell.send(()).unwrap();
    while last.0.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
    assert!(!poll_once(&mut handle, &last));
    assert!(handle.is_finished());
    assert_eq!(format!("{handle:?}"), "JoinHandle(Join(taken))");
    assert_eq!((first.0.load(Ordering::SeqCst), last.0.load(Ordering::SeqCst)), (0, 1));
}

fn a_task_awaits_its_own_tasks() {
    let sum = thread::spawn_on(there(), (6_u64,), |(depth,)| tree(depth));
    assert_eq!(sum.join().unwrap(), 127);
}

/// Nodes of a binary tree, counted by tasks that await their children.
fn tree(depth: u64) -> u64 {
    if depth == 0 {
        return 1;
    }
    let (left, right) = (thread::spawn((depth - 1,), |(d,)| tree(d)), thread::spawn((depth - 1,), |(d,)| tree(d)));
    block_on(async { left.await.unwrap() + right.await.unwrap() }) + 1
}

fn time_runs_out() {
    assert_eq!(thread::block_on_timeout(pending::<u8>(), Duration::from_millis(1)), None);
    let mut handle = slow();
    while thread::block_on_timeout(&mut handle, Duration::from_micros(100)).is_none() {
        // The handle lost nothing.
        assert!(format!("{handle:?}").contains("spawned"));
    }
    let ready = pin!(async { 5 });
    assert_eq!(thread::block_on_timeout(ready, Duration::ZERO), Some(5));
}
