//! What may happen next: what the borrow checker, the evictor and the network allow.

use crate::config::Allow;
use crate::ends::End;
use crate::fault::Stepped;
use crate::paths::{Borrowed, Spot, Way};
use crate::stage::{Stage, whole};
use crate::task::{Hold, Kind, Op, Path, Status, Wait};
use crate::world::{self, BYTES, KIDS, Link, PART, Post};
use drust_proto::coherence::{CopyState, Held};

/// One step of a world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    Read(u8, Path),
    Prefetch(u8, Path),
    StorePin(u8),
    GiveUp(u8),
    Use(Op, u8, Path),
    Unpin(u8, Path),
    New(u8),
    /// A box into a value, and out of it.
    Nest(u8, u8, Path),
    Unnest(u8, Path),
    /// `mem::take`.
    Empty(u8, Path),
    Spawn(Kind, u8, Path, u8),
    Hand(u8, u8, u8),
    /// `Ref::step`.
    Step(u8, Path),
    Arrive(u8),
    End(u8, End),
    Complete(u8),
    Deliver(u8),
    Refuse(u8),
    Evict(u8),
    Crash(u8),
    LosePost(u8),
    LoseTask(u8),
    /// A node learns that another was lost.
    Notice(u8, u8),
}

impl Stage<'_> {
    pub fn moves(&self, into: &mut Vec<Move>) {
        for task in 0..self.world.tasks.len() as u8 {
            if self.world.tasks[usize::from(task)].is_some() {
                self.moves_of(task, into);
            }
        }
        let may = |what| self.config.may(what);
        for (at, filed) in self.world.copies.iter().enumerate() {
            if filed.state == CopyState::Idle && may(Allow::EVICT) && self.world.alive(filed.node) {
                into.push(Move::Evict(at as u8));
            }
        }
        for (at, post) in self.world.posts.iter().enumerate() {
            if self.world.alive(receiver(post)) {
                into.push(Move::Deliver(at as u8));
                if may(Allow::FULL) && matches!(post, Post::Reply { .. }) {
                    into.push(Move::Refuse(at as u8));
                }
            }
        }
        if may(Allow::CRASH) {
            self.deaths(into);
        }
    }

    fn moves_of(&self, task: u8, into: &mut Vec<Move>) {
        let own = self.world.task(task);
        match own.status {
            Status::Flying if self.world.alive(own.node) => into.push(Move::Arrive(task)),
            Status::Returning if self.world.alive(self.world.task(own.parent).node) => into.push(Move::Complete(task)),
            Status::Running if self.world.alive(own.node) => match own.wait {
                None => self.uses(task, into),
                Some(Wait::Value(..)) => {}
                Some(_) if self.is_filled(task) => into.push(Move::StorePin(task)),
                Some(_) if self.config.may(Allow::GIVE_UP) => into.push(Move::GiveUp(task)),
                Some(_) => {}
            },
            _ => {}
        }
    }

    fn uses(&self, task: u8, into: &mut Vec<Move>) {
        let mut ways = Vec::new();
        for (hold, held) in self.world.task(task).holds.iter().enumerate() {
            let Some(held) = held else { continue };
            ways.clear();
            self.ways(task, hold as u8, held, &mut ways);
            for &way in &ways {
                self.uses_of(task, held, way, into);
            }
            if held.kind == Kind::Own && self.borrowed(task, hold as u8) == Borrowed::No {
                self.handovers(task, hold as u8, into);
            }
        }
        if self.config.may(Allow::NEW) && self.room(task).is_some() {
            into.push(Move::New(task));
        }
        if task != 0 && self.may_end(task) {
            into.push(Move::End(task, End::Return));
            if self.config.may(Allow::PANIC) {
                into.push(Move::End(task, End::Panic));
            }
            if self.config.may(Allow::FORGET) {
                into.push(Move::End(task, End::Forget));
            }
        }
    }

    /// A scope waits for its tasks; those it lent to are the ledger's business.
    fn may_end(&self, task: u8) -> bool {
        let mut children = self.world.tasks.iter().flatten().skip(1).filter(|child| child.parent == task);
        children.all(|child| child.holds.iter().flatten().any(|held| matches!(held.kind, Kind::Lent | Kind::Guest)))
    }

    fn uses_of(&self, task: u8, held: &Hold, (path, free): Way, into: &mut Vec<Move>) {
        let may = |what| self.config.may(what);
        let deep = !path.kids().is_empty();
        let Some(link) = self.spot(task, path).and_then(|spot| self.link(spot)) else { return };
        if link.out || (held.kind.is_here() && !deep) {
            return;
        }
        self.looks(task, path, link, into);
        let steps = may(Allow::STEP) && held.kind == Kind::Shared && path.kids().len() == 1;
        if steps && !link.handle.private && self.borrowed(task, path.hold) == Borrowed::No {
            into.push(Move::Step(task, path));
        }
        if deep && !may(Allow::DEEP) {
            return;
        }
        self.spawns(task, held, (path, free), link, into);
        if !free {
            return;
        }
        let owns = held.kind == Kind::Own || deep;
        let ops = [
            (Op::Write, Allow::WRITE, true),
            (Op::Grow, Allow::GROW, true),
            (Op::Set, Allow::SET, true),
            (Op::TakeOut, Allow::TAKE, owns),
            (Op::Drop, Allow::DROP, owns),
        ];
        let ops = ops.into_iter().filter(|(_, what, possible)| may(*what) && *possible);
        into.extend(ops.map(|(op, _, _)| Move::Use(op, task, path)));
        if may(Allow::UNPIN) {
            into.push(Move::Unpin(task, path));
        }
        if may(Allow::EMPTY) && !link.handle.is_reserved() && self.room(task).is_some() {
            into.push(Move::Empty(task, path));
        }
        if may(Allow::NEST) && deep && self.room(task).is_some() {
            into.push(Move::Unnest(task, path));
        }
    }

    fn looks(&self, task: u8, path: Path, link: Link, into: &mut Vec<Move>) {
        if link.handle.held != Held::Nothing {
            return;
        }
        into.push(Move::Read(task, path));
        let node = self.world.task(task).node;
        let remote = world::home(link.handle.address) != node;
        let part = self.part(task, path);
        if self.config.may(Allow::PREFETCH) && remote && self.filed(node, Self::key(&link.handle, part)).is_none() {
            into.push(Move::Prefetch(task, path));
        }
    }

    fn spawns(&self, task: u8, held: &Hold, (path, free): Way, link: Link, into: &mut Vec<Move>) {
        let may = |what| self.config.may(what);
        if self.world.tasks.iter().all(Option::is_some) || (task != 0 && !may(Allow::CHAIN)) {
            return;
        }
        let node = self.world.task(task).node;
        let others = (0..self.config.nodes).filter(|to| *to != node);
        let real = !link.handle.is_reserved();
        let by_address = real && !matches!(held.kind, Kind::Part(_));
        let mut kinds = Vec::new();
        kinds.extend((may(Allow::SHARE) && by_address).then_some(Kind::Shared));
        kinds.extend((may(Allow::COPY) && by_address && link.handle.held != Held::Nothing).then_some(Kind::Copied));
        if may(Allow::PART) && by_address {
            kinds.extend([Kind::Part(PART), Kind::Part(BYTES as u8)]);
        }
        kinds.extend((may(Allow::LEND) && free).then_some(Kind::Lent));
        kinds.extend((may(Allow::GUEST) && free && real && link.handle.private).then_some(Kind::Guest));
        let gives = may(Allow::GIVE) && free && held.kind == Kind::Own && path.kids().is_empty();
        kinds.extend(gives.then_some(Kind::Own));
        for to in others {
            into.extend(kinds.iter().map(|kind| Move::Spawn(*kind, task, path, to)));
        }
        if may(Allow::LOCAL) && matches!(held.kind, Kind::Own | Kind::Lent) {
            into.push(Move::Spawn(Kind::Local, task, path, node));
        }
    }

    fn handovers(&self, task: u8, hold: u8, into: &mut Vec<Move>) {
        let node = self.world.task(task).node;
        if self.config.may(Allow::HAND) {
            let others = (0..self.world.tasks.len() as u8).filter(|to| *to != task);
            let others = others.filter(|to| self.world.tasks[usize::from(*to)].is_some());
            let near = others.filter(|to| self.world.task(*to).node == node && self.runs(*to));
            into.extend(near.map(|to| Move::Hand(task, hold, to)));
        }
        if !self.config.may(Allow::NEST) {
            return;
        }
        for (other, held) in self.world.task(task).holds.iter().enumerate() {
            let Some(held) = held else { continue };
            let owned = matches!(held.kind, Kind::Own | Kind::Lent) && held.link.handle.private;
            let usable = owned && self.borrowed(task, other as u8) == Borrowed::No;
            let value = self.seen(node, &held.link.handle, None);
            if usable && other as u8 != hold && value.is_some_and(|value| value.kids[0].is_none()) {
                into.push(Move::Nest(task, hold, Path::root(other)));
            }
        }
    }

    /// Takes one step.
    pub fn take(&mut self, step: Move) -> Stepped {
        match step {
            Move::Read(task, path) => self.read(task, path),
            Move::Prefetch(task, path) => self.prefetch(task, path),
            Move::StorePin(task) => self.store_pin(task),
            Move::GiveUp(task) => self.give_up(task),
            Move::Use(op, task, path) => self.begin(task, path, op),
            Move::Unpin(task, path) => self.unpin(task, path),
            Move::New(task) => self.make(task),
            Move::Nest(task, hold, path) => {
                let into = path.into(0).expect("a root has values");
                let Some(Link { handle, .. }) = self.spot(task, path).and_then(|spot| self.link(spot)) else {
                    unreachable!("a way that was found")
                };
                let at = world::index(handle.address, self.config.slots);
                debug_assert!(into.kids().len() == 1 && KIDS > 0);
                self.shift(task, Spot::Hold(task, hold), Spot::Slot(at, 0))
            }
            Move::Unnest(task, path) => {
                let room = self.room(task).expect("there is room") as u8;
                let from = self.spot(task, path).expect("a way that was found");
                self.shift(task, from, Spot::Hold(task, room))
            }
            Move::Empty(task, path) => self.empty(task, path),
            Move::Spawn(kind, task, path, to) => self.spawn(task, path, kind, to),
            Move::Hand(from, hold, to) => self.hand(from, hold, to),
            Move::Step(task, path) => self.step_on(task, path),
            Move::Arrive(task) => self.arrive(task),
            Move::End(task, how) => self.end(task, how),
            Move::Complete(task) => self.complete(task),
            Move::Deliver(at) => self.deliver(usize::from(at)),
            Move::Refuse(at) => self.refuse(usize::from(at)),
            Move::Evict(at) => self.evict(usize::from(at)),
            Move::Crash(node) => self.crash(node),
            Move::LosePost(at) => self.lose_post(usize::from(at)),
            Move::LoseTask(task) => self.lose_task(task),
            Move::Notice(node, lost) => self.notice(node, lost),
        }
    }

    fn unpin(&mut self, task: u8, path: Path) -> Stepped {
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(task).node;
        let (after, todo) = self.law(node, link.handle, drust_proto::coherence::Event::Unpin)?;
        if !todo.is_empty() {
            self.release(node, link.handle)?;
        }
        self.store(spot, Some(Link { handle: after, ..link }));
        debug_assert_eq!(whole(&after), whole(&link.handle));
        Ok(())
    }
}

/// The node that a message is for.
pub fn receiver(post: &Post) -> u8 {
    match *post {
        Post::Free { address, .. } | Post::Move { address, .. } => world::home(address),
        Post::Ask { key, .. } => world::home(key.address),
        Post::Reply { node, .. } | Post::Moved { node, .. } => node,
    }
}
