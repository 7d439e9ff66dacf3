//! Ways from a task to a box, and where they lead.

use crate::stage::{Stage, whole};
use crate::task::{Hold, Kind, Path, Status};
use crate::world::{self, KIDS, Link};
use drust_proto::coherence::Held;

/// Where a handle lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    Hold(u8, u8),
    /// A box inside a value: in a slot, a copy, a task's memory.
    Slot(usize, usize),
    Copy(usize, usize),
    Guest(u8, u8, usize),
}

/// How the rest of the program uses what a task holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Borrowed {
    No,
    Shared,
    Mutably,
}

/// A way, and whether what it leads to is mutably reachable.
pub type Way = (Path, bool);

impl Stage<'_> {
    /// Where the handle at the end of a way lies; none where a handle before it has no pointer, or nothing is there.
    pub fn spot(&self, task: u8, path: Path) -> Option<Spot> {
        let (owner, root) = self.root(task, path.hold);
        let mut kids = path.kids().iter().map(|kid| usize::from(*kid));
        // A borrowed `&Box` inside a value of the parent's leads on from there.
        let mut above = root.kids().to_vec().into_iter().map(usize::from).chain(kids.by_ref());
        let hold = self.world.hold(owner, root.hold);
        let mut spot = match hold.kind {
            kind if kind.is_here() => Spot::Guest(owner, root.hold, above.next()?),
            _ => Spot::Hold(owner, root.hold),
        };
        for kid in above {
            let node = self.world.task(owner).node;
            spot = self.inside(node, self.link(spot)?, kid)?;
        }
        self.link(spot).map(|_| spot)
    }

    /// Whose box a task's hold is in the end, and the way to it there.
    fn root(&self, task: u8, hold: u8) -> (u8, Path) {
        let held = self.world.hold(task, hold);
        if held.kind != Kind::Local {
            return (task, Path::root(usize::from(hold)));
        }
        let (owner, mut path) = self.root(self.world.task(task).parent, held.origin.hold);
        for kid in held.origin.kids() {
            path = path.into(usize::from(*kid)).expect("no deeper than the parent's way");
        }
        (owner, path)
    }

    fn inside(&self, node: u8, link: Link, kid: usize) -> Option<Spot> {
        let handle = link.handle;
        if handle.is_reserved() || link.out {
            return None;
        }
        match handle.held {
            Held::Nothing => None,
            Held::Home => Some(Spot::Slot(world::index(handle.address, self.config.slots), kid)),
            Held::Pin => Some(Spot::Copy(self.filed(node, whole(&handle))?, kid)),
        }
    }

    pub fn link(&self, spot: Spot) -> Option<Link> {
        match spot {
            Spot::Hold(task, hold) => Some(self.world.hold(task, hold).link),
            Spot::Slot(at, kid) => self.world.slots[at].value.kids[kid],
            Spot::Copy(at, kid) => self.world.copies[at].value.kids[kid],
            Spot::Guest(task, hold, kid) => self.world.hold(task, hold).guest.kids[kid],
        }
    }

    /// Stores a handle where one lies, or takes it away.
    pub fn store(&mut self, spot: Spot, link: Option<Link>) {
        let place = match spot {
            Spot::Hold(task, hold) => match link {
                Some(link) => return self.world.hold_mut(task, hold).link = link,
                None => return self.world.task_mut(task).holds[usize::from(hold)] = None,
            },
            Spot::Slot(at, kid) => &mut self.world.slots[at].value.kids[kid],
            Spot::Copy(at, kid) => &mut self.world.copies[at].value.kids[kid],
            Spot::Guest(task, hold, kid) => &mut self.world.hold_mut(task, hold).guest.kids[kid],
        };
        *place = link;
    }

    /// What the children of a task have of what it holds.
    pub fn borrowed(&self, task: u8, hold: u8) -> Borrowed {
        let children = self.world.tasks.iter().enumerate().flat_map(|(number, child)| {
            let own = child.as_ref().filter(|child| number != 0 && child.parent == task);
            own.into_iter().flat_map(|child| child.holds.iter().flatten())
        });
        let mut borrowed = Borrowed::No;
        for child in children.filter(|child| child.origin.hold == hold) {
            match child.kind {
                Kind::Lent | Kind::Guest => return Borrowed::Mutably,
                Kind::Shared | Kind::Part(_) | Kind::Copied | Kind::Local => borrowed = Borrowed::Shared,
                Kind::Own => {}
            }
        }
        borrowed
    }

    /// All ways from what a task holds, as far as handles have their pointers.
    pub fn ways(&self, task: u8, hold: u8, held: &Hold, into: &mut Vec<Way>) {
        let borrowed = self.borrowed(task, hold);
        if borrowed == Borrowed::Mutably {
            return;
        }
        let free = borrowed == Borrowed::No && matches!(held.kind, Kind::Own | Kind::Lent | Kind::Guest);
        let root = Path::root(usize::from(hold));
        into.push((root, free));
        if held.kind.is_here() {
            self.ways_into(task, root, free, into);
        } else if let Some(link) = self.spot(task, root).and_then(|spot| self.link(spot)) {
            self.ways_into(task, root, free && link.handle.private, into);
        }
    }

    fn ways_into(&self, task: u8, path: Path, free: bool, into: &mut Vec<Way>) {
        for deeper in (0..KIDS).filter_map(|kid| path.into(kid)) {
            if let Some(link) = self.spot(task, deeper).and_then(|spot| self.link(spot)) {
                into.push((deeper, free));
                self.ways_into(task, deeper, free && link.handle.private, into);
            }
        }
    }

    /// Whether a task takes steps now.
    pub fn runs(&self, task: u8) -> bool {
        let task = self.world.task(task);
        task.status == Status::Running && self.world.alive(task.node)
    }

    /// Room for one more thing that a task holds.
    pub fn room(&self, task: u8) -> Option<usize> {
        self.world.task(task).holds.iter().position(Option::is_none)
    }
}
