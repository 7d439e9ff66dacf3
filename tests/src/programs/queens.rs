//! Eight queens, with the boards themselves as tasks' arguments and results.

use super::world::*;

#[derive(Portable, Clone, Copy)]
struct Board {
    columns: [u8; 8],
    row: usize,
}

#[derive(Portable)]
enum Solutions {
    None,
    More(Board, Box<Solutions>),
}

fn safe(board: &Board, column: u8) -> bool {
    board.columns[..board.row]
        .iter()
        .zip((1..=board.row as u8).rev())
        .all(|(&c, far)| c != column && c.abs_diff(column) != far)
}

fn append(list: Solutions, rest: Solutions) -> Solutions {
    match list {
        Solutions::None => rest,
        Solutions::More(board, next) => append(Box::into_inner(next), Solutions::More(board, Box::new(rest))),
    }
}

fn solve((board,): (Board,)) -> Solutions {
    if board.row == 8 {
        return Solutions::More(board, Box::new(Solutions::None));
    }
    let next = (0..8).filter(|&column| safe(&board, column)).map(|column| {
        let mut next = board;
        next.columns[board.row] = column;
        next.row += 1;
        next
    });
    if board.row > 1 {
        return next.map(|next| solve((next,))).fold(Solutions::None, |all, some| append(some, all));
    }
    let tasks: Vec<_> = next.map(|next| thread::spawn((next,), solve)).collect();
    tasks.into_iter().fold(Solutions::None, |all, task| append(task.join().unwrap(), all))
}

pub fn run() -> String {
    let all = solve((Board { columns: [0; 8], row: 0 },));
    let mut found = Vec::new();
    let mut at = &all;
    while let Solutions::More(board, next) = at {
        found.push(board.columns);
        at = next;
    }
    found.sort_unstable();
    format!("{} {:?} {:?}", found.len(), found.first(), found.last())
}
