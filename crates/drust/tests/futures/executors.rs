//! Under executors that know nothing of drust: tokio's, of several threads, and pollster's, which parks.

use crate::there;
use drust::thread;
use drust::{Box, Vec};
use std::time::Duration;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().expect("a runtime")
}

/// Tasks of tokio's, each of which awaits tasks of drust's.
fn under_tokio() {
    let sums = runtime().block_on(async {
        let tasks: std::vec::Vec<_> = (0..20_u64)
            .map(|n| {
                tokio::spawn(async move {
                    let there = thread::spawn_on(there(), (n,), |(n,)| (0..n).collect::<Vec<_>>());
                    let here = thread::spawn((n,), |(n,)| Box::new(n));
                    there.await.unwrap().iter().sum::<u64>() + *here.await.unwrap()
                })
            })
            .collect();
        let mut sums = std::vec::Vec::new();
        for task in tasks {
            sums.push(task.await.unwrap());
        }
        sums
    });
    assert!(sums.into_iter().eq((0..20).map(|n| n * (n + 1) / 2)));
}

/// One of two is taken, and the other dropped or awaited later.
fn selected() {
    runtime().block_on(async {
        let mut slow = thread::spawn_on(there(), (), |()| {
            thread::sleep(Duration::from_millis(20));
            Box::new(1_u64)
        });
        let quick = thread::spawn_on(there(), (), |()| Box::new(2_u64));
        let first = tokio::select! {
            slow = &mut slow => *slow.unwrap() + 10,
            quick = quick => *quick.unwrap(),
        };
        assert!(first == 2 || first == 11);
        if first == 2 {
            assert_eq!(*slow.await.unwrap(), 1);
        }
        for _ in 0..10 {
            tokio::select! {
                biased;
                quick = thread::spawn_on(there(), (), |()| Box::new(3_u64)) => assert_eq!(*quick.unwrap(), 3),
                () = tokio::time::sleep(Duration::from_micros(50)) => {}
            }
        }
    });
}

fn on_plain_threads() {
    let threads: std::vec::Vec<_> = (0..3_u64)
        .map(|n| {
            thread::spawn_local(move || {
                let handle = thread::spawn_on(there(), (n,), |(n,)| Box::new(n));
                *pollster::block_on(handle).unwrap()
            })
        })
        .collect();
    assert!(threads.into_iter().map(|thread| thread.join().unwrap()).eq(0..3));
}

/// Threads of the pool that park unseen are replaced.
fn on_tasks() {
    let tasks: std::vec::Vec<_> = (0..8_u64)
        .map(|n| thread::spawn_on(there(), (n,), |(n,)| pollster::block_on(thread::spawn((n,), |(n,)| n + 1)).unwrap()))
        .collect();
    assert!(tasks.into_iter().map(|task| task.join().unwrap()).eq(1..9));
}

/// A panic of a waker is the waker's.
fn a_waker_panics() {
    struct Loud;
    impl std::task::Wake for Loud {
        fn wake(self: std::sync::Arc<Self>) {
            panic!("a waker's own");
        }
    }
    let waker = std::task::Waker::from(std::sync::Arc::new(Loud));
    let mut loud = thread::spawn_on(there(), (), |()| thread::sleep(Duration::from_millis(1)));
    let polled = std::pin::Pin::new(&mut loud).poll(&mut std::task::Context::from_waker(&waker));
    assert!(polled.is_pending() || loud.is_finished());
    assert_eq!(*pollster::block_on(thread::spawn_on(there(), (), |()| Box::new(4))).unwrap(), 4);
}

macro_rules! on_real_nodes {
    ($($name:ident,)*) => {
        mod shm {
            $(
                #[drust::test(nodes = 2, carrier = "shm")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod tcp {
            $(
                #[drust::test(nodes = 2, carrier = "tcp")]
                fn $name() {
                    super::$name();
                }
            )*
        }

        mod alone {
            $(
                #[drust::test(nodes = 1)]
                fn $name() {
                    super::$name();
                }
            )*
        }
    };
}

on_real_nodes! {
    under_tokio,
    selected,
    on_plain_threads,
    on_tasks,
    a_waker_panics,
}
