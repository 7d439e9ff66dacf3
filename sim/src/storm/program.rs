//! A program as data: bodies of steps, each step an operation; how a seed makes one, and how it is run.

use super::ops::{At, Op, Pending, Values};
use super::part::{Way, look_at};
use super::value::{Type, Value};
use super::world::*;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

/// A random program. An operation that starts a task names the task's body.
#[derive(Clone, Debug)]
pub struct Program {
    /// The types of the variables.
    pub types: std::vec::Vec<Type>,
    /// Whether the variables themselves lie in one object of the heap.
    on_heap: bool,
    /// All bodies; the first is that of `main`.
    pub bodies: std::vec::Vec<Body>,
}

/// The steps of `main` or of a task.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// What is done, in this order.
    pub steps: std::vec::Vec<Step>,
    /// Whether others read the variables meanwhile, so that nothing may be written.
    pub shared: bool,
}

/// An operation in its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the whole program as it was generated.
    pub id: u32,
    /// What is done.
    pub op: Op,
}

/// What a body that is being generated works on, and how much may still be generated.
pub struct Room<'a> {
    /// The types of its variables.
    pub types: &'a [Type],
    /// Whether others read the variables meanwhile.
    pub shared: bool,
    /// How many tasks it is below `main`.
    pub depth: usize,
    budget: &'a mut usize,
    steps: &'a mut u32,
    bodies: &'a mut std::vec::Vec<Body>,
}

/// Tasks lie at most so deep below `main` by their bodies.
const DEEPEST: usize = 4;

/// Steps of a body at most, by how deep it was begun.
const LONGEST: [usize; DEEPEST + 1] = [10, 7, 4, 3, 2];

impl Room<'_> {
    /// A body for a task that works on some of the variables. It takes a part of what may still be generated, so that
    /// one operation does not use it up.
    pub fn body(&mut self, dice: &mut Dice, types: &[Type], shared: bool) -> u32 {
        let id = self.bodies.len();
        self.bodies.push(Body::default());
        let before = *self.budget / 3;
        let mut budget = before;
        let (depth, count) = (self.depth + 1, dice.roll(LONGEST[self.depth.min(DEEPEST)] + 1));
        let mut room = Room { types, shared, depth, budget: &mut budget, steps: self.steps, bodies: self.bodies };
        let steps = (0..count).map_while(|_| (*room.budget > 0).then(|| room.step(dice))).collect();
        self.bodies[id] = Body { steps, shared };
        *self.budget -= before - budget;
        id as u32
    }

    /// Whether there may be tasks below this one.
    pub fn goes_on(&self) -> bool {
        self.depth < DEEPEST && *self.budget > 0
    }

    /// One of the variables; no body is without.
    pub fn slot(&self, dice: &mut Dice) -> usize {
        dice.roll(self.types.len())
    }

    fn step(&mut self, dice: &mut Dice) -> Step {
        *self.budget = self.budget.saturating_sub(1);
        let op = Op::generate(dice, self);
        self.number(op)
    }

    fn number(&mut self, op: Op) -> Step {
        *self.steps += 1;
        Step { id: *self.steps, op }
    }
}

impl Program {
    /// The program that a seed means, of about so many steps.
    pub fn generate(seed: u64, steps: usize) -> Program {
        let mut dice = Dice::new(seed);
        let types: std::vec::Vec<_> = (0..2 + dice.roll(8)).map(|_| Type::ALL[dice.roll(Type::ALL.len())]).collect();
        let types: std::vec::Vec<_> = types.iter().chain(&types[..dice.roll(types.len())]).copied().collect();
        let on_heap = dice.one_in(2);
        let (mut budget, mut count) = (steps, 0);
        let mut bodies = vec![Body::default()];
        let mut main = std::vec::Vec::new();
        let mut room = Room {
            types: &types,
            shared: false,
            depth: 0,
            budget: &mut budget,
            steps: &mut count,
            bodies: &mut bodies,
        };
        main.extend((0..types.len()).map(|slot| room.number(Op::make(&mut dice, slot, types[slot]))));
        while *room.budget > 0 {
            main.push(room.step(&mut dice));
        }
        bodies[0].steps = main;
        Program { types, on_heap, bodies }
    }

