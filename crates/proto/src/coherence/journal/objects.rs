//! The objects of the whole cluster: where they are, which value each has, and whether its owner still wants it.

use super::Fault;
use crate::coherence::{FreeKind, Handle, Slot, SlotEvent, SlotFault, SlotStep};
use crate::{Address, CopyKey, Extent, Rank, Stamp};
use std::collections::BTreeMap;

/// How far an object is from its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// Its owner has it.
    Not,
    /// Its owner, on this node, gave it up, to be freed in this way.
    Asked(FreeKind, Rank),
    /// Its bytes went to the node that moves it.
    Taken,
    /// Its home agreed to free it, and has yet to clear the slot.
    Agreed,
}

#[derive(Debug)]
struct Object {
    slot: Slot,
    bytes: u64,
    /// Which value it has; none for a slot that no handle owns, such as a tied value's.
    stamp: Option<Stamp>,
    /// Nobody but its owner was given that stamp.
    private: bool,
    end: End,
}

/// All objects, and at each address where none follows the last one.
#[derive(Debug, Default)]
pub(super) struct Objects {
    at: BTreeMap<Address, Object>,
}

impl Objects {
    pub(super) fn allocated(&mut self, address: Address, bytes: u64, event: SlotEvent) -> Result<(), Fault> {
        let end = Address::inside(address.word() + bytes);
        let before = self.at.range(..address).next_back();
        let reaches = before.filter(|(start, object)| object.is_used() && start.word() + object.bytes > address.word());
        let covered = self.at.range(address..end).find(|(_, object)| object.is_used());
        if let Some((&at, _)) = reaches.or(covered) {
            return Err(if at == address { Fault::Slot(at, SlotFault::Occupied) } else { Fault::Overlap(at) });
        }
        let gone: Vec<Address> = self.at.range(address..end).map(|(&at, _)| at).collect();
        for at in gone {
            self.at.remove(&at);
        }
        let (slot, _) = Slot::Free.step(event).map_err(|fault| Fault::Slot(address, fault))?;
        self.at.insert(address, Object { slot, bytes, stamp: None, private: false, end: End::Not });
        Ok(())
    }

    /// The home was told to free an object: its owner must have given it up, and in this way.
    pub(super) fn freed(&mut self, address: Address, kind: FreeKind, elements: u64) -> Result<(), Fault> {
        let object = self.object(address)?;
        let (slot, _) = object.step(address, SlotEvent::Free { kind, elements })?;
        match (object.end, kind) {
            (End::Asked(asked, _), _) if asked == kind => {}
            (End::Taken, FreeKind::MovedOut) => {}
            (End::Asked(asked, _), _) => return Err(Fault::OtherFree { address, asked }),
            (End::Taken, _) => return Err(Fault::OtherFree { address, asked: FreeKind::MovedOut }),
            (End::Not | End::Agreed, _) => return Err(Fault::NotGivenUp(address)),
        }
        (object.slot, object.end) = (slot, End::Agreed);
        Ok(())
    }

    /// A slot is clear: on its home's own word, or because its owner, who is here, has no use for it.
    pub(super) fn cleared(&mut self, address: Address) -> Result<(), Fault> {
        let object = self.object(address)?;
        if object.end != End::Agreed {
            let (slot, _) = object.step(address, SlotEvent::Free { kind: FreeKind::MovedOut, elements: 0 })?;
            match object.end {
                End::Not if object.stamp.is_some() && !object.private => return Err(Fault::NotGivenUp(address)),
                End::Asked(_, by) if by != address.home() => return Err(Fault::NotTold(address)),
                End::Taken => return Err(Fault::NotTold(address)),
                _ => {}
            }
            object.slot = slot;
        }
        (object.private, object.end) = (false, End::Not);
        Ok(())
    }

    /// A handle is made of an object that has none.
    pub(super) fn made(&mut self, handle: Handle) -> Result<(), Fault> {
        let object = self.live(handle.address)?;
        if object.stamp.is_some() && !object.private {
            return Err(Fault::HasValue(handle.address));
        }
        object.own(handle.stamp);
        Ok(())
    }

    /// A handle takes a fresh stamp, in place or with a new one.
    pub(super) fn owned(&mut self, before: Handle, at: Address, fresh: Stamp) -> Result<(), Fault> {
        if before.address == at {
            self.live(at)?;
            self.present(&before)?.own(fresh);
            return Ok(());
        }
        let moved_from = self.at.get(&before.address).filter(|old| old.is_used() && old.stamp == Some(before.stamp));
        if moved_from.is_some_and(|old| old.end == End::Not) {
            return Err(Fault::NotGivenUp(before.address));
        }
        self.unowned(at)?.own(fresh);
        Ok(())
    }

    /// A PRIVATE object keeps its stamp in a new place. Its old slot may be clear already.
    pub(super) fn grown(&mut self, before: Handle, at: Address) -> Result<(), Fault> {
        self.unowned(at)?;
        let old = self.object(before.address)?;
        if old.stamp != Some(before.stamp) {
            return Err(old.stale(before.address, before.stamp));
        }
        if old.is_used() && !old.private {
            return Err(Fault::FalsePrivate(before.address));
        }
        (old.stamp, old.private) = (None, false);
        self.unowned(at)?.own(before.stamp);
        Ok(())
    }

    /// A lend has come home: its lender names the value anew, and cannot say who else knows that name.
    pub(super) fn came_home(&mut self, before: Handle, fresh: Stamp) -> Result<(), Fault> {
        self.live(before.address)?;
        let object = self.present(&before)?;
        (object.stamp, object.private) = (Some(fresh), false);
        Ok(())
    }

