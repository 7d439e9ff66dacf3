//! Tasks that a token ends: where, with what, and what is left behind them.

use super::on;
use drust::node::{self, NodeId};
use drust::sync::mpsc::{Sender, channel, sync_channel};
use drust::sync::{Arc, Barrier, Condvar, Mutex, Once, OnceLock, Resident, RwLock};
use drust::thread::{self, Builder, CancellationToken, JoinError, JoinHandle, Step};
use drust::{Box, Portable, Ref, RefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

/// What many tasks wait for.
#[derive(Portable)]
struct Things {
    mutex: Mutex<u32>,
    lock: RwLock<u32>,
    pair: (Mutex<bool>, Condvar),
    barrier: Barrier,
    once: Once,
    made: OnceLock<u32>,
    resident: Resident<u32>,
}

fn things() -> Arc<Things> {
    Arc::new(Things {
        mutex: Mutex::new(0),
        lock: RwLock::new(0),
        pair: (Mutex::new(false), Condvar::new()),
        barrier: Barrier::new(2),
        once: Once::new(),
        made: OnceLock::new(),
        resident: Resident::new(0),
    })
}

type Wait = fn((Arc<Things>, Sender<()>));

/// Waits that do not end by themselves, while the test holds both locks and runs both onces; each says when it is about
/// to begin.
const WAITS: [Wait; 11] = [
    |(things, begun)| {
        begun.send(()).unwrap();
        *things.mutex.lock().unwrap() += 1;
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        let _ = things.mutex.lock_timeout(LONG).unwrap();
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        *things.lock.write().unwrap() += 1;
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        let _ = things.lock.read().unwrap();
    },
    |(things, begun)| {
        let guard = things.pair.0.lock().unwrap();
        begun.send(()).unwrap();
        let _ = things.pair.1.wait_while(guard, |open| !*open).unwrap();
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        things.barrier.wait();
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        things.once.wait();
    },
    |(things, begun)| {
        begun.send(()).unwrap();
        things.made.get_or_init(|| 1);
    },
    |(_, begun)| {
        let (_sender, receiver) = channel::<u32>();
        begun.send(()).unwrap();
        let _ = receiver.recv();
    },
    |(_, begun)| {
        let (sender, _receiver) = sync_channel(0);
        begun.send(()).unwrap();
        let _ = sender.send(1);
    },
    |(_, begun)| {
        begun.send(()).unwrap();
        thread::sleep(LONG);
    },
];

fn start(node: NodeId, token: &CancellationToken, things: &Arc<Things>, wait: Wait) -> JoinHandle<()> {
    let (begun, begins) = channel();
    let builder = Builder::new().on(node).cancelled_by(token);
    let task = builder.spawn((things.clone(), begun), wait).expect("tasks can be spawned");
    begins.recv().expect("the task begins");
    task
}

fn expect_cancelled<R>(join: Result<R, JoinError>, on: NodeId) {
    match join {
        Err(JoinError::Cancelled { node, .. }) => assert_eq!(usize::from(node.0), on.index()),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the task ended"),
    }
}

/// Cancels one task in each wait on each node, and then all things do as if it had not been.
fn each_wait_ends() {
    for node in node::all() {
        let things = things();
        let (begun, begins) = channel();
        let (open, opens) = channel::<()>();
        // Both are run elsewhere, for as long as the others wait.
        let runs = thread::spawn_on(on(2), (things.clone(), begun, opens), |(things, begun, opens)| {
            things.once.call_once(|| {
                things.made.get_or_init(|| {
                    begun.send(()).unwrap();
                    opens.recv().unwrap();
                    7
                });
            });
        });
        begins.recv().unwrap();
        let (held, locked) = (things.mutex.lock().unwrap(), things.lock.write().unwrap());
        for wait in WAITS {
            let token = CancellationToken::new();
            let waits = start(node, &token, &things, wait);
            // Whoever may: the token goes between nodes.
            thread::spawn_on(on(1), (token.clone(),), |(token,)| token.cancel()).join().unwrap();
            expect_cancelled(waits.join(), node);
            assert!(token.is_cancelled());
        }
        drop((held, locked));
        open.send(()).unwrap();
        runs.join().unwrap();
        all_is_well(&things);
    }
}

fn all_is_well(things: &Arc<Things>) {
    assert_eq!((*things.mutex.lock().unwrap(), *things.lock.read().unwrap()), (0, 0));
    assert!(things.once.is_completed() && things.made.get() == Some(&7));
    assert!(!*things.pair.0.lock().unwrap(), "who waits by a condition variable poisons nothing");
    let meets = thread::spawn_on(on(1), (things.clone(),), |(things,)| things.barrier.wait().is_leader());
    let leads = things.barrier.wait().is_leader();
    assert!(meets.join().unwrap() != leads, "two came, and nobody who had left");
    assert_eq!(things.resident.with(5, |value, more| *value + more), 5);
}

#[drust::test(nodes = 3)]
fn each_wait_ends_when_its_task_is_cancelled() {
    each_wait_ends();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn each_wait_ends_when_its_task_is_cancelled_over_tcp() {
    each_wait_ends();
}

/// The turn to use a resident is waited for at its home.
#[drust::test(nodes = 2)]
fn a_wait_for_a_resident_ends() {
    let things = things();
    let (open, opens) = channel::<()>();
    let uses = thread::spawn((things.clone(), opens), |(things, opens)| {
        things.resident.with(opens, |_, opens| opens.recv().unwrap());
    });
    while things.resident.with_timeout(Duration::from_millis(1), (), |_, ()| ()).is_ok() {}
    let token = CancellationToken::new();
    let waits = start(on(0), &token, &things, |(things, begun)| {
        begun.send(()).unwrap();
        things.resident.with((), |value, ()| *value = 1);
    });
    token.cancel();
    expect_cancelled(waits.join(), on(0));
    open.send(()).unwrap();
    uses.join().unwrap();
    assert_eq!(things.resident.with((), |value, ()| *value), 0);
}

static BEGUN: AtomicU32 = AtomicU32::new(0);

#[derive(Portable)]
#[portable(drop)]
struct Counted(Arc<Mutex<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        // A drop waits and asks other nodes as ever, also where it is a cancelled task's.
        *self.0.lock().unwrap_or_else(|error| error.into_inner()) += 1;
    }
}

/// What was not begun never is, and its arguments end; what computes ends at its next remote operation.
#[drust::test(nodes = 3)]
fn tasks_end_before_they_begin_and_where_they_ask() {
    let dropped = Arc::new(Mutex::new(0));
    let token = CancellationToken::new();
    let far = thread::spawn_on(on(2), (), |()| Box::new([3_u64; 8])).join().unwrap();
    let works: std::vec::Vec<_> = node::all()
        .map(|node| {
            let args = (Counted(dropped.clone()), token.clone());
            let builder = Builder::new().on(node).cancelled_by(&token);
            let task = builder.spawn(args, |(counted, token)| {
                while !token.is_cancelled() {
                    thread::yield_now();
                }
                drop(counted.0.lock());
                thread::spawn_on(on(node::current().index() + 1), (), |()| ()).join().unwrap();
            });
            task.unwrap()
        })
        .collect();
    token.cancel();
    for (node, task) in node::all().zip(works) {
        expect_cancelled(task.join(), node);
    }
    for node in node::all() {
        let late = Builder::new().on(node).cancelled_by(&token).spawn((Counted(dropped.clone()),), |(_,)| {
            BEGUN.fetch_add(1, Ordering::Relaxed);
        });
        expect_cancelled(late.unwrap().join(), node);
    }
    assert_eq!((BEGUN.load(Ordering::Relaxed), *dropped.lock().unwrap()), (0, 6));
    assert_eq!(far[1], 3, "other tasks are not concerned");
}

/// Remote reads and writes are such operations; what a task was lent comes home as it left it.
#[drust::test(nodes = 3)]
fn what_was_lent_comes_home_and_scopes_do_not_panic() {
    let token = CancellationToken::new();
    let far = thread::spawn_on(on(2), (), |()| Box::new(3_u64)).join().unwrap();
    let (mut count, mutex) = (0_u64, Mutex::new(0));
    thread::scope(|s| {
        let args = (Ref::new(&far), RefMut::new(&mut count), Ref::of(&mutex), token.clone());
        let task =
            Builder::new().on(on(1)).cancelled_by(&token).spawn_scoped(s, args, |(far, mut count, mutex, token)| {
                let _held = mutex.lock().unwrap();
                *count += 1;
                token.cancel();
                *count += 1;
                *count += *far;
            });
        drop(task);
        assert!(s.wait_timeout(Duration::from_secs(60)));
    });
    assert_eq!(count, 2, "it ended at the remote read");
    assert!(mutex.is_poisoned(), "the task held it, and its value may be half done");
    assert!(thread::timeout(Duration::from_secs(60), || token.is_cancelled()).unwrap());
}

/// A task that catches the unwinding is cancelled again; one that panics has panicked; no hook hears of the first.
#[drust::test]
fn cancellation_is_no_panic() {
    static HOOKED: AtomicU32 = AtomicU32::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(std::boxed::Box::new(|_| {
        HOOKED.fetch_add(1, Ordering::Relaxed);
    }));
    let token = CancellationToken::new();
    let run =
        |task: fn((CancellationToken,))| Builder::new().cancelled_by(&token).spawn((token.clone(),), task).unwrap();
    let catches = run(|(token,)| {
        token.cancel();
        let caught = std::panic::catch_unwind(|| thread::sleep(LONG));
        assert!(caught.is_err());
        thread::sleep(LONG);
    });
    expect_cancelled(catches.join(), on(0));
    assert_eq!(HOOKED.load(Ordering::Relaxed), 0);
    std::panic::set_hook(before);
    let panics = Builder::new().cancelled_by(&CancellationToken::new()).spawn((), |()| panic!("as asked"));
    assert!(
        matches!(panics.unwrap().join(), Err::<(), _>(JoinError::Panicked { message, .. }) if message == "as asked")
    );
}

/// To start a task elsewhere is to ask that node for something, whatever kind of task it is.
#[drust::test(nodes = 2)]
fn who_is_cancelled_starts_no_task_elsewhere() {
    for moves in [false, true] {
        let token = CancellationToken::new();
        let task = Builder::new().on(on(0)).cancelled_by(&token).spawn((token.clone(), moves), |(token, moves)| {
            token.cancel();
            let there = Builder::new().on(on(1));
            if moves {
                there.spawn_migratable((), |()| Step::Done(())).is_ok()
            } else {
                there.spawn((), |()| ()).is_ok()
            }
        });
        expect_cancelled(task.unwrap().join(), on(0));
    }
}
