//! What is made once: at home the making, and where what was made is; on other nodes copies of it that last.

use super::{DONE, FORGET, LEFT, Machine, NOTED, POISONED, RUN, RUN_POISONED, Replies, ask, make, release};
use crate::cancel::{self, Limit};
use crate::failure;
use crate::memory::{self, Shape, fresh_stamp};
use crate::node::{self, Node};
use crate::nonsense::Sense;
use crate::sharing::{Ask, Reply};
use drust_fabric::{Lane, Mode, schedule};
use drust_heap::local::dangling;
use drust_heap::{Descriptor, Handle, Lasting};
use drust_proto::sharing::Family;
use drust_proto::sharing::turn::{Answer, Caller, Once, OnceEvent, Op, Outcome, Value};
use drust_proto::{Address, Extent, Rank, Stamp};
use std::fmt;
use std::time::Instant;

/// In place of an address: the run has panicked.
const PANICKED: u64 = u64::MAX;

/// A once, and what it makes.
pub(super) struct Making {
    once: Once,
    /// The name of the value that is or will be made, as a word.
    name: u64,
    /// The type of what is made; none where only the making matters.
    descriptor: Option<&'static Descriptor>,
    /// The nodes that were told where the value is.
    told: Vec<Rank>,
}

/// A copy of what was made, on a node that is not its home.
pub(super) struct Cached {
    name: u64,
    place: Place,
}

/// Where a pinned copy lies.
#[derive(Clone, Copy)]
struct Place(*mut u8);

// SAFETY: an address of what all threads of the node may read.
unsafe impl Send for Place {}

/// Word to a node that it is to forget a value.
pub(super) struct Forget {
    to: Rank,
    name: u64,
}

impl Forget {
    pub(super) fn tell(self, node: &'static Node, address: Address) {
        if self.to == node.rank() {
            return forget(node, address, self.name);
        }
        let (op, a) = (Op::End as u16, self.name);
        let ask = Ask { family: Family::Turn, op, number: FORGET, id: 0, address, a, b: 0 };
        node.tell_share(self.to, Lane::Small, ask, &[], Mode::Defer);
    }
}

impl Making {
    /// Takes a step: who is answered what, and who is to forget a value.
    ///
    /// # Errors
    /// It cannot be.
    pub(super) fn step(&mut self, caller: Caller, op: Op, ask: Ask) -> Sense<(Replies, Vec<Forget>)> {
        let event = self.event(caller, op, ask)?;
        let answers = self.once.step(caller, event)?;
        let replies = answers.into_iter().map(|(caller, answer)| (caller, self.reply(caller, answer))).collect();
        let mut forgets = Vec::new();
        if event == OnceEvent::Reset {
            forgets = self.forgets();
            self.name = ask.a;
        }
        Ok((replies, forgets))
    }

    fn event(&self, caller: Caller, op: Op, ask: Ask) -> Sense<OnceEvent> {
        let forgives = ask.number == 1;
        Ok(match op {
            Op::Begin => OnceEvent::Begin { forgives },
            Op::Wait => OnceEvent::Wait { forgives },
            Op::Look => OnceEvent::Look,
            Op::Reset => OnceEvent::Reset,
            Op::Finish => {
                let runner = self.once.runner().filter(|run| run.node == caller.node && run.id as u32 == ask.number);
                let run = runner.ok_or("the end of a run that there is not")?.id;
                let value = Value { address: ask.a, stamp: ask.b };
                let outcome = if ask.a == PANICKED { Outcome::Panicked } else { Outcome::Made(value) };
                OnceEvent::Finish { run, outcome }
            }
            Op::Arrive | Op::End | Op::Leave => return Err("a once at which nobody arrives".into()),
        })
    }

    /// Whether the caller waited, and does so no longer.
    pub(super) fn leave(&mut self, caller: Caller) -> bool {
        self.once.leave(caller)
    }

    fn reply(&mut self, caller: Caller, answer: Answer) -> Reply {
        let plain = |outcome| Reply { outcome, ..Reply::default() };
        match answer {
            Answer::Noted => plain(NOTED),
            Answer::Poisoned => plain(POISONED),
            Answer::Run { poisoned } => {
                Reply { number: caller.id as u32, ..plain(if poisoned { RUN_POISONED } else { RUN }) }
            }
            Answer::Done(Value { address, stamp }) => {
                if !self.told.contains(&caller.node) {
                    self.told.push(caller.node);
                }
                Reply { a: address, b: stamp, ..plain(DONE) }
            }
        }
    }

