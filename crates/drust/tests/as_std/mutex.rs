//! `Mutex` and `Condvar` as std's own: each line runs on both, and drust's mutex comes in several ways: new, used on
//! another node before, made on another node, and made there and used here before.

use crate::oracle::{Case, Way, compare_ways, said};
use crate::ways::there;
use drust::sync::Mutex;
use drust::{Portable, Ref, thread};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a closure when it is dropped.
struct Then<F: FnMut()>(F);

impl<F: FnMut()> Drop for Then<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Runs a body that panics.
fn fails<R>(body: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(body)).is_err(), "it should panic");
}

/// Panics while it has something of a mutex.
fn fails_with<R>(held: impl FnOnce() -> R) {
    fails(|| {
        let _held = held();
        panic!("so");
    });
}

/// Has the other node take the lock, and give it back.
fn used_there<T: Portable>(mutex: Mutex<T>) -> Mutex<T> {
    thread::scope(|s| {
        s.spawn_on(there(), (Ref::of(&mutex),), |(mutex,)| drop(mutex.lock().unwrap()));
    });
    mutex
}

/// The same mutex, but that the other node has made it.
fn made_there<T: Portable>(mutex: Mutex<T>) -> Mutex<T> {
    let value = mutex.into_inner().unwrap();
    let made = thread::spawn_on(there(), (value,), |(value,)| Mutex::new(value));
    made.join().expect("nothing panics there")
}

fn used_here<T: Portable>(mutex: Mutex<T>) -> Mutex<T> {
    drop(mutex.lock().unwrap());
    mutex
}

fn compare<T: Portable + Debug, S: Debug>(ours: &[Case<Mutex<T>>], stds: &[Case<S>]) {
    let ways: [(&str, Way<Mutex<T>>); 4] = [
        ("here", |case, text| (case.make)(text)),
        ("used there", |case, text| used_there((case.make)(text))),
        ("made there", |case, text| made_there((case.make)(text))),
        ("made there, used here", |case, text| used_here(made_there((case.make)(text)))),
    ];
    compare_ways(ours, stds, &[""], &ways);
}

/// Makes a test of a table: `start => body` on a mutex of what it starts with.
macro_rules! cases {
    ($test:ident: |$m:ident: Mutex<$of:ty>| $($start:expr => $body:expr;)*) => {
        mod $test {
            mod ours {
                #[allow(unused, clippy::all, reason = "a line serves both sides")]
                use {super::super::*, drust::{Box, String, Vec, vec, sync::{Condvar, Mutex, MutexGuard}}};

                #[allow(unused, clippy::all, reason = "as above")]
                pub const CASES: &[Case<Mutex<$of>>] = &[$(Case {
                    line: concat!(stringify!($start), " => ", stringify!($body)),
                    make: |_| Mutex::new($start),
                    body: |$m: &mut Mutex<$of>| said($body),
                }),*];
            }

            mod stds {
                #[allow(unused, clippy::all, reason = "as above")]
                use {super::super::*, std::{boxed::Box, string::String, vec, vec::Vec}};
                #[allow(unused, clippy::all, reason = "as above")]
                use std::sync::{Condvar, Mutex, MutexGuard};

                #[allow(unused, clippy::all, reason = "as above")]
                pub const CASES: &[Case<Mutex<$of>>] = &[$(Case {
                    line: stringify!($body),
                    make: |_| Mutex::new($start),
                    body: |$m: &mut Mutex<$of>| said($body),
                }),*];
            }

            #[drust::test(nodes = 2)]
            fn as_std() {
                super::compare(ours::CASES, stds::CASES);
            }
        }
    };
}

