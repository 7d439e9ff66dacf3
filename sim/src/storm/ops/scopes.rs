//! Variables lent to the tasks of a scope, each of which runs a body of its own on them.

use super::super::program::{Room, run_body};
use super::super::value::{Type, Value};
use super::super::world::*;
use super::{At, Kind, Values};

/// How a row of variables is lent.
#[derive(Clone, Debug)]
enum Use {
    /// To a task on a node, which may write, forget what it was lent, and be left unjoined.
    Lent { node: usize, forget: bool, join: bool },
    /// To as many tasks as there are nodes named, which read.
    Read { nodes: std::vec::Vec<usize> },
    /// Not at all: the scope's own body works on them meanwhile.
    Own,
}

/// A row of variables, how it is lent, and what is done with it.
#[derive(Clone, Debug)]
struct Chunk {
    len: usize,
    used: Use,
    body: u32,
}

/// The variables are split into rows, and each row is lent to tasks of one scope.
#[derive(Clone, Debug)]
pub struct Split {
    chunks: std::vec::Vec<Chunk>,
}

impl Chunk {
    fn generate(dice: &mut Dice, room: &mut Room<'_>, types: &[Type]) -> Chunk {
        let used = match dice.roll(5) {
            0 => Use::Own,
            1 => Use::Read { nodes: (0..1 + dice.roll(3)).map(|_| dice.roll(60)).collect() },
            _ => Use::Lent { node: dice.roll(60), forget: dice.one_in(5), join: !dice.one_in(4) },
        };
        let body = room.body(dice, types, matches!(used, Use::Read { .. }));
        Chunk { len: types.len(), used, body }
    }
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
            chunks.push(Chunk::generate(dice, room, chunk));
            types = rest;
        }
        Some(Split { chunks })
    }

    fn run(&self, at: &mut At<'_>) {
        let mut rest = at.write();
        thread::scope(|scope| {
            let (mut tasks, mut own) = (std::vec::Vec::new(), std::vec::Vec::new());
            for Chunk { len, used, body } in &self.chunks {
                let (chunk, more) = rest.split_at_mut(*len);
                rest = more;
                match used {
                    Use::Own => own.push((chunk, *body)),
                    Use::Lent { node, forget, join } => {
                        let args = (RefMut::new(chunk), *body, *forget);
                        tasks.push((scope.spawn_on(nth(*node), args, run_lent), *join));
                    }
                    Use::Read { nodes } => {
                        let chunk = &*chunk;
                        let start = |node: &usize| scope.spawn_on(nth(*node), (Ref::of(chunk), *body), run_read);
                        tasks.extend(nodes.iter().map(|node| (start(node), true)));
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
        std::mem::forget(values);
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
        let tasks = (0..1 + dice.roll(4)).map(|_| (dice.roll(60), room.body(dice, types, true))).collect();
        Some(Readers { tasks, own: room.body(dice, types, true) })
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
