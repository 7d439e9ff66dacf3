//! Tasks: how boxes and borrows leave with them, arrive, and come home.

use crate::cover::Machine;
use crate::fault::{Fault, Stepped, Stop, Wrong, lawful};
use crate::paths::Spot;
use crate::stage::{Stage, whole};
use crate::task::{Hold, Kind, Path, Status, Task};
use crate::world::{Link, Tag, Value};
use drust_proto::coherence::{Action, CopyEvent, Ending, Event, Handle, Held, Ledger, LendError, Loan};
use drust_proto::{Rank, TaskId};

pub fn id(task: u8) -> TaskId {
    TaskId { rank: Rank(0), seq: u64::from(task) }
}

impl Stage<'_> {
    /// A task leaves with one argument for another node, or begins on this one with a borrow.
    pub fn spawn(&mut self, parent: u8, path: Path, kind: Kind, to: u8) -> Stepped {
        let child = self.world.tasks.iter().position(Option::is_none).ok_or(Stop::Bounds)? as u8;
        let node = self.world.task(parent).node;
        let mut hold = Hold { kind, link: Link::nothing(), guest: Value::NONE, origin: path };
        match kind {
            Kind::Local => {}
            Kind::Shared | Kind::Part(_) => hold.link = self.share(parent, path)?,
            Kind::Own | Kind::Lent => hold.link = self.depart(parent, path, kind)?,
            Kind::Guest => (hold.link, hold.guest) = self.depart_value(parent, path)?,
            Kind::Copied => (hold.link, hold.guest) = self.share_value(parent, path)?,
        }
        let lent = u32::from(matches!(kind, Kind::Lent | Kind::Guest));
        if lent > 0 {
            let loan = Loan { task: id(child), pieces: lent };
            self.ledger(parent, 0, |ledger| ledger.lend(loan))?;
        }
        let status = if to == node { Status::Running } else { Status::Flying };
        let mut task = Task::new(parent, to, status, self.config.holds, lent);
        task.holds[0] = Some(hold);
        self.world.tasks[usize::from(child)] = Some(task);
        Ok(())
    }

    pub fn ledger<T>(
        &mut self,
        task: u8,
        row: usize,
        enter: impl FnOnce(&mut Ledger) -> Result<T, LendError>,
    ) -> Stepped<T> {
        let ledger = &mut self.world.task_mut(task).ledger;
        let out = usize::from(ledger.out().next().is_some());
        self.cover.count(Machine::Ledger, row, out);
        match enter(ledger) {
            Err(LendError::StillOut(_)) => Err(Stop::Bounds),
            other => lawful(Wrong::Law, other),
        }
    }

    /// A `Ref`'s source is exposed as its bits leave.
    fn share(&mut self, task: u8, path: Path) -> Stepped<Link> {
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(task).node;
        let (exposed, _) = self.law(node, link.handle, Event::Expose)?;
        if self.config.fault != Fault::ShareKeepsPrivate {
            self.store(spot, Some(Link { handle: exposed, ..link }));
        }
        Ok(self.sent(link))
    }

    /// The bytes of a value go along with a `Ref`, traced as if it were fetched.
    fn share_value(&mut self, task: u8, path: Path) -> Stepped<(Link, Value)> {
        let link = self.spot(task, path).and_then(|spot| self.link(spot)).expect("a way that was found");
        let node = self.world.task(task).node;
        let mut value = self.seen(node, &link.handle, None).expect("what is read is there");
        if link.handle.held == Held::Home {
            value = self.trace_out(link.handle.address, self.config.fault == Fault::ServeKeepsPrivate)?;
        }
        for kid in value.kids.iter_mut().flatten() {
            self.law(node, kid.handle, Event::Expose)?;
            *kid = self.sent(*kid);
        }
        Ok((Link { out: true, ..link }, value))
    }

    /// A `Ref` goes on to what a box in its value owns, and gives the value's copy back.
    pub fn step_on(&mut self, task: u8, path: Path) -> Stepped {
        let child = self.spot(task, path).and_then(|spot| self.link(spot)).expect("a way that was found");
        let held = *self.world.hold(task, path.hold);
        let node = self.world.task(task).node;
        if child.handle.held == Held::Pin {
            self.copy(node, whole(&child.handle), CopyEvent::Pin)?;
        }
        let (_, todo) = self.law(node, held.link.handle, Event::Forget)?;
        if !todo.is_empty() {
            self.release(node, held.link.handle)?;
        }
        *self.world.hold_mut(task, path.hold) = Hold { link: Link { out: false, ..child }, ..held };
        Ok(())
    }

    /// The bits of a handle, as they are sent.
    pub fn sent(&self, link: Link) -> Link {
        let sent = match self.config.fault {
            Fault::LandsPointer => link.handle,
            Fault::LandsPrivate => Handle { private: link.handle.private, ..link.handle.sent() },
            _ => link.handle.sent(),
        };
        Link { handle: sent, out: false, ..link }
    }

    /// A handle departs: given away, or lent.
    fn depart(&mut self, task: u8, path: Path, kind: Kind) -> Stepped<Link> {
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(task).node;
        let lends = kind == Kind::Lent;
        self.await_fetches(Some(task), if lends { Ending::LendMut } else { Ending::GiveAway })?;
        let (mut after, todo) = self.law(node, link.handle, if lends { Event::Lend } else { Event::Depart })?;
        let keeps = if lends { Fault::LendKeepsPin } else { Fault::DepartKeepsPin };
        if todo.contains(&Action::Release) && self.config.fault != keeps {
            self.release(node, link.handle)?;
        }
        if self.config.fault == Fault::LendKeepsPrivate {
            after = Handle { private: link.handle.private, held: link.handle.held, ..after };
        }
        self.store(spot, lends.then_some(Link { handle: after, out: true, ..link }));
        Ok(self.sent(link))
    }

    /// The bytes of a value depart, and the boxes in them; the value's own handle stays, PRIVATE.
    fn depart_value(&mut self, task: u8, path: Path) -> Stepped<(Link, Value)> {
        self.await_fetches(Some(task), Ending::LendMut)?;
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(task).node;
        let value = self.cell(link.handle.address).value;
        let sent = self.depart_kids(node, value)?;
        let dead = |kid: Option<Link>| kid.map(|kid| Link { handle: kid.handle.sent(), out: true, ..kid });
        self.cell(link.handle.address).value = Value { tag: Tag::Stale, kids: value.kids.map(dead) };
        Ok((Link { out: true, ..link }, sent))
    }

    pub fn depart_kids(&mut self, node: u8, mut value: Value) -> Stepped<Value> {
        for kid in value.kids.iter_mut().flatten() {
            let (_, todo) = self.law(node, kid.handle, Event::Depart)?;
            if todo.contains(&Action::Release) && self.config.fault != Fault::DepartKeepsPin {
                self.release(node, kid.handle)?;
            }
            *kid = self.sent(*kid);
        }
        Ok(value)
    }

    /// A task's message is there.
    pub fn arrive(&mut self, task: u8) -> Stepped {
        let node = self.world.task(task).node;
        for hold in 0..self.world.task(task).holds.len() {
            let Some(mut held) = self.world.task(task).holds[hold] else { continue };
            match held.kind {
                kind if kind.is_here() => held.guest = self.land_value(node, held.guest)?,
                _ => held.link = self.land_argument(node, held.link)?,
            }
            self.world.task_mut(task).holds[hold] = Some(held);
        }
        self.world.task_mut(task).status = Status::Running;
        Ok(())
    }

    pub fn land_argument(&mut self, node: u8, link: Link) -> Stepped<Link> {
        if matches!(self.config.fault, Fault::LandsPointer | Fault::LandsPrivate) {
            return Ok(link);
        }
        self.land(node, link)
    }

    /// A box passes from one task to another on the same node, and drust sees nothing of it.
    pub fn hand(&mut self, from: u8, hold: u8, to: u8) -> Stepped {
        let room = self.room(to).ok_or(Stop::Bounds)?;
        let held = self.world.task_mut(from).holds[usize::from(hold)].take().expect("the task holds it");
        self.world.task_mut(to).holds[room] = Some(Hold { origin: Path::root(room), ..held });
        Ok(())
    }

    /// A box is put into a value of the same task, or taken out of it: moves of three words.
    pub fn shift(&mut self, task: u8, from: Spot, to: Spot) -> Stepped {
        let link = self.link(from).expect("a handle lies there");
        if let Spot::Hold(task, hold) = to {
            let origin = Path::root(usize::from(hold));
            let hold = Hold { kind: Kind::Own, link, guest: Value::NONE, origin };
            self.world.task_mut(task).holds[usize::from(origin.hold)] = Some(hold);
        } else {
            self.store(to, Some(link));
        }
        self.store(from, None);
        debug_assert!(self.runs(task));
        Ok(())
    }
}
