//! Messages that make no sense, of each kind: refused with the reason, whatever they claim, and blamed on their sender.

use super::*;
use crate::memory::{self, Shape, allocate_or_end};
use crate::stub::{Bench, Says, in_child, message, process};
use crate::task::{Options, places_of, spawn};
use drust_heap::{Argument, Carry, Described, Facts, Handle, Portable, Targets, trace::Found};
use drust_proto::balance::Load;
use drust_proto::job::exit;
use drust_proto::wire::{FetchMode, Outcome, Question, SpawnFlags};
use drust_proto::{Address, Partition, Stamp, TaskId};
use std::alloc::Layout;

/// A handle inline, and in `Loud` a user's `Drop` too; neither is ever made.
struct Holder<const LOUD: bool>;

// SAFETY: there are no values.
unsafe impl<const LOUD: bool> Carry for Holder<LOUD> {
    const FACTS: Facts = if LOUD { Facts::HANDLE.and(Facts::USER_DROP) } else { Facts::HANDLE };
    unsafe fn trace(_: *const Self, _: &mut Found) {}
    fn targets(_: &mut Targets) {}
}
// SAFETY: as above.
unsafe impl<const LOUD: bool> Argument<'_> for Holder<LOUD> {}
// SAFETY: as above.
unsafe impl<const LOUD: bool> Portable for Holder<LOUD> {}

/// A live object of this node.
fn object<T: Carry>(elements: usize) -> Address {
    allocate_or_end(Layout::array::<T>(elements).unwrap(), T::DESCRIPTOR).address
}

const TASK: TaskId = TaskId { rank: Rank(1), seq: 7 };

fn spawned(task: TaskId, trampoline: u64, function: u64, args_len: u64) -> Frame {
    Frame::Spawn { task, flags: SpawnFlags::NONE, depth: u32::MAX, trampoline, function, args_len }
}

fn done(task: TaskId, outcome: Outcome, result_len: u64, lent_len: u64) -> Frame {
    Frame::Done { task, outcome, result_len, lent_len, load: Load::default() }
}

#[test]
fn bytes_that_are_no_frame() {
    let bench = Bench::new();
    bench.refuses(&[], "frame takes 8 bytes, only 0 came");
    bench.refuses(&[200; 64], "no frame has the kind 200");
    bench.refuses(&message(Frame::LeaveAck, &[])[..7], "LeaveAck takes 8 bytes, only 7 came");
    for kind in 0..=255 {
        for len in 0..48 {
            let bytes = vec![kind; len];
            let refused = bench.says(&bytes).is_err();
            assert!(refused, "{len} bytes {kind}");
        }
    }
}

#[test]
fn bodies_of_another_length() {
    let bench = Bench::new();
    bench
        .refuses(&message(Frame::Answer { id: 1, len: u64::MAX }, &[1, 2, 3]), "a Answer with a body of 3 bytes, not ");
    bench.refuses(&message(Frame::FreeBatch { count: 2 }, &[0; 16]), "a FreeBatch with a body of 16 bytes, not 32");
    bench.refuses(&message(Frame::LeaveAck, &[0]), "a LeaveAck with a body of 1 bytes, not 0");
    bench.refuses(&message(spawned(TASK, 0, 0, 9), &[0; 8]), "a Spawn with a body of 8 bytes, not 9");
    bench.refuses(&message(done(TASK, Outcome::Returned, 4, 4), &[0; 7]), "a Done with a body of 7 bytes, not 8");
    let fetched = Frame::Fetched { id: 1, align: 3, image_len: 8, along_len: 0 };
    bench.refuses(&message(fetched, &[0; 9]), "a Fetched with a body of 9 bytes, not 8");
}

#[test]
#[cfg_attr(miri, ignore = "there all addresses count as code")]
fn tasks_that_cannot_be() {
    let bench = Bench::new();
    let code = bench.node.image().offset(tasks_that_cannot_be as fn() as usize).unwrap();
    let others = TaskId { rank: Rank(2), seq: 7 };
    bench.refuses(&message(spawned(others, code, code, 0), &[]), "task 2.7, which is another's");
    for (trampoline, function) in [(u64::MAX, code), (code, 1 << 40), (code, u64::MAX - 1)] {
        bench.refuses(
            &message(spawned(TASK, trampoline, function, 0), &[]),
            "a task whose code lies outside the program",
        );
    }
}

#[test]
fn completions_of_no_task() {
    let bench = Bench::new();
    let own = |seq| TaskId { rank: Rank(0), seq };
    bench.refuses(
        &message(done(TASK, Outcome::Returned, 0, 0), &[]),
        "the completion of task 1.7, which it was not given",
    );
    bench.refuses(
        &message(done(own(99), Outcome::Returned, 0, 0), &[]),
        "the completion of task 0.99, which it was not given",
    );
    let options = Options { to: Some(Rank(2)), ..Options::default() };
    // SAFETY: the arguments borrow nothing.
    let join = unsafe { spawn((1_u64,), |(one,)| one, options) };
    for seq in 1..4 {
        bench.refuses(&message(done(own(seq), Outcome::Returned, 0, 0), &[]), "which it was not given");
    }
    assert!(!join.is_finished());
}