    /// The object of a handle that is in use: it must be of its present value, and PRIVATE only if that is.
    pub(super) fn used(&mut self, handle: &Handle) -> Result<(), Fault> {
        self.present(handle).map(drop)
    }

    /// The bits of a handle go to somebody else.
    pub(super) fn exposed(&mut self, handle: &Handle) -> Result<(), Fault> {
        self.present(handle)?.private = false;
        Ok(())
    }

    /// The owner gives the object up.
    pub(super) fn give_up(&mut self, handle: &Handle, kind: FreeKind, by: Rank) -> Result<(), Fault> {
        self.present(handle)?;
        self.live(handle.address)?.end = End::Asked(kind, by);
        Ok(())
    }

    /// The object's owner still has it, and whoever asks asks for its present value.
    pub(super) fn wanted(&mut self, handle: &Handle) -> Result<(), Fault> {
        self.present(handle)?;
        self.live(handle.address).map(drop)
    }

    /// A copy of the value is being made, or read, on another node.
    pub(super) fn looked_at(&mut self, key: &CopyKey) -> Result<(), Fault> {
        let (start, object) = self.around(key)?;
        object.readable(start, key.stamp)?;
        if object.end == End::Not { Ok(()) } else { Err(Fault::GivenUp(start)) }
    }

    /// The value's bytes leave for `reader`.
    pub(super) fn served(&mut self, reader: Rank, key: &CopyKey, elements: u64, moved: bool) -> Result<(), Fault> {
        let (start, object) = self.around(key)?;
        let elements = if key.extent == Extent::Whole { elements } else { 0 };
        object.step(start, SlotEvent::Serve { elements })?;
        object.readable(start, key.stamp)?;
        match (object.end, moved) {
            (End::Not, false) => {}
            (End::Asked(FreeKind::MovedOut, by), true) if by == reader => object.end = End::Taken,
            (End::Not, true) => return Err(Fault::NotGivenUp(start)),
            _ => return Err(Fault::GivenUp(start)),
        }
        Ok(())
    }

    /// How many are live; none may be on its way to its end.
    pub(super) fn at_rest(&self) -> Result<u64, Fault> {
        match self.at.iter().find(|(_, object)| object.end != End::Not) {
            Some((&address, _)) => Err(Fault::NeverFreed(address)),
            None => Ok(self.at.values().filter(|object| object.is_used()).count() as u64),
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.at.len()
    }

    fn object(&mut self, address: Address) -> Result<&mut Object, Fault> {
        self.at.get_mut(&address).ok_or(Fault::NoObject(address))
    }

    fn live(&mut self, address: Address) -> Result<&mut Object, Fault> {
        let object = self.object(address)?;
        match (object.slot, object.end) {
            (Slot::Free, _) => Err(Fault::Slot(address, SlotFault::Free)),
            (Slot::Live { .. }, End::Not) => Ok(object),
            (Slot::Live { .. }, _) => Err(Fault::GivenUp(address)),
        }
    }

    fn unowned(&mut self, address: Address) -> Result<&mut Object, Fault> {
        let object = self.live(address)?;
        if object.stamp.is_some() { Err(Fault::HasValue(address)) } else { Ok(object) }
    }

    fn present(&mut self, handle: &Handle) -> Result<&mut Object, Fault> {
        let object = self.object(handle.address)?;
        if object.stamp != Some(handle.stamp) {
            return Err(object.stale(handle.address, handle.stamp));
        }
        if handle.private && !object.private {
            return Err(Fault::FalsePrivate(handle.address));
        }
        Ok(object)
    }

    /// The object whose bytes a key names: of a whole, the one that begins there.
    fn around(&mut self, key: &CopyKey) -> Result<(Address, &mut Object), Fault> {
        let missing = Fault::NoObject(key.address);
        let (&start, object) = self.at.range_mut(..=key.address).next_back().ok_or(missing)?;
        let offset = key.address.word() - start.word();
        let whole = key.extent == Extent::Whole;
        if start.home() != key.address.home() || (whole && offset != 0) {
            return Err(missing);
        }
        let end = offset.checked_add(key.len);
        if end.is_none_or(|end| end > object.bytes) { Err(Fault::Outside(key.address)) } else { Ok((start, object)) }
    }
}

impl Object {
    /// Whether the slot cannot be handed out.
    fn is_used(&self) -> bool {
        self.slot != Slot::Free || self.end == End::Agreed
    }

    fn own(&mut self, stamp: Stamp) {
        (self.stamp, self.private) = (Some(stamp), true);
    }

    fn step(&self, at: Address, event: SlotEvent) -> Result<(Slot, SlotStep), Fault> {
        self.slot.step(event).map_err(|fault| Fault::Slot(at, fault))
    }

    fn stale(&self, address: Address, used: Stamp) -> Fault {
        Fault::Stale { address, used, present: self.stamp }
    }

    /// Rule 2: another node may only get a value under its present stamp, which its owner knows to be known.
    fn readable(&self, start: Address, stamp: Stamp) -> Result<(), Fault> {
        if self.slot == Slot::Free {
            return Err(Fault::Slot(start, SlotFault::Free));
        }
        if self.stamp != Some(stamp) {
            return Err(self.stale(start, stamp));
        }
        if self.private { Err(Fault::NotExposed(start)) } else { Ok(()) }
    }
}
