//! Tasks that panic: what `join` tells of it, and that nothing else is hurt.

use super::world::*;

fn divide((a, b): (i64, i64)) -> i64 {
    assert!(b != 0, "cannot divide {a}");
    a / b
}

fn deep((n,): (usize,)) -> usize {
    if n == 0 {
        panic!("the bottom");
    }
    match thread::spawn_on(nth(n), (n - 1,), deep).join() {
        Ok(n) => n,
        Err(error) => panic!("below {n}: {}", error.to_string().rsplit(": ").next().unwrap_or_default()),
    }
}

pub fn run() -> String {
    let mut lines = Vec::new();
    for (i, b) in [3, 0, 2, 0].into_iter().enumerate() {
        let end = thread::spawn_on(nth(i), (12, b), divide).join();
        lines.push(match end {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string().rsplit(": ").next().unwrap_or_default().to_owned(),
        });
    }
    let owned = Box::new(5);
    let end = thread::spawn_on(nth(1), (owned, Box::new(1)), |(owned, _second): (Box<i32>, Box<i32>)| -> Box<i32> {
        if *owned == 5 {
            panic!("its arguments are dropped as it unwinds");
        }
        owned
    });
    lines.push(end.join().is_err().to_string());
    let end = thread::spawn((4,), deep).join();
    lines.push(end.unwrap_err().to_string().rsplit(": ").next().unwrap_or_default().to_owned());
    let none = thread::spawn_on(nth(1), (), |()| -> () { std::panic::panic_any(7) }).join();
    lines.push(none.is_err().to_string());
    lines.join("|")
}
