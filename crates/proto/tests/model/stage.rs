//! A world with its scenario: the steps that the law decides, and what nodes do with slots and copies around them.

use crate::config::Config;
use crate::cover::{self, Cover, Machine};
use crate::fault::{Fault, Stepped, Stop, Wrong, lawful};
use crate::task::Op;
use crate::world::{self, BYTES, Cell, Filed, Link, Post, Tag, Value, World};
use drust_proto::coherence::{
    Actions, CopyEvent, CopyState, CopyStep, Event, FreeKind, Handle, Held, Here, Slot, SlotEvent, SlotStep,
};
use drust_proto::{Address, CopyKey, DescriptorId, Extent, Rank};
use std::num::NonZeroU32;

/// Elements of every object: the length of a value is in its key all the same.
const ELEMENTS: u64 = 1;

/// A world in which something happens.
pub struct Stage<'a> {
    pub world: &'a mut World,
    pub config: &'a Config,
    pub cover: &'a mut Cover,
}

impl Stage<'_> {
    /// One step of a handle on a node, by the law.
    pub fn law(&mut self, node: u8, handle: Handle, event: Event) -> Stepped<(Handle, Actions)> {
        let here = Here { rank: Rank(u16::from(node)) };
        let column = cover::handle_column(&handle, here.rank);
        let stepped = lawful(Wrong::Law, handle.step(here, event))?;
        self.cover.count(Machine::Handle, cover::handle_row(&event), column);
        Ok(stepped)
    }

    /// Makes an arrived handle the node's.
    pub fn land(&mut self, node: u8, link: Link) -> Stepped<Link> {
        Ok(Link { handle: self.law(node, link.handle, Event::Land)?.0, ..link })
    }

    pub fn cell(&mut self, address: Address) -> &mut Cell {
        let at = world::index(address, self.config.slots);
        &mut self.world.slots[at]
    }

    fn slot(&mut self, address: Address, event: SlotEvent, how: Wrong) -> Stepped<SlotStep> {
        let cell = self.cell(address);
        let before = cell.slot;
        let (slot, step) = lawful(how, before.step(event))?;
        cell.slot = slot;
        self.cover.count(Machine::Slot, cover::slot_row(event), cover::slot_column(before));
        Ok(step)
    }

    /// A free slot of the node, for an object.
    pub fn allocate(&mut self, node: u8, object: u8, value: Value) -> Stepped<Address> {
        let slots = usize::from(self.config.slots);
        let own = &self.world.slots[usize::from(node) * slots..][..slots];
        let free = own.iter().position(|cell| cell.slot == Slot::Free).ok_or(Stop::Bounds)?;
        let at = world::address(node, free);
        let user_drop = self.config.drops_user_code(object);
        let event = SlotEvent::Allocate { descriptor: DescriptorId(NonZeroU32::MIN), capacity: 1, user_drop };
        self.slot(at, event, Wrong::Law)?;
        self.cell(at).value = value;
        Ok(at)
    }

    /// The home lends a value out: what is sent of it.
    pub fn serve(&mut self, address: Address) -> Stepped<Value> {
        let step = self.slot(address, SlotEvent::Serve { elements: ELEMENTS }, Wrong::Freed)?;
        debug_assert_eq!(step, SlotStep::Lend(ELEMENTS));
        self.trace_out(address, self.config.fault == Fault::ServeKeepsPrivate)
    }

    /// Exposes the boxes in a slot, and copies its value as it is sent.
    pub fn trace_out(&mut self, address: Address, keeps_private: bool) -> Stepped<Value> {
        let home = world::home(address);
        let mut value = self.cell(address).value;
        for kid in 0..value.kids.len() {
            let Some(link) = value.kids[kid] else { continue };
            let (exposed, _) = self.law(home, link.handle, Event::Expose)?;
            let sent = link.handle.sent();
            value.kids[kid] = Some(Link { handle: sent, ..link });
            if !keeps_private {
                self.cell(address).value.kids[kid] = Some(Link { handle: exposed, ..link });
            }
            if self.config.fault == Fault::CopyKeepsPrivate {
                value.kids[kid] = Some(Link { handle: Handle { private: link.handle.private, ..sent }, ..link });
            }
        }
        Ok(value)
    }

    /// Makes a value that arrived the node's.
    pub fn land_value(&mut self, node: u8, mut value: Value) -> Stepped<Value> {
        for kid in value.kids.iter_mut().flatten() {
            if self.config.fault != Fault::CopyKeepsPrivate {
                *kid = self.land(node, *kid)?;
            }
        }
        Ok(value)
    }

    /// A value leaves its home for good: what is sent of it. The slot is freed later.
    pub fn move_out(&mut self, address: Address) -> Stepped<Value> {
        let step = self.slot(address, SlotEvent::Serve { elements: ELEMENTS }, Wrong::Freed)?;
        debug_assert_eq!(step, SlotStep::Lend(ELEMENTS));
        let value = self.trace_out(address, self.config.fault == Fault::MoveKeepsPrivate)?;
        self.cell(address).value.outdate();
        Ok(value)
    }

    /// Tells a home, or asks it.
    pub fn post(&mut self, post: Post) -> Stepped {
        if self.world.posts.len() == self.config.posts {
            return Err(Stop::Bounds);
        }
        self.world.posts.push(post);
        Ok(())
    }

    /// The home frees a slot, on somebody's word.
    pub fn free(&mut self, address: Address, kind: FreeKind) -> Stepped {
        let step = self.slot(address, SlotEvent::Free { kind, elements: ELEMENTS }, Wrong::Twice)?;
        let value = std::mem::replace(&mut self.cell(address).value, Value::NONE);
        let home = world::home(address);
        let drops = match step {
            SlotStep::ForgetAndClear(_) => self.config.fault == Fault::MovedOutDrops,
            _ => true,
        };
        match drops {
            true => self.drop_kids(home, value),
            false if self.config.fault == Fault::FreeKeepsPins => Ok(()),
            false => self.forget(home, value),
        }
    }

    /// Drops the boxes in a value that ends on this node.
    pub fn drop_kids(&mut self, node: u8, value: Value) -> Stepped {
        value.kids.into_iter().flatten().try_for_each(|kid| self.drop_link(node, kid))
    }

    /// Releases the pins in bytes that nobody uses any more.
    pub fn forget(&mut self, node: u8, value: Value) -> Stepped {
        for kid in value.kids.into_iter().flatten() {
            let (_, todo) = self.law(node, kid.handle, Event::Forget)?;
            if !todo.is_empty() {
                self.release(node, kid.handle)?;
            }
        }
        Ok(())
    }

    /// Where a node has filed a key.
    pub fn filed(&self, node: u8, key: CopyKey) -> Option<usize> {
        let key = self.config.key(key);
        self.world.copies.iter().position(|filed| filed.node == node && self.config.key(filed.key) == key)
    }

    /// One step of a node's copy, by the law; it is filed first, or taken out of the table, as that says.
    pub fn copy(&mut self, node: u8, key: CopyKey, event: CopyEvent) -> Stepped<(CopyStep, Value)> {
        let at = self.filed(node, key);
        let state = at.map_or(CopyState::Gone, |at| self.world.copies[at].state);
        let (after, step) = lawful(Wrong::Pins, state.step(event))?;
        self.cover.count(Machine::Copy, cover::copy_row(event), cover::copy_column(state));
        let value = at.map_or(Value::NONE, |at| self.world.copies[at].value);
        match (at, after) {
            (Some(at), CopyState::Gone) => drop(self.world.copies.remove(at)),
            (Some(at), _) => self.world.copies[at].state = after,
            (None, _) => {
                let own = self.world.copies.iter().filter(|filed| filed.node == node).count();
                if own == usize::from(self.config.copies) {
                    return Err(Stop::Bounds);
                }
                let CopyKey { len, extent, .. } = key;
                let filed = Filed { node, key, state: after, value, extent, len, forgotten: 0 };
                self.world.copies.push(filed);
            }
        }
        Ok((step, value))
    }

    /// Gives a handle's pin back.
    pub fn release(&mut self, node: u8, handle: Handle) -> Stepped {
        self.copy(node, whole(&handle), CopyEvent::Release).map(drop)
    }

    /// The bytes that were asked for are there.
    pub fn fill(&mut self, node: u8, key: CopyKey, value: Value) -> Stepped {
        let mut value = self.land_value(node, value)?;
        if key.extent == Extent::Range {
            value.kids = Value::NONE.kids;
        }
        self.copy(node, key, CopyEvent::Filled)?;
        let at = self.filed(node, key).expect("a filled copy is filed");
        self.world.copies[at].value = value;
        Ok(())
    }

    /// A copy that nobody pins makes room.
    pub fn evict(&mut self, at: usize) -> Stepped {
        let Filed { node, key, .. } = self.world.copies[at];
        let (step, value) = self.copy(node, key, CopyEvent::Evict)?;
        debug_assert_eq!(step, CopyStep::Forget);
        match self.config.fault {
            Fault::EvictKeepsPins => Ok(()),
            Fault::EvictDrops => self.drop_kids(node, value),
            _ => self.forget(node, value),
        }
    }

    /// An object has another value now: whatever bytes it had anywhere are old.
    pub fn outdate(&mut self, object: u8) {
        for value in self.world.values().filter(|value| value.is_last_of(object)) {
            value.outdate();
        }
    }

    /// Drops a box wherever it is, on this node: the steps that need no task.
    pub fn drop_link(&mut self, node: u8, link: Link) -> Stepped {
        self.use_mutably(node, None, link, Op::Drop).map(drop)
    }

    /// What `key_of` would say, for a handle's whole value or its first part.
    pub fn key(handle: &Handle, part: Option<u8>) -> CopyKey {
        match part {
            Some(len) => CopyKey { len: u64::from(len), extent: Extent::Range, ..whole(handle) },
            None => whole(handle),
        }
    }

    /// The value behind a handle that has its pointer, where all of what is wanted is there.
    pub fn seen(&self, node: u8, handle: &Handle, part: Option<u8>) -> Option<Value> {
        match handle.held {
            Held::Nothing => None,
            _ if handle.is_reserved() => None,
            Held::Home => {
                let cell = &self.world.slots[world::index(handle.address, self.config.slots)];
                (cell.slot != Slot::Free).then_some(cell.value)
            }
            Held::Pin => {
                let key = Self::key(handle, part);
                let filed = &self.world.copies[self.filed(node, key)?];
                let serves = filed.extent == key.extent && filed.len == key.len;
                (serves && matches!(filed.state, CopyState::Held { .. })).then_some(filed.value)
            }
        }
    }

    /// An object's number that is not in use.
    pub fn new_object(&self) -> Stepped<u8> {
        let mut used = 0u32;
        let mut world = self.world.clone();
        for value in world.values() {
            if let Tag::Last(object) = value.tag {
                used |= 1 << object;
            }
        }
        let links = world.values().flat_map(|value| value.kids).flatten().map(|kid| kid.object).collect::<Vec<_>>();
        let holds = self.world.tasks.iter().flatten().flat_map(|task| task.holds.iter().flatten());
        for object in holds.map(|hold| hold.link.object).chain(links).filter(|object| *object < 8) {
            used |= 1 << object;
        }
        (0..3).find(|object| used >> object & 1 == 0).ok_or(Stop::Bounds)
    }
}

/// The key of a handle's whole value.
pub fn whole(handle: &Handle) -> CopyKey {
    handle.key(BYTES)
}
