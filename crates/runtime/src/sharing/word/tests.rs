//! What peers say about words: done where it makes sense, refused with the reason where it makes none.

use super::*;
use crate::memory::allocate_or_end;
use crate::stub::{self, Bench};
use drust_heap::Described;
use drust_proto::Partition;
use drust_proto::wire::Addition;
use std::alloc::Layout;

fn share(op: u16, id: u64, number: u32, address: Address, operands: (u64, u64), body: &[u8]) -> Vec<u8> {
    stub::share(Family::Word, op, id, number, address, operands, body)
}

/// The value of a word of this node.
fn value(row: Fixed, index: usize) -> u64 {
    // SAFETY: the tests' rows have the words that they look at.
    unsafe { AtomicU64::from_ptr(reach(row, index).expect("it is at home")) }.load(std::sync::atomic::Ordering::SeqCst)
}

fn addition(address: Address, delta: u64) -> [u8; Addition::LEN] {
    Addition { address, delta }.encode()
}

#[test]
fn operations_are_carried_out_and_answered() {
    let bench = Bench::new();
    let row = make_one(Kind::U32, 5);
    for (op, a, b, left) in [(Op::Add, u64::from(u32::MAX), 0, 4), (Op::CompareExchange, 4, 9, 9), (Op::Load, 0, 0, 9)]
    {
        bench.says(&share(op as u16, 7, 0, address_of(row, 0), (a, b), &[])).unwrap();
        assert_eq!(value(row, 0), left);
    }
    bench.says(&share(Op::Take as u16, 7, 0, address_of(row, 0), (0, 0), &[])).unwrap();
    bench.refuses(&share(Op::Load as u16, 7, 0, address_of(row, 0), (0, 0), &[]), "nothing lives there");
}

#[test]
fn additions_go_to_the_words_that_they_name() {
    let bench = Bench::new();
    let (row, one) = (make(Kind::I64, 3), make_one(Kind::I32, 1));
    let records = [(row, 2, 5), (one, 0, u64::MAX), (row, 0, 7), (row, 2, 1)];
    let body: Vec<u8> = records.iter().flat_map(|&(row, at, delta)| addition(address_of(row, at), delta)).collect();
    bench.says(&share(Op::AddMany as u16, 0, 4, Address::new(Partition(0), 0), (0, 0), &body)).unwrap();
    assert_eq!([value(row, 0), value(row, 1), value(row, 2), value(one, 0)], [7, 0, 6, 0]);
    for row in [row, one] {
        bench.says(&share(Op::End as u16, 0, 0, row.address(), (0, 0), &[])).unwrap();
        bench.refuses(&share(Op::End as u16, 0, 0, row.address(), (0, 0), &[]), "nothing lives there");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bench = Bench::new();
    let (row, bool) = (make(Kind::U64, 3), make_one(Kind::Bool, 1));
    let word = address_of(row, 0);
    let ask = |op: Op, address, a| share(op as u16, 7, 0, address, (a, 0), &[]);
    bench.refuses(&share(0, 7, 0, word, (0, 0), &[]), "an operation on words that is none");
    bench.refuses(&share(Op::Load as u16, 0, 0, word, (0, 0), &[]), "Load of words with the id 0");
    bench.refuses(&share(Op::End as u16, 7, 0, row.address(), (0, 0), &[]), "End of words with the id 7");
    bench.refuses(&ask(Op::Load, row.address(), 0), "no word is there");
    bench.refuses(&ask(Op::Load, Address::inside(word.word() + 4), 0), "no word is there");
    bench.refuses(&ask(Op::Load, address_of(row, 3), 0), "there");
    bench.refuses(&ask(Op::Load, Address::new(Partition(1), 64), 0), "is not of this node");
    bench.refuses(&ask(Op::Add, address_of(bool, 0), 1), "nothing that a word of Bool takes");
    bench.refuses(&ask(Op::Store, address_of(bool, 0), 2), "nothing that a word of Bool takes");
    bench.refuses(&ask(Op::Take, address_of(row, 1), 0), "no row begins there");
    bench.refuses(&share(Op::Read as u16, 7, 4, word, (0, 0), &[]), "a look at 4 words where 3 are");
    bench.refuses(&share(Op::End as u16, 0, 0, word, (0, 0), &[]), "nothing begins there");
    let plain = allocate_or_end(Layout::new::<u64>(), u64::DESCRIPTOR).address;
    bench.refuses(&ask(Op::Load, plain, 0), "a u64 is not shared");
    let many = |body: &[u8]| share(Op::AddMany as u16, 0, 1, word, (0, 0), body);
    bench.refuses(&many(&addition(plain, 1)), "a u64 is not shared");
    bench.refuses(&many(&addition(address_of(bool, 0), 1)), "nothing that a word of Bool takes");
    bench.refuses(&many(&addition(Address::new(Partition(2), 64), 1)), "2:0x40 is not homed at node 0");
    bench.refuses(&many(&addition(word, 1)[..9]), "addition takes 16 bytes, only 9 came");
    assert_eq!([value(row, 0), value(bool, 0)], [0, 1]);
}

#[test]
fn rows_of_64_bits_are_found_where_they_begin_and_nowhere_else() {
    let bench = Bench::new();
    let (row, narrow) = (make(Kind::U64, 3), make(Kind::U32, 3));
    // SAFETY: the rows live until the messages that end them, after which nothing of this is used.
    let words = |address| unsafe { named(address) }.map(<[AtomicU64]>::len);
    assert_eq!(words(row.address()), Some(3));
    let elsewhere = Address::new(Partition(1), row.address().offset());
    for address in [narrow.address(), address_of(row, 0), address_of(row, 2), elsewhere, Address::RESERVED] {
        assert_eq!(words(address), None, "{address:?}");
    }
    for row in [row, narrow] {
        bench.says(&share(Op::End as u16, 0, 0, row.address(), (0, 0), &[])).unwrap();
        assert_eq!(words(row.address()), None);
    }
}

#[test]
fn words_are_visited_in_order_and_each_once() {
    let words: Vec<AtomicU64> = (0..100).map(AtomicU64::new).collect();
    for count in [0, 1, 31, 32, 33, 100] {
        let mut seen = Vec::new();
        let some = words[..count].iter().zip(0..);
        visit(some, |word, number| seen.push((word.load(std::sync::atomic::Ordering::Relaxed), number)));
        assert!(seen.into_iter().eq((0..count as u64).map(|number| (number, number))));
    }
}
