//! What must hold in every world.

use crate::fault::{Stepped, Stop, Wrong, wrong};
use crate::stage::{Stage, whole};
use crate::task::{Hold, Kind, Path, Status, Wait};
use crate::world::{self, Link, Post, Tag, Value};
use drust_proto::coherence::{CopyState, Event, FreeKind, Held, Slot};
use drust_proto::{Address, CopyKey, Stamp};

impl Stage<'_> {
    /// Looks for what is wrong.
    pub fn check(&mut self) -> Stepped {
        for found in [self.reads(), self.pins(), self.ownership(), self.stamps()] {
            if let Err(Stop::Broken(how, why)) = found
                && self.config.looks_for(how)
            {
                return wrong(how, why);
            }
        }
        Ok(())
    }

    /// Whoever may read finds the last value written.
    fn reads(&mut self) -> Stepped {
        let mut ways = Vec::new();
        for task in 0..self.world.tasks.len() as u8 {
            if self.world.tasks[usize::from(task)].is_none() || !self.runs(task) {
                continue;
            }
            for hold in 0..usize::from(self.config.holds) {
                let Some(held) = &self.world.task(task).holds[hold].clone() else { continue };
                ways.clear();
                self.ways(task, hold as u8, held, &mut ways);
                for &(path, _) in &ways {
                    self.readable(task, held, path)?;
                }
            }
        }
        Ok(())
    }

    fn readable(&mut self, task: u8, held: &Hold, path: Path) -> Stepped {
        if held.kind.is_here() && path.kids().is_empty() {
            return match held.guest.is_last_of(held.link.object) {
                true => Ok(()),
                false => wrong(Wrong::Read, format!("task {task} has an old value by {path:?}")),
            };
        }
        let Some(link) = self.spot(task, path).and_then(|spot| self.link(spot)) else { return Ok(()) };
        if link.out || link.handle.held == Held::Nothing {
            return Ok(());
        }
        let part = self.part(task, path);
        let node = self.world.task(task).node;
        let (same, todo) = self.law(node, link.handle, Event::Read)?;
        if same != link.handle || !todo.is_empty() {
            return wrong(Wrong::Law, "a read of what is at hand asks for something");
        }
        if link.handle.is_reserved() {
            return Ok(());
        }
        match self.seen(node, &link.handle, part) {
            Some(value) if value.is_last_of(link.object) => Ok(()),
            Some(value) => {
                let what = format!("task {task} reads {:?} by {path:?}, last written was {}", value.tag, link.object);
                wrong(Wrong::Read, what)
            }
            None => wrong(Wrong::Read, format!("task {task} reads what is not there by {path:?}")),
        }
    }

    /// A copy is pinned exactly by those who hold it.
    fn pins(&self) -> Stepped {
        for filed in self.world.copies.iter().filter(|filed| self.world.alive(filed.node)) {
            let holders = self.holders(filed.node, filed.key) + filed.forgotten;
            let pins = match filed.state {
                CopyState::Filling { pins } | CopyState::Held { pins } => pins,
                CopyState::Idle | CopyState::Gone => 0,
            };
            if pins != holders {
                let what = format!("a copy of {:?} has {pins} pins and {holders} holders", filed.key.address);
                return wrong(Wrong::Pins, what);
            }
        }
        Ok(())
    }

    fn holders(&self, node: u8, key: CopyKey) -> u32 {
        let is = |handle: &drust_proto::coherence::Handle, part| {
            self.config.key(Self::key(handle, part)) == self.config.key(key)
        };
        let pins = |link: &&Link| link.handle.held == Held::Pin && is(&link.handle, None);
        let mut count = 0;
        let slots = usize::from(self.config.slots);
        for cell in &self.world.slots[usize::from(node) * slots..][..slots] {
            count += cell.value.kids.iter().flatten().filter(pins).count();
        }
        for other in self.world.copies.iter().filter(|other| other.node == node) {
            count += other.value.kids.iter().flatten().filter(pins).count();
        }
        for (number, task) in self.world.tasks.iter().enumerate() {
            let Some(task) = task.as_ref().filter(|task| task.node == node && task.status == Status::Running) else {
                continue;
            };
            for held in task.holds.iter().flatten().filter(|held| held.kind != Kind::Local) {
                let part = if let Kind::Part(len) = held.kind { Some(len) } else { None };
                count += usize::from(held.link.handle.held == Held::Pin && is(&held.link.handle, part));
                count += held.guest.kids.iter().flatten().filter(pins).count();
            }
            if let Some(Wait::Fill(path) | Wait::Store(path)) = task.wait {
                let link = self.spot(number as u8, path).and_then(|spot| self.link(spot));
                let part = self.part(number as u8, path);
                count += usize::from(link.is_some_and(|link| is(&link.handle, part)));
            }
        }
        count as u32
    }

    /// Every object is in one slot, or in one message; and every slot has one to free it.
    fn ownership(&self) -> Stepped {
        let mut reached = vec![false; self.world.slots.len()];
        for task in self.world.tasks.iter().flatten() {
            for held in task.holds.iter().flatten() {
                match held.kind {
                    Kind::Own | Kind::Lent => self.follow(held.link, &mut reached)?,
                    Kind::Guest => self.follow_all(&held.guest, &mut reached)?,
                    Kind::Shared | Kind::Part(_) | Kind::Copied | Kind::Local => {}
                }
            }
        }
        for post in &self.world.posts {
            match post {
                Post::Free { address, kind, .. } => {
                    let cell = self.reach(*address, &mut reached)?;
                    if *kind == FreeKind::DropContents {
                        self.follow_all(&self.world.slots[cell].value, &mut reached)?;
                    }
                }
                Post::Move { address, .. } => {
                    let cell = self.reach(*address, &mut reached)?;
                    self.follow_all(&self.world.slots[cell].value, &mut reached)?;
                }
                Post::Moved { value, .. } => self.follow_all(value, &mut reached)?,
                Post::Ask { .. } | Post::Reply { .. } => {}
            }
        }
        let live = |at: &usize| self.world.slots[*at].slot != Slot::Free;
        match (0..reached.len()).filter(live).find(|at| !reached[*at]) {
            Some(at) if self.world.dead == 0 => wrong(Wrong::Leak, format!("nobody will free slot {at}")),
            _ => Ok(()),
        }
    }

    fn follow_all(&self, value: &Value, reached: &mut [bool]) -> Stepped {
        value.kids.iter().flatten().try_for_each(|kid| self.follow(*kid, reached))
    }

    fn follow(&self, link: Link, reached: &mut [bool]) -> Stepped {
        if link.out || link.handle.is_reserved() {
            return Ok(());
        }
        let at = self.reach(link.handle.address, reached)?;
        let value = &self.world.slots[at].value;
        let elsewhere = self.world.tasks.iter().flatten().flat_map(|task| task.holds.iter().flatten());
        let mut guests = elsewhere.filter(|held| held.kind == Kind::Guest);
        let lent = guests.any(|held| held.link.handle.address == link.handle.address);
        let known = link.object != world::NOBODY;
        if known && !lent && !value.is_last_of(link.object) {
            let what = format!("object {} is not where its handle says, in slot {at}", link.object);
            return wrong(Wrong::Freed, what);
        }
        self.follow_all(value, reached)
    }

    fn reach(&self, address: Address, reached: &mut [bool]) -> Stepped<usize> {
        let at = world::index(address, self.config.slots);
        if self.world.slots[at].slot == Slot::Free {
            return wrong(Wrong::Freed, format!("slot {at} is free, and something reachable was in it"));
        }
        if std::mem::replace(&mut reached[at], true) {
            return wrong(Wrong::Twice, format!("slot {at} has two owners"));
        }
        Ok(at)
    }

    /// A stamp names one value; a PRIVATE one is nobody else's.
    fn stamps(&self) -> Stepped {
        let mut links = Vec::new();
        let holds = self.world.tasks.iter().flatten().flat_map(|task| task.holds.iter().flatten());
        for held in holds.filter(|held| held.kind != Kind::Local) {
            links.extend([held.link].into_iter().filter(|_| !held.kind.is_here()));
            links.extend(held.guest.kids.into_iter().flatten());
        }
        let posts = self.world.posts.iter().filter_map(|post| match post {
            Post::Ask { value, .. } | Post::Reply { value, .. } | Post::Moved { value, .. } => Some(value),
            Post::Free { .. } | Post::Move { .. } => None,
        });
        let slots = self.world.slots.iter().map(|cell| &cell.value);
        let copies = self.world.copies.iter().map(|filed| &filed.value);
        links.extend(slots.chain(copies).chain(posts).flat_map(|value| value.kids).flatten());
        for link in links.iter().filter(|link| !link.handle.is_reserved()) {
            self.named_once(link, &links)?;
        }
        Ok(())
    }

    fn named_once(&self, link: &Link, links: &[Link]) -> Stepped {
        let stamp = link.handle.stamp;
        let filed = |stamp: Stamp| self.world.copies.iter().filter(move |filed| filed.key.stamp == stamp);
        let others = links.iter().filter(|other| other.handle.stamp == stamp).count() - 1;
        if link.handle.private && others + filed(stamp).count() > 0 {
            return wrong(Wrong::Private, format!("{:?} is PRIVATE, and its stamp known elsewhere", link.handle));
        }
        let current = link.object != world::NOBODY && !link.out;
        let is_of_it = |value: &Value| value.tag == Tag::Last(link.object);
        let whole = whole(&link.handle);
        let mut copies = filed(stamp).filter(|filed| !matches!(filed.state, CopyState::Filling { .. }));
        if current && copies.any(|filed| filed.key.address == whole.address && !is_of_it(&filed.value)) {
            return wrong(Wrong::Stamp, format!("the stamp of {:?} names an older value too", link.handle));
        }
        Ok(())
    }
}
