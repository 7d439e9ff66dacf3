//! A step of a lock on this node: the rules decide, and what they decide is done.

use super::data::{Visitor, land, pack};
use super::{Base, Lock, SLOW, WRITER};
use crate::arrival::Body;
use crate::cancel::Limit;
use crate::gate::Gate;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::serve::for_a_peer;
use crate::sharing::TENURE;
use crate::sharing::{Ask, cell};
use crate::task::run_aside;
use drust_fabric::{Lane, Mode as SendMode, schedule};
use drust_heap::Descriptor;
use drust_heap::trace::{self, Image};
use drust_proto::coherence::Ending;
use drust_proto::sharing::Family;
use drust_proto::sharing::rwlock::{
    Force, Home, HomeAction, Mode, Op, Seat, SeatAction, SeatEvent, ToHome, ToSeat, Urgency,
};
use drust_proto::{Address, Rank};
use std::alloc::Layout;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Data of this size on go by the lane for bulk.
const BULK: usize = 16 << 10;
/// In the mode's word of a grant: a writer has panicked.
pub(super) const POISONED: u64 = 1 << 8;

/// What a node knows of a lock.
pub(super) struct Record {
    seat: Seat,
    /// Where this is the lock's home.
    home: Option<Home>,
    visitor: Option<Visitor>,
    descriptor: &'static Descriptor,
    /// Whether a writer may have panicked; at home the cell says.
    tainted: bool,
    waiting: Vec<(u64, Arc<Waiting>)>,
    /// Since when this node holds the lock, and a recall that is heard when that has been long enough.
    since: Instant,
    put_off: Option<ToSeat>,
}

impl Record {
    /// Whether this node holds the lock, and surely no writer has panicked.
    pub(super) fn is_clean(&self) -> bool {
        self.seat.granted().is_some() && !self.tainted
    }

    /// Notes a panic. That one is forgiven is the home's to know.
    pub(super) fn taint(&mut self, poisoned: bool) {
        self.tainted |= poisoned;
    }
}

/// A thread that waits; what has become of it is written under the record's lock, before the gate is opened.
struct Waiting {
    gate: Gate,
    fate: OnceLock<Option<Held>>,
}

/// A lock that is held, or owned.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Where its data lie.
    pub place: NonNull<u8>,
    /// Whether surely no writer has panicked that was not forgiven; else the lock is to be asked.
    pub clean: bool,
}

// SAFETY: an address; who has the guard looks there.
unsafe impl Send for Held {}
// SAFETY: as above.
unsafe impl Sync for Held {}

/// Where data lie.
#[derive(Clone, Copy)]
struct Place(NonNull<u8>);

// SAFETY: an address; who has the guard looks there.
unsafe impl Send for Place {}

/// What is left to do when the record's lock is given back.
#[derive(Default)]
struct After {
    woken: Vec<Arc<Waiting>>,
    ends: bool,
}

/// A step under way.
pub(super) struct Turn<'a> {
    node: &'static Node,
    address: Address,
    /// The cell, where this is its home.
    base: Option<&'a Base>,
    record: &'a mut Record,
    after: &'a mut After,
    /// What is still to be done, in this order: what one node is told later must not overtake what it was told before,
    /// also where this home's own seat answers at once.
    todo: VecDeque<Todo>,
    /// Whether it is being done.
    works: bool,
}

enum Todo {
    Seat(SeatAction),
    Home(HomeAction),
}

/// Waits for a guard, or for the lock's data where it is owned; nothing where there is none.
pub(super) fn ask(node: &'static Node, lock: Lock, mode: Mode, urgency: Urgency, limit: &Limit) -> Option<Held> {
    let mut held = None;
    let mut waits = None;
    step(node, lock, |turn| {
        if urgency != Urgency::Own && turn.record.seat.enter(mode) {
            held = Some(turn.held());
            return Ok(());
        }
        let ticket = node.sharing().rwlock.tickets.fetch_add(1, Ordering::Relaxed);
        let waiting = Arc::new(Waiting { gate: Gate::new(), fate: OnceLock::new() });
        turn.record.waiting.push((ticket, waiting.clone()));
        waits = Some((ticket, waiting));
        turn.seat(SeatEvent::Ask { ticket, mode, urgency }, None)
    });
    let Some((ticket, waiting)) = waits else { return held };
    if waiting.fate.get().is_none() && !waiting.gate.wait_soon(node, &lock, limit) {
        step(node, lock, |turn| match waiting.fate.get() {
            Some(_) => Ok(()),
            None => turn.seat(SeatEvent::Leave { ticket }, None),
        });
        waiting.gate.wait(node, &lock);
    }
    waiting.fate.get().copied().flatten()
}

