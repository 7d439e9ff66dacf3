//! The exhaustive model of cancellation: a token that is cancelled while tasks of another node begin and end, in every
//! order of their steps and of the word that goes to the node.

mod explore;

use drust_proto::sharing::cancel::{Event, Record, Step};
use explore::{World, explore};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fault {
    None,
    /// The nodes are told before the truth is stored.
    TellsFirst,
    /// A task asks for the truth before it enters.
    AsksFirst,
    /// The record goes with the first task that ends.
    ForgetsEarly,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Task {
    Comes,
    /// It has asked for the truth, too early.
    Knows(bool),
    Asks,
    /// The answer is on its way.
    Told(bool),
    Runs,
    Over,
}

/// Tasks of one node, of which the first also ends by itself, and a token that is cancelled.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Node {
    fault: Fault,
    truth: bool,
    /// Steps that who cancels has taken, and whether the word is on its way.
    steps: u8,
    word: bool,
    record: Option<Record>,
    tasks: Vec<Task>,
}

impl Node {
    fn new(tasks: usize, fault: Fault) -> Node {
        Node { fault, truth: false, steps: 0, word: false, record: None, tasks: vec![Task::Comes; tasks] }
    }

    fn enter(&mut self, knows: Option<bool>) -> Result<Task, String> {
        let step = self.record.get_or_insert_default().step(Event::Enter).map_err(|why| why.to_string())?;
        Ok(match (step, knows) {
            (Step::Ask, Some(truth)) => Task::Told(truth),
            (Step::Ask, None) => Task::Asks,
            _ => Task::Runs,
        })
    }

    fn leave(&mut self) -> Result<(), String> {
        let record = self.record.as_mut().ok_or("a task runs that no record has")?;
        let step = record.step(Event::Leave).map_err(|why| why.to_string())?;
        if step == Step::Forget || self.fault == Fault::ForgetsEarly {
            self.record = None;
        }
        Ok(())
    }

    fn hear(&mut self, event: Event) -> Result<(), String> {
        if let Some(record) = &mut self.record {
            record.step(event).map_err(|why| why.to_string())?;
        }
        Ok(())
    }

    /// What a task can do next.
    fn go_on(&self, at: usize) -> Result<Option<Node>, String> {
        let mut after = self.clone();
        let stage = match self.tasks[at] {
            Task::Comes if self.fault == Fault::AsksFirst => Task::Knows(self.truth),
            Task::Comes => after.enter(None)?,
            Task::Knows(truth) => after.enter(Some(truth))?,
            Task::Asks => Task::Told(self.truth),
            Task::Told(truth) => {
                after.hear(Event::Truth(truth))?;
                Task::Runs
            }
            Task::Runs if at == 0 || self.record.is_some_and(|record| record.is_cancelled()) => {
                after.leave()?;
                Task::Over
            }
            Task::Runs | Task::Over => return Ok(None),
        };
        after.tasks[at] = stage;
        Ok(Some(after))
    }
}

impl World for Node {
    fn next(&self) -> Result<Vec<Node>, String> {
        let tasks = (0..self.tasks.len()).map(|at| self.go_on(at));
        let mut next: Vec<Node> = tasks.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        if self.steps < 2 {
            let mut cancels = self.clone();
            cancels.steps += 1;
            if (self.steps == 0) == (self.fault == Fault::TellsFirst) {
                cancels.word = true;
            } else {
                cancels.truth = true;
            }
            next.push(cancels);
        }
        if self.word {
            let mut told = self.clone();
            told.word = false;
            told.hear(Event::Told)?;
            next.push(told);
        }
        Ok(next)
    }

    fn over(&self) -> Result<(), String> {
        match (self.tasks.iter().position(|task| *task != Task::Over), &self.record) {
            (Some(task), _) => Err(format!("task {task} runs for ever")),
            (None, Some(_)) => Err("a record stays".to_owned()),
            (None, None) => Ok(()),
        }
    }
}

#[test]
fn every_task_hears_of_it() {
    for tasks in 1..4 {
        let worlds = explore(Node::new(tasks, Fault::None)).unwrap_or_else(|why| panic!("{tasks} tasks: {why}"));
        assert!(worlds > 10 * tasks, "{worlds} worlds of {tasks} tasks");
    }
}

#[test]
fn broken_rules_are_found() {
    for (fault, expected) in
        [(Fault::TellsFirst, "for ever"), (Fault::AsksFirst, "for ever"), (Fault::ForgetsEarly, "no record")]
    {
        let why = explore(Node::new(2, fault)).expect_err("it is found");
        assert!(why.contains(expected), "{fault:?} leads to {why:?}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let mut record = Record::default();
    for event in [Event::Truth(true), Event::Told, Event::Leave] {
        assert!(record.step(event).is_err() && record == Record::default(), "{event:?}");
    }
}
