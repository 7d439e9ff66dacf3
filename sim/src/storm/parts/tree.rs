//! Trees and lists of boxes: each node an object of its own, wherever it was last written.

use super::super::part::{Make, Part, Way};
use super::super::tasks::Tasks;
use super::super::world::*;

/// A node of a tree.
#[derive(Portable, Clone, Debug, Default)]
pub struct Tree {
    value: u64,
    name: String,
    kids: [Option<Box<Tree>>; 2],
}

impl Part for Tree {
    fn look(&self, way: Way, eye: &mut Eye) {
        if way == Way::Guard {
            prefetch(self.kids.iter().flatten());
        }
        eye.number(self.value);
        self.name.look(way, eye);
        self.kids.iter().for_each(|kid| kid.look(way, eye));
    }

    fn change(&mut self, dice: &mut Dice) {
        let side = dice.roll(2);
        match dice.roll(9) {
            0 => self.value += 1,
            1 => self.name.change(dice),
            2 => self.kids.swap(0, 1),
            3 => drop(self.kids[side].take()),
            4 => {
                if let [Some(left), Some(right)] = &mut self.kids {
                    std::mem::swap(&mut left.kids, &mut right.kids);
                    std::mem::swap(left, right);
                }
            }
            _ => self.kids[side].change(dice),
        }
    }

    fn objects(&self) -> u64 {
        self.name.objects() + self.kids.objects()
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        match tasks.dice().roll(3) {
            0 => self.kids.share(tasks),
            _ => self.kids.iter().for_each(|kid| kid.share(tasks)),
        }
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(&mut self.name);
        self.kids.iter_mut().for_each(|kid| kid.lend(tasks));
    }
}

impl Make for Tree {
    fn make(dice: &mut Dice, size: usize) -> Tree {
        let [left, right] = [(); 2].map(|()| Option::make(dice, size));
        Tree { value: dice.number() >> 1, name: String::make(dice, size), kids: [left, right] }
    }
}

/// A list, of a type of its own so that walking it needs no stack.
#[derive(Portable, Clone, Debug, Default)]
pub struct List {
    first: Option<Box<Link>>,
    len: u64,
}

/// A link of a list.
#[derive(Portable, Clone, Debug)]
pub struct Link {
    value: u64,
    next: Option<Box<Link>>,
}

impl List {
    fn push(&mut self, value: u64) {
        self.first = Some(Box::new(Link { value, next: self.first.take() }));
        self.len += 1;
    }

    fn pop(&mut self) {
        if let Some(link) = self.first.take() {
            let Link { next, .. } = Box::into_inner(link);
            self.first = next;
            self.len -= 1;
        }
    }

    fn reverse(&mut self) {
        let mut done = None;
        while let Some(mut link) = self.first.take() {
            self.first = link.next.take();
            link.next = done;
            done = Some(link);
        }
        self.first = done;
    }

    /// Goes from link to link by guards, one pinned at a time.
    fn walk(&self, mut see: impl FnMut(&Link)) {
        let mut at = self.first.as_ref().map(Box::read);
        while let Some(link) = at {
            see(&link);
            at = Ref::try_step(link, |link| link.next.as_ref());
        }
    }
}

impl Part for List {
    fn look(&self, way: Way, eye: &mut Eye) {
        eye.number(self.len);
        if way == Way::Guard {
            return self.walk(|link| eye.number(link.value));
        }
        let mut at = &self.first;
        while let Some(link) = at {
            eye.number(link.value);
            at = &link.next;
        }
    }

    fn change(&mut self, dice: &mut Dice) {
        match dice.roll(6) {
            0 => (0..dice.roll(30)).for_each(|_| self.push(dice.number())),
            1 => (0..dice.roll(6)).for_each(|_| self.pop()),
            2 => self.reverse(),
            3 => *self = List::default(),
            4 => self.push(dice.number()),
            _ => {
                let mut at = &mut self.first;
                for _ in 0..dice.roll(9) {
                    if let Some(link) = at {
                        link.value = link.value.wrapping_add(1);
                        at = &mut link.next;
                    }
                }
            }
        }
    }

    fn objects(&self) -> u64 {
        self.len
    }

    fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
        tasks.share(Ref::of(self));
    }

    fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
        tasks.lend(self);
    }
}

impl Make for List {
    fn make(dice: &mut Dice, size: usize) -> List {
        let mut list = List::default();
        (0..dice.roll(10 * size + 1)).for_each(|_| list.push(dice.number()));
        list
    }
}
