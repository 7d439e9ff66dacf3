//! Tasks that end: their borrows end with them, what they own is their result, and what they were lent comes home.

use crate::config::Allow;
use crate::fault::{Fault, Stepped, Stop};
use crate::stage::Stage;
use crate::task::{Hold, Kind, Path, Status};
use crate::tasks::id;
use crate::world::{Link, Tag};
use drust_proto::coherence::{Action, CopyEvent, Ending, Event, Handle, Ledger, Loan};

/// How a task ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    Return,
    Panic,
    /// It forgets its `Ref`s and `RefMut`s first.
    Forget,
}

impl Stage<'_> {
    /// A task's code has ended: its borrows end, what it owns is its result, what it was lent goes home.
    pub fn end(&mut self, task: u8, how: End) -> Stepped {
        let borrows = |held: &Hold| held.kind == Kind::Local;
        let plain = self.world.task(task).holds.iter().flatten().all(borrows) && self.config.may(Allow::PLAIN);
        if !plain {
            self.await_fetches(Some(task), Ending::Completion)?;
        }
        let early = self.config.fault == Fault::EndsBeforeLoans;
        match self.ledger(task, 2, Ledger::complete) {
            Err(Stop::Bounds) if early => {}
            other => drop(other?),
        }
        let node = self.world.task(task).node;
        for hold in 0..self.world.task(task).holds.len() {
            let Some(mut held) = self.world.task(task).holds[hold] else { continue };
            let kept = match held.kind {
                Kind::Local => false,
                Kind::Shared | Kind::Part(_) => {
                    self.end_borrow(node, &held, how)?;
                    false
                }
                Kind::Copied => {
                    self.forget(node, held.guest)?;
                    false
                }
                Kind::Guest => {
                    held.guest = self.depart_kids(node, held.guest)?;
                    true
                }
                Kind::Own | Kind::Lent => {
                    let (_, todo) = self.law(node, held.link.handle, Event::Depart)?;
                    if todo.contains(&Action::Release) && self.config.fault != Fault::DepartKeepsPin {
                        self.release(node, held.link.handle)?;
                    }
                    held.link = Link { out: held.link.out && !early, ..self.sent(held.link) };
                    true
                }
            };
            self.world.task_mut(task).holds[hold] = kept.then_some(held);
        }
        let parents = self.world.task(self.world.task(task).parent).node;
        let own = self.world.task_mut(task);
        own.brings = !(how == End::Panic && self.config.fault == Fault::PanicBringsNothing);
        own.status = Status::Returning;
        // A borrower on its parent's node has nothing to send.
        let local = own.holds.iter().all(Option::is_none) && own.node == parents;
        if local {
            self.world.tasks[usize::from(task)] = None;
        }
        Ok(())
    }

    fn end_borrow(&mut self, node: u8, held: &Hold, how: End) -> Stepped {
        let handle = held.link.handle;
        let (_, todo) = self.law(node, handle, Event::Forget)?;
        if todo.is_empty() {
            return Ok(());
        }
        let part = if let Kind::Part(len) = held.kind { Some(len) } else { None };
        let key = Self::key(&handle, part);
        if how == End::Forget {
            let at = self.filed(node, key).expect("a pinned copy is filed");
            self.world.copies[at].forgotten += 1;
            return Ok(());
        }
        self.copy(node, key, CopyEvent::Release).map(drop)
    }

    /// A completion is there: what was lent is stored under fresh stamps, and the result is the parent's.
    pub fn complete(&mut self, task: u8) -> Stepped {
        let ended = self.world.tasks[usize::from(task)].take().expect("there is such a task");
        let parent = ended.parent;
        let mut pieces = 0;
        for held in ended.holds.iter().flatten() {
            match held.kind {
                Kind::Own => {
                    let node = self.world.task(parent).node;
                    let room = self.room(parent).ok_or(Stop::Bounds)?;
                    let link = self.land_argument(node, held.link)?;
                    let hold = Hold { link, origin: Path::root(room), ..*held };
                    self.world.task_mut(parent).holds[room] = Some(hold);
                }
                Kind::Lent => {
                    pieces += 1;
                    self.bring_handle(parent, held, ended.brings)?;
                }
                Kind::Guest => {
                    pieces += 1;
                    self.bring_value(parent, held)?;
                }
                Kind::Shared | Kind::Part(_) | Kind::Copied | Kind::Local => {
                    unreachable!("borrows ended with the task")
                }
            }
        }
        if pieces > 0 {
            self.ledger(parent, 1, |ledger| ledger.come_home(Loan { task: id(task), pieces }))?;
        }
        Ok(())
    }

    fn bring_handle(&mut self, parent: u8, held: &Hold, brings: bool) -> Stepped {
        let spot = self.spot(parent, held.origin).expect("what was lent stays where it is");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(parent).node;
        let at =
            if self.config.fault == Fault::HomeAtOldAddress { link.handle.address } else { held.link.handle.address };
        let fresh = self.world.stamp();
        let home = match self.config.fault {
            _ if !brings => link.handle,
            Fault::HomeUnderBorrowersStamp => held.link.handle,
            Fault::HomeUnderOldStamp if !held.link.handle.is_reserved() => Handle { address: at, ..link.handle },
            _ => self.law(node, link.handle, Event::ComeHome { at, fresh })?.0,
        };
        self.store(spot, Some(Link { handle: home, object: held.link.object, out: false }));
        Ok(())
    }

    fn bring_value(&mut self, parent: u8, held: &Hold) -> Stepped {
        let spot = self.spot(parent, held.origin).expect("what was lent stays where it is");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(parent).node;
        let mut value = self.land_value(node, held.guest)?;
        let lent = self.cell(link.handle.address).value.kids;
        for (kid, lent) in value.kids.iter_mut().zip(lent) {
            let Some(kid) = kid else { continue };
            let at = kid.handle.address;
            kid.handle = match lent {
                _ if kid.handle.is_reserved() || self.config.fault == Fault::HomeUnderBorrowersStamp => continue,
                Some(lent) if self.config.fault == Fault::GuestUnderOldStamp => {
                    Handle { stamp: lent.handle.stamp, ..kid.handle }
                }
                _ => {
                    let fresh = self.world.stamp();
                    self.law(node, kid.handle, Event::ComeHome { at, fresh })?.0
                }
            };
        }
        let object = held.link.object;
        debug_assert!(value.tag == Tag::Last(object));
        self.cell(link.handle.address).value = value;
        Ok(())
    }
}