#[test]
fn completions_that_cannot_be_read() {
    let bench = Bench::new();
    let options = Options { to: Some(Rank(1)), ..Options::default() };
    // SAFETY: the arguments borrow nothing.
    let join = unsafe { spawn((1_u64,), |(one,)| one, options) };
    // A panic whose first text claims to be longer than the memory of the world.
    let task = TaskId { rank: Rank(0), seq: 1 };
    bench.refuses(&message(done(task, Outcome::Panicked, 9, 0), &[0xFF; 9]), "task 0.1: a panic that cannot be read");
    assert!(!join.is_finished());
}

#[test]
fn frees_that_cannot_be() {
    let bench = Bench::new();
    let (plain, loud) = (object::<u64>(4), object::<[u64; 2]>(1));
    let free = |address: Address, elements: u64, drop: u64| {
        [(address.word() | drop).to_le_bytes(), elements.to_le_bytes()].concat()
    };
    let refuses = |record: Vec<u8>, why| bench.refuses(&message(Frame::FreeBatch { count: 1 }, &record), why);
    let at = |partition, offset| Address::new(Partition(partition), offset);
    refuses(free(at(1, 64), 1, 0), "is not homed at node 0");
    for bit in [2, 4] {
        refuses(free(plain, 1, bit), "address of free record cannot be");
    }
    for offset in [1 << 20, (1 << 47) + 8, (1 << 48) - 8] {
        refuses(free(at(0, offset), 1, 1), "no object lives there");
    }
    refuses(free(at(0, plain.offset() + 8), 1, 1), "no object lives there");
    refuses(free(plain, 1 << 40, 1), "elements are claimed of a slot for");
    refuses(free(loud, u64::MAX, 0), "elements are claimed of a slot for");
    // What is freed is gone.
    let once = message(Frame::FreeBatch { count: 1 }, &free(plain, 4, 1));
    bench.says(&once).unwrap();
    refuses(free(plain, 4, 1), "no object lives there");
}

#[test]
fn frees_that_would_run_a_users_drop() {
    let bench = Bench::new();
    let tag = Holder::<true>::DESCRIPTOR;
    let loud = allocate_or_end(Layout::new::<[u64; 4]>(), tag).address;
    let record = [(loud.word() | 1).to_le_bytes(), 1_u64.to_le_bytes()].concat();
    bench.refuses(&message(Frame::FreeBatch { count: 1 }, &record), "has a user Drop inside");
}

#[test]
#[cfg_attr(miri, ignore = "there all addresses count as the program's")]
fn fetches_that_cannot_be() {
    let bench = Bench::new();
    let plain = object::<u64>(4);
    let (own, none) = (u64::DESCRIPTOR.id(), DescriptorId(NonZeroU32::new(1).unwrap()));
    let refuses = |mode, descriptor, address, elements, why: &str| {
        bench.refuses(&message(Frame::Fetch { id: 1, mode, descriptor, address, elements }, &[]), why);
    };
    let (copy, moves) = (FetchMode::Copy, FetchMode::Move);
    refuses(copy, own, Address::new(Partition(2), plain.offset()), 1, "they are not of this node");
    refuses(copy, own, Address::inside(u64::MAX), 1, "they are not of this node");
    for offset in [1 << 20, (1 << 48) - 8] {
        refuses(copy, own, Address::new(Partition(0), offset), 1, "no object lives there");
    }
    refuses(copy, none, plain, 1, "their type is none of this program");
    for id in (1..200).map(|nth| own.0.get().wrapping_add(8 * nth)).filter_map(NonZeroU32::new).map(DescriptorId) {
        // What lies beside a descriptor may be another; it is one, or refused.
        if bench.node.image().descriptor(id).is_none() {
            refuses(copy, id, plain, 1, "their type is none of this program");
        }
    }
    refuses(copy, own, Address::inside(plain.word() + 1), 1, "no u64 can lie there");
    refuses(copy, own, plain, 1 << 50, "elements are claimed of a slot for");
    refuses(copy, own, plain, u64::MAX, "elements are claimed of a slot for");
    refuses(copy, Holder::<false>::DESCRIPTOR.id(), plain, 1, "is part of u64");
    refuses(moves, own, Address::new(Partition(0), plain.offset() + 8), 1, "an object moves as a whole");
}

#[test]
fn answers_to_nothing() {
    let bench = Bench::new();
    let (id, _asked) = bench.node.queries().ask(Rank(2));
    for id in [id, id + 1, u64::MAX] {
        bench.refuses(&message(Frame::Answer { id, len: 0 }, &[]), "an answer to what it was not asked");
        bench.refuses(&message(Frame::FenceAck { id }, &[]), "is acknowledged where 0 was");
        let fetched = Frame::Fetched { id, align: 0, image_len: 0, along_len: 0 };
        bench.refuses(&message(fetched, &[]), "an answer to what it was not asked");
    }
    let answer = message(Frame::Answer { id, len: 0 }, &[]);
    bench.says_to(Rank(2), &answer).unwrap();
    bench.refuses_from(Rank(2), &answer, "an answer to what it was not asked");
}

