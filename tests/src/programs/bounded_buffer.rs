//! A buffer with room for three, guarded by a lock and two conditions, between tasks on all nodes.

use super::world::collections::VecDeque;
use super::world::sync::{Arc, Condvar, Mutex};
use super::world::*;
use std::time::Duration;

#[derive(Portable)]
struct Buffer {
    queue: Mutex<VecDeque<Box<u64>>>,
    has_room: Condvar,
    has_more: Condvar,
}

fn produce((buffer, from): (Arc<Buffer>, u64)) {
    for value in from..from + 12 {
        let queue = buffer.queue.lock().unwrap();
        let mut queue = buffer.has_room.wait_while(queue, |queue| queue.len() >= 3).unwrap();
        queue.push_back(Box::new(value));
        drop(queue);
        buffer.has_more.notify_one();
    }
}

fn consume((buffer, times): (Arc<Buffer>, u64)) -> (u64, bool) {
    let (mut sum, mut bounded) = (0, true);
    for _ in 0..times {
        let mut queue = buffer.queue.lock().unwrap();
        while queue.is_empty() {
            queue = buffer.has_more.wait(queue).unwrap();
        }
        bounded &= queue.len() <= 3;
        sum += *queue.pop_front().unwrap();
        drop(queue);
        buffer.has_room.notify_one();
    }
    (sum, bounded)
}

pub fn run() -> String {
    let buffer = Buffer { queue: Mutex::new(VecDeque::new()), has_room: Condvar::new(), has_more: Condvar::new() };
    let buffer = Arc::new(buffer);
    let takers: Vec<_> = (0..4).map(|i| thread::spawn_on(nth(i + 1), (buffer.clone(), 9), consume)).collect();
    let makers: Vec<_> = (0..3).map(|i| thread::spawn_on(nth(i), (buffer.clone(), 100 * i as u64), produce)).collect();
    makers.into_iter().for_each(|task| task.join().unwrap());
    let sums: Vec<_> = takers.into_iter().map(|task| task.join().unwrap()).collect();
    let bounded = sums.iter().all(|sum| sum.1);
    let nobody = buffer.has_more.wait_timeout(buffer.queue.lock().unwrap(), Duration::from_millis(2)).unwrap();
    let late = (nobody.0.len(), nobody.1.timed_out());
    format!("{} {bounded} {late:?}", sums.iter().map(|sum| sum.0).sum::<u64>())
}