cases! { locking: |m: Mutex<Vec<i32>>|
    vec![1, 2] => m.lock().unwrap().len();
    vec![1, 2] => { m.lock().unwrap().push(3); m.lock().unwrap().clone() };
    vec![] => { for n in 0..20 { m.lock().unwrap().push(n) } m.lock().unwrap().iter().sum::<i32>() };
    vec![1] => { let mut guard = m.lock().unwrap(); guard.push(2); let len = guard.len(); drop(guard); len };
    vec![1] => { let guard: MutexGuard<'_, Vec<i32>> = m.lock().unwrap(); guard[0] };
    vec![1] => m.try_lock().map(|guard| guard.len()).ok();
    vec![1] => { let guard = m.lock(); m.try_lock().is_err() };
    vec![1] => { let guard = m.lock(); m.try_lock().map(|_| ()).unwrap_err().to_string() };
    vec![1] => { let guard = m.lock(); drop(guard); m.try_lock().is_ok() };
    vec![1] => { let guard = m.try_lock(); m.try_lock().is_ok() };
    vec![1] => { std::mem::forget(m.lock()); m.try_lock().is_err() };
    vec![1, 2] => std::mem::take(&mut *m.lock().unwrap());
    vec![1, 2] => std::mem::replace(&mut *m.lock().unwrap(), vec![7]);
    vec![] => { m.lock().unwrap(); m.try_lock().is_ok() };
    vec![] => { let _guard = m.lock().unwrap(); m.try_lock().is_ok() };
    vec![] => m.lock().unwrap()[0];
    vec![1] => { m.get_mut().unwrap().push(2); m.lock().unwrap().len() };
    vec![1] => { m.get_mut().unwrap().push(2); m.get_mut().unwrap().push(3); m.get_mut().unwrap().len() };
    vec![1, 2] => std::mem::take(m).into_inner().unwrap();
    vec![1, 2] => { *m = Mutex::from(vec![5]); m.lock().unwrap().clone() };
    vec![1] => std::mem::take(m).lock().unwrap().len();
}

cases! { showing: |m: Mutex<String>|
    String::from("a") => format!("{m:?}");
    String::from("a") => format!("{m:#?}");
    String::from("a") => { let guard = m.lock().unwrap(); format!("{m:?} {guard:?} {guard}") };
    String::from("a") => { fails_with(|| m.lock().unwrap()); format!("{m:?}") };
    String::from("a") => { fails_with(|| m.lock().unwrap()); format!("{:?}", m.lock()) };
    String::from("a") => format!("{:?}", m.try_lock());
    String::from("a") => { let guard = m.lock(); format!("{:?} {guard:?}", m.try_lock()) };
    String::from("a") => {
        fails_with(|| m.lock().unwrap());
        let guard = m.lock();
        format!("{m:?}")
    };
}

cases! { poison: |m: Mutex<i32>|
    1 => (m.is_poisoned(), m.lock().is_err());
    1 => { fails_with(|| m.lock().unwrap()); (m.is_poisoned(), m.lock().is_err()) };
    1 => { fails(|| { *m.lock().unwrap() += 1; panic!("so") }); (m.is_poisoned(), *m.lock().unwrap()) };
    1 => { fails(|| { let mut g = m.lock().unwrap(); *g = 5; panic!("so") }); *m.lock().unwrap_err().into_inner() };
    1 => { fails_with(|| m.lock().unwrap()); *m.lock().unwrap() };
    1 => { fails_with(|| m.try_lock().unwrap()); m.lock().map(|_| ()).unwrap_err().to_string() };
    1 => { fails_with(|| m.lock().unwrap()); m.try_lock().map(|_| ()).unwrap_err().to_string() };
    1 => {
        fails_with(|| m.lock().unwrap());
        m.clear_poison();
        (m.is_poisoned(), m.lock().map(|guard| *guard).ok())
    };
    1 => {
        fails_with(|| m.lock().unwrap());
        let mut error = m.lock().unwrap_err();
        **error.get_mut() = 9;
        m.clear_poison();
        let guard = error.into_inner();
        (*guard, m.is_poisoned())
    };
    1 => {
        fails_with(|| m.lock().unwrap());
        fails_with(|| m.lock().unwrap_err().into_inner());
        m.clear_poison();
        m.is_poisoned()
    };
    1 => { fails_with(|| m.lock().unwrap()); m.get_mut().map(|v| *v).map_err(|e| *e.into_inner()) };
    1 => { fails_with(|| m.lock().unwrap()); std::mem::take(m).into_inner().unwrap_err().into_inner() };
    // Taken by a thread that unwinds already, it is not poisoned by that.
    1 => {
        fails(|| { let _then = Then(|| *m.lock().unwrap() += 1); panic!("so") });
        (m.is_poisoned(), m.lock().map(|guard| *guard).ok())
    };
    1 => {
        fails(|| { let _then = Then(|| fails_with(|| m.lock().unwrap())); panic!("so") });
        m.is_poisoned()
    };
}

cases! { waiting: |m: Mutex<i32>|
    1 => { let c = Condvar::new(); c.notify_one(); c.notify_all(); format!("{c:?}") };
    1 => {
        let c = Condvar::new();
        let (guard, result) = c.wait_timeout(m.lock().unwrap(), std::time::Duration::from_millis(1)).unwrap();
        (*guard, result.timed_out(), format!("{result:?}"))
    };
    1 => { let c = Condvar::default(); *c.wait_while(m.lock().unwrap(), |value| { *value += 1; *value < 1 }).unwrap() };
    1 => {
        let c = Condvar::new();
        let moment = std::time::Duration::from_millis(1);
        let (guard, result) = c.wait_timeout_while(m.lock().unwrap(), moment, |value| *value == 1).unwrap();
        (*guard, result.timed_out(), m.try_lock().is_err())
    };
    1 => {
        let c = Condvar::new();
        let never = std::time::Duration::ZERO;
        let (guard, result) = c.wait_timeout_while(m.lock().unwrap(), never, |value| *value != 1).unwrap();
        (*guard, result.timed_out())
    };
    1 => {
        fails_with(|| m.lock().unwrap());
        let (c, guard) = (Condvar::new(), m.lock().unwrap_err().into_inner());
        let waited = c.wait_timeout(guard, std::time::Duration::from_millis(1));
        waited.map(|_| ()).map_err(|error| error.into_inner().1.timed_out())
    };
    1 => {
        let c = Condvar::new();
        fails(|| c.wait_while(m.lock().unwrap(), |_| panic!("so")).map(|_| ()));
        m.is_poisoned()
    };
}
