//! A small exhaustive model: two nodes, one object, every order of reads, writes, lends, returns, gifts, evictions,
//! abandoned fetches and late frees, driven by the functions that the runtime calls. Every read must return the last
//! value written; and when a rule is planted broken, some order must show it.

use drust_proto::coherence::{
    Action, CopyEvent, CopyState, CopyStep, CopyView, Ending, Event, Fetches, FreeKind, Handle, Held, Here, Slot,
    SlotEvent, SlotStep, Verdict,
};
use drust_proto::{Address, CopyKey, DescriptorId, Extent, Partition, Rank, Stamp};
use std::collections::{HashSet, VecDeque};
use std::num::NonZeroU32;

const NODES: usize = 2;
const SLOTS: usize = 3;
/// Bounds the depth: 90,000 worlds, about a second. One stamp more is six times as many.
const STAMPS: u64 = 5;
const BYTES: u64 = 8;

/// A rule that the model's caller breaks on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// Rule 1: the value is written under the stamp it was exposed with.
    StaleStamp,
    /// Rule 2: the original stays PRIVATE when its stamp is handed out.
    StaysPrivate,
    /// Rule 3: what lands keeps the pointer of its sender.
    KeepsPointer,
    /// Rule 4: what departs keeps its pin.
    KeepsPin,
    /// Rule 7: a borrow ends while a fetch begun under it is unanswered.
    AbandonsFetches,
    /// Rule 8: the lender stores the final address under the stamp it had.
    ComesHomeStale,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Lent {
    No,
    Shared(Handle),
    Mutably(Handle),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Filed {
    key: CopyKey,
    state: CopyState,
    value: u8,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    slots: [[(Slot, u8); SLOTS]; NODES],
    copies: [Vec<Filed>; NODES],
    /// One-way frees under way, in no order.
    frees: Vec<(Address, FreeKind)>,
    /// The node whose handle owns the object; the other is the borrower.
    owner: usize,
    handle: Handle,
    lent: Lent,
    /// A fetch whose waiter has gone: who asked, by which handle, and what the value was.
    asked: Option<(usize, Handle, u8)>,
    fetches: Fetches,
    last_written: u8,
    next_stamp: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Move {
    Read,
    Write,
    Unpin,
    Share,
    BorrowerReads,
    BorrowerAsks,
    Answer,
    EndShare,
    LendMutably,
    BorrowerWrites,
    ComeHome,
    GiveAway,
    Evict(usize, usize),
    Deliver(usize),
}

/// Why a world is not explored further: out of the model's bounds, or a rule is violated.
#[derive(PartialEq, Eq, Debug)]
enum Stop {
    Bounds,
    Violation(String),
}

fn violation(what: impl ToString) -> Stop {
    Stop::Violation(what.to_string())
}

impl World {
    fn start() -> World {
        let free = [(Slot::Free, 0); SLOTS];
        let nowhere = Handle::reserved();
        let copies = [Vec::new(), Vec::new()];
        let (frees, lent) = (Vec::new(), Lent::No);
        let mut world = World {
            slots: [free; NODES],
            copies,
            frees,
            owner: 0,
            handle: nowhere,
            lent,
            asked: None,
            fetches: Fetches::NONE,
            last_written: 0,
            next_stamp: 1,
        };
        let at = world.allocate(0).expect("an empty heap has room");
        world.handle = Handle::new(at, world.fresh().expect("no stamp is taken"));
        world
    }

    fn fresh(&mut self) -> Result<Stamp, Stop> {
        let stamp = Stamp::from_word(self.next_stamp).filter(|_| self.next_stamp <= STAMPS).ok_or(Stop::Bounds)?;
        self.next_stamp += 1;
        Ok(stamp)
    }

    fn allocate(&mut self, node: usize) -> Result<Address, Stop> {
        let free = self.slots[node].iter().position(|(slot, _)| *slot == Slot::Free).ok_or(Stop::Bounds)?;
        let descriptor = DescriptorId(NonZeroU32::MIN);
        let event = SlotEvent::Allocate { descriptor, capacity: 1, user_drop: false };
        self.slots[node][free].0 = self.slots[node][free].0.step(event).map_err(violation)?.0;
        Ok(Address::new(Partition(node as u16), free as u64 * BYTES))
    }

    fn slot(&mut self, at: Address) -> &mut (Slot, u8) {
        &mut self.slots[usize::from(at.home().0)][(at.offset() / BYTES) as usize]
    }

    fn serve(&mut self, at: Address) -> Result<u8, Stop> {
        let (slot, value) = *self.slot(at);
        assert_eq!(slot.step(SlotEvent::Serve { elements: 1 }).map_err(violation)?.1, SlotStep::Lend(1));
        Ok(value)
    }

    fn free(&mut self, at: Address, kind: FreeKind) -> Result<(), Stop> {
        let slot = self.slot(at);
        slot.0 = slot.0.step(SlotEvent::Free { kind, elements: 1 }).map_err(violation)?.0;
        slot.1 = 0;
        Ok(())
    }

    /// Steps the copy of `handle` on `node`, and does what the step asks for.
    fn copy(&mut self, node: usize, handle: &Handle, event: CopyEvent) -> Result<u8, Stop> {
        let key = handle.key(BYTES);
        let at = self.copies[node].iter().position(|filed| filed.key == key);
        let mut filed = at.map_or(Filed { key, state: CopyState::Gone, value: 0 }, |at| self.copies[node].remove(at));
        let (state, step) = filed.state.step(event).map_err(violation)?;
        filed.state = state;
        if step == CopyStep::Wait {
            return Err(Stop::Bounds);
        }
        if step == CopyStep::Fetch {
            filed.value = self.serve(key.address)?;
            filed.state = filed.state.step(CopyEvent::Filled).map_err(violation)?.0;
        }
        if filed.state != CopyState::Gone {
            self.copies[node].push(filed);
            self.copies[node].sort_by_key(|filed| (filed.key.stamp, filed.key.address));
        }
        Ok(filed.value)
    }

    /// The borrower begins a fetch of the whole value and does not wait for it.
    fn ask(&mut self, node: usize, handle: Handle) -> Result<(), Stop> {
        let (state, _) = CopyState::Gone.step(CopyEvent::Pin).map_err(violation)?;
        let (state, _) = state.step(CopyEvent::Release).map_err(violation)?;
        self.copies[node].push(Filed { key: handle.key(BYTES), state, value: 0 });
        self.copies[node].sort_by_key(|filed| (filed.key.stamp, filed.key.address));
        self.fetches = self.fetches.begin().map_err(violation)?;
        self.asked = Some((node, handle, self.last_written));
        Ok(())
    }

    fn answer(&mut self) -> Result<(), Stop> {
        let (node, handle, when_asked) = self.asked.take().expect("a fetch is unanswered");
        let value = self.serve(handle.address)?;
        if value != when_asked {
            return Err(violation("the value was written while a fetch of it was unanswered"));
        }
        self.fetches = self.fetches.answered().map_err(violation)?;
        let filed = self.copies[node].iter_mut().find(|filed| filed.key == handle.key(BYTES));
        let filed = filed.ok_or_else(|| violation("the copy to fill is gone"))?;
        (filed.state, filed.value) = (filed.state.step(CopyEvent::Filled).map_err(violation)?.0, value);
        Ok(())
    }

    /// Whoever must wait for an answer goes on in the worlds in which that has come.
    fn await_fetches(&self, ending: Ending, fault: Fault) -> Result<(), Stop> {
        let wait = self.fetches.before(ending) == Verdict::Wait && fault != Fault::AbandonsFetches;
        if wait { Err(Stop::Bounds) } else { Ok(()) }
    }

    fn view(&mut self, node: usize, handle: &Handle) -> Result<(CopyView, u8), Stop> {
        let key = handle.key(BYTES);
        let own_pin = handle.held == Held::Pin;
        let Some(filed) = self.copies[node].iter().find(|filed| filed.key == key) else {
            return Ok((CopyView::Absent, 0));
        };
        let (view, value) = (filed.state.view(own_pin), filed.value);
        if view == CopyView::Sole {
            self.copy(node, handle, CopyEvent::Take { own_pin, extent: Extent::Whole })?;
        }
        Ok((view, value))
    }

    fn read(&mut self, node: usize, handle: &mut Handle) -> Result<(), Stop> {
        let (after, todo) = handle.step(here(node), Event::Read).map_err(violation)?;
        if todo.contains(&Action::PinCopy) {
            self.copy(node, &after, CopyEvent::Pin)?;
        }
        *handle = after;
        let key = handle.key(BYTES);
        let value = match handle.held {
            Held::Home => self.serve(handle.address)?,
            Held::Pin => {
                let pinned = self.copies[node].iter().find(|filed| filed.key == key);
                pinned.ok_or_else(|| violation("a pinned copy is gone"))?.value
            }
            Held::Nothing => return Err(violation("a read leaves no pointer")),
        };
        if value == self.last_written {
            return Ok(());
        }
        Err(violation(format!("read {value}, last written was {}", self.last_written)))
    }

    fn write(&mut self, node: usize, handle: &mut Handle, fault: Fault) -> Result<(), Stop> {
        let remote = usize::from(handle.address.home().0) != node;
        let (copy, value) = if remote { self.view(node, handle)? } else { (CopyView::Absent, 0) };
        let (after, todo) = handle.step(here(node), Event::Write { copy }).map_err(violation)?;
        let (mut at, mut bytes) = (handle.address, value);
        for action in todo.iter() {
            match *action {
                Action::AllocateHere => at = self.allocate(node)?,
                Action::Release => drop(self.copy(node, handle, CopyEvent::Release)?),
                Action::FetchAndFree { .. } => {
                    bytes = self.serve(handle.address)?;
                    self.free(handle.address, FreeKind::MovedOut)?;
                }
                Action::SendFree { what, .. } => self.frees.push((handle.address, what)),
                Action::AwaitFetches => self.await_fetches(Ending::ColdWrite, fault)?,
                Action::UseHome | Action::Promote | Action::FreshStamp => {}
                other => return Err(violation(format!("a write does not {other:?}"))),
            }
        }
        if at != handle.address && bytes != self.last_written {
            return Err(violation(format!("moved {bytes}, last written was {}", self.last_written)));
        }
        *handle = match (todo.contains(&Action::FreshStamp), fault) {
            (false, _) => after,
            (true, Fault::StaleStamp) => Handle::new(at, handle.stamp),
            (true, _) => after.step(here(node), Event::Own { at, fresh: self.fresh()? }).map_err(violation)?.0,
        };
        self.last_written = 1 - self.last_written;
        self.slot(handle.address).1 = self.last_written;
        Ok(())
    }

    /// Steps `handle` by an event that asks at most for the release of its pin.
    fn quiet(&mut self, node: usize, handle: &mut Handle, event: Event, fault: Fault) -> Result<(), Stop> {
        let (after, todo) = handle.step(here(node), event).map_err(violation)?;
        if todo.contains(&Action::AwaitFetches) {
            self.await_fetches(if event == Event::Lend { Ending::LendMut } else { Ending::GiveAway }, fault)?;
        }
        if todo.contains(&Action::Release) && !(fault == Fault::KeepsPin && event == Event::Depart) {
            self.copy(node, handle, CopyEvent::Release)?;
        }
        *handle = after;
        Ok(())
    }

    /// The handle of the owner leaves by `event`: what lands on the other node.
    fn hand_over(&mut self, event: Event, fault: Fault) -> Result<Handle, Stop> {
        let mut handle = self.handle;
        let bits = if fault == Fault::KeepsPointer { handle } else { handle.sent() };
        self.quiet(self.owner, &mut handle, event, fault)?;
        if fault == Fault::StaysPrivate && event == Event::Expose {
            handle.private = self.handle.private;
        }
        self.handle = handle;
        if fault == Fault::KeepsPointer {
            return Ok(bits);
        }
        Ok(bits.step(here(1 - self.owner), Event::Land).map_err(violation)?.0)
    }

    fn step(&mut self, step: Move, fault: Fault) -> Result<(), Stop> {
        let (owner, borrower) = (self.owner, 1 - self.owner);
        let mut handle = self.handle;
        match (step, self.lent) {
            (Move::Read, _) => self.read(owner, &mut handle)?,
            (Move::Write, _) => self.write(owner, &mut handle, fault)?,
            (Move::Unpin, _) => self.quiet(owner, &mut handle, Event::Unpin, fault)?,
            (Move::Share, _) => self.lent = Lent::Shared(self.hand_over(Event::Expose, fault)?),
            (Move::LendMutably, _) => self.lent = Lent::Mutably(self.hand_over(Event::Lend, fault)?),
            (Move::GiveAway, _) => {
                self.handle = self.hand_over(Event::Depart, fault)?;
                self.owner = borrower;
            }
            (Move::BorrowerReads, Lent::Shared(mut theirs)) => {
                self.read(borrower, &mut theirs)?;
                self.lent = Lent::Shared(theirs);
            }
            (Move::BorrowerReads, Lent::Mutably(mut theirs)) => {
                self.read(borrower, &mut theirs)?;
                self.lent = Lent::Mutably(theirs);
            }
            (Move::BorrowerWrites, Lent::Mutably(mut theirs)) => {
                self.write(borrower, &mut theirs, fault)?;
                self.lent = Lent::Mutably(theirs);
            }
            (Move::BorrowerAsks, Lent::Shared(theirs) | Lent::Mutably(theirs)) => self.ask(borrower, theirs)?,
            (Move::Answer, _) => self.answer()?,
            (Move::EndShare, Lent::Shared(mut theirs)) => {
                self.await_fetches(Ending::Completion, fault)?;
                self.quiet(borrower, &mut theirs, Event::Forget, fault)?;
                self.lent = Lent::No;
            }
            (Move::ComeHome, Lent::Mutably(mut theirs)) => {
                self.quiet(borrower, &mut theirs, Event::Depart, fault)?;
                let stale = Handle { address: theirs.address, ..handle };
                let home = Event::ComeHome { at: theirs.address, fresh: self.fresh()? };
                handle = handle.step(here(owner), home).map_err(violation)?.0;
                handle = if fault == Fault::ComesHomeStale { stale } else { handle };
                self.lent = Lent::No;
            }
            (Move::Evict(node, at), _) => {
                let event = self.copies[node][at].state.step(CopyEvent::Evict);
                assert_eq!(event.map_err(violation)?, (CopyState::Gone, CopyStep::Forget));
                self.copies[node].remove(at);
            }
            (Move::Deliver(at), _) => {
                let (address, kind) = self.frees.swap_remove(at);
                self.frees.sort_unstable();
                self.free(address, kind)?;
            }
            (step, lent) => unreachable!("{step:?} while {lent:?}"),
        }
        if !matches!(step, Move::Share | Move::LendMutably | Move::GiveAway) {
            self.handle = handle;
        }
        self.frees.sort_unstable();
        Ok(())
    }

    fn may_ask(&self) -> bool {
        let node = 1 - self.owner;
        let (Lent::Shared(theirs) | Lent::Mutably(theirs)) = self.lent else { return false };
        let remote = usize::from(theirs.address.home().0) != node && theirs.held == Held::Nothing;
        let filed = self.copies[node].iter().any(|filed| filed.key == theirs.key(BYTES));
        remote && !filed && self.asked.is_none()
    }

    /// What the borrow checker, the evictor and the network allow next.
    fn moves(&self) -> Vec<Move> {
        let mut moves = match self.lent {
            Lent::No => {
                vec![Move::Read, Move::Write, Move::Unpin, Move::Share, Move::LendMutably, Move::GiveAway]
            }
            Lent::Shared(_) => vec![Move::Read, Move::BorrowerReads, Move::EndShare],
            Lent::Mutably(_) => vec![Move::BorrowerReads, Move::BorrowerWrites, Move::ComeHome],
        };
        if self.may_ask() {
            moves.push(Move::BorrowerAsks);
        }
        if self.asked.is_some() {
            moves.push(Move::Answer);
        }
        for node in 0..NODES {
            let idle = self.copies[node].iter().enumerate().filter(|(_, filed)| filed.state == CopyState::Idle);
            moves.extend(idle.map(|(at, _)| Move::Evict(node, at)));
        }
        moves.extend((0..self.frees.len()).map(Move::Deliver));
        moves
    }

    /// Nothing leaks: one slot is live, or awaits its free; a copy is pinned exactly by the handles that hold it.
    fn check(&self) -> Result<(), Stop> {
        let live = self.slots.as_flattened().iter().filter(|(slot, _)| *slot != Slot::Free).count();
        if live != 1 + self.frees.len() {
            return Err(violation(format!("{live} slots live, {} frees under way", self.frees.len())));
        }
        let theirs = match self.lent {
            Lent::No => None,
            Lent::Shared(handle) | Lent::Mutably(handle) => Some((1 - self.owner, handle)),
        };
        let holders: Vec<_> = theirs.into_iter().chain([(self.owner, self.handle)]).collect();
        for (node, filed) in (0..NODES).flat_map(|node| self.copies[node].iter().map(move |filed| (node, filed))) {
            let pins = |(at, handle): &&(usize, Handle)| {
                *at == node && handle.held == Held::Pin && handle.key(BYTES) == filed.key
            };
            let expected = match holders.iter().filter(pins).count() as u32 {
                0 if self.asked.is_some_and(|(_, asked, _)| asked.key(BYTES) == filed.key) => {
                    CopyState::Filling { pins: 0 }
                }
                0 => CopyState::Idle,
                pins => CopyState::Held { pins },
            };
            if filed.state != expected {
                return Err(violation(format!("{filed:?} should be {expected:?}")));
            }
        }
        Ok(())
    }
}

fn here(node: usize) -> Here {
    Here { rank: Rank(node as u16) }
}

/// Explores every world within bounds, nearest first. The number of worlds, or the shortest way to a violation.
fn explore(fault: Fault) -> Result<usize, (Vec<Move>, String)> {
    let mut seen = HashSet::from([World::start()]);
    let mut open = VecDeque::from([(World::start(), Vec::new())]);
    while let Some((world, path)) = open.pop_front() {
        for step in world.moves() {
            let mut next = world.clone();
            let stepped = next.step(step, fault).and_then(|()| next.check());
            let path = || path.iter().copied().chain([step]).collect::<Vec<Move>>();
            match stepped {
                Err(Stop::Bounds) => continue,
                Err(Stop::Violation(why)) => return Err((path(), why)),
                Ok(()) if seen.contains(&next) => continue,
                Ok(()) => open.push_back((next.clone(), path())),
            }
            seen.insert(next);
        }
    }
    Ok(seen.len())
}

#[test]
fn every_read_returns_the_last_value_written() {
    match explore(Fault::None) {
        Ok(worlds) => assert!(worlds > 80_000, "only {worlds} worlds: the bounds are too tight to mean anything"),
        Err((path, why)) => panic!("{why} after {path:?}"),
    }
}

#[track_caller]
fn caught(fault: Fault) -> (Vec<Move>, String) {
    explore(fault).expect_err("the planted fault was not caught")
}

#[test]
fn writing_under_an_exposed_stamp_is_caught() {
    let (path, why) = caught(Fault::StaleStamp);
    assert!(path.contains(&Move::Write) && why.starts_with("read "), "{why} after {path:?}");
}

#[test]
fn staying_private_when_exposed_is_caught() {
    let (path, why) = caught(Fault::StaysPrivate);
    assert!(path.contains(&Move::Share) && why.starts_with("read "), "{why} after {path:?}");
}

#[test]
fn landing_with_the_senders_pointer_is_caught() {
    let (_, why) = caught(Fault::KeepsPointer);
    assert!(why.starts_with("no handle can be"), "{why}");
}

#[test]
fn departing_with_a_pin_is_caught() {
    let (path, why) = caught(Fault::KeepsPin);
    assert!(path.contains(&Move::BorrowerReads) || path.contains(&Move::GiveAway), "{why} after {path:?}");
    assert!(why.contains("should be Idle"), "{why}");
}

#[test]
fn ending_a_borrow_before_its_fetches_are_answered_is_caught() {
    let (path, why) = caught(Fault::AbandonsFetches);
    assert!(path.contains(&Move::BorrowerAsks), "{why} after {path:?}");
}

#[test]
fn coming_home_under_the_old_stamp_is_caught() {
    let (path, why) = caught(Fault::ComesHomeStale);
    assert!(path.contains(&Move::ComeHome) && why.starts_with("read "), "{why} after {path:?}");
}
