//! Adds that nobody waits for, before something that tells another thread to look.

use crate::everywhere;
use crate::harness::{Litmus, nth, run};
use drust::sync::Mutex;
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::sync::mpsc::{Receiver, Sender, channel};
use drust::testing::planted::{Fault, plant};
use drust::{Portable, thread};
use drust_tests::clock::Clock;

/// What was told, and what may go wrong: nothing was told, it was and is there, or it is not there.
const UNTOLD: u64 = 0;
const THERE: u64 = 1;
const MISSING: u64 = 2;

/// How often a thread looks whether it was told: some times what the other takes to begin.
const LOOKS: usize = 1000;

fn far(home: usize) -> AtomicU64 {
    thread::spawn_on(nth(home), (), |()| AtomicU64::new(0)).join().unwrap()
}

fn look(total: &AtomicU64) -> u64 {
    if total.load(Ordering::SeqCst) == 3 { THERE } else { MISSING }
}

/// Three adds, of which the last two go into one batch with the first.
fn add(total: &AtomicU64) {
    (0..3).for_each(|_| total.add(1));
}

/// Adds, then an atomic store. The other thread waits for that, so that it looks as soon as it may, whichever thread
/// began first.
struct ThenStore;

impl Litmus for ThenStore {
    type Shared = (AtomicU64, AtomicU64);
    type End = ();
    const THREADS: usize = 2;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (Self::Shared, Vec<()>) {
        ((far(home), far(home + 1)), vec![(), ()])
    }

    fn run(thread: usize, (total, flag): &Self::Shared, (): ()) -> u64 {
        if thread == 0 {
            add(total);
            flag.store(1, Ordering::Release);
            UNTOLD
        } else {
            let told = (0..LOOKS).any(|_| flag.load(Ordering::Acquire) == 1);
            if told { look(total) } else { UNTOLD }
        }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] != MISSING
    }
}

/// Adds, then an unlock.
struct ThenUnlock;

impl Litmus for ThenUnlock {
    type Shared = (AtomicU64, Mutex<u64>);
    type End = ();
    const THREADS: usize = 2;

    fn deal(home: usize) -> (Self::Shared, Vec<()>) {
        let lock = thread::spawn_on(nth(home + 1), (), |()| Mutex::new(0)).join().unwrap();
        ((far(home), lock), vec![(), ()])
    }

    fn run(thread: usize, (total, lock): &Self::Shared, (): ()) -> u64 {
        let mut is_told = lock.lock().unwrap();
        if thread == 0 {
            add(total);
            *is_told = 1;
            return UNTOLD;
        }
        let is_told = *is_told == 1;
        if is_told { look(total) } else { UNTOLD }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] != MISSING
    }
}

/// One end of a channel.
#[derive(Portable)]
enum Pipe {
    In(Sender<u64>),
    Out(Receiver<u64>),
}

/// Adds, then a send.
struct ThenSend;

impl Litmus for ThenSend {
    type Shared = AtomicU64;
    type End = Pipe;
    const THREADS: usize = 2;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (AtomicU64, Vec<Pipe>) {
        let (sender, receiver) = thread::spawn_on(nth(home + 1), (), |()| channel()).join().unwrap();
        (far(home), vec![Pipe::In(sender), Pipe::Out(receiver)])
    }

    fn run(_: usize, total: &AtomicU64, end: Pipe) -> u64 {
        match end {
            Pipe::In(sender) => {
                add(total);
                sender.send(1).unwrap();
                UNTOLD
            }
            Pipe::Out(receiver) => {
                receiver.recv().unwrap();
                look(total)
            }
        }
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1] == THERE
    }
}

/// Adds, then a task's end.
struct ThenEnd;

impl Litmus for ThenEnd {
    type Shared = AtomicU64;
    type End = ();
    const THREADS: usize = 1;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (AtomicU64, Vec<()>) {
        (far(home), vec![()])
    }

    fn run(_: usize, total: &AtomicU64, (): ()) -> u64 {
        thread::scope(|scope| {
            let task = scope.spawn_on(nth(2), (drust::Ref::of(total),), |(total,)| add(&total));
            task.join().unwrap();
        });
        look(total)
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[0] == THERE
    }
}

everywhere! {
    then_store: ThenStore,
    then_unlock: ThenUnlock,
    then_send: ThenSend,
    then_end: ThenEnd,
}

/// In a world whose messages may take long.
#[drust::test(nodes = 3, seed = 2)]
fn a_fence_that_does_not_wait_is_seen() {
    assert!(plant(Fault::Fence), "this build has no faults");
    assert!(run::<ThenStore>(Clock::Counted).is_err());
    drust::testing::allow_leaks();
}