    fn forgets(&mut self) -> Vec<Forget> {
        let name = self.name;
        std::mem::take(&mut self.told).into_iter().map(|to| Forget { to, name }).collect()
    }

    /// The end of the cell: what was made is forgotten, and ends.
    pub(super) fn end(mut self, node: &'static Node, address: Address) {
        self.forgets().into_iter().for_each(|forget| forget.tell(node, address));
        let (Some(made), Some(descriptor)) = (self.once.made(), self.descriptor) else { return };
        if let Some(mut handle) = handle_of(made)
            && descriptor.size() != 0
        {
            // SAFETY: the handle is that of what was made, which nobody else owns.
            unsafe { memory::discard(&mut handle, shape_of(descriptor)) };
        }
    }
}

fn shape_of(descriptor: &'static Descriptor) -> Shape {
    Shape { descriptor, elements: 1, capacity: 1 }
}

fn handle_of(value: Value) -> Option<Handle> {
    Some(Handle::exposed(Address::from_word(value.address), Stamp::from_word(value.stamp)?))
}

/// A once, homed here, which makes a value of this type, or only happens.
#[must_use]
pub fn make_once(descriptor: Option<&'static Descriptor>) -> Lasting {
    let name = fresh_stamp();
    let making = Making { once: Once::new(), name: name.word(), descriptor, told: Vec::new() };
    Lasting::new(make(Machine::Once(making)), name)
}

/// What has come of asking for a turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// It is this thread's: [`finish`] tells what came of it.
    Run {
        /// The run's number.
        run: u32,
        /// Whether the last one has panicked.
        poisoned: bool,
    },
    /// It is done; the handle knows where what was made can be read.
    Done,
    /// The last run has panicked.
    Poisoned,
    /// It is not done.
    NotYet,
    /// It was not done in time.
    TimeUp,
}

/// How a run has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Made {
    /// It has panicked.
    Panicked,
    /// It has happened, and made nothing, or what takes no bytes.
    Nothing,
    /// It has made the value that has this address and stamp, and is exposed.
    Value(Address, Stamp),
}

/// Waits until this thread is to run, or it is done, or, if that is not forgiven, the last run has panicked, or until
/// `deadline`. 0 messages at home, else 1 request, 1 reply, the same again where time is up; and 1 fetch of what was
/// made.
///
/// # Safety
/// `lasting` is a once that makes a value of this type, if of any, and lives until this returns.
#[track_caller]
pub unsafe fn begin(
    lasting: &Lasting,
    forgives: bool,
    descriptor: Option<&'static Descriptor>,
    deadline: Option<Instant>,
) -> Begun {
    turn(lasting, Op::Begin, forgives, descriptor, deadline)
}

/// Waits until it is done, by whomever, or, if that is not forgiven, a run has panicked, or until `deadline`. Costs as
/// [`begin`].
///
/// # Safety
/// As [`begin`].
#[track_caller]
pub unsafe fn wait(
    lasting: &Lasting,
    forgives: bool,
    descriptor: Option<&'static Descriptor>,
    deadline: Option<Instant>,
) -> Begun {
    turn(lasting, Op::Wait, forgives, descriptor, deadline)
}

/// Looks whether it is done, which it stays until it is taken. Costs as [`begin`].
///
/// # Safety
/// As [`begin`].
#[track_caller]
pub unsafe fn get(lasting: &Lasting, descriptor: Option<&'static Descriptor>) -> Begun {
    turn(lasting, Op::Look, false, descriptor, None)
}

#[track_caller]
fn turn(
    lasting: &Lasting,
    op: Op,
    forgives: bool,
    descriptor: Option<&'static Descriptor>,
    deadline: Option<Instant>,
) -> Begun {
    if !lasting.place().is_null() {
        return Begun::Done;
    }
    cancel::check();
    schedule::pass();
    let node = node::here();
    release(node);
    let home = lasting.fixed().address().home();
    let limit = if op == Op::Look { Limit::NONE } else { Limit::of_thread(deadline) };
    let reply = ask(node, lasting.fixed(), op, [forgives.into(), 0, 0], &Waits { home, descriptor }, &limit);
    match reply.outcome {
        DONE => {
            lasting.found(find(node, lasting, Value { address: reply.a, stamp: reply.b }, descriptor));
            Begun::Done
        }
        RUN | RUN_POISONED => Begun::Run { run: reply.number, poisoned: reply.outcome == RUN_POISONED },
        POISONED => Begun::Poisoned,
        LEFT if deadline.is_none() => cancel::unwind(),
        LEFT => {
            cancel::check();
            Begun::TimeUp
        }
        _ => Begun::NotYet,
    }
}