/// Takes an event of this node's own.
pub(super) fn tell(node: &'static Node, lock: Lock, event: SeatEvent) {
    step(node, lock, |turn| turn.seat(event, None));
}

/// Ends the lock; its data end with it, or were taken by this node.
pub(super) fn end(node: &'static Node, lock: Lock, taken: bool) {
    let address = lock.fixed.address();
    let Some(base) = lock.base() else {
        if taken {
            // The values are gone, and their memory with the record.
            node.sharing().rwlock.records.with(address, |record| drop(record.take()));
        }
        let ask = Ask { family: Family::RwLock, op: Op::End as u16, number: taken.into(), id: 0, address, a: 0, b: 0 };
        return node.tell_share(address.home(), Lane::Small, ask, &[], SendMode::Defer);
    };
    if taken || base.word.load(Ordering::Acquire) & SLOW == 0 {
        return finish(node, base, taken);
    }
    step(node, lock, |turn| turn.end());
}

fn step(node: &'static Node, lock: Lock, run: impl FnOnce(&mut Turn<'_>) -> Sense) {
    let new = || Record::elsewhere(lock.descriptor);
    let done = with(node, lock.fixed.address(), lock.base(), Some(new), run);
    if let Some(Err(why)) = done {
        crate::failure::end(&format!("{lock}: {}", why.0));
    }
}

