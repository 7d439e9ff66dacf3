//! What peers say about tasks that move: what makes no sense is refused with the reason, and changes nothing.

use super::*;
use crate::gate::Gate;
use crate::serve::handle;
use crate::stub::{Wire, node};
use drust_proto::Address;
use drust_proto::sharing::Family;
use drust_proto::wire::{Frame, HEADER_MAX};
use std::sync::atomic::{AtomicBool, Ordering};

struct Bench {
    node: &'static Node,
    wire: Arc<Wire>,
}

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

impl Bench {
    fn new() -> Bench {
        let (node, wire) = node();
        let core =
            Core { done: Gate::new(), scope: None, name: None, spawned: Location::caller(), to: 1.into(), depth: 1 };
        let home = Arc::new(Migrant::<u8>::new(core, Home::new(Rank(1))));
        node.moves().homes.with(TASK, |record| *record = Some(home));
        Bench { node, wire }
    }

    fn says(&self, from: u16, op: u16, id: u64, number: u32, (a, b): (u64, u64), body: &[u8]) -> Sense {
        let mut header = [0; HEADER_MAX];
        let (family, address, len) = (Family::Migrate, Address::RESERVED, body.len() as u64);
        let head = Frame::Share { family, op, number, id, address, a, b, len }.encode(&mut header);
        self.wire.show(&[&header[..head], body].concat(), |message| handle(self.node, Rank(from), message))
    }

    #[track_caller]
    fn refuses(&self, told: Sense, why: &str) {
        let said = told.expect_err(why).0;
        assert!(said.contains(why), "{said} instead of {why}");
        assert!(self.node.moves().present().is_empty());
    }

    /// As node `from` says that here is a task.
    fn brings(&self, from: u16, [rank, seq, moves]: [u64; 3], code: (u64, u64)) -> Sense {
        let body: Vec<u8> = [rank, seq, moves].into_iter().flat_map(u64::to_le_bytes).chain([5]).collect();
        self.says(from, Op::Move as u16, 0, 1, code, &body)
    }

    /// What moves and ends are told of is waited for still.
    fn waits(&self) -> bool {
        self.node.moves().homes.with(TASK, |home| home.is_some())
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bench = Bench::new();
    let (moved, done) = (Op::Moved as u16, Op::Done as u16);
    bench.refuses(bench.says(1, 9, 0, 0, (TASK, 0), &[]), "operation 9");
    bench.refuses(bench.says(1, moved, 4, 2, (TASK, 1), &[]), "nobody is answered about");
    bench.refuses(bench.says(1, moved, 0, 2, (8, 1), &[]), "not waited for");
    bench.refuses(bench.says(1, moved, 0, 3, (TASK, 1), &[]), "node 3, which there is not");
    bench.refuses(bench.says(2, moved, 0, 0, (TASK, 1), &[]), "who does not have the task");
    bench.refuses(bench.says(1, done, 0, 2, (TASK, 0), &[3]), "outcome 2");
    bench.refuses(bench.says(2, done, 0, 0, (TASK, 0), &[3]), "who does not have it");
    bench.refuses(bench.says(1, done, 0, 1, (TASK, 0), &[3]), "a panic that cannot be read");
    let outside = (u64::MAX, u64::MAX);
    bench.refuses(bench.says(1, Op::Move as u16, 0, 1, outside, &[0; 23]), "without a name");
    bench.refuses(bench.brings(1, [3, 1, 0], outside), "of no node");
    bench.refuses(bench.brings(1, [u64::MAX, 1, 0], outside), "of no node");
    bench.refuses(bench.brings(1, [2, 1, 0], outside), "begins elsewhere");
    bench.refuses(bench.brings(1, [2, 1, u64::MAX], outside), "begins elsewhere");
    bench.refuses(bench.brings(1, [1, 1, 0], outside), "outside the program");
    let code = seat::code_of(bench.node, step);
    bench.refuses(bench.brings(1, [0, 8, 1], code), "not waited for");
    bench.refuses(bench.brings(2, [0, TASK, 1], code), "who does not have the task");
    assert!(bench.waits());
    bench.says(1, done, 0, 0, (TASK, 0), &[3]).unwrap();
    assert!(!bench.waits());
    bench.refuses(bench.says(1, done, 0, 0, (TASK, 0), &[3]), "not waited for");
}

#[test]
fn a_task_that_is_here_does_not_come_again() {
    let bench = Bench::new();
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
    let task = TaskId { rank: Rank(1), seq: 1 };
    let kept = bench.node.moves().seat(bench.node, Post { task, moves: 0, depth: 1 });
    let code = seat::code_of(bench.node, step);
    let said = bench.brings(1, [1, 1, 0], code).expect_err("it is here").0;
    assert!(said.contains("which is here"), "{said}");
    assert!(kept.is_some());
    bench.node.moves().unseat(task);
    bench.brings(1, [1, 1, 0], code).unwrap();
    while !ANSWERED.load(Ordering::SeqCst) {
        schedule::yield_now();
    }
    assert!(bench.node.moves().candidates().is_empty());
}
