//! New objects, and nodes that crash: fail-stop, their memory still mapped by the others, what they sent lost or not.

use crate::cover::Machine;
use crate::fault::{Stepped, Wrong, lawful};
use crate::moves::{Move, receiver};
use crate::stage::Stage;
use crate::task::{Hold, Kind, Path, Status};
use crate::world::{self, Link, Post, Tag, Value};
use drust_proto::Rank;
use drust_proto::coherence::Handle;
use drust_proto::job::{Job, JobAction, JobEvent, LossCause, NodeState};

impl Stage<'_> {
    /// `Box::new`.
    pub fn make(&mut self, task: u8) -> Stepped {
        let object = self.new_object()?;
        let room = self.room(task).expect("there is room");
        let link = self.new_box(self.world.task(task).node, object, [None; world::KIDS])?;
        self.give(task, room, link);
        Ok(())
    }

    /// A new object with boxes in it.
    pub fn new_box(&mut self, node: u8, object: u8, kids: [Option<Link>; world::KIDS]) -> Stepped<Link> {
        let at = self.allocate(node, object, Value { tag: Tag::Last(object), kids })?;
        let stamp = self.world.stamp();
        Ok(Link::new(Handle::new(at, stamp), object))
    }

    /// `mem::take` of a vector: three words move, and an empty one is left.
    pub fn empty(&mut self, task: u8, path: Path) -> Stepped {
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let room = self.room(task).expect("there is room");
        self.store(spot, Some(Link::nothing()));
        let hold = Hold { kind: Kind::Own, link, guest: Value::NONE, origin: Path::root(room) };
        self.world.task_mut(task).holds[room] = Some(hold);
        Ok(())
    }

    pub fn crash(&mut self, node: u8) -> Stepped {
        self.world.dead |= 1 << node;
        let world = &mut *self.world;
        let dead = world.dead;
        world.posts.retain(|post| dead >> receiver(post) & 1 == 0);
        Ok(())
    }

    /// What may come of a crash: one at most, of any node.
    pub fn deaths(&self, into: &mut Vec<Move>) {
        let dead = self.world.dead;
        if dead == 0 {
            into.extend((0..self.config.nodes).map(Move::Crash));
            return;
        }
        let is_dead = |node: u8| dead >> node & 1 == 1;
        for (at, post) in self.world.posts.iter().enumerate() {
            if is_dead(sender(post)) {
                into.push(Move::LosePost(at as u8));
            }
        }
        for (at, task) in self.world.tasks.iter().enumerate() {
            let Some(task) = task else { continue };
            let parent = self.world.tasks[usize::from(task.parent)].as_ref().map(|parent| parent.node);
            let sender = if task.status == Status::Flying { parent } else { Some(task.node) };
            if matches!(task.status, Status::Flying | Status::Returning) && sender.is_some_and(is_dead) {
                into.push(Move::LoseTask(at as u8));
            }
        }
        for node in (0..self.config.nodes).filter(|node| self.world.alive(*node)) {
            into.extend((0..self.config.nodes).filter(|lost| is_dead(*lost)).map(|lost| Move::Notice(node, lost)));
        }
    }

    pub fn lose_post(&mut self, at: usize) -> Stepped {
        self.world.posts.remove(at);
        Ok(())
    }

    pub fn lose_task(&mut self, task: u8) -> Stepped {
        self.world.task_mut(task).status = Status::Lost;
        Ok(())
    }

    /// A node learns of a loss and ends.
    pub fn notice(&mut self, node: u8, lost: u8) -> Stepped {
        let event = JobEvent::PeerLost(Rank(u16::from(lost)), LossCause::Died);
        let job = &mut self.world.jobs[usize::from(node)];
        let column = job_column(job.state());
        let action = lawful(Wrong::Law, job.step(event))?;
        self.cover.count(Machine::Job, 5, column);
        if matches!(action, JobAction::Blame(..) | JobAction::Exit(_)) {
            self.world.ended |= 1 << node;
        }
        Ok(())
    }

    /// All nodes have met.
    pub fn jobs(&mut self) {
        let size = u16::from(self.config.nodes);
        for rank in 0..size {
            let mut job = Job::new(Rank(rank), size);
            for peer in (0..size).filter(|peer| *peer != rank) {
                job.step(JobEvent::PeerJoined(Rank(peer))).expect("all join once");
            }
            self.world.jobs.push(job);
        }
    }
}

fn sender(post: &Post) -> u8 {
    match *post {
        Post::Free { from, .. } | Post::Moved { from, .. } => from,
        Post::Ask { node, .. } | Post::Move { node, .. } => node,
        Post::Reply { key, .. } => world::home(key.address),
    }
}

pub fn job_column(state: NodeState) -> usize {
    match state {
        NodeState::Joining => 0,
        NodeState::Running => 1,
        NodeState::Leaving { .. } => 2,
        NodeState::Ended { .. } => 3,
    }
}
