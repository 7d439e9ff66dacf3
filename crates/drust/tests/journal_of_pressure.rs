//! Values that go to other nodes since their maker's partition is full are objects as all others: the journal says so.
#![cfg(debug_assertions)]

mod replayed;

use drust::boxed::TBox;
use drust::testing::Simulation;
use drust::{Box, Portable, Ref, Vec, node, thread};
use drust_proto::coherence::journal::Record;
use replayed::replayed;

#[derive(Portable)]
struct Record4K {
    next: Option<Box<u64>>,
    tied: TBox<[u64; 16]>,
    block: [u64; 480],
}

fn make(number: u64) -> Record4K {
    let next = number.is_multiple_of(3).then(|| Box::new(number));
    Record4K { next, tied: TBox::new([number; 16]), block: [number; 480] }
}

/// More than a partition holds is made, lent, written, moved and dropped.
fn fill() {
    let mut records: std::vec::Vec<Box<Record4K>> = (0..500).map(|number| Box::new(make(number))).collect();
    let far = node::all().last().unwrap();
    let sums: std::vec::Vec<u64> = thread::scope(|scope| {
        let tasks = records.iter().map(|record| scope.spawn_on(far, (Ref::new(record),), |(record,)| record.tied[3]));
        let tasks: std::vec::Vec<_> = tasks.collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert!(sums.into_iter().eq(0..500));
    let kept: std::vec::Vec<_> = records.drain(..40).collect();
    drop(records);
    let kept = kept.into_iter().map(|mut record| {
        record.block[7] += 1;
        record
    });
    let kept: Vec<_> = kept.collect();
    thread::spawn_on(far, (kept,), |(kept,)| assert!(kept.iter().all(|record| record.block[7] == record.tied[0] + 1)))
        .join()
        .unwrap();
    assert_eq!(drust::stats::live(), []);
}

#[test]
fn what_goes_elsewhere_is_lawful() {
    let simulation = Simulation { heap: 1 << 20, ..Simulation::default() };
    let (journal, _) = replayed(&simulation, fill);
    let home =
        |record: &Record| if let Record::Allocated { address, .. } = record { Some(address.home().0) } else { None };
    for node in 0..3 {
        let made = journal.iter().filter(|record| home(record) == Some(node)).count();
        assert!(made > 60, "{made} of 1000 objects were made on node {node}");
    }
}
