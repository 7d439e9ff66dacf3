//! Reading, as the runtime's cold path does it: find the home object or pin a copy, then store the pointer.

use crate::config::{Allow, Carrier, Count};
use crate::cover::Machine;
use crate::fault::{Fault, Stepped, Stop, Wrong, lawful};
use crate::paths::Spot;
use crate::stage::Stage;
use crate::task::{Kind, Path, Wait};
use crate::world::{Link, Post, Value};
use drust_proto::CopyKey;
use drust_proto::coherence::{Action, CopyEvent, CopyState, CopyStep, Event, Fetches, Handle, Held};

impl Stage<'_> {
    fn at(&self, task: u8, path: Path) -> (u8, Spot, Link) {
        let spot = self.spot(task, path).expect("a way that was found");
        (self.world.task(task).node, spot, self.link(spot).expect("a handle lies there"))
    }

    /// How many bytes a way is good for, where that is not the whole value.
    pub fn part(&self, task: u8, path: Path) -> Option<u8> {
        match self.world.hold(task, path.hold).kind {
            Kind::Part(len) if path.kids().is_empty() => Some(len),
            _ => None,
        }
    }

    /// A task reads what has no pointer yet; where the value has to be asked for, it waits.
    pub fn read(&mut self, task: u8, path: Path) -> Stepped {
        let (node, spot, link) = self.at(task, path);
        let (after, todo) = self.law(node, link.handle, Event::Read)?;
        if !todo.contains(&Action::PinCopy) {
            self.store(spot, Some(Link { handle: after, ..link }));
            return Ok(());
        }
        let key = Self::key(&link.handle, self.part(task, path));
        let (step, _) = self.copy(node, key, CopyEvent::Pin)?;
        if step == CopyStep::Fetch {
            match self.config.carrier {
                Carrier::Direct => {
                    let value = self.serve(key.address)?;
                    self.fill(node, key, value)?;
                }
                Carrier::Messages => self.ask(task, node, key, link.object)?,
            }
        }
        let filled = matches!(self.state_of(node, key), CopyState::Held { .. });
        match filled {
            true if self.config.may(Allow::RACE) => self.world.task_mut(task).wait = Some(Wait::Store(path)),
            true => self.store(spot, Some(Link { handle: after, ..link })),
            false => self.world.task_mut(task).wait = Some(Wait::Fill(path)),
        }
        Ok(())
    }

    pub fn state_of(&self, node: u8, key: CopyKey) -> CopyState {
        self.filed(node, key).map_or(CopyState::Gone, |at| self.world.copies[at].state)
    }

    /// What counts the fetches of a task; none where that has ended.
    pub fn counted(&mut self, task: u8, node: u8) -> Option<&mut Fetches> {
        match self.config.count {
            Count::PerNode => self.world.fetches.get_mut(usize::from(node)),
            Count::PerTask => self.world.tasks[usize::from(task)].as_mut().map(|task| &mut task.fetches),
        }
    }

    fn ask(&mut self, task: u8, node: u8, key: CopyKey, object: u8) -> Stepped {
        let fetches = *self.counted(task, node).expect("a task asks");
        self.cover.count(Machine::Fetches, 0, usize::from(fetches.unanswered() > 0));
        *self.counted(task, node).expect("a task asks") = lawful(Wrong::Law, fetches.begin())?;
        let value = Value { tag: crate::world::Tag::Last(object), ..Value::NONE };
        self.post(Post::Ask { task, node, key, value })
    }

    /// A task begins a fetch and does not wait for it.
    pub fn prefetch(&mut self, task: u8, path: Path) -> Stepped {
        let (node, _, link) = self.at(task, path);
        let key = Self::key(&link.handle, self.part(task, path));
        self.copy(node, key, CopyEvent::Pin)?;
        self.copy(node, key, CopyEvent::Release)?;
        self.ask(task, node, key, link.object)
    }

    /// A task that waits for a copy gives up, or stops at an error; the request goes on.
    pub fn give_up(&mut self, task: u8) -> Stepped {
        let Some(Wait::Fill(path)) = self.world.task(task).wait else { return Err(Stop::Bounds) };
        let (node, _, link) = self.at(task, path);
        let key = Self::key(&link.handle, self.part(task, path));
        self.copy(node, key, CopyEvent::Release)?;
        let own = self.world.task_mut(task);
        own.wait = None;
        if self.config.fault == Fault::CountsWaiters {
            own.fetches = own.fetches.answered().unwrap_or_default();
        }
        Ok(())
    }

    /// Whether what a task waits for is there.
    pub fn is_filled(&self, task: u8) -> bool {
        match self.world.task(task).wait {
            Some(Wait::Fill(path)) => {
                let (node, _, link) = self.at(task, path);
                let key = Self::key(&link.handle, self.part(task, path));
                matches!(self.state_of(node, key), CopyState::Held { .. })
            }
            Some(Wait::Store(_)) => true,
            _ => false,
        }
    }

    /// A task that has pinned a copy stores its place in the handle, unless another was first.
    pub fn store_pin(&mut self, task: u8) -> Stepped {
        let Some(Wait::Fill(path) | Wait::Store(path)) = self.world.task(task).wait else { return Err(Stop::Bounds) };
        let (node, spot, link) = self.at(task, path);
        self.world.task_mut(task).wait = None;
        if link.handle.held == Held::Nothing {
            let handle = Handle { held: Held::Pin, ..link.handle };
            self.store(spot, Some(Link { handle, ..link }));
            return Ok(());
        }
        if self.config.fault == Fault::LoserKeepsPin {
            return Ok(());
        }
        self.copy(node, Self::key(&link.handle, self.part(task, path)), CopyEvent::Release).map(drop)
    }

    /// The answer to a request for a copy is there: the copy is filled, or there is no memory for it.
    pub fn answer(&mut self, post: Post, memory: bool) -> Stepped {
        let Post::Reply { task, node, key, value } = post else { unreachable!("only replies answer") };
        // A broken rule may have ended the task that asked, or taken the request off its count.
        let broken = self.config.fault != Fault::None;
        if let Some(fetches) = self.counted(task, node).copied() {
            self.cover.count(Machine::Fetches, 1, usize::from(fetches.unanswered() > 0));
            *self.counted(task, node).expect("it was there") = match fetches.answered() {
                Err(_) if broken => fetches,
                other => lawful(Wrong::Law, other)?,
            };
        }
        if memory {
            return self.fill(node, key, value);
        }
        for waiter in 0..self.world.tasks.len() {
            let Some(own) = &self.world.tasks[waiter] else { continue };
            let Some(Wait::Fill(path)) = own.wait else { continue };
            let (its_node, _, link) = self.at(waiter as u8, path);
            let its_key = Self::key(&link.handle, self.part(waiter as u8, path));
            if its_node == node && its_key == key {
                self.world.task_mut(waiter as u8).wait = None;
            }
        }
        self.copy(node, key, CopyEvent::FillFailed).map(drop)
    }
}