/// A turn as what is waited for.
struct Waits {
    home: Rank,
    descriptor: Option<&'static Descriptor>,
}

impl fmt::Display for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.descriptor {
            Some(descriptor) => write!(f, "the first value of a {} of node {}", descriptor.name(), self.home),
            None => write!(f, "a Once of node {}", self.home),
        }
    }
}

/// Tells what came of this thread's run. 0 messages at home, else 1 request, 1 reply.
///
/// # Safety
/// `lasting` is the once that answered [`Begun::Run`] with this number; a value that was made is given to it.
pub unsafe fn finish(lasting: &Lasting, run: u32, made: Made, descriptor: Option<&'static Descriptor>) {
    let node = node::here();
    if node.has_ended() {
        return;
    }
    release(node);
    let value = match made {
        Made::Panicked => Value { address: PANICKED, stamp: 0 },
        Made::Nothing => Value::default(),
        Made::Value(address, stamp) => Value { address: address.word(), stamp: stamp.word() },
    };
    let home = lasting.fixed().address().home();
    let words = [run.into(), value.address, value.stamp];
    ask(node, lasting.fixed(), Op::Finish, words, &Waits { home, descriptor }, &Limit::NONE);
    if made != Made::Panicked {
        lasting.found(find(node, lasting, value, descriptor));
    }
}

/// Makes it new; the exposed address and stamp of the value that was made, if one was, or that what takes no bytes was.
/// 0 messages at home, else 1 request, 1 reply; 1 one-way to each node that has read it.
///
/// # Safety
/// `lasting` is a once that the caller owns.
#[track_caller]
pub unsafe fn take(lasting: &mut Lasting) -> Option<Made> {
    schedule::pass();
    let node = node::here();
    let name = fresh_stamp();
    let home = lasting.fixed().address().home();
    let words = [0, name.word(), 0];
    let reply = ask(node, lasting.fixed(), Op::Reset, words, &Waits { home, descriptor: None }, &Limit::NONE);
    lasting.renew(name);
    (reply.outcome == DONE).then(|| {
        let stamp = Stamp::from_word(reply.b);
        stamp.map_or(Made::Nothing, |stamp| Made::Value(Address::from_word(reply.a), stamp))
    })
}

/// Where what was made can be read, from now on; where that is nothing, a place that is not null.
#[track_caller]
fn find(node: &'static Node, lasting: &Lasting, value: Value, descriptor: Option<&'static Descriptor>) -> *mut u8 {
    let Some(descriptor) = descriptor.filter(|descriptor| descriptor.size() != 0) else {
        return dangling(descriptor.map_or(1, Descriptor::align)).as_ptr();
    };
    let Some(stamp) = Stamp::from_word(value.stamp) else { failure::end("what was made once has no stamp") };
    let (address, name) = (Address::from_word(value.address), lasting.name().word());
    if address.home() == node.rank() {
        return node.vault().place_of(address);
    }
    let key = lasting.fixed().address();
    let known = |record: &mut Option<Cached>| record.as_ref().filter(|cached| cached.name == name).map(|it| it.place);
    if let Some(place) = node.sharing().turn.cached.with(key, known) {
        return place.0;
    }
    let copy = Place(memory::borrow(address, stamp, shape_of(descriptor), Extent::Whole).place);
    let (place, needless) = node.sharing().turn.cached.with(key, |record| match known(record) {
        Some(place) => (place, Some(copy)),
        None => (copy, record.replace(Cached { name, place: copy }).map(|old| old.place)),
    });
    if let Some(needless) = needless {
        node.release(needless.0);
    }
    place.0
}

/// Gives up the copy of a value that was taken or has ended.
pub(super) fn forget(node: &'static Node, address: Address, name: u64) {
    let old = node.sharing().turn.cached.with(address, |record| record.take_if(|cached| cached.name == name));
    if let Some(old) = old {
        node.release(old.place.0);
    }
}

/// The number by which all nodes know a function of the program; its address was exposed by making it a number.
#[must_use]
pub fn name_of(function: usize) -> u64 {
    node::here()
        .image()
        .offset(function)
        .unwrap_or_else(|| failure::end("a function lies outside the program's own image: link drust statically"))
}

/// The function that has this number; to be made a pointer with exposed provenance.
#[must_use]
pub fn function_named(number: u64) -> usize {
    let function = node::here().image().at(number);
    function.unwrap_or_else(|| failure::end("a function lies outside the program"))
}
