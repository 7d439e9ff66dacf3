//! Threads of one node that read, write, make and drop what they share: what Miri looks for races in, under several
//! schedules. (In a simulated cluster one thread runs at a time, and there are none to be found.)

use drust::{Box, Portable, Ref, RefMut, String, Vec, thread};
use std::sync::Arc;

#[derive(Portable)]
struct Board {
    title: String,
    cells: Vec<Box<u64>>,
}

fn board() -> Board {
    Board { title: String::from("a board"), cells: (0..4).map(Box::new).collect() }
}

#[drust::test]
fn tasks_read_one_value_and_write_each_its_own() {
    let (board, mut sums) = (Box::new(board()), [0; 3]);
    thread::scope(|s| {
        for sum in &mut sums {
            s.spawn((Ref::new(&board), RefMut::new(sum)), |(board, mut sum)| {
                *sum = board.cells.iter().map(|cell| **cell).sum::<u64>() + board.title.len() as u64;
            });
        }
    });
    assert_eq!(sums, [13; 3]);
}

#[drust::test]
fn what_one_thread_makes_others_change_and_drop() {
    let tasks: std::vec::Vec<_> = (0..3)
        .map(|more| {
            thread::spawn((board(), more), |(mut board, more)| {
                board.cells.push(Box::new(more));
                *board.cells[0] += more;
                let dropped = board.cells.swap_remove(1);
                (board, *dropped)
            })
        })
        .collect();
    let sums = tasks.into_iter().map(|task| {
        let (board, dropped) = task.join().expect("nothing panics there");
        board.cells.iter().map(|cell| **cell).sum::<u64>() + dropped
    });
    assert!(sums.eq([6, 8, 10]));
}

#[drust::test]
fn plain_threads_share_a_value_that_a_task_gave_back() {
    let seen = Arc::new(thread::spawn((board(),), |(board,)| board).join().expect("nothing panics there"));
    let threads: std::vec::Vec<_> = (0..3)
        .map(|index| {
            let seen = seen.clone();
            thread::spawn_local(move || *seen.cells[index])
        })
        .collect();
    let read = threads.into_iter().map(|thread| thread.join().expect("nothing panics there"));
    assert!(read.eq([0, 1, 2]));
}

#[derive(Portable)]
struct Link(Option<Box<Link>>);

/// Deeper than drops nest on the stack; the thread becomes the node's only with the first slot that it frees.
#[drust::test]
#[expect(clippy::disallowed_methods, reason = "a thread that drust knows nothing of")]
fn a_thread_that_was_no_nodes_drops_a_deep_list() {
    let list = (0..if cfg!(miri) { 100 } else { 1000 }).fold(Link(None), |next, _| Link(Some(Box::new(next))));
    std::thread::spawn(move || drop(list)).join().expect("nothing panics there");
}
