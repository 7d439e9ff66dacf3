//! Variables lent to the tasks of a scope, each of which runs a body of its own on them.

use super::super::program::{Room, run_body};
use super::super::value::{Type, Value};
use super::super::world::*;
use super::{At, Kind, Values};

/// How a row of variables is lent, and the bodies that work on it.
#[derive(Clone, Debug)]
enum Use {
    /// To a task on a node, which may write, forget what it was lent, and be left unjoined.
    Lent { node: usize, body: u32, forget: bool, join: bool },
    /// To tasks on these nodes, which read.
    Read { tasks: std::vec::Vec<(usize, u32)> },
    /// Not at all: the scope's own body works on them meanwhile.
    Own { body: u32 },
}

impl Use {
    fn generate(dice: &mut Dice, room: &mut Room<'_>, types: &[Type]) -> Use {
        match dice.roll(5) {
            0 => Use::Own { body: room.body(dice, types, false) },
            1 => Use::Read { tasks: readers(dice, room, types) },
            _ => {
                let (node, forget, join) = (dice.roll(60), dice.one_in(5), !dice.one_in(4));
                Use::Lent { node, body: room.body(dice, types, false), forget, join }
            }
        }
    }
}

/// Nodes, each with a body that only reads. No two tasks that run at the same time have one body.
fn readers(dice: &mut Dice, room: &mut Room<'_>, types: &[Type]) -> std::vec::Vec<(usize, u32)> {
    (0..1 + dice.roll(4)).map(|_| (dice.roll(60), room.body(dice, types, true))).collect()
}

/// The variables are split into rows, and each row is lent to tasks of one scope.
#[derive(Clone, Debug)]
pub struct Split {
    chunks: std::vec::Vec<(usize, Use)>,
}

impl Kind for Split {
    const WEIGHT: usize = 10;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Split> {
        if !room.goes_on() {
            return None;
        }
        let mut chunks = std::vec::Vec::new();
        let mut types = room.types;
        while !types.is_empty() {
            let (chunk, rest) = types.split_at(1 + dice.roll(types.len()));
            chunks.push((chunk.len(), Use::generate(dice, room, chunk)));
            types = rest;
        }
        Some(Split { chunks })
    }

    fn run(&self, at: &mut At<'_>) {
        let mut rest = at.write();
        thread::scope(|scope| {
            let (mut tasks, mut own) = (std::vec::Vec::new(), std::vec::Vec::new());
            for (len, used) in &self.chunks {
                let (chunk, more) = rest.split_at_mut(*len);
                rest = more;
                match used {
                    Use::Own { body } => own.push((chunk, *body)),
                    Use::Lent { node, body, forget, join } => {
                        let args = (RefMut::new(chunk), *body, *forget);
                        tasks.push((scope.spawn_on(nth(*node), args, run_lent), *join));
                    }
                    Use::Read { tasks: readers } => {
                        let chunk = &*chunk;
                        let start = |(node, body): &(usize, u32)| {
                            (scope.spawn_on(nth(*node), (Ref::of(chunk), *body), run_read), true)
                        };
                        tasks.extend(readers.iter().map(start));
                    }
                }
            }
            own.into_iter().for_each(|(chunk, body)| run_body(body, Values::Own(chunk)));
            for (task, join) in tasks {
                if join {
                    task.join().unwrap_or_else(|error| planned(&error));
                }
            }
        });
    }
}

fn run_lent((mut values, body, forget): (RefMut<'_, [Value]>, u32, bool)) {
    run_body(body, Values::Own(&mut values));
    if forget {
        BOOK.forget(values);
    }
}

fn run_read((values, body): (Ref<'_, [Value]>, u32)) {
    run_body(body, Values::Shared(&values));
}

/// All variables are read by several tasks at once, and by the body itself.
#[derive(Clone, Debug)]
pub struct Readers {
    tasks: std::vec::Vec<(usize, u32)>,
    own: u32,
}

impl Kind for Readers {
    const WEIGHT: usize = 8;
    const READS: bool = true;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Readers> {
        if !room.goes_on() {
            return None;
        }
        let types = room.types;
        Some(Readers { tasks: readers(dice, room, types), own: room.body(dice, types, true) })
    }

    fn run(&self, at: &mut At<'_>) {
        let values = at.read();
        thread::scope(|scope| {
            let start = |(node, body): &(usize, u32)| scope.spawn_on(nth(*node), (Ref::of(values), *body), run_read);
            let tasks: std::vec::Vec<_> = self.tasks.iter().map(start).collect();
            run_body(self.own, Values::Shared(values));
            tasks.into_iter().for_each(|task| task.join().unwrap_or_else(|error| planned(&error)));
        });
    }
}
