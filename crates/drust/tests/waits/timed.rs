//! Waits that are given up when their time is up, and what they wait for, which comes later all the same.

use super::on;
use drust::collections::HashMap;
use drust::sync::mpsc::{RecvTimeoutError, SendTimeoutError, channel, sync_channel};
use drust::sync::{Arc, Barrier, Mutex, Once, OnceLock, Resident, RwLock};
use drust::thread::{self, TimeIsUp};
use drust::{node, spawn};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(2);
const LONG: Duration = Duration::from_secs(60);

/// A wait of a task on each node.
fn everywhere<A: drust::Portable + Clone>(args: &A, wait: fn((A,))) {
    for node in node::all() {
        thread::spawn_on(node, (args.clone(),), wait).join().unwrap();
    }
}

fn barriers() {
    let barrier = Arc::new(Barrier::new(2));
    everywhere(&barrier, |(barrier,)| assert!(barrier.wait_timeout(SHORT).is_none()));
    let meets =
        thread::spawn_on(on(1), (barrier.clone(),), |(barrier,)| barrier.wait_timeout(LONG).unwrap().is_leader());
    let leads = barrier.wait_timeout(LONG).expect("the other comes").is_leader();
    assert!(meets.join().unwrap() != leads, "those who had left do not count");
}

fn onces() {
    let pair = Arc::new((Once::new(), OnceLock::new()));
    everywhere(&pair, |(pair,)| {
        assert!(!pair.0.wait_timeout(SHORT));
        assert_eq!(pair.1.wait_timeout(SHORT), None);
    });
    let (begun, begins) = channel();
    let (open, opens) = channel::<()>();
    let runs = thread::spawn_on(on(1), (pair.clone(), begun, opens), |(pair, begun, opens)| {
        pair.0.call_once(|| {
            pair.1.get_or_init(|| {
                begun.send(()).unwrap();
                opens.recv().unwrap();
                5
            });
        });
    });
    begins.recv().unwrap();
    everywhere(&pair, |(pair,)| {
        assert!(!pair.0.call_once_timeout(SHORT, || unreachable!("another runs")));
        assert_eq!(pair.1.get_or_init_timeout(SHORT, || unreachable!("another makes it")), None);
        assert_eq!(thread::timeout(SHORT, || pair.1.set(6)), Err(TimeIsUp));
    });
    open.send(()).unwrap();
    runs.join().unwrap();
    everywhere(&pair, |(pair,)| {
        assert!(pair.0.wait_timeout(LONG) && pair.0.call_once_timeout(LONG, || unreachable!("it was run")));
        assert_eq!(pair.1.get_or_init_timeout(LONG, || unreachable!("it was made")), Some(&5));
    });
}

fn residents() {
    let resident = Arc::new(Resident::new(0));
    let (begun, begins) = channel();
    let (open, opens) = channel::<()>();
    let uses = thread::spawn_on(on(1), (resident.clone(), begun, opens), |(resident, begun, opens)| {
        resident.with((begun, opens), |value, (begun, opens)| {
            begun.send(()).unwrap();
            opens.recv().unwrap();
            *value += 1;
        });
    });
    begins.recv().unwrap();
    everywhere(&resident, |(resident,)| {
        let late = resident.with_timeout(SHORT, (drust::Box::new(7),), |value, _| *value = 9);
        assert_eq!(*late.unwrap_err().0, 7, "the arguments come back");
    });
    open.send(()).unwrap();
    uses.join().unwrap();
    everywhere(&resident, |(resident,)| resident.with_timeout(LONG, 1, |value, more| *value += more).unwrap());
    assert_eq!(resident.with((), |value, ()| *value), 1 + node::count() as i32);
}

fn channels() {
    for node in node::all() {
        let (sender, receiver) = sync_channel(0);
        let (more, most) = channel::<u32>();
        let waits = spawn!(on node; [sender, receiver, more, most] || {
            assert_eq!(sender.send_timeout(1, SHORT), Err(SendTimeoutError::Timeout(1)));
            assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
            assert_eq!(thread::timeout(SHORT, || most.recv()), Err(TimeIsUp));
            more.send_timeout(4, LONG).unwrap();
            (sender, receiver, most)
        });
        let (sender, receiver, most) = waits.join().unwrap();
        let sends = thread::spawn_on(node, (sender,), |(sender,)| sender.send_timeout(2, LONG).is_ok());
        assert_eq!(receiver.recv_timeout(LONG), Ok(2), "and not what was given up");
        assert!(sends.join().unwrap());
        assert_eq!((receiver.recv_timeout(LONG), most.recv()), (Err(RecvTimeoutError::Disconnected), Ok(4)));
    }
}

/// What has no twin of its own, and what has one.
fn by_timeout() {
    let things = Arc::new((Mutex::new(1), RwLock::new(1), HashMap::<u32, u32>::new()));
    things.2.insert(1, 1);
    let (held, locked) = (things.0.lock().unwrap(), things.1.read().unwrap());
    everywhere(&things, |(things,)| {
        assert_eq!(thread::timeout(SHORT, || *things.0.lock().unwrap()), Err(TimeIsUp));
        assert_eq!(thread::timeout(SHORT, || *things.1.write().unwrap()), Err(TimeIsUp));
        assert_eq!(thread::timeout(SHORT, || thread::timeout(LONG, || thread::sleep(LONG))), Err(TimeIsUp));
        assert_eq!(thread::timeout(LONG, || thread::timeout(SHORT, || thread::sleep(LONG))), Ok(Err(TimeIsUp)));
        assert_eq!(thread::timeout(LONG, || things.2.get(&1)), Ok(Some(1)));
    });
    drop((held, locked));
    everywhere(&things, |(things,)| assert!(*things.0.lock().unwrap() == 1 && *things.1.write().unwrap() == 1));
    let sleeps = thread::spawn_on(on(1), (), |()| thread::sleep(Duration::from_millis(50)));
    let join = thread::timeout(SHORT, || sleeps.join());
    assert!(matches!(join, Err(TimeIsUp) | Ok(Ok(()))), "the task goes on, detached");
}

fn scopes() {
    let mutex = Mutex::new(0);
    let held = mutex.lock().unwrap();
    thread::scope(|s| {
        assert!(s.wait_timeout(Duration::ZERO), "there is nothing to wait for");
        for node in node::all() {
            s.spawn_on(node, (drust::Ref::of(&mutex),), |(mutex,)| *mutex.lock().unwrap() += 1);
        }
        assert!(!s.wait_timeout(SHORT));
        drop(held);
        assert!(s.wait_timeout(LONG));
        assert_eq!(*mutex.lock().unwrap(), node::count());
    });
}

fn all() {
    barriers();
    onces();
    residents();
    channels();
    by_timeout();
    scopes();
}

#[drust::test(nodes = 3)]
fn nothing_is_lost_when_time_is_up() {
    all();
}

#[drust::test(nodes = 3, carrier = "tcp")]
fn nothing_is_lost_when_time_is_up_over_tcp() {
    all();
}

#[drust::test(nodes = 3, seed = 5)]
fn nothing_is_lost_when_simulated_time_is_up() {
    all();
}
