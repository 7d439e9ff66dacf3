//! A task that panics under a lock poisons it, for everybody, until somebody clears it.

use super::world::sync::{Arc, Mutex, RwLock};
use super::world::*;
use std::sync::TryLockError;

fn spoil((lock,): (Arc<Mutex<Box<u64>>>,)) {
    let mut guard = lock.lock().unwrap();
    **guard += 1;
    panic!("as planned");
}

fn spoil_writing((lock, write): (Arc<RwLock<u64>>, bool)) {
    if write {
        *lock.write().unwrap() = 9;
        let _guard = lock.write().unwrap();
        panic!("as planned");
    }
    let _guard = lock.read().unwrap();
    panic!("as planned");
}

fn heal((lock,): (Arc<Mutex<Box<u64>>>,)) -> u64 {
    let tried = matches!(lock.try_lock(), Err(TryLockError::Poisoned(_)));
    let mut guard = lock.lock().unwrap_err().into_inner();
    **guard += u64::from(tried);
    lock.clear_poison();
    **guard
}

pub fn run() -> String {
    let lock = thread::spawn_on(nth(1), (), |()| Arc::new(Mutex::new(Box::new(1_u64)))).join().unwrap();
    let ended = thread::spawn_on(nth(2), (lock.clone(),), spoil).join().is_err();
    let poisoned = lock.is_poisoned();
    let healed = thread::spawn_on(nth(3), (lock.clone(),), heal).join().unwrap();
    let after = (lock.is_poisoned(), **lock.lock().unwrap());
    let again = thread::spawn_on(nth(1), (lock.clone(),), spoil).join().is_err();
    let inner = Arc::try_unwrap(lock).unwrap_or_else(|_| panic!("no clone is left")).into_inner();
    let inner = inner.map(|value| *value).map_err(|error| *error.into_inner());

    let lock = Arc::new(RwLock::new(1));
    let read = thread::spawn_on(nth(1), (lock.clone(), false), spoil_writing).join().is_err();
    let healthy = (lock.is_poisoned(), *lock.read().unwrap());
    let write = thread::spawn_on(nth(2), (lock.clone(), true), spoil_writing).join().is_err();
    let sick = (lock.is_poisoned(), *lock.read().unwrap_err().into_inner());
    format!("{ended} {poisoned} {healed} {after:?} {again} {inner:?} {read} {healthy:?} {write} {sick:?}")
}
