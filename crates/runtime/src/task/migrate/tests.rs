//! What peers say about tasks that move: what makes no sense is refused with the reason, and changes nothing.

use super::*;
use crate::stub::{Bench, share};
use drust_proto::Address;
use drust_proto::sharing::Family;
use drust_proto::wire::Frame;
use std::sync::atomic::{AtomicBool, Ordering};

/// Task 7 of this node, which it has sent to node 1.
const TASK: u64 = 7;

impl Says for u8 {
    type Result = u8;
    fn said(self) -> Said<u8> {
        Said::Done(self)
    }
}

fn step(state: &mut u8) -> u8 {
    *state
}

/// A node that waits for [`TASK`].
fn bench() -> Bench {
    let bench = Bench::new();
    let core = Core::new(Options::default(), Location::caller(), Rank(1));
    let home = Arc::new(Migrant::<u8>::new(core, Home::new(Rank(1))));
    bench.node.moves().homes.with(TASK, |record| *record = Some(home));
    bench
}

fn about(op: u16, id: u64, number: u32, operands: (u64, u64), body: &[u8]) -> Vec<u8> {
    share(Family::Migrate, op, id, number, Address::RESERVED, operands, body)
}

/// Here is a task that wished for that: its node, its number, how often it has moved.
fn task([rank, seq, moves]: [u64; 3], code: (u64, u64)) -> Vec<u8> {
    let body: Vec<u8> = [rank, seq, moves].into_iter().chain([1]).flat_map(u64::to_le_bytes).chain([5]).collect();
    about(Op::Move as u16, 0, 1, code, &body)
}

/// Whether what moves and ends are told of is waited for still.
fn waits(bench: &Bench) -> bool {
    bench.node.moves().homes.with(TASK, |home| home.is_some())
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bench = bench();
    let (moved, done) = (Op::Moved as u16, Op::Done as u16);
    let (outside, code) = ((u64::MAX, u64::MAX), seat::code_of(bench.node, step));
    let told = [
        (1, about(9, 0, 0, (TASK, 0), &[]), "operation 9"),
        (1, about(moved, 4, 2, (TASK, 1), &[]), "nobody is answered about"),
        (1, about(moved, 0, 2, (8, 1), &[]), "not waited for"),
        (1, about(moved, 0, 3, (TASK, 1), &[]), "node 3, which there is not"),
        (2, about(moved, 0, 0, (TASK, 1), &[]), "who does not have the task"),
        (1, about(done, 0, 2, (TASK, 0), &[3]), "outcome 2"),
        (2, about(done, 0, 0, (TASK, 0), &[3]), "who does not have it"),
        (1, about(done, 0, 1, (TASK, 0), &[3]), "a panic that cannot be read"),
        (1, about(Op::Move as u16, 0, 1, code, &[0; 31]), "without a name"),
        (1, task([3, 1, 0], code), "of no node"),
        (1, task([u64::MAX, 1, 0], code), "of no node"),
        (1, task([2, 1, 0], code), "begins elsewhere"),
        (1, task([2, 1, u64::MAX], code), "begins elsewhere"),
        (1, task([1, 1, 0], outside), "outside the program"),
        (1, task([0, 8, 1], code), "not waited for"),
        (2, task([0, TASK, 1], code), "who does not have the task"),
    ];
    for (from, bytes, why) in told {
        bench.refuses_from(Rank(from), &bytes, why);
        assert!(bench.node.moves().present().is_empty() && waits(&bench), "{why}");
    }
    let end = about(done, 0, 0, (TASK, 0), &[3]);
    bench.says(&end).unwrap();
    assert!(!waits(&bench));
    bench.refuses(&end, "not waited for");
}

#[test]
fn a_task_that_is_here_does_not_come_again() {
    let bench = bench();
    static ANSWERED: AtomicBool = AtomicBool::new(false);
    bench.wire.hear(|parts| {
        // SAFETY: the first part of each message is its header, whose bytes are initialised.
        let header = unsafe { parts[0].as_uninit().assume_init_ref() };
        if let Ok((Frame::Share { family: Family::Migrate, op, number: 0, a: 1, b: 0, .. }, _)) =
            Frame::decode_header(header)
        {
            ANSWERED.store(op == Op::Done as u16, Ordering::SeqCst);
        }
        None
    });
    let id = TaskId { rank: Rank(1), seq: 1 };
    let kept = bench.node.moves().seat(bench.node, Post { task: id, moves: 0, wished: true, depth: 1 });
    let code = seat::code_of(bench.node, step);
    bench.refuses(&task([1, 1, 0], code), "which is here");
    assert!(kept.is_some());
    bench.node.moves().unseat(id);
    bench.says(&task([1, 1, 0], code)).unwrap();
    while !ANSWERED.load(Ordering::SeqCst) {
        schedule::yield_now();
    }
    assert!(bench.node.moves().candidates().is_empty());
}
