//! Messages that belong to no task, when they are delivered.

use crate::fault::{Stepped, Stop, Wrong, wrong};
use crate::stage::Stage;
use crate::task::{Hold, Kind, Op, Path, Wait};
use crate::uses::Used;
use crate::world::{self, Link, Post, Value};
use drust_proto::coherence::FreeKind;

impl Stage<'_> {
    /// What lies first among the messages, by their order in the world, is taken off the wire and handled.
    pub fn deliver(&mut self, at: usize) -> Stepped {
        match self.world.posts.remove(at) {
            Post::Free { address, kind, .. } => self.free(address, kind),
            Post::Ask { task, node, key, value } => {
                let served = self.serve(key.address)?;
                if served.tag != value.tag {
                    return wrong(Wrong::Late, format!("{key:?} is served after the borrow it was asked under"));
                }
                self.post(Post::Reply { task, node, key, value: served })
            }
            post @ Post::Reply { .. } => self.answer(post, true),
            Post::Move { task, node, address, .. } => {
                let value = self.move_out(address)?;
                self.free(address, FreeKind::MovedOut)?;
                self.post(Post::Moved { task, node, from: world::home(address), value })
            }
            Post::Moved { task, node, value, .. } => {
                let value = self.land_value(node, value)?;
                let Some(Wait::Value(path, op)) = self.world.task(task).wait else {
                    return wrong(Wrong::Law, "a value came that nobody waits for");
                };
                self.world.task_mut(task).wait = None;
                let spot = self.spot(task, path).expect("what is awaited stays where it is");
                let link = self.link(spot).expect("a handle lies there");
                let used = self.resume(task, link, op, value)?;
                self.used(task, path, op, used)
            }
        }
    }

    /// The copy that an answer was for finds no memory.
    pub fn refuse(&mut self, at: usize) -> Stepped {
        let post = self.world.posts.remove(at);
        self.answer(post, false)
    }

    /// A task uses a box mutably.
    pub fn begin(&mut self, task: u8, path: Path, op: Op) -> Stepped {
        let spot = self.spot(task, path).expect("a way that was found");
        let link = self.link(spot).expect("a handle lies there");
        let node = self.world.task(task).node;
        let used = self.use_mutably(node, Some(task), link, op)?;
        self.used(task, path, op, used)
    }

    /// Stores what a use ended with.
    fn used(&mut self, task: u8, path: Path, op: Op, used: Used) -> Stepped {
        let spot = self.spot(task, path).expect("what is used stays where it is");
        match used {
            Used::Asked(link) => {
                self.store(spot, Some(link));
                self.world.task_mut(task).wait = Some(Wait::Value(path, op));
            }
            Used::Done(link, _) if matches!(op, Op::Write | Op::Grow | Op::Set) => self.store(spot, Some(link)),
            Used::Done(_, value) => {
                self.store(spot, None);
                if op == Op::TakeOut {
                    self.unpack(task, value)?;
                }
            }
        }
        Ok(())
    }

    /// The boxes in a value that was taken out are the task's own now.
    fn unpack(&mut self, task: u8, value: Value) -> Stepped {
        for kid in value.kids.into_iter().flatten() {
            let room = self.room(task).ok_or(Stop::Bounds)?;
            self.give(task, room, kid);
        }
        Ok(())
    }

    pub fn give(&mut self, task: u8, room: usize, link: Link) {
        let hold = Hold { kind: Kind::Own, link, guest: Value::NONE, origin: Path::root(room) };
        self.world.task_mut(task).holds[room] = Some(hold);
    }
}
