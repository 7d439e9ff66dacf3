//! What all public types promise: each shows itself by `Debug`, and each error is one that any thread may keep.
//!
//! The bounds are checked by the compiler; the tests only name the types. That no type lacks `Debug` a lint checks as
//! well, but not whether it has it for all the values that it may hold.

use drust::boxed::TBox;
use drust::collections::{btree_map, btree_set};
use drust::stats::{Counts, Live};
use drust::testing::{End, Fault, Simulated, Simulation};
use drust::thread::{self, JoinHandle, Scope, ScopedJoinHandle};
use drust::{Box, Builder, Global, OutOfMemory, Ref, RefMut, String, Vec, node, string, vec};
use std::error::Error;
use std::fmt::Debug;

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
    shown::<Simulation>();
    shown::<Simulated<u8>>();
    shown::<End<u8>>();
    shown::<Fault>();
    shown::<thread::Builder>();
    shown::<Vec<u8>>();
    shown::<vec::Drain<'_, u8>>();
    shown::<vec::IntoIter<u8>>();
    shown::<vec::Stream<'_, u8>>();
    shown::<vec::StreamValues<'_, u8>>();
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
