//! One object, read by tasks on all nodes between writes: each round sees what was written last.

use super::world::*;

#[derive(Portable)]
struct Board {
    round: u64,
    cells: [u64; 64],
    note: Box<str>,
}

fn look((board, i): (Ref<'_, Board>, usize)) -> u64 {
    board.round * 1000 + board.cells[i] + board.note.len() as u64
}

pub fn run() -> String {
    let mut board = Box::new(Board { round: 0, cells: [0; 64], note: Box::from("") });
    let mut seen = Vec::new();
    for round in 0..12_usize {
        board.round += 1;
        board.cells[round] = round as u64;
        if round % 3 == 0 {
            board.note = Box::from(&*"x".repeat(round));
        }
        if round % 4 == 3 {
            board = thread::spawn_on(nth(round), (board,), |(mut board,)| {
                board.cells[3] += 50;
                board
            })
            .join()
            .unwrap();
        }
        seen.push(thread::scope(|s| {
            let tasks: Vec<_> = (0..6).map(|i| s.spawn_on(nth(i), (Ref::new(&board), round), look)).collect();
            tasks.into_iter().map(|task| task.join().unwrap()).sum::<u64>()
        }));
    }
    format!("{seen:?}")
}
