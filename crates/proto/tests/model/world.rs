//! What a world of the model is: nodes with slots and copies, tasks with what they hold, and what is under way.
//!
//! Beside what the program has there is *ghost* state, which the rules never see: which object a handle is meant to
//! name, and whether some bytes are still the last that were written ([`Tag`]). Stamps mean nothing but equality, so
//! they are renamed after each step ([`canon`](crate::canon)), and there are finitely many worlds.

use crate::task::{Hold, Status, Task};
use drust_proto::coherence::{CopyState, Fetches, Handle, Slot};
use drust_proto::job::Job;
use drust_proto::{Address, CopyKey, Extent, Partition, Stamp};

/// Bytes of a value, and of a part of it.
pub const BYTES: u64 = 16;
pub const PART: u8 = 8;
/// Boxes that a value may hold.
pub const KIDS: usize = 2;
/// An object that a handle without one is meant to name.
pub const NOBODY: u8 = u8::MAX;
const SPACING: u64 = 64;

/// What some bytes are worth.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tag {
    /// An old value, or none.
    Stale,
    /// The last value written to this object.
    Last(u8),
}

/// A handle, and which object it is meant to name.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    pub handle: Handle,
    pub object: u8,
    /// Lent mutably or being moved: the object is reached otherwise.
    pub out: bool,
}

impl Link {
    pub fn new(handle: Handle, object: u8) -> Link {
        Link { handle, object, out: false }
    }

    pub fn nothing() -> Link {
        Link::new(Handle::reserved(), NOBODY)
    }
}

/// A value: its worth, and the boxes in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value {
    pub tag: Tag,
    pub kids: [Option<Link>; KIDS],
}

impl Value {
    pub const NONE: Value = Value { tag: Tag::Stale, kids: [None; KIDS] };

    pub fn is_last_of(&self, object: u8) -> bool {
        self.tag == Tag::Last(object)
    }

    /// The object was written elsewhere: what these bytes hold names nothing any more.
    pub fn outdate(&mut self) {
        self.tag = Tag::Stale;
        for kid in self.kids.iter_mut().flatten() {
            kid.object = NOBODY;
        }
    }
}

/// A slot and what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell {
    pub slot: Slot,
    pub value: Value,
}

/// An entry of a node's copy table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Filed {
    pub node: u8,
    pub key: CopyKey,
    pub state: CopyState,
    pub value: Value,
    /// What was filled in, whatever the key says.
    pub extent: Extent,
    pub len: u64,
    /// Pins whose holder was forgotten.
    pub forgotten: u32,
}

/// A message under way that belongs to no task.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Post {
    /// A one-way free.
    Free { from: u8, address: Address, kind: drust_proto::coherence::FreeKind },
    /// A request for a copy; the value as it was when asked.
    Ask { task: u8, node: u8, key: CopyKey, value: Value },
    /// Its answer.
    Reply { task: u8, node: u8, key: CopyKey, value: Value },
    /// A request to fetch and free.
    Move { task: u8, node: u8, address: Address, object: u8 },
    /// Its answer.
    Moved { task: u8, node: u8, from: u8, value: Value },
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub slots: Vec<Cell>,
    pub copies: Vec<Filed>,
    pub tasks: Vec<Option<Task>>,
    pub posts: Vec<Post>,
    /// The unanswered fetches of each node, where they are counted so.
    pub fetches: Vec<Fetches>,
    /// The next stamp.
    pub next: u64,
    /// A bit for each node that has crashed.
    pub dead: u8,
    /// A bit for each node that has ended because another was lost.
    pub ended: u8,
    pub jobs: Vec<Job>,
}

impl World {
    pub fn new(nodes: u8, slots: u8, tasks: u8, holds: u8) -> World {
        let cell = Cell { slot: Slot::Free, value: Value::NONE };
        let mut world = World {
            slots: vec![cell; usize::from(nodes * slots)],
            copies: Vec::new(),
            tasks: vec![None; usize::from(tasks)],
            posts: Vec::new(),
            fetches: vec![Fetches::NONE; usize::from(nodes)],
            next: 1,
            dead: 0,
            ended: 0,
            jobs: Vec::new(),
        };
        world.tasks[0] = Some(Task::new(0, 0, Status::Running, holds, 0));
        world
    }

    pub fn task(&self, task: u8) -> &Task {
        self.tasks[usize::from(task)].as_ref().expect("there is such a task")
    }

    pub fn task_mut(&mut self, task: u8) -> &mut Task {
        self.tasks[usize::from(task)].as_mut().expect("there is such a task")
    }

    pub fn hold(&self, task: u8, hold: u8) -> &Hold {
        self.task(task).holds[usize::from(hold)].as_ref().expect("the task holds it")
    }

    pub fn hold_mut(&mut self, task: u8, hold: u8) -> &mut Hold {
        self.task_mut(task).holds[usize::from(hold)].as_mut().expect("the task holds it")
    }

    /// Whether a node still takes steps.
    pub fn alive(&self, node: u8) -> bool {
        (self.dead | self.ended) >> node & 1 == 0
    }

    pub fn stamp(&mut self) -> Stamp {
        let stamp = Stamp::from_word(self.next).expect("stamps begin at 1");
        self.next += 1;
        stamp
    }

    /// All values, wherever they are.
    pub fn values(&mut self) -> impl Iterator<Item = &mut Value> {
        let guests = self.tasks.iter_mut().flatten().flat_map(|task| task.holds.iter_mut().flatten());
        let posts = self.posts.iter_mut().filter_map(|post| match post {
            Post::Ask { value, .. } | Post::Reply { value, .. } | Post::Moved { value, .. } => Some(value),
            Post::Free { .. } | Post::Move { .. } => None,
        });
        let slots = self.slots.iter_mut().map(|cell| &mut cell.value);
        let copies = self.copies.iter_mut().map(|filed| &mut filed.value);
        slots.chain(copies).chain(guests.map(|hold| &mut hold.guest)).chain(posts)
    }
}

/// The address of a node's `slot`-th slot.
pub fn address(node: u8, slot: usize) -> Address {
    Address::new(Partition(u16::from(node)), (slot as u64 + 1) * SPACING)
}

/// The slot of an address among all of the world's.
pub fn index(address: Address, slots: u8) -> usize {
    usize::from(home(address)) * usize::from(slots) + (address.offset() / SPACING) as usize - 1
}

pub fn home(address: Address) -> u8 {
    address.home().0 as u8
}
