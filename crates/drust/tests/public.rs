//! What all public types promise: each shows itself by `Debug`, and each error is one that any thread may keep.
//!
//! The bounds are checked by the compiler; the tests only name the types. That no type lacks `Debug` a lint checks as
//! well, but not whether it has it for all the values that it may hold.

use drust::boxed::TBox;
use drust::collections::{btree_map, btree_set, hash_map};
use drust::stats::{Counts, Live};
use drust::sync::{Condvar, Mutex, MutexGuard, Resident, WaitTimeoutResult};
use drust::testing::{End, Fault, Simulated, Simulation};
use drust::thread::{self, JoinHandle, Scope, ScopedJoinHandle};
use drust::{Box, Builder, Global, OutOfMemory, Ref, RefMut, String, Vec, node, string, vec};
use std::error::Error;
use std::fmt::Debug;
use std::ops::RangeFull;

fn shown<T: ?Sized + Debug>() {}

/// What shows itself by nothing.
#[derive(drust::Portable)]
struct Mute;

fn error<T: Error + Send + Sync + 'static>() {}

#[test]
fn every_public_type_shows_itself() {
    shown::<Box<u8>>();
    shown::<Box<[u8]>>();
    shown::<Box<str>>();
    shown::<TBox<u8>>();
    shown::<btree_map::BTreeMap<u8, u8>>();
    shown::<btree_map::Entry<'_, u8, u8>>();
    shown::<btree_map::ExtractIf<'_, Mute, Mute, Mute, Mute>>();
    shown::<btree_map::IntoIter<Mute, Mute>>();
    shown::<btree_map::Iter<'_, u8, u8>>();
    shown::<btree_map::IterMut<'_, Mute, Mute>>();
    shown::<btree_map::Range<'_, u8, u8>>();
    shown::<btree_map::RangeMut<'_, Mute, Mute>>();
    shown::<hash_map::HashMap<u8, u8>>();
    shown::<hash_map::Iter<'_, Mute, Mute>>();
    shown::<hash_map::Keys<'_, Mute, Mute>>();
    shown::<hash_map::Values<'_, Mute, Mute>>();
    shown::<btree_set::BTreeSet<u8>>();
    shown::<btree_set::Difference<'_, u8>>();
    shown::<btree_set::ExtractIf<'_, Mute, Mute, Mute>>();
    shown::<btree_set::IntoIter<Mute>>();
    shown::<btree_set::Iter<'_, u8>>();
    shown::<btree_set::Range<'_, u8>>();
    shown::<Builder>();
    shown::<drust::Error>();
    shown::<Global<u8>>();
    shown::<node::NodeId>();
    shown::<Ref<'_, u8>>();
    shown::<Ref<'_, [u8]>>();
    shown::<RefMut<'_, u8>>();
    shown::<RefMut<'_, [u8]>>();
    shown::<Counts>();
    shown::<Live>();
    shown::<String>();
    shown::<string::Drain<'_>>();
    shown::<Condvar>();
    shown::<WaitTimeoutResult>();
    shown::<Mutex<u8>>();
    shown::<MutexGuard<'_, u8>>();
    shown::<Resident<u8>>();
    shown::<Simulation>();
    shown::<Simulated<u8>>();
    shown::<End<u8>>();
    shown::<Fault>();
    shown::<thread::Builder>();
    #[cfg(feature = "checkpoint")]
    shown::<thread::Checkpoint>();
    shown::<thread::Step<u8>>();
    shown::<Vec<u8>>();
    shown::<vec::Drain<'_, u8>>();
    shown::<vec::ExtractIf<'_, u8, fn(&mut u8) -> bool>>();
    shown::<vec::IntoIter<u8>>();
    shown::<vec::Run<'_, u8>>();
    shown::<vec::Splice<'_, std::vec::IntoIter<u8>>>();
    shown::<vec::Stream<'_, u8>>();
    shown::<vec::StreamValues<'_, u8>>();
}

