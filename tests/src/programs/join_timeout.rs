//! Waiting for a task for a while: the handle comes back, and the result is there in the end.

use super::world::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static OPEN: AtomicBool = AtomicBool::new(false);

fn wait((value,): (u64,)) -> Box<u64> {
    while !OPEN.swap(false, Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(1));
    }
    Box::new(value * 2)
}

fn open((): ()) {
    OPEN.store(true, Ordering::SeqCst);
}

pub fn run() -> String {
    let mut seen = Vec::new();
    for node in 0..2 {
        let handle = thread::spawn_on(nth(node), (21 + node as u64,), wait);
        let handle = match handle.join_timeout(Duration::from_millis(20)) {
            Ok(_) => panic!("nothing has let it go on"),
            Err(handle) => handle,
        };
        seen.push(format!("{}", handle.is_finished()));
        let opener = thread::spawn_on(nth(node), (), open);
        opener.join().unwrap();
        let result = handle.join_timeout(Duration::from_secs(60));
        seen.push(result.map_or("late".into(), |result| result.unwrap().to_string()));
    }
    seen.join(" ")
}
