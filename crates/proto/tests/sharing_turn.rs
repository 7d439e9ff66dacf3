//! The exhaustive model of `Barrier` and `Once`: every order in which the threads of a few nodes can ask the home, and
//! in which questions and answers can arrive, driven by the functions that the runtime calls.

mod explore;

use drust_proto::Rank;
use drust_proto::sharing::turn::{Answer, Barrier, Caller, Once, OnceEvent, Outcome, Value};
use explore::{World, explore};
use std::collections::HashMap;

fn caller(thread: usize) -> Caller {
    Caller { node: Rank(thread as u16 % 2), id: thread as u64 }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
enum Fault {
    None,
    /// The barrier lets its first caller go at once.
    LetsTheFirstGo,
    /// Everybody is the leader.
    ManyLeaders,
    /// The last to arrive is forgotten.
    ForgetsTheLast,
    /// After a panic all who wait run.
    AllRun,
    /// Who waits is not told of the end.
    TellsOnlyTheRunner,
    /// A panic counts as done.
    PanicIsDone,
    /// Who leaves is told so, and stays on the list.
    LeavesAShadow,
    /// Who leaves is not answered.
    LeavesInSilence,
}

/// A barrier for all threads, at which each arrives so often.
#[derive(Clone, PartialEq, Eq, Hash)]
struct AtBarrier {
    barrier: Barrier,
    fault: Fault,
    /// How often each has gone on, and whether it waits; what is answered is on its way to it.
    gone: Vec<u8>,
    waits: Vec<bool>,
    arrivals: Vec<usize>,
    answers: Vec<(usize, bool)>,
    /// How often somebody was the leader.
    leaders: u8,
}

const ROUNDS: u8 = 2;

impl AtBarrier {
    fn new(threads: usize, fault: Fault) -> AtBarrier {
        AtBarrier {
            barrier: Barrier::new(threads as u64),
            fault,
            gone: vec![0; threads],
            waits: vec![false; threads],
            arrivals: Vec::new(),
            answers: Vec::new(),
            leaders: 0,
        }
    }

    fn arrive(&mut self, thread: usize) {
        if self.fault == Fault::LetsTheFirstGo && self.gone == vec![0; self.gone.len()] && self.answers.is_empty() {
            return self.answers.push((thread, false));
        }
        let Some(mut all) = self.barrier.arrive(caller(thread)) else { return };
        if self.fault == Fault::ForgetsTheLast {
            all.pop();
        }
        let many = self.fault == Fault::ManyLeaders;
        self.answers.extend(all.into_iter().map(|(caller, leads)| (caller.id as usize, leads || many)));
    }
}

impl World for AtBarrier {
    fn next(&self) -> Result<Vec<AtBarrier>, String> {
        let mut next = Vec::new();
        for thread in (0..self.gone.len()).filter(|thread| !self.waits[*thread] && self.gone[*thread] < ROUNDS) {
            let mut after = self.clone();
            after.waits[thread] = true;
            after.arrivals.push(thread);
            next.push(after);
        }
        for at in 0..self.arrivals.len() {
            let mut after = self.clone();
            let thread = after.arrivals.remove(at);
            after.arrive(thread);
            next.push(after);
        }
        for at in 0..self.answers.len() {
            let mut after = self.clone();
            let (thread, leads) = after.answers.remove(at);
            (after.waits[thread], after.gone[thread]) = (false, after.gone[thread] + 1);
            after.leaders += u8::from(leads);
            // Whoever goes on does so after all have arrived.
            if let Some(late) = (0..after.gone.len()).find(|&at| {
                after.gone[at] + 1 < after.gone[thread]
                    || after.gone[at] + 1 == after.gone[thread] && (!after.waits[at] || after.arrivals.contains(&at))
            }) {
                return Err(format!("thread {thread} goes on before thread {late} has arrived"));
            }
            next.push(after);
        }
        Ok(next)
    }

    fn over(&self) -> Result<(), String> {
        if self.gone.iter().any(|gone| *gone < ROUNDS) {
            return Err(format!("somebody waits for ever: {:?}", self.gone));
        }
        if self.leaders == ROUNDS { Ok(()) } else { Err(format!("{} leaders in {ROUNDS} rounds", self.leaders)) }
    }
}

/// A barrier for all threads, the first of which may give up once, and then comes again. What a thread tells the home
/// arrives in order.
#[derive(Clone, PartialEq, Eq, Hash)]
struct AtLeaving {
    barrier: Barrier,
    fault: Fault,
    stages: Vec<Stage>,
    told: Vec<(usize, bool)>,
    /// What is on its way to threads: that they may go on or have left, or (none) that their leaving was heard of.
    answers: Vec<(usize, Option<bool>)>,
    leaves: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Stage {
    Comes,
    Waits,
    /// It has given up, and waits for two answers.
    Leaves {
        heard: bool,
        goes: Option<bool>,
    },
    Goes,
}

impl AtLeaving {
    fn new(threads: usize, fault: Fault) -> AtLeaving {
        let (stages, told, answers) = (vec![Stage::Comes; threads], Vec::new(), Vec::new());
        AtLeaving { barrier: Barrier::new(threads as u64), fault, stages, told, answers, leaves: 1 }
    }

    /// Each coming of a thread is a question of its own.
    fn caller(&self, thread: usize) -> Caller {
        let again = u64::from(thread == 0 && self.leaves == 0 && matches!(self.stages[0], Stage::Waits));
        Caller { id: thread as u64 + 100 * again, ..caller(thread) }
    }

    fn tell(&self, thread: usize, stage: Stage, leaves: bool) -> AtLeaving {
        let mut after = self.clone();
        after.stages[thread] = stage;
        after.told.push((thread, leaves));
        after
    }

    fn serve(&mut self, thread: usize, leaves: bool) -> Result<(), String> {
        let caller = self.caller(thread);
        if leaves {
            if self.fault == Fault::LeavesAShadow || self.barrier.leave(caller) && self.fault != Fault::LeavesInSilence
            {
                self.answers.push((thread, Some(false)));
            }
            self.answers.push((thread, None));
        } else if let Some(all) = self.barrier.arrive(caller) {
            let passed: Vec<_> = all.iter().map(|(caller, _)| caller.id as usize % 100).collect();
            if (0..self.stages.len()).any(|thread| !passed.contains(&thread)) {
                return Err(format!("{passed:?} go on without the others"));
            }
            self.answers.extend(passed.into_iter().map(|thread| (thread, Some(true))));
        }
        Ok(())
    }

    fn answered(&mut self, thread: usize, answer: Option<bool>) {
        let stage = match (self.stages[thread], answer) {
            (Stage::Waits, Some(true)) => Stage::Goes,
            (Stage::Leaves { goes, .. }, None) => Stage::Leaves { heard: true, goes },
            (Stage::Leaves { heard, .. }, goes) => Stage::Leaves { heard, goes },
            (other, _) => other,
        };
        self.stages[thread] = match stage {
            Stage::Leaves { heard: true, goes: Some(true) } => Stage::Goes,
            Stage::Leaves { heard: true, goes: Some(false) } => Stage::Comes,
            other => other,
        };
    }
}

impl World for AtLeaving {
    fn next(&self) -> Result<Vec<AtLeaving>, String> {
        let mut next = Vec::new();
        for (thread, stage) in self.stages.iter().enumerate() {
            match stage {
                Stage::Comes => next.push(self.tell(thread, Stage::Waits, false)),
                Stage::Waits if thread == 0 && self.leaves > 0 => {
                    let mut leaves = self.tell(thread, Stage::Leaves { heard: false, goes: None }, true);
                    leaves.leaves -= 1;
                    next.push(leaves);
                }
                Stage::Waits | Stage::Leaves { .. } | Stage::Goes => {}
            }
        }
        for at in 0..self.told.len() {
            let (thread, leaves) = self.told[at];
            if self.told[..at].iter().all(|(other, _)| *other != thread) {
                let mut after = self.clone();
                after.told.remove(at);
                after.serve(thread, leaves)?;
                next.push(after);
            }
        }
        for at in 0..self.answers.len() {
            let mut after = self.clone();
            let (thread, answer) = after.answers.remove(at);
            after.answered(thread, answer);
            next.push(after);
        }
        Ok(next)
    }

    fn over(&self) -> Result<(), String> {
        let all = self.stages.iter().all(|stage| *stage == Stage::Goes);
        if all { Ok(()) } else { Err(format!("somebody waits for ever: {:?}", self.stages)) }
    }
}

/// What a thread asks of a once, and what it has come to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Doing {
    Nothing,
    Asks,
    Runs,
    Ends,
    Done,
    Panics,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct AtOnce {
    once: Once,
    fault: Fault,
    wants: Vec<OnceEvent>,
    doing: Vec<Doing>,
    /// Runs that may still panic.
    panics: u8,
    asked: Vec<(usize, OnceEvent)>,
    answers: Vec<(usize, Answer)>,
    made: bool,
}

impl AtOnce {
    fn new(wants: &[OnceEvent], panics: u8, fault: Fault) -> AtOnce {
        AtOnce {
            once: Once::new(),
            fault,
            wants: wants.to_vec(),
            doing: vec![Doing::Nothing; wants.len()],
            panics,
            asked: Vec::new(),
            answers: Vec::new(),
            made: false,
        }
    }

    fn ask(&self, thread: usize, event: OnceEvent, doing: Doing) -> AtOnce {
        let mut after = self.clone();
        after.doing[thread] = doing;
        after.asked.push((thread, event));
        after
    }

    fn serve(&mut self, thread: usize, mut event: OnceEvent) -> Result<(), String> {
        if let (OnceEvent::Finish { run, outcome: Outcome::Panicked }, Fault::PanicIsDone) = (event, self.fault) {
            event = OnceEvent::Finish { run, outcome: Outcome::Made(Value::default()) };
        }
        let answers = self.once.step(caller(thread), event).map_err(|why| why.to_string())?;
        let ended = matches!(event, OnceEvent::Finish { .. });
        let runs = answers.iter().any(|(_, answer)| matches!(answer, Answer::Run { .. }));
        if self.fault == Fault::AllRun && ended && runs {
            let all = (0..self.doing.len()).filter(|at| self.doing[*at] == Doing::Asks && *at != thread);
            self.answers.extend(all.map(|at| (at, Answer::Run { poisoned: true })));
            return Ok(());
        }
        let told = answers.into_iter().map(|(caller, answer)| (caller.id as usize, answer));
        let only = self.fault == Fault::TellsOnlyTheRunner && ended;
        self.answers.extend(told.filter(|(at, _)| !only || *at == thread));
        Ok(())
    }

    fn answered(&mut self, thread: usize, answer: Answer) -> Result<(), String> {
        self.doing[thread] = match answer {
            Answer::Run { .. } => Doing::Runs,
            Answer::Done(_) if !self.made => return Err("it is done, and nobody has made it".to_owned()),
            Answer::Done(_) | Answer::Noted => Doing::Done,
            Answer::Poisoned => Doing::Panics,
        };
        if self.doing.iter().filter(|doing| **doing == Doing::Runs).count() > 1 || self.made && self.runs(thread) {
            return Err("it happens twice".to_owned());
        }
        Ok(())
    }

    fn runs(&self, thread: usize) -> bool {
        self.doing[thread] == Doing::Runs
    }
}

impl World for AtOnce {
    fn next(&self) -> Result<Vec<AtOnce>, String> {
        let mut next = Vec::new();
        for (thread, doing) in self.doing.iter().enumerate() {
            let run = thread as u64;
            match doing {
                Doing::Nothing => next.push(self.ask(thread, self.wants[thread], Doing::Asks)),
                Doing::Runs => {
                    let outcome = Outcome::Made(Value { address: 8, stamp: run });
                    let mut makes = self.ask(thread, OnceEvent::Finish { run, outcome }, Doing::Ends);
                    makes.made = true;
                    next.push(makes);
                    if self.panics > 0 {
                        let event = OnceEvent::Finish { run, outcome: Outcome::Panicked };
                        let mut panics = self.ask(thread, event, Doing::Ends);
                        panics.panics -= 1;
                        next.push(panics);
                    }
                }
                Doing::Asks | Doing::Ends | Doing::Done | Doing::Panics => {}
            }
        }
        for at in 0..self.asked.len() {
            let mut after = self.clone();
            let (thread, event) = after.asked.remove(at);
            after.serve(thread, event)?;
            next.push(after);
        }
        for at in 0..self.answers.len() {
            let mut after = self.clone();
            let (thread, answer) = after.answers.remove(at);
            after.answered(thread, answer)?;
            next.push(after);
        }
        Ok(next)
    }

    /// Who waits without end waits for what nobody has made.
    fn over(&self) -> Result<(), String> {
        let stuck = |(want, doing): (&OnceEvent, &Doing)| {
            let waits = matches!(want, OnceEvent::Wait { .. }) && !self.made;
            *doing == Doing::Asks && !waits
        };
        match self.wants.iter().zip(&self.doing).position(stuck) {
            Some(thread) => Err(format!("thread {thread} waits for ever")),
            None => Ok(()),
        }
    }
}

const CALL: OnceEvent = OnceEvent::Begin { forgives: false };
const FORCE: OnceEvent = OnceEvent::Begin { forgives: true };
const WAIT: OnceEvent = OnceEvent::Wait { forgives: false };
const WAIT_FORCE: OnceEvent = OnceEvent::Wait { forgives: true };

#[test]
fn nobody_passes_a_barrier_alone() {
    for threads in 1..4 {
        explore(AtBarrier::new(threads, Fault::None)).unwrap();
    }
}

#[test]
fn who_leaves_a_barrier_is_as_if_it_had_not_come() {
    for threads in 1..4 {
        let worlds = explore(AtLeaving::new(threads, Fault::None)).unwrap_or_else(|why| panic!("{threads}: {why}"));
        assert!(worlds > 8 * threads, "{worlds} worlds of {threads} threads");
    }
    for fault in [Fault::LeavesAShadow, Fault::LeavesInSilence] {
        let why = explore(AtLeaving::new(3, fault)).expect_err("it is found");
        assert!(why.contains("waits for ever"), "{fault:?} leads to {why:?}");
    }
}

#[test]
fn who_leaves_a_once_is_not_told_and_does_not_run() {
    let mut once = Once::new();
    let [runs, leaves, stays] = [0, 1, 2].map(caller);
    assert_eq!(once.step(runs, FORCE), Ok(vec![(runs, Answer::Run { poisoned: false })]));
    assert_eq!((once.step(leaves, FORCE), once.step(stays, FORCE)), (Ok(vec![]), Ok(vec![])));
    assert!(!once.leave(runs), "it has its answer");
    assert!(once.leave(leaves) && !once.leave(leaves));
    let panic = OnceEvent::Finish { run: runs.id, outcome: Outcome::Panicked };
    assert_eq!(once.step(runs, panic), Ok(vec![(runs, Answer::Noted), (stays, Answer::Run { poisoned: true })]));
}

#[test]
fn what_happens_once_happens_once_and_all_are_told() {
    for (wants, panics) in [
        (&[CALL, CALL, CALL][..], 1),
        (&[FORCE, FORCE, FORCE, WAIT_FORCE], 2),
        (&[CALL, FORCE, WAIT, OnceEvent::Look], 1),
        (&[FORCE, WAIT, WAIT_FORCE, CALL], 2),
    ] {
        let worlds = explore(AtOnce::new(wants, panics, Fault::None)).unwrap_or_else(|why| panic!("{wants:?}: {why}"));
        assert!(worlds > 50, "{worlds} worlds with {wants:?}");
    }
}

#[test]
fn broken_rules_are_found() {
    let barriers = HashMap::from([
        (Fault::LetsTheFirstGo, "goes on before"),
        (Fault::ManyLeaders, "leaders"),
        (Fault::ForgetsTheLast, "waits for ever"),
    ]);
    for (fault, expected) in barriers {
        let why = explore(AtBarrier::new(3, fault)).expect_err("it is found");
        assert!(why.contains(expected), "{fault:?} leads to {why:?}");
    }
    let onces = [
        (Fault::AllRun, "twice"),
        (Fault::TellsOnlyTheRunner, "waits for ever"),
        (Fault::PanicIsDone, "nobody has made it"),
    ];
    for (fault, expected) in onces {
        let why = explore(AtOnce::new(&[FORCE, FORCE, FORCE, WAIT], 1, fault)).expect_err("it is found");
        assert!(why.contains(expected), "{fault:?} leads to {why:?}");
    }
}

#[test]
fn what_is_reset_happens_again() {
    let mut once = Once::new();
    let (owner, value) = (caller(0), Value { address: 64, stamp: 3 });
    assert_eq!(once.step(owner, FORCE), Ok(vec![(owner, Answer::Run { poisoned: false })]));
    assert!(once.step(owner, OnceEvent::Reset).is_err(), "it runs");
    assert!(once.step(owner, OnceEvent::Finish { run: 9, outcome: Outcome::Panicked }).is_err(), "not that run");
    let end = OnceEvent::Finish { run: owner.id, outcome: Outcome::Made(value) };
    assert_eq!(once.step(owner, end), Ok(vec![(owner, Answer::Noted)]));
    assert_eq!(once.made(), Some(value));
    assert_eq!(once.step(owner, OnceEvent::Reset), Ok(vec![(owner, Answer::Done(value))]));
    assert_eq!(once.step(owner, CALL), Ok(vec![(owner, Answer::Run { poisoned: false })]));
    let panic = OnceEvent::Finish { run: owner.id, outcome: Outcome::Panicked };
    assert_eq!(once.step(owner, panic), Ok(vec![(owner, Answer::Noted)]));
    assert_eq!(once.step(owner, CALL), Ok(vec![(owner, Answer::Poisoned)]));
    assert_eq!(once.step(owner, OnceEvent::Look), Ok(vec![(owner, Answer::Poisoned)]));
    assert_eq!(once.step(owner, FORCE), Ok(vec![(owner, Answer::Run { poisoned: true })]));
}
