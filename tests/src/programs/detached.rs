//! Tasks whose handles are dropped run to their end, and their results are dropped, once.

use super::world::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

static DROPPED: AtomicU32 = AtomicU32::new(0);

dropping! {
    struct Counted {
        inner: Box<u32>,
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(*self.inner, Ordering::SeqCst);
    }
}

fn make((value, slowly): (u32, bool)) -> Counted {
    if slowly {
        std::thread::sleep(Duration::from_millis(5));
    }
    Counted { inner: Box::new(value) }
}

fn until(value: u32) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    while DROPPED.load(Ordering::SeqCst) != value && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    DROPPED.load(Ordering::SeqCst) == value
}

pub fn run() -> String {
    DROPPED.store(0, Ordering::SeqCst);
    for i in 0..12 {
        drop(thread::spawn_on(nth(i), (1, i % 2 == 0), make));
    }
    let all = until(12);
    let late: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i), (10, false), make)).collect();
    while !late.iter().all(|handle| handle.is_finished()) {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(late);
    format!("{all} {}", until(52))
}
