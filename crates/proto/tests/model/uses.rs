//! Mutable uses of a box, as the runtime's `law` does them: the law's actions in order, between the look at the copy
//! table and the handle that is stored at the end.

use crate::config::{Allow, Carrier};
use crate::cover::{self, Machine};
use crate::fault::{Fault, Stepped, Stop};
use crate::stage::{Stage, whole};
use crate::task::Op;
use crate::world::{self, Link, NOBODY, Post, Tag, Value};
use drust_proto::Address;
use drust_proto::Extent;
use drust_proto::coherence::{Action, CopyEvent, CopyView, Ending, Event, FreeKind, Handle, Held, Verdict};

/// A use under way: what the actions before have brought.
struct Use {
    node: u8,
    task: Option<u8>,
    link: Link,
    op: Op,
    /// Where the object is to be.
    at: Address,
    /// The copy that was taken out of the table.
    taken: Option<Value>,
    /// The value, out of its slot.
    value: Option<Value>,
}

/// How a use ended.
pub enum Used {
    /// With this handle, and what was taken out of the object.
    Done(Link, Value),
    /// It waits for a value that was asked for; the handle until then.
    Asked(Link),
}

impl Stage<'_> {
    /// Whether an end of a borrow may happen now.
    pub fn await_fetches(&mut self, task: Option<u8>, ending: Ending) -> Stepped {
        let Some(task) = task else { return Ok(()) };
        let node = self.world.task(task).node;
        let fetches = *self.counted(task, node).expect("the task is there");
        let verdict = fetches.before(ending);
        self.cover.count(
            Machine::Fetches,
            cover::ending_row(ending),
            cover::verdict_column(match fetches.unanswered() {
                0 => Verdict::Go,
                _ => Verdict::Wait,
            }),
        );
        let abandons = self.config.fault == Fault::Abandons(ending);
        if verdict == Verdict::Wait && !abandons { Err(Stop::Bounds) } else { Ok(()) }
    }

    /// Takes the copy of a remote value out of the table if nobody else reads it.
    fn take_copy(&mut self, step: &mut Use) -> Stepped<CopyView> {
        let handle = step.link.handle;
        if handle.is_reserved() || world::home(handle.address) == step.node {
            return Ok(CopyView::Absent);
        }
        let own_pin = handle.held == Held::Pin;
        let filed = self.filed(step.node, whole(&handle));
        let mut view = filed.map_or(CopyView::Absent, |at| self.world.copies[at].state.view(own_pin));
        if view == CopyView::Sole {
            let take = CopyEvent::Take { own_pin, extent: Extent::Whole };
            step.taken = Some(self.copy(step.node, whole(&handle), take)?.1);
        } else if view == CopyView::Shared && self.config.fault == Fault::PromotesShared {
            view = CopyView::Sole;
            step.taken = Some(self.world.copies.remove(filed.expect("it was found")).value);
        }
        if self.config.may(Allow::UNPINS_FIRST) && own_pin {
            if view != CopyView::Sole {
                self.release(step.node, handle)?;
            }
            step.link.handle.held = Held::Nothing;
        }
        Ok(view)
    }

    fn event(&mut self, step: &mut Use) -> Stepped<Event> {
        let user_drop = self.config.drops_user_code(step.link.object);
        Ok(match step.op {
            Op::Set => Event::Set { user_drop },
            Op::Drop => Event::Drop { user_drop },
            Op::Write => Event::Write { copy: self.take_copy(step)? },
            Op::Grow => Event::Grow { copy: self.take_copy(step)? },
            Op::TakeOut => Event::TakeOut { copy: self.take_copy(step)? },
        })
    }

    /// Uses a box mutably on a node.
    pub fn use_mutably(&mut self, node: u8, task: Option<u8>, link: Link, op: Op) -> Stepped<Used> {
        let mut step = Use { node, task, link, op, at: link.handle.address, taken: None, value: None };
        if link.handle.private && op == Op::Write {
            self.await_fetches(task, Ending::PrivateWrite)?;
        }
        let event = self.event(&mut step)?;
        let (after, todo) = self.law(node, step.link.handle, event)?;
        let fetches = todo.iter().any(|action| matches!(action, Action::FetchAndFree { .. }));
        if fetches && task.is_some() && self.config.carrier == Carrier::Messages {
            return self.ask_for_value(step, &todo);
        }
        for &action in todo.iter() {
            self.act(&mut step, action)?;
        }
        self.finish(step, after, &todo)
    }

    /// Goes on with a use whose value has arrived.
    pub fn resume(&mut self, task: u8, link: Link, op: Op, value: Value) -> Stepped<Used> {
        let node = self.world.task(task).node;
        let link = Link { out: false, ..link };
        let event = match op {
            Op::Write => Event::Write { copy: CopyView::Absent },
            Op::Grow => Event::Grow { copy: CopyView::Absent },
            Op::TakeOut => Event::TakeOut { copy: CopyView::Absent },
            Op::Set => Event::Set { user_drop: true },
            Op::Drop => Event::Drop { user_drop: true },
        };
        let (after, todo) = self.law(node, link.handle, event)?;
        let mut step =
            Use { node, task: Some(task), link, op, at: link.handle.address, taken: None, value: Some(value) };
        for &action in todo.iter() {
            if !matches!(action, Action::FetchAndFree { .. } | Action::AwaitFetches) {
                self.act(&mut step, action)?;
            }
        }
        self.finish(step, after, &todo)
    }

    /// Does what comes before the fetch but for the slot, which is taken when the value is there.
    fn ask_for_value(&mut self, mut step: Use, todo: &[Action]) -> Stepped<Used> {
        for &action in todo.iter().filter(|action| matches!(action, Action::AwaitFetches | Action::Release)) {
            self.act(&mut step, action)?;
        }
        let task = step.task.expect("a task asks");
        let (node, link) = (step.node, step.link);
        self.post(Post::Move { task, node, address: link.handle.address, object: link.object })?;
        Ok(Used::Asked(Link { handle: link.handle.sent(), out: true, ..link }))
    }

    fn act(&mut self, step: &mut Use, action: Action) -> Stepped {
        let handle = step.link.handle;
        match action {
            Action::AwaitFetches => self.await_fetches(step.task, ending(step.op)),
            Action::UseHome | Action::KeepStamp | Action::FreshStamp => Ok(()),
            Action::PinCopy => unreachable!("reading goes another way"),
            Action::Release => match (self.config.fault, step.op) {
                (Fault::WriteKeepsPin, Op::Write | Op::Grow | Op::Set | Op::TakeOut) => Ok(()),
                (Fault::DropKeepsPin, Op::Drop) => Ok(()),
                _ => self.release(step.node, handle),
            },
            Action::AllocateHere => {
                let value = Value::NONE;
                step.at = self.allocate(step.node, step.link.object, value)?;
                Ok(())
            }
            Action::CopyHere => {
                step.value = Some(std::mem::replace(&mut self.cell(handle.address).value, Value::NONE));
                Ok(())
            }
            Action::Promote => self.promote(step),
            Action::FetchAndFree { .. } => {
                let value = self.move_out(handle.address)?;
                step.value = Some(self.land_value(step.node, value)?);
                self.post(Post::Free { from: step.node, address: handle.address, kind: FreeKind::MovedOut })
            }
            Action::SendFree { what, .. } => {
                if what == FreeKind::MovedOut {
                    self.cell(handle.address).value.outdate();
                }
                self.post(Post::Free { from: step.node, address: handle.address, kind: what })
            }
            Action::DropHere => {
                let in_slot = |stage: &mut Self| std::mem::replace(&mut stage.cell(handle.address).value, Value::NONE);
                let value = match step.value.take() {
                    Some(value) => value,
                    None if handle.is_reserved() => Value::NONE,
                    None => in_slot(self),
                };
                self.drop_kids(step.node, value)
            }
            Action::FreeHere { what } => self.free(handle.address, what),
        }
    }

    /// The copy's bytes depart, and land in the slot.
    fn promote(&mut self, step: &mut Use) -> Stepped {
        let mut value = step.taken.take().expect("a sole copy was taken");
        for kid in value.kids.iter_mut().flatten() {
            let (sent, todo) = (kid.handle.sent(), self.law(step.node, kid.handle, Event::Depart)?.1);
            if todo.contains(&Action::Release) && self.config.fault != Fault::PromoteKeepsPins {
                self.release(step.node, kid.handle)?;
            }
            *kid = self.land(step.node, Link { handle: sent, ..*kid })?;
        }
        step.value = Some(value);
        Ok(())
    }

    /// Stores the handle, and what the use is for: a new value, or none.
    fn finish(&mut self, step: Use, after: Handle, todo: &[Action]) -> Stepped<Used> {
        let link = Link { handle: after, ..step.link };
        let value = step.value.unwrap_or(Value::NONE);
        match step.op {
            Op::Drop | Op::TakeOut => {
                // What the home is told to drop keeps its contents until then.
                let drops = |action: &Action| matches!(action, Action::SendFree { what: FreeKind::DropContents, .. });
                let left = todo.iter().any(drops).then(|| self.cell(link.handle.address).value.kids);
                self.outdate(link.object);
                if let Some(kids) = left {
                    self.cell(link.handle.address).value.kids = kids;
                }
                Ok(Used::Done(link, value))
            }
            Op::Write | Op::Grow | Op::Set => {
                let (node, at, op) = (step.node, step.at, step.op);
                let handle = self.settle(node, at, op, link.handle, step.link.handle, todo)?;
                if handle.is_reserved() {
                    return Ok(Used::Done(link, Value::NONE));
                }
                let in_place = step.value.is_none() && op != Op::Set;
                let kids = if in_place { self.cell(handle.address).value.kids } else { value.kids };
                let object = if link.object == NOBODY { self.new_object()? } else { link.object };
                let drops = |action: &Action| matches!(action, Action::SendFree { what: FreeKind::DropContents, .. });
                let left = todo
                    .iter()
                    .any(drops)
                    .then(|| (step.link.handle.address, self.cell(step.link.handle.address).value.kids));
                self.outdate(object);
                if let Some((address, kids)) = left {
                    self.cell(address).value.kids = kids;
                }
                self.cell(handle.address).value = Value { tag: Tag::Last(object), kids };
                Ok(Used::Done(Link { handle, object, ..link }, Value::NONE))
            }
        }
    }

    /// The last action: a fresh stamp, or the one that it has.
    fn settle(
        &mut self,
        node: u8,
        at: Address,
        op: Op,
        after: Handle,
        before: Handle,
        todo: &[Action],
    ) -> Stepped<Handle> {
        if todo.contains(&Action::KeepStamp) {
            return Ok(self.law(node, after, Event::Grown { at })?.0);
        }
        if !todo.contains(&Action::FreshStamp) {
            return Ok(after);
        }
        let moved = todo.iter().any(|action| matches!(action, Action::FetchAndFree { .. }));
        let stale = match self.config.fault {
            Fault::StaleAtHome => op == Op::Write && at == before.address,
            Fault::StaleMoved => op == Op::Write && moved,
            Fault::StalePromoted => op == Op::Write && todo.contains(&Action::Promote),
            Fault::StaleGrown => op == Op::Grow && todo.contains(&Action::CopyHere),
            Fault::StaleSet => op == Op::Set,
            _ => false,
        };
        if stale {
            return Ok(Handle::new(at, before.stamp));
        }
        let fresh = self.world.stamp();
        Ok(self.law(node, after, Event::Own { at, fresh })?.0)
    }
}

fn ending(op: Op) -> Ending {
    match op {
        Op::Write | Op::Grow | Op::TakeOut => Ending::ColdWrite,
        Op::Set | Op::Drop => Ending::Drop,
    }
}