    /// Leaves out the steps that are not to be kept.
    pub fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        self.bodies.iter_mut().for_each(|body| body.steps.retain(|step| keep(step.id)));
    }

    /// All steps, with the body each is in.
    pub fn steps(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.bodies.iter().enumerate().flat_map(|(id, body)| body.steps.iter().map(move |step| (id, step)))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.on_heap { "in the heap" } else { "on main's stack" };
        writeln!(f, "variables {place}: {:?}", self.types)?;
        for (id, body) in self.bodies.iter().enumerate().filter(|(_, body)| !body.steps.is_empty()) {
            writeln!(f, "body {id}{}:", if body.shared { ", which reads" } else { "" })?;
            body.steps.iter().try_for_each(|step| writeln!(f, "  step {}: {:?}", step.id, step.op))?;
        }
        Ok(())
    }
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Says which program is run. Every process of a cluster says so, before it runs.
pub fn set_program(program: Program) {
    PROGRAM.set(program).expect("a process runs one program");
}

fn body(id: u32) -> &'static [Step] {
    &PROGRAM.get().expect("the program was set first").bodies[id as usize].steps
}

fn run_step(step: &Step, values: &mut Values<'_>, pending: &mut std::vec::Vec<Pending>) {
    let values = match values {
        Values::Own(values) => Values::Own(values),
        Values::Shared(values) => Values::Shared(values),
    };
    BOOK.op();
    step.op.run(&mut At { key: u64::from(step.id) << 32, values, pending });
}

/// Runs a task's body on its variables.
pub fn run_body(id: u32, mut values: Values<'_>) {
    let mut pending = std::vec::Vec::new();
    body(id).iter().for_each(|step| run_step(step, &mut values, &mut pending));
    end_body(values, pending);
}

/// Joins what was not joined; the values come back.
fn end_body(mut values: Values<'_>, pending: std::vec::Vec<Pending>) {
    for pending in pending {
        if let Values::Own(values) = &mut values {
            pending.join_into(values);
        }
    }
}

/// Runs `main`, whose steps may panic where they joined no task that did; at the end everything is looked at once
/// more, and dropped.
pub fn run_main() {
    let program = PROGRAM.get().expect("the program was set first");
    let empty = program.types.iter().map(|_| Value::Empty);
    if program.on_heap {
        run_main_on(&mut empty.collect::<Vec<_>>());
    } else {
        run_main_on(&mut empty.collect::<std::vec::Vec<_>>());
    }
}

fn run_main_on(values: &mut [Value]) {
    let mut pending = std::vec::Vec::new();
    for step in body(0) {
        // A panic that was not planned has ended the run where it began.
        let _ = catch_unwind(AssertUnwindSafe(|| run_step(step, &mut Values::Own(values), &mut pending)));
    }
    end_body(Values::Own(values), pending);
    for (index, value) in values.iter().enumerate() {
        look_at(value, Way::Deref, index as u64);
    }
    look_at(values, Way::Guard, u64::from(u32::MAX));
}

fn step(key: u64) -> Option<&'static Step> {
    let id = u32::try_from(key >> 32).ok()?;
    PROGRAM.get()?.steps().map(|(_, step)| step).find(|step| step.id == id)
}

/// The kind of the step that looks under this key.
pub fn kind_of_step(key: u64) -> Option<&'static str> {
    step(key).map(|step| step.op.name())
}

/// The step that looks under this key, in words.
pub fn describe_step(key: u64) -> std::string::String {
    step(key).map_or("at the end of the program".into(), |step| format!("step {}: {:?}", step.id, step.op))
}
