//! Locks, barriers and cells that hand over what was written outside of them, or is reached from them only through
//! pointers.

use crate::everywhere;
use crate::harness::{Litmus, nth};
use drust::sync::atomic::{AtomicU64, Ordering};
use drust::sync::{Barrier, Mutex, OnceLock, RwLock};
use drust::{Box, Portable, thread};

fn on<R: Portable>(home: usize, make: fn(()) -> R) -> R {
    thread::spawn_on(nth(home), (), make).join().unwrap()
}

/// What a lock holds: how often it was held, and the same behind two pointers.
#[derive(Portable)]
struct Held {
    times: u64,
    again: Box<Box<u64>>,
}

fn held(_: ()) -> Held {
    Held { times: 0, again: Box::new(Box::new(0)) }
}

/// Whether both agree; then another time.
fn hold(held: &mut Held) -> u64 {
    let agrees = held.times == **held.again;
    held.times += 1;
    **held.again += 1;
    u64::from(agrees)
}

/// Each holder sees, behind the pointers, what the one before left there.
struct HandOver;

impl Litmus for HandOver {
    type Shared = Mutex<Held>;
    type End = ();
    const THREADS: usize = 4;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (Mutex<Held>, Vec<()>) {
        (on(home, |()| Mutex::new(held(()))), vec![(); 4])
    }

    fn run(_: usize, lock: &Mutex<Held>, (): ()) -> u64 {
        let seen = hold(&mut lock.lock().unwrap());
        seen & hold(&mut lock.lock().unwrap())
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw == [1; 4]
    }
}

/// Two readers and two writers of what lies behind pointers.
struct ReadAndWrite;

impl Litmus for ReadAndWrite {
    type Shared = RwLock<Held>;
    type End = ();
    const THREADS: usize = 4;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (RwLock<Held>, Vec<()>) {
        (on(home, |()| RwLock::new(held(()))), vec![(); 4])
    }

    fn run(thread: usize, lock: &RwLock<Held>, (): ()) -> u64 {
        let mut agree = 1;
        for _ in 0..2 {
            agree &= if thread.is_multiple_of(2) {
                hold(&mut lock.write().unwrap())
            } else {
                let held = lock.read().unwrap();
                u64::from(held.times == **held.again)
            };
        }
        agree
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw == [1; 4]
    }
}

/// A reader whose node has a grant sees what was written before a flag that it sees.
struct WriteThenFlag;

impl Litmus for WriteThenFlag {
    type Shared = (RwLock<u64>, AtomicU64);
    type End = ();
    const THREADS: usize = 3;

    fn deal(home: usize) -> (Self::Shared, Vec<()>) {
        ((on(home, |()| RwLock::new(0)), on(home + 1, |()| AtomicU64::new(0))), vec![(); 3])
    }

    fn run(thread: usize, (lock, flag): &Self::Shared, (): ()) -> u64 {
        let before = *lock.read().unwrap();
        if thread == 0 {
            *lock.write().unwrap() = 1;
            flag.store(1, Ordering::Release);
            return 0;
        }
        100 * before + 10 * flag.load(Ordering::Acquire) + *lock.read().unwrap()
    }

    fn is_allowed(saw: &[u64]) -> bool {
        saw[1..].iter().all(|saw| ![10, 100, 110].contains(saw))
    }
}

/// What each wrote before a barrier, all see after it.
struct Meet;

impl Litmus for Meet {
    type Shared = (Barrier, [AtomicU64; 3]);
    type End = ();
    const THREADS: usize = 3;
    const OUTCOMES: usize = 1;

    fn deal(home: usize) -> (Self::Shared, Vec<()>) {
        let words = [0, 1, 2].map(|index| on(home + index, |()| AtomicU64::new(0)));
        ((on(home, |()| Barrier::new(3)), words), vec![(); 3])
    }

    fn run(thread: usize, (barrier, words): &Self::Shared, (): ()) -> u64 {
        words[thread].store(1, Ordering::Relaxed);
        words[(thread + 1) % 3].add(1);
        barrier.wait();
        words.iter().map(|word| word.load(Ordering::Relaxed)).sum()
    }

    fn is_allowed(saw: &[u64]) -> bool {
        // A store may have come after the neighbour's add, for all alike.
        saw.iter().all(|sum| (3..=6).contains(sum) && *sum == saw[0])
    }
}

/// One of three sets the cell; who sees a flag raised after that sees what was set, the same as all others.
struct SetThenFlag;

impl Litmus for SetThenFlag {
    type Shared = (OnceLock<Box<u64>>, AtomicU64);
    type End = ();
    const THREADS: usize = 3;

    fn deal(home: usize) -> (Self::Shared, Vec<()>) {
        ((on(home, |()| OnceLock::new()), on(home + 1, |()| AtomicU64::new(0))), vec![(); 3])
    }

    fn run(thread: usize, (cell, flag): &Self::Shared, (): ()) -> u64 {
        if flag.load(Ordering::Acquire) == 1 {
            return cell.get().map_or(10, |value| **value);
        }
        let value = **cell.get_or_init(|| Box::new(thread as u64 + 1));
        flag.store(1, Ordering::Release);
        value
    }

    fn is_allowed(saw: &[u64]) -> bool {
        (1..=3).contains(&saw[0]) && saw.iter().all(|value| *value == saw[0])
    }
}

everywhere! {
    hand_over: HandOver,
    read_and_write: ReadAndWrite,
    write_then_flag: WriteThenFlag,
    meet: Meet,
    set_then_flag: SetThenFlag,
}
