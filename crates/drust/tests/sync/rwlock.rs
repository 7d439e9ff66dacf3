//! `RwLock` as std documents its own, its users on one node and on several.

use crate::counted::{self, Counted};
use crate::{live, messages, on, start};
use drust::sync::TryLockError;
use drust::sync::{Arc, RwLock};
use drust::{Box, Portable, String, Vec, stats, thread, vec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

type Shared<T> = Arc<RwLock<T>>;

fn short() -> Duration {
    Duration::from_millis(5)
}

/// Poisons a lock by a panic under its guard.
fn poison<T: Portable>(lock: &RwLock<T>) {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.write().unwrap();
        panic!("in the middle of a write, as the test wants");
    }));
    assert!(panicked.is_err());
}

/// What std says of one thread with a lock.
fn alone(lock: &RwLock<u64>) {
    *lock.write().unwrap() = 5;
    {
        let (one, other) = (lock.read().unwrap(), lock.try_read().unwrap());
        assert_eq!(*one + *other, 10);
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
        assert!(matches!(lock.write_timeout(short()), Err(TryLockError::WouldBlock)));
        let third = lock.read_timeout(short()).unwrap();
        assert_eq!(*third, 5);
    }
    {
        let mut guard = lock.try_write().unwrap();
        *guard += 1;
        assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
        assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
        assert!(matches!(lock.read_timeout(short()), Err(TryLockError::WouldBlock)));
        assert!(matches!(lock.write_timeout(short()), Err(TryLockError::WouldBlock)));
        assert_eq!(format!("{lock:?}"), "RwLock { data: <locked>, poisoned: false, .. }");
    }
    assert_eq!(format!("{lock:?} {:?}", lock.read().unwrap()), "RwLock { data: 6, poisoned: false, .. } 6");
    assert_eq!(*lock.write_timeout(short()).unwrap(), 6);
    assert!(!lock.is_poisoned());
}

fn poisoned(lock: &RwLock<u64>) {
    *lock.write().unwrap() = 1;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = lock.read().unwrap();
        panic!("in the middle of a read, as the test wants");
    }));
    assert!(panicked.is_err() && !lock.is_poisoned() && lock.read().is_ok());
    poison(lock);
    assert!(lock.is_poisoned());
    assert_eq!(*lock.read().unwrap_err().into_inner(), 1);
    assert_eq!(*lock.write().unwrap_err().into_inner(), 1);
    assert!(matches!(lock.try_read(), Err(TryLockError::Poisoned(_))));
    assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
    assert_eq!(format!("{lock:?}"), "RwLock { data: 1, poisoned: true, .. }");
    let mut guard = lock.write().unwrap_or_else(|mut error| {
        **error.get_mut() = 2;
        lock.clear_poison();
        error.into_inner()
    });
    *guard += 1;
    drop(guard);
    assert!(!lock.is_poisoned());
    assert_eq!(*lock.read().unwrap(), 3);
}

#[drust::test(nodes = 3)]
fn one_thread_finds_what_std_says_on_whichever_node() {
    let lock = Arc::new(RwLock::new(0));
    alone(&lock);
    poisoned(&lock);
    for rank in [1, 2, 1, 0] {
        on(rank, (lock.clone(),), |(lock,)| {
            alone(&lock);
            poisoned(&lock);
        });
    }
    alone(&lock);
}

#[drust::test(nodes = 3)]
fn what_owns_a_lock_needs_no_guard() {
    let mut lock = RwLock::new(vec![1]);
    lock.get_mut().unwrap().push(2);
    let lock = on(1, (lock,), |(mut lock,): (RwLock<Vec<i32>>,)| {
        lock.get_mut().unwrap().push(3);
        lock.write().unwrap().push(4);
        lock.get_mut().unwrap().push(5);
        lock
    });
    let mut lock = on(2, (lock,), |(lock,)| {
        assert_eq!(lock.read().unwrap().len(), 5);
        lock
    });
    std::mem::forget(lock.read().unwrap());
    assert!(lock.try_write().is_err());
    lock.get_mut().unwrap().push(6);
    std::mem::forget(lock.write());
    assert_eq!(lock.get_mut().map(|items| items.len()).unwrap(), 6);
    assert!(lock.try_read().is_ok());
    assert_eq!(lock.into_inner().unwrap(), [1, 2, 3, 4, 5, 6]);
    let elsewhere = on(1, (), |()| {
        let lock = RwLock::new(String::from("a"));
        std::mem::forget(lock.write());
        lock
    });
    assert_eq!(elsewhere.into_inner().unwrap(), "a");
    let poisoned = on(2, (), |()| {
        let lock = RwLock::new(1);
        poison(&lock);
        lock
    });
    assert_eq!(poisoned.into_inner().unwrap_err().into_inner(), 1);
}

