//! A value of drust's and its twin of std's, on which the same is called.

use crate::methods::{Call, Table};
use crate::places::{Held, Place, nth};
use crate::quiet::Quiet;
use crate::values::tally;
use drust::{RefMut, thread};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a call ended in, and what can be seen of the value then.
#[derive(PartialEq, Debug)]
pub struct Seen {
    /// What it returned, made and dropped; a panic's message.
    pub end: Result<String, String>,
    /// What it left.
    pub state: String,
}

/// Two values of drust's and two of std's, of types that the steps need not know.
pub trait Twins {
    /// Puts drust's value into a place; what was seen of it on the way, and what should have been.
    fn put(&mut self, place: Place, other: usize) -> Option<(String, String)>;
    /// Calls a method of drust's here.
    fn call(&mut self, call: Call) -> Seen;
    /// Calls a method of drust's in a task on another node.
    fn lend(&mut self, other: usize, call: Call) -> Seen;
    /// Calls a method of std's.
    fn call_std(&mut self, call: Call) -> Seen;
    /// What drust's second value is, and what it should be.
    fn second(&self) -> (String, String);
    /// Drops all; what that made and dropped on drust's side, and on std's.
    fn end(self: Box<Self>) -> (String, String);
}

/// The values of a table.
pub struct Values<T: Table> {
    ours: Held<T::Ours>,
    stds: (T::Stds, T::Stds),
}

/// Default values.
pub fn new<T: Table>() -> Box<dyn Twins> {
    let ours = Held::Loose(T::Ours::default(), T::Ours::default());
    Box::new(Values::<T> { ours, stds: Default::default() })
}

impl<T: Table> Twins for Values<T> {
    fn put(&mut self, place: Place, other: usize) -> Option<(String, String)> {
        let seen = self.ours.put(place, other)?;
        Some((seen, format!("{:?}", self.stds.0)))
    }

    fn call(&mut self, call: Call) -> Seen {
        let (v, w) = self.ours.both_mut();
        Seen { end: caught(&mut || T::ours(call, v, w)), state: T::our_state(v) }
    }

    fn lend(&mut self, other: usize, call: Call) -> Seen {
        let (v, w) = self.ours.both_mut();
        let end = thread::scope(|s| {
            let task = s.spawn_on(nth(other), (RefMut::new(v), RefMut::new(w), call), |(mut v, mut w, call)| {
                let _quiet = Quiet::new();
                let returned = counted(&mut || T::ours(call, &mut v, &mut w));
                (drust::String::from(returned), drust::String::from(T::our_state(&v)))
            });
            task.join()
        });
        match end {
            Ok((returned, state)) => Seen { end: Ok(returned.into()), state: state.into() },
            Err(thread::JoinError::Panicked { message, .. }) => {
                Seen { end: Err(worded(message)), state: T::our_state(self.ours.both().0) }
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn call_std(&mut self, call: Call) -> Seen {
        let (v, w) = &mut self.stds;
        Seen { end: caught(&mut || T::stds(call, v, w)), state: T::stds_state(v) }
    }

    fn second(&self) -> (String, String) {
        (T::our_state(self.ours.both().1), T::stds_state(&self.stds.1))
    }

    fn end(self: Box<Self>) -> (String, String) {
        let (mut ours, mut stds) = (Some(self.ours), Some(self.stds));
        (counted(&mut || format!("{:?}", drop(ours.take()))), counted(&mut || format!("{:?}", drop(stds.take()))))
    }
}

/// What `call` returned, and what it made and dropped.
fn counted(call: &mut dyn FnMut() -> String) -> String {
    let before = tally();
    let returned = call();
    let after = tally();
    format!("{returned}, made {}, dropped {}", after.0 - before.0, after.1 - before.1)
}

fn caught(call: &mut dyn FnMut() -> String) -> Result<String, String> {
    let _quiet = Quiet::new();
    catch_unwind(AssertUnwindSafe(|| counted(call))).map_err(|panic| match panic.downcast::<String>() {
        Ok(message) => worded(*message),
        Err(panic) => worded(panic.downcast_ref::<&str>().map_or(String::new(), |message| (*message).to_owned())),
    })
}

/// What a panic says: that a character would be split std words in one way in each method, and newly now and then.
fn worded(message: String) -> String {
    if message.contains("boundary") { "a character would be split".to_owned() } else { message }
}