/// Takes a step of a lock, if it has a record, or can have one. The cell is given where this is its home.
pub(super) fn with(
    node: &'static Node,
    address: Address,
    base: Option<&Base>,
    new: Option<impl FnOnce() -> Record>,
    run: impl FnOnce(&mut Turn<'_>) -> Sense,
) -> Option<Sense> {
    let mut after = After::default();
    let done = node.sharing().rwlock.records.with(address, |slot| {
        if slot.is_none() {
            *slot = match base {
                Some(base) => Some(Record::at_home(node, base)),
                None => Some(new?()),
            };
        }
        on_record(node, address, base, slot, &mut after, run)
    });
    after.finish(node, base);
    done
}

/// Hears a recall that was put off, or sees to it that it is heard when its time has come.
pub(super) fn hear_put_off(node: &'static Node, address: Address) {
    let (mut after, mut base) = (After::default(), None);
    let heard = node.sharing().rwlock.records.with(address, |slot| {
        slot.as_ref()?.put_off?;
        // SAFETY: a lock of this node that has a record is alive while the record's lock is held: who ends it takes the
        // record away first.
        base = (address.home() == node.rank()).then(|| unsafe { &*node.vault().place_of(address).cast::<Base>() });
        on_record(node, address, base, slot, &mut after, |turn| turn.hear_put_off())
    });
    if let Some(Err(why)) = heard {
        crate::failure::end(&format!("an RwLock of node {}: {}", address.home(), why.0));
    }
    after.finish(node, base);
}

/// Takes a step with a record that is there, and forgets it where it is of no use any more.
fn on_record(
    node: &'static Node,
    address: Address,
    base: Option<&Base>,
    slot: &mut Option<Record>,
    after: &mut After,
    run: impl FnOnce(&mut Turn<'_>) -> Sense,
) -> Option<Sense> {
    let record = slot.as_mut()?;
    let (todo, works) = (VecDeque::new(), false);
    let done = run(&mut Turn { node, address, base, record, after, todo, works });
    if after.ends || record.is_needless(base) {
        record.remember(node);
        *slot = None;
    }
    Some(done)
}

impl After {
    fn finish(self, node: &'static Node, base: Option<&Base>) {
        self.woken.iter().for_each(|waiting| waiting.gate.open(node));
        if let (true, Some(base)) = (self.ends, base) {
            finish(node, base, false);
        }
    }
}

impl Record {
    /// Takes over from the cell's word.
    fn at_home(node: &Node, base: &Base) -> Record {
        let epoch = node.sharing().rwlock.epochs.fetch_add(1, Ordering::Relaxed) + 1;
        let word = base.word.swap(SLOW, Ordering::AcqRel);
        let (readers, writing) = if word == WRITER { (0, true) } else { (word, false) };
        Record {
            seat: Seat::at_home(epoch, readers, writing),
            home: Some(Home::held_at_home(node.rank(), epoch)),
            ..Record::elsewhere(base.descriptor)
        }
    }

    pub(super) fn elsewhere(descriptor: &'static Descriptor) -> Record {
        let seat = Seat::new(!descriptor.takes_counted());
        let (waiting, since) = (Vec::new(), schedule::now());
        Record { seat, home: None, visitor: None, descriptor, tainted: false, waiting, since, put_off: None }
    }

    /// How long this node may still have the lock while another waits.
    fn time_left(&self) -> Option<Duration> {
        let left = (self.since + TENURE).saturating_duration_since(schedule::now());
        (!left.is_zero()).then_some(left)
    }

    /// How long a recall can wait, because threads of this node are at the lock. To the rules it is as if it came late.
    fn puts_off(&self, told: ToSeat) -> Option<Duration> {
        let can_wait = matches!(told, ToSeat::Recall { force: Force::Hard, .. }) && self.seat.guards() != (0, false);
        if can_wait { self.time_left() } else { None }
    }

    /// Has grants of other locks, which may come to lie at the same address, have higher numbers than this one's.
    pub(super) fn remember(&self, node: &Node) {
        if let Some(home) = &self.home {
            node.sharing().rwlock.epochs.fetch_max(home.epoch(), Ordering::Relaxed);
        }
    }

    /// Whether nothing is known here that is not known without; at home the cell's word then knows the guards again.
    fn is_needless(&self, base: Option<&Base>) -> bool {
        let (Some(home), Some(base)) = (&self.home, base) else { return self.seat.is_vacant() };
        if !home.is_only_here() || !self.seat.is_quiet() {
            return false;
        }
        let (readers, writing) = self.seat.guards();
        base.word.store(if writing { WRITER } else { readers }, Ordering::Release);
        true
    }
}

impl Turn<'_> {
    fn is_home(&self) -> bool {
        self.record.home.is_some()
    }

    /// Where this node's guards find the data.
    fn place(&self) -> NonNull<u8> {
        match (self.base, &self.record.visitor) {
            (Some(base), _) => base.data(),
            (None, Some(visitor)) => visitor.place(),
            (None, None) => crate::failure::end("a lock is held whose data are not there"),
        }
    }

    fn held(&self) -> Held {
        Held { place: self.place(), clean: !self.is_home() && !self.record.tainted }
    }

    /// An event at this node's seat; a grant brings data.
    pub(super) fn seat(&mut self, event: SeatEvent, body: Option<&Body>) -> Sense {
        match event {
            SeatEvent::Told(told) => {
                if let Some(left) = self.record.puts_off(told) {
                    self.record.put_off = Some(told);
                    self.node.sharing().rwlock.put_off(self.node, self.address, left);
                    return Ok(());
                }
                // It takes the place of what was put off, or takes it back.
                self.record.put_off = None;
            }
            SeatEvent::Unlock(_) => {
                self.hear(event, None)?;
                let due = self.record.put_off.is_some() && self.record.time_left().is_none();
                return if due { self.hear_put_off() } else { Ok(()) };
            }
            SeatEvent::Ask { .. } | SeatEvent::Leave { .. } => {}
        }
        self.hear(event, body)
    }

    /// Hears a recall that was put off, if its time has come; else it is looked at again later.
    fn hear_put_off(&mut self) -> Sense {
        if let Some(left) = self.record.time_left() {
            self.node.sharing().rwlock.put_off(self.node, self.address, left);
            return Ok(());
        }
        let recall = self.record.put_off.take();
        recall.map_or(Ok(()), |recall| self.hear(SeatEvent::Told(recall), None))
    }

    fn hear(&mut self, event: SeatEvent, body: Option<&Body>) -> Sense {
        let actions = self.record.seat.step(event)?;
        if let SeatEvent::Told(ToSeat::Grant { .. }) = event {
            self.record.since = schedule::now();
        }
        if let (SeatEvent::Told(ToSeat::Grant { .. }), Some(body)) = (event, body) {
            let (visitor, descriptor) = (Visitor::room(self.record.descriptor), self.record.descriptor);
            // SAFETY: the home has packed the lock's data, and the room is nobody else's yet.
            unsafe { land(self.node, body, visitor.place(), descriptor) }.map_err(|why| why.to_string())?;
            self.record.visitor = Some(visitor);
        }
        self.todo.extend(actions.into_iter().map(Todo::Seat));
        self.work()
    }

    fn work(&mut self) -> Sense {
        if std::mem::replace(&mut self.works, true) {
            return Ok(());
        }
        while let Some(todo) = self.todo.pop_front() {
            match todo {
                Todo::Seat(action) => self.do_at_seat(action)?,
                Todo::Home(action) => self.do_at_home(action)?,
            }
        }
        self.works = false;
        Ok(())
    }

    fn do_at_seat(&mut self, action: SeatAction) -> Sense {
        match action {
            SeatAction::Admit(ticket) => self.settle(ticket, Some(self.held())),
            SeatAction::Refuse(ticket) | SeatAction::Gone(ticket) => self.settle(ticket, None),
            SeatAction::Send(message) if self.is_home() => return self.home(self.node.rank(), message, None),
            SeatAction::Send(message) => self.tell_home(message),
        }
        Ok(())
    }

    fn settle(&mut self, ticket: u64, fate: Option<Held>) {
        let Some(at) = self.record.waiting.iter().position(|(known, _)| *known == ticket) else { return };
        let (_, waiting) = self.record.waiting.swap_remove(at);
        let _ = waiting.fate.set(fate);
        self.after.woken.push(waiting);
    }

    /// Tells the home something, with the data that go back.
    fn tell_home(&mut self, message: ToHome) {
        let (node, descriptor) = (self.node, self.record.descriptor);
        let (op, number, a, b) = message.encode();
        let ask = Ask { family: Family::RwLock, op: op as u16, number, id: 0, address: self.address, a, b };
        let home = self.address.home();
        let mut image = Image::new();
        match message {
            ToHome::Return { from: Mode::Write, kept: true, .. } => {
                // SAFETY: the data are here, and this node's threads only read them.
                image = unsafe { pack(node, trace::Mode::Lend, self.place(), descriptor) };
            }
            ToHome::Return { from, .. } => match self.record.visitor.take() {
                // SAFETY: the grant has allowed no more than a copy, and no guard is in use.
                Some(visitor) if from == Mode::Read => unsafe { visitor.forget(node) },
                Some(visitor) if descriptor.takes_counted() => {
                    // Packing such values may wait. What is told after this finds the home still waiting for it.
                    return run_aside(node, move || {
                        node.await_fetches(Ending::GiveAway);
                        let visitor = visitor;
                        // SAFETY: the data are here, and no guard is in use.
                        let image = unsafe { pack(node, trace::Mode::Depart, visitor.place(), descriptor) };
                        node.tell_share(home, Lane::Small, ask, &[image.bytes().into()], SendMode::Block);
                    });
                }
                // SAFETY: as above.
                Some(visitor) => image = unsafe { pack(node, trace::Mode::Depart, visitor.place(), descriptor) },
                None => crate::failure::end("a lock is returned whose data are not there"),
            },
            ToHome::Want { .. } | ToHome::Cancel { .. } | ToHome::Busy { .. } => {}
        }
        node.tell_share(home, Lane::Small, ask, &[image.bytes().into()], SendMode::Defer);
    }

    /// What a seat tells this node, the lock's home; a return from one that may write brings the data.
    pub(super) fn home(&mut self, from: Rank, message: ToHome, body: Option<&Body>) -> Sense {
        let home = self.record.home.as_mut().ok_or("this is not the lock's home")?;
        let actions = home.step(from, message)?;
        if let (ToHome::Return { from: Mode::Write, .. }, Some(body)) = (message, body) {
            // SAFETY: the seat has packed the lock's data, which are nowhere else; nobody holds the lock here.
            unsafe { land(self.node, body, self.place(), self.record.descriptor) }.map_err(|why| why.to_string())?;
        }
        self.todo.extend(actions.into_iter().map(Todo::Home));
        self.work()
    }

    fn do_at_home(&mut self, action: HomeAction) -> Sense {
        match action {
            HomeAction::End => {
                self.after.ends = true;
                Ok(())
            }
            HomeAction::Send(to, message) if to == self.node.rank() => self.seat(SeatEvent::Told(message), None),
            HomeAction::Send(to, message) => {
                self.tell_seat(to, message);
                Ok(())
            }
        }
    }

    /// Tells a seat something; with a grant, a copy of the data or the data themselves.
    fn tell_seat(&self, to: Rank, message: ToSeat) {
        let (node, descriptor, place) = (self.node, self.record.descriptor, Place(self.place()));
        let (op, number, a, mut b) = message.encode();
        let ToSeat::Grant { mode, .. } = message else {
            let ask = Ask { family: Family::RwLock, op: op as u16, number, id: 0, address: self.address, a, b };
            return node.tell_share(to, Lane::Small, ask, &[], SendMode::Defer);
        };
        if self.base.is_some_and(|base| base.poisoned.load(Ordering::Relaxed)) {
            b |= POISONED;
        }
        let ask = Ask { family: Family::RwLock, op: op as u16, number, id: 0, address: self.address, a, b };
        let grant = move |how, sending| {
            let place = place;
            // SAFETY: the data are in the cell. The seat is granted them to read, when nobody may write, or to write,
            // when nobody else may do anything with them until they are back.
            let image = unsafe { pack(node, how, place.0, descriptor) };
            let lane = if image.len() < BULK { Lane::Small } else { Lane::Bulk };
            node.tell_share(to, lane, ask, &[image.bytes().into()], sending);
        };
        match mode {
            Mode::Read => grant(trace::Mode::Lend, SendMode::Defer),
            Mode::Write if descriptor.takes_counted() => run_aside(node, move || {
                node.await_fetches(Ending::GiveAway);
                grant(trace::Mode::Depart, SendMode::Block);
            }),
            Mode::Write => grant(trace::Mode::Depart, SendMode::Defer),
        }
    }

    /// The lock's owner has given it up.
    pub(super) fn end(&mut self) -> Sense {
        let home = self.record.home.as_mut().ok_or("this is not the lock's home")?;
        let actions = home.end()?;
        self.todo.extend(actions.into_iter().map(Todo::Home));
        self.work()
    }

    /// Notes what a grant says of a panic.
    pub(super) fn taint(&mut self, tainted: bool) {
        self.record.tainted = tainted;
    }

    /// The owner, on another node, has taken the data that it alone held.
    pub(super) fn end_taken(&mut self, by: Rank) -> Sense {
        let home = self.record.home.as_ref().ok_or("this is not the lock's home")?;
        if !home.is_only_with(by) {
            return Err("an end of a lock whose data were not taken".into());
        }
        self.record.home = Some(Home::new(self.node.rank(), home.epoch()));
        Ok(())
    }
}

/// Drops the data, unless they were taken, and frees the cell.
pub(super) fn finish(node: &'static Node, base: &Base, taken: bool) {
    unsafe fn stays(_: *mut u8, _: Layout) {}
    let (place, descriptor) = (base.data().as_ptr(), base.descriptor);
    if !taken {
        // SAFETY: the lock was given up, and its data are here; nothing of the user's runs when they end.
        for_a_peer(|| unsafe { descriptor.drop_object(place, 1, descriptor.layout(1), stays) });
    }
    // SAFETY: nobody uses the lock any more, and what it owned has been dropped or taken.
    unsafe { cell::free(node, NonNull::from(base).cast()) }
}
