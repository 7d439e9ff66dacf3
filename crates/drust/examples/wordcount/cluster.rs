//! Counting on all nodes: each task reads its share of the files, and tables are merged in a tree.

use super::ours::{Entry, Part, count_files, merge};
use super::twin;
use drust::node::NodeId;
use drust::thread::JoinHandle;
use drust::{Portable, String, Vec, node, thread};

/// A part, and the node whose memory holds its table.
#[derive(Portable)]
pub struct Counted {
    pub part: Part,
    at: NodeId,
}

/// What a job of this many nodes and workers is cut into: a task for each worker.
pub fn shares() -> usize {
    node::count() * thread::available_parallelism().map_or(1, usize::from)
}

/// Counts the shares on all nodes in turn. Each pair of tables is merged on the node of the larger one.
pub fn count(shares: std::vec::Vec<std::vec::Vec<std::string::String>>) -> Counted {
    let spawn = |(share, node): (std::vec::Vec<std::string::String>, NodeId)| {
        let paths: Vec<String> = share.into_iter().map(String::from).collect();
        thread::spawn_on(node, (paths,), |(paths,)| Counted { part: count_files(paths), at: node::current() })
    };
    let nodes: std::vec::Vec<_> = node::all().collect();
    let mut counting: std::vec::Vec<_> = shares.into_iter().zip(nodes.into_iter().cycle()).map(spawn).collect();
    while counting.len() > 1 {
        let mut merging = std::vec::Vec::new();
        let mut running = counting.into_iter();
        while let Some(one) = running.next() {
            merging.push(match running.next() {
                Some(other) => merge_pair(done(one), done(other)),
                None => one,
            });
        }
        counting = merging;
    }
    counting.pop().map(done).unwrap_or_else(|| Counted { part: Part::default(), at: node::current() })
}

fn merge_pair(one: Counted, other: Counted) -> JoinHandle<Counted> {
    let (large, small) = if one.part.table.len() < other.part.table.len() { (other, one) } else { (one, other) };
    thread::spawn_on(large.at, (large, small), |(large, small)| Counted {
        at: large.at,
        part: merge((large.part, small.part)),
    })
}

/// The most frequent words, found where the table lies.
pub fn top(counted: Counted, count: usize) -> (Counted, Vec<Entry>) {
    let find = |(counted, count): (Counted, usize)| {
        let top = counted.part.table.top(count);
        (counted, top)
    };
    done(thread::spawn_on(counted.at, (counted, count), find))
}

fn done<T>(handle: JoinHandle<T>) -> T {
    handle.join().unwrap_or_else(|error| panic!("{error}"))
}

/// Whether both twins counted the same.
pub fn equal(ours: &Part, twins: &twin::Part) -> bool {
    (ours.words, ours.bytes, ours.files) == (twins.words, twins.bytes, twins.files)
        && (ours.unreadable, ours.binary) == (twins.unreadable, twins.binary)
        && ours.table.sorted() == twins.table.sorted()
}

/// Whether these are the twin's most frequent words too.
pub fn equal_top(ours: &[Entry], twins: &twin::Part) -> bool {
    let twins = twins.table.top(ours.len());
    ours.len() == twins.len()
        && ours.iter().zip(&twins).all(|(one, other)| one.word[..] == other.word[..] && one.count == other.count)
}