#[test]
fn maps_and_what_looks_at_them_show_themselves() {
    use drust::collections::btree_map::*;
    shown::<BTreeMap<u8, u8>>();
    shown::<Entry<'_, u8, u8>>();
    shown::<ExtractIf<'_, u8, u8, RangeFull, fn(&u8, &mut u8) -> bool>>();
    shown::<IntoIter<u8, u8>>();
    shown::<IntoKeys<u8, u8>>();
    shown::<IntoValues<u8, u8>>();
    shown::<Iter<'_, u8, u8>>();
    shown::<IterMut<'_, u8, u8>>();
    shown::<Keys<'_, u8, u8>>();
    shown::<OccupiedEntry<'_, u8, u8>>();
    shown::<Range<'_, u8, u8>>();
    shown::<RangeMut<'_, u8, u8>>();
    shown::<VacantEntry<'_, u8, u8>>();
    shown::<Values<'_, u8, u8>>();
    shown::<ValuesMut<'_, u8, u8>>();
}

#[test]
fn sets_and_what_looks_at_them_show_themselves() {
    use drust::collections::{DefaultHasher, RandomState, btree_set, hash_set};
    shown::<btree_set::BTreeSet<u8>>();
    shown::<btree_set::Difference<'_, u8>>();
    shown::<btree_set::ExtractIf<'_, u8, RangeFull, fn(&u8) -> bool>>();
    shown::<btree_set::Intersection<'_, u8>>();
    shown::<btree_set::IntoIter<u8>>();
    shown::<btree_set::Iter<'_, u8>>();
    shown::<btree_set::Range<'_, u8>>();
    shown::<btree_set::SymmetricDifference<'_, u8>>();
    shown::<btree_set::Union<'_, u8>>();
    shown::<hash_set::Difference<'_, u8, RandomState>>();
    shown::<hash_set::Drain<'_, u8>>();
    shown::<hash_set::ExtractIf<'_, u8, fn(&u8) -> bool>>();
    shown::<hash_set::HashSet<u8>>();
    shown::<hash_set::Intersection<'_, u8, RandomState>>();
    shown::<hash_set::IntoIter<u8>>();
    shown::<hash_set::Iter<'_, u8>>();
    shown::<hash_set::SymmetricDifference<'_, u8, RandomState>>();
    shown::<hash_set::Union<'_, u8, RandomState>>();
    shown::<DefaultHasher>();
    shown::<RandomState>();
}

#[test]
fn deques_and_what_looks_at_them_show_themselves() {
    use drust::collections::vec_deque::*;
    shown::<Drain<'_, u8>>();
    shown::<IntoIter<u8>>();
    shown::<Iter<'_, u8>>();
    shown::<IterMut<'_, u8>>();
    shown::<VecDeque<u8>>();
}

/// Whatever the task returns, as std's do.
#[test]
fn handles_of_tasks_show_themselves_whatever_they_wait_for() {
    shown::<JoinHandle<Mute>>();
    shown::<ScopedJoinHandle<'_, Mute>>();
    shown::<Scope<'_, '_>>();
}

#[test]
fn every_error_is_one_that_any_thread_may_keep() {
    error::<OutOfMemory>();
    error::<thread::TimeIsUp>();
    error::<drust::CopiesFull>();
    error::<drust_runtime::task::QueueFull>();
    error::<drust::sync::mpsc::SendTimeoutError<u8>>();
    #[cfg(feature = "checkpoint")]
    error::<thread::CheckpointError>();
    error::<thread::JoinError>();
    error::<string::FromUtf8Error>();
    error::<string::ParseError>();
    error::<vec::TryReserveError>();
}

/// It is none itself, so that every error may become one by `?`, but what it dereferences to is.
#[test]
fn the_error_of_tasks_dereferences_to_one() {
    fn dereferences<T: std::ops::Deref<Target: Error + Send + Sync> + Send + Sync + 'static>() {}
    dereferences::<drust::Error>();
}

#[test]
fn errors_of_the_engine_are_errors() {
    use drust_heap::{copies, space, trace};
    use drust_proto::{StampsExhausted, coherence, job, wire};
    error::<copies::Full>();
    error::<copies::PinError<space::OutOfMemory>>();
    error::<space::OutOfMemory>();
    error::<trace::Refused>();
    error::<StampsExhausted>();
    error::<coherence::CopyFault>();
    error::<coherence::FetchesError>();
    error::<coherence::GroupTooLarge>();
    error::<coherence::Illegal>();
    error::<coherence::LendError>();
    error::<coherence::SlotFault>();
    error::<coherence::journal::Violation>();
    error::<job::UnexpectedEvent>();
    error::<wire::WireError>();
}