#[derive(Portable)]
struct Board {
    title: String,
    cells: Vec<Box<u64>>,
}

/// Everybody adds under the lock to what is reached by pointers only.
fn add_up(rounds: u64, nodes: usize) {
    let board = Board { title: String::from("a board of some length"), cells: (0..3).map(|_| Box::new(0)).collect() };
    let lock = Arc::new(RwLock::new(board));
    let tasks: std::vec::Vec<_> = (0..nodes * 2)
        .map(|number| {
            start(number % nodes, (lock.clone(), rounds), |(lock, rounds): (Shared<Board>, u64)| {
                for round in 0..rounds {
                    if round % 3 == 0 {
                        let board = lock.read().unwrap();
                        assert!(board.cells.iter().all(|cell| **cell == *board.cells[0]), "half a write is seen");
                        assert!(board.title.starts_with("a board"));
                        continue;
                    }
                    let mut board = lock.write().unwrap();
                    for cell in &mut board.cells {
                        **cell += 1;
                    }
                }
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| task.join().unwrap());
    let wrote = (0..rounds).filter(|round| round % 3 != 0).count() * nodes * 2;
    assert!(lock.read().unwrap().cells.iter().all(|cell| **cell == wrote as u64));
}

#[drust::test(nodes = 3)]
fn writes_of_all_nodes_add_up() {
    add_up(60, 3);
}

/// Under so many orders of all events.
macro_rules! in_any_order {
    ($($name:ident $seed:literal),*) => {$(
        #[drust::test(nodes = 3, seed = $seed)]
        fn $name() {
            add_up(12, 3);
        }
    )*};
}

in_any_order!(order_1 1, order_2 2, order_3 3, order_4 4, order_5 5, order_6 6, order_7 7, order_8 8);

#[drust::test(nodes = 3)]
fn reading_again_costs_nothing_until_somebody_writes() {
    let lock = Arc::new(RwLock::new(7));
    let read = |(lock,): (Shared<i32>,)| {
        assert_eq!(*lock.read().unwrap(), 7);
        let ((), again) = stats::count(|| {
            for _ in 0..100 {
                assert_eq!(*lock.read().unwrap(), 7);
            }
        });
        assert_eq!(messages(&again), 0, "{again:?}");
    };
    on(1, (lock.clone(),), read);
    on(2, (lock.clone(),), read);
    read((lock.clone(),));
    // Two nodes have copies: each is recalled, and returns.
    let ((), wrote) = stats::count(|| *lock.write().unwrap() = 8);
    assert_eq!((wrote.one_ways, wrote.requests), (4, 0), "{wrote:?}");
    let ((), again) = stats::count(|| (0..100).for_each(|_| *lock.write().unwrap() += 1));
    assert_eq!(messages(&again), 0, "{again:?}");
    on(1, (lock,), |(lock,)| {
        let ((), first) = stats::count(|| *lock.write().unwrap() += 1);
        assert_eq!((first.one_ways, first.requests), (2, 0), "{first:?}");
        let (sum, again) = stats::count(|| {
            *lock.write().unwrap() += 1;
            *lock.read().unwrap()
        });
        assert_eq!((sum, messages(&again)), (110, 0), "{again:?}");
    });
}

#[drust::test(nodes = 3)]
fn readers_of_all_nodes_read_at_once() {
    let (lock, inside) = (Arc::new(RwLock::new(0_u64)), Arc::new(RwLock::new(0_u64)));
    on(1, (lock.clone(),), |(lock,)| *lock.write().unwrap() = 9);
    let tasks: std::vec::Vec<_> = (0..6)
        .map(|number| {
            start(number % 3, (lock.clone(), inside.clone()), |(lock, inside): (Shared<u64>, Shared<u64>)| {
                let guard = lock.read().unwrap();
                *inside.write().unwrap() += 1;
                while *inside.read().unwrap() < 6 {
                    thread::yield_now();
                }
                assert!(lock.try_write().is_err());
                *guard
            })
        })
        .collect();
    assert!(tasks.into_iter().all(|task| task.join().unwrap() == 9));
    assert_eq!(lock.try_write().map(|guard| *guard).unwrap(), 9);
}

#[drust::test(nodes = 3)]
fn who_gives_up_leaves_nothing_in_the_way() {
    let lock = Arc::new(RwLock::new(1_u64));
    let guard = lock.read().unwrap();
    on(1, (lock.clone(),), |(lock,)| {
        assert!(lock.write_timeout(short()).is_err());
        assert!(lock.try_write().is_err());
        assert_eq!(*lock.read().unwrap(), 1);
        assert!(lock.try_write().is_err(), "another node reads");
    });
    on(2, (lock.clone(),), |(lock,)| {
        let guard = lock.read().unwrap();
        assert!(lock.write_timeout(short()).is_err());
        assert_eq!(*lock.try_read().unwrap() + *guard, 2);
    });
    drop(guard);
    let guard = lock.write().unwrap();
    on(1, (lock.clone(),), |(lock,)| {
        assert!(lock.read_timeout(short()).is_err() && lock.try_read().is_err());
        assert!(lock.write_timeout(short()).is_err() && lock.try_write().is_err());
    });
    drop(guard);
    on(1, (lock.clone(),), |(lock,)| *lock.try_write().unwrap() = 2);
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[drust::test(nodes = 3)]
fn a_panic_elsewhere_poisons_everywhere() {
    let lock = Arc::new(RwLock::new(1));
    on(2, (lock.clone(),), |(lock,)| assert!(lock.read().is_ok()));
    let task = start(1, (lock.clone(),), |(lock,): (Shared<i32>,)| {
        let guard = lock.write().unwrap();
        assert_eq!(*guard, 2, "under the lock, as the test wants");
    });
    assert!(task.join().is_err());
    let look = |(lock,): (Shared<i32>,)| (lock.is_poisoned(), lock.read().is_err(), lock.is_poisoned());
    for rank in 0..3 {
        assert_eq!(on(rank, (lock.clone(),), look), (true, true, true));
    }
    on(2, (lock.clone(),), |(lock,)| lock.clear_poison());
    for rank in 0..3 {
        assert_eq!(on(rank, (lock.clone(),), look), (false, false, false));
    }
}

#[drust::test(nodes = 3)]
fn a_lock_ends_wherever_it_and_its_data_are() {
    let before = live();
    for (made, used, dropped) in [(0, 0, 0), (0, 1, 0), (0, 1, 2), (1, 0, 2), (1, 1, 0), (2, 1, 1)] {
        let lock = on(made, (), |()| RwLock::new(vec![Box::new(String::from("a string that is not short"))]));
        let lock = on(used, (lock,), |(lock,)| {
            lock.write().unwrap().push(Box::new(String::from("another that is not short")));
            lock
        });
        let lock = on(2, (lock,), |(lock,)| {
            assert_eq!(lock.read().unwrap()[1].len(), 25);
            lock
        });
        on(dropped, (lock,), drop);
    }
    assert_eq!(live(), before, "what was made is freed");
}

#[drust::test(nodes = 3)]
fn users_drops_run_once_before_the_drop_of_the_lock_returns() {
    for (made, used, dropped) in [(0, 0, 0), (0, 1, 0), (0, 1, 2), (1, 0, 2), (1, 1, 0), (2, 1, 1)] {
        let lock = on(made, (), |()| RwLock::new(Box::new(Counted(1))));
        let lock = on(used, (lock,), |(lock,)| {
            drop(lock.write().unwrap());
            lock
        });
        let drops = on(dropped, (lock,), |(lock,)| counted::drops(|| drop(lock)));
        assert_eq!(drops, 1, "made on {made}, used on {used}, dropped on {dropped}");
    }
}

#[drust::test(nodes = 3)]
fn counted_handles_go_along_with_the_lock() {
    let inner = Arc::new(5_u64);
    let lock = Arc::new(RwLock::new(vec![inner.clone()]));
    for round in 0..6 {
        on(round % 3, (lock.clone(),), |(lock,): (Shared<Vec<Arc<u64>>>,)| {
            let first = lock.read().unwrap()[0].clone();
            lock.write().unwrap().push(first);
        });
    }
    assert_eq!(lock.read().unwrap().len(), 7);
    assert_eq!(Arc::strong_count(&inner), 8);
    drop(lock);
    assert_eq!(Arc::strong_count(&inner), 1);
    let lock = Arc::new(RwLock::new(inner.clone()));
    for round in 0..6 {
        on(round % 3, (lock.clone(),), |(lock,): (Shared<Arc<u64>>,)| {
            let copy = lock.read().unwrap().clone();
            *lock.write().unwrap() = copy;
        });
    }
    assert_eq!(Arc::strong_count(&inner), 2);
    drop(lock);
    assert_eq!(Arc::try_unwrap(inner), Ok(5));
}

drust::global! {
    static BOARD: RwLock<u64> = RwLock::new(0);
}

#[drust::test(nodes = 3)]
fn a_global_lock_is_one_for_all_nodes() {
    drust::testing::allow_leaks();
    let before = *BOARD.read().unwrap();
    for rank in 0..3 {
        on(rank, (), |()| *BOARD.write().unwrap() += 1);
    }
    assert_eq!(*BOARD.read().unwrap(), before + 3);
}
