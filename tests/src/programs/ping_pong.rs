//! Ownership of the same objects goes around three nodes, each of which writes.

use super::world::*;

#[derive(Portable)]
struct Ball {
    hits: u64,
    last: usize,
    inner: Box<[u16]>,
    tied: TBox<u64>,
}

fn hit((mut ball, i): (Box<Ball>, usize)) -> Box<Ball> {
    ball.hits = ball.hits * 3 + i as u64;
    ball.hits %= 1_000_003;
    let before = ball.last;
    ball.inner[i % 7] += before as u16 + 1;
    *ball.tied += ball.hits;
    ball.last = i;
    ball
}

fn volley((ball, left): (Box<Ball>, usize)) -> Box<Ball> {
    if left == 0 {
        return ball;
    }
    let ball = thread::spawn_on(nth(left), (ball, left), hit).join().unwrap();
    thread::spawn_on(nth(left + 1), (ball, left - 1), volley).join().unwrap()
}

pub fn run() -> String {
    let mut ball = Box::new(Ball { hits: 1, last: 0, inner: [0; 7].into(), tied: TBox::new(0) });
    for i in 0..150 {
        ball = thread::spawn_on(nth(i % 3), (ball, i % 50), hit).join().unwrap();
        if i % 10 == 0 {
            ball.inner[3] += 1;
        }
    }
    let ball = volley((ball, 12));
    format!("{} {} {:?} {}", ball.hits, ball.last, ball.inner, ball.tied)
}