#[test]
fn leave_taken_by_the_wrong_node_or_too_soon() {
    let bench = Bench::new();
    bench.refuses(&message(Frame::Leave { code: 0 }, &[]), "a Leave, which is rank 0's to send");
    bench.refuses(&message(Frame::LeaveAck, &[]), "cannot happen while Running");
}

/// Runs a node in a child, which is to end by what node 1 sent, for a reason.
fn blames(test: &str, why: &str, body: impl FnOnce(Bench)) {
    let output = in_child(&format!("serve::tests::{test}"), || body(Bench::new()));
    let said = String::from_utf8_lossy(&output.stderr);
    let line = format!("): node 1 ({}) was lost: it sent what makes no sense ({why})", process(Rank(1)));
    assert!(said.contains(&line) && said.ends_with("; the job ends\n"), "{line}: {output:?}");
    assert_eq!(output.status.code(), Some(exit::PEER_LOST), "{output:?}");
    let announced = format!("announced: node 1 was lost: it sent what makes no sense ({why}).");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&announced), "{announced}: {output:?}");
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_frame_is_blamed_on_its_sender() {
    blames("a_frame_is_blamed_on_its_sender", "no frame has the kind 77", |bench| {
        bench.wire.show(&[77; 8], |message| serve(bench.node, Rank(1), Lane::Small, message));
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn arguments_that_end_early_are_blamed_on_their_sender() {
    let why = "the arguments of 1.7: an image of 3 bytes ended before its values did (8 needed)";
    blames("arguments_that_end_early_are_blamed_on_their_sender", why, |bench| {
        let (trampoline, function) = places_of(bench.node, |(one,): (u64,)| one);
        let frame = spawned(TASK, trampoline, function, 3);
        bench.wire.show(&message(frame, &[0; 3]), |message| serve(bench.node, Rank(1), Lane::Small, message));
        wait_for_ever();
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn a_result_that_ends_early_is_blamed_on_its_sender() {
    let why = "a task's result: an image of 2 bytes ended before its values did (8 needed)";
    blames("a_result_that_ends_early_is_blamed_on_its_sender", why, |bench| {
        let options = Options { to: Some(Rank(1)), ..Options::default() };
        // SAFETY: the arguments borrow nothing.
        let join = unsafe { spawn((1_u64,), |(one,)| one, options) };
        let task = TaskId { rank: Rank(0), seq: 1 };
        let done = message(done(task, Outcome::Returned, 2, 0), &[0; 2]);
        bench.wire.show(&done, |message| serve(bench.node, Rank(1), Lane::Small, message));
        let _ = join.join();
    });
}

/// The id of what was asked.
fn id_in(header: &[u8]) -> u64 {
    u64::from_le_bytes(*header[8..].first_chunk().expect("a question has a number"))
}

fn fetches(test: &str, why: &str, says: Says) {
    blames(test, why, |bench| {
        bench.wire.answer(says);
        let handle = Handle::exposed(Address::new(Partition(1), 64), Stamp(5.try_into().unwrap()));
        memory::read(&handle, Shape { descriptor: u64::DESCRIPTOR, elements: 2, capacity: 2 });
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn an_image_that_is_too_short_is_blamed_on_its_home() {
    let why = "an image of 15 bytes ended before its values did (16 needed)";
    fetches("an_image_that_is_too_short_is_blamed_on_its_home", why, |asked| {
        let fetched = Frame::Fetched { id: id_in(asked), align: 4, image_len: 15, along_len: 1 };
        message(fetched, &[0; 16])
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn an_answer_of_another_kind_is_blamed_on_its_home() {
    fetches("an_answer_of_another_kind_is_blamed_on_its_home", "a Fetch was answered by Answer", |asked| {
        message(Frame::Answer { id: id_in(asked), len: 0 }, &[])
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn counters_of_another_number_are_blamed_on_whose_they_are() {
    let (test, why) = ("counters_of_another_number_are_blamed_on_whose_they_are", "counters of another number");
    blames(test, why, |bench| {
        bench.wire.answer(|asked| message(Frame::Answer { id: id_in(asked), len: 8 }, &[0; 8]));
        bench.node.counts_of_all();
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn heaps_of_no_type_are_blamed_on_whose_they_are() {
    let (test, why) =
        ("heaps_of_no_type_are_blamed_on_whose_they_are", "an answer about its heap with what is no type");
    blames(test, why, |bench| {
        bench.wire.answer(|asked| {
            let zeros = if asked[1] == Question::Live as u8 { [1; 24].as_slice() } else { &[0; 16] };
            message(Frame::Answer { id: id_in(asked), len: zeros.len() as u64 }, zeros)
        });
        bench.node.live();
    });
}

#[allow(clippy::disallowed_methods, reason = "a real process, which another thread ends")]
fn wait_for_ever() {
    std::thread::sleep(std::time::Duration::from_secs(60));
}
