//! What light tasks have homes do, and how that lies in messages: one record after the other, of whole words.

use crate::load::value::{Cell, Key, Value};

/// A lock that nobody holds: its critical sections are carried out at its home.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Lock {
    /// For what changes it.
    Section = 0,
    /// For what mostly reads.
    Rwlock = 1,
}

/// What a home is to do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Call {
    /// Let the task have the mutex, with what is behind it, when it is its turn.
    Acquire,
    /// Take the mutex back, with what is behind it now.
    Release(Cell),
    /// Read what is behind a lock.
    Look(Lock),
    /// The critical section of a lock: read, write.
    Advance(Lock),
    /// Read a key's value.
    Get(Key),
    /// Replace a key's value by what comes after it.
    Replace(Key),
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Reply {
    /// What is behind a lock.
    Cell(Cell),
    /// A key's value.
    Value(Value),
    /// How often it was done by now.
    Done(u64),
}

/// A call on its way to a home, or a reply on its way back, with the task's number.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Record {
    /// To the home.
    Call(usize, Call),
    /// From it.
    Reply(usize, Reply),
}

/// Kinds, in the low byte of the first word; the task's number is above.
const LOOK: u64 = 0;
const ADVANCE: u64 = 2;
const GET: u64 = 4;
const REPLACE: u64 = 5;
const CELL: u64 = 6;
const VALUE: u64 = 7;
const DONE: u64 = 8;
const ACQUIRE: u64 = 9;
const RELEASE: u64 = 10;

fn lock_of(number: u64) -> Lock {
    if number == 0 { Lock::Section } else { Lock::Rwlock }
}

impl Record {
    /// Writes it behind what is there.
    pub fn append(&self, out: &mut Vec<u8>) {
        match self {
            Record::Call(task, Call::Acquire) => put(out, ACQUIRE, *task, &[]),
            Record::Call(task, Call::Release(cell)) => put(out, RELEASE, *task, cell),
            Record::Call(task, Call::Look(lock)) => put(out, LOOK + *lock as u64, *task, &[]),
            Record::Call(task, Call::Advance(lock)) => put(out, ADVANCE + *lock as u64, *task, &[]),
            Record::Call(task, Call::Get(key)) => put(out, GET, *task, key),
            Record::Call(task, Call::Replace(key)) => put(out, REPLACE, *task, key),
            Record::Reply(task, Reply::Cell(cell)) => put(out, CELL, *task, cell),
            Record::Reply(task, Reply::Value(value)) => put(out, VALUE, *task, value),
            Record::Reply(task, Reply::Done(count)) => put(out, DONE, *task, &[*count]),
        }
    }

    /// All records of a message.
    pub fn all(message: &[u8]) -> impl Iterator<Item = Record> {
        let mut left = message;
        std::iter::from_fn(move || (!left.is_empty()).then(|| Record::take(&mut left)))
    }

    fn take(left: &mut &[u8]) -> Record {
        let [first] = words(left);
        let (kind, task) = (first & 0xFF, (first >> 8) as usize);
        match kind {
            LOOK | 1 => Record::Call(task, Call::Look(lock_of(kind - LOOK))),
            ADVANCE | 3 => Record::Call(task, Call::Advance(lock_of(kind - ADVANCE))),
            ACQUIRE => Record::Call(task, Call::Acquire),
            RELEASE => Record::Call(task, Call::Release(words(left))),
            GET => Record::Call(task, Call::Get(words(left))),
            REPLACE => Record::Call(task, Call::Replace(words(left))),
            CELL => Record::Reply(task, Reply::Cell(words(left))),
            VALUE => Record::Reply(task, Reply::Value(words(left))),
            DONE => {
                let [count] = words(left);
                Record::Reply(task, Reply::Done(count))
            }
            kind => panic!("no record of kind {kind}"),
        }
    }
}

fn put(out: &mut Vec<u8>, kind: u64, task: usize, words: &[u64]) {
    out.extend_from_slice(&(kind | (task as u64) << 8).to_le_bytes());
    words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
}

/// Takes so many words off the front.
fn words<const COUNT: usize>(left: &mut &[u8]) -> [u64; COUNT] {
    let (front, rest) = left.split_at(8 * COUNT);
    *left = rest;
    std::array::from_fn(|index| u64::from_le_bytes(*front[8 * index..].first_chunk().expect("eight bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_one_after_the_other_as_they_were_written() {
        let calls = [
            Call::Acquire,
            Call::Release([2; 8]),
            Call::Look(Lock::Section),
            Call::Look(Lock::Rwlock),
            Call::Advance(Lock::Section),
            Call::Advance(Lock::Rwlock),
            Call::Get([1, 2]),
            Call::Replace([3, 4]),
        ];
        let replies = [Reply::Cell([5; 8]), Reply::Value([6, 7, 8, 9]), Reply::Done(10)];
        let mut records: Vec<Record> = calls.map(|call| Record::Call(255, call)).into();
        records.extend(replies.map(|reply| Record::Reply(0, reply)));
        let mut bytes = Vec::new();
        records.iter().for_each(|record| record.append(&mut bytes));
        assert_eq!(Record::all(&bytes).collect::<Vec<_>>(), records);
    }
}
