//! The exhaustive model of grants: a home, two nodes that read a shard of one entry, and every order of their messages.
//!
//! Node 1 has two readers, node 2 has one; the home writes. An answer and a recall may overtake each other, since they
//! go by different lanes. In every world:
//!
//! 1. what a thread reads under a grant is the entry as the home has it now, so the writer waited;
//! 2. what it was given for its own was the entry at some time while it asked;
//! 3. where nothing can happen any more, all reads and writes are done, and no message is under way.
//!
//! Then the rules are broken, one at a time, and each time one of these fails.

use drust_proto::Rank;
use drust_proto::sharing::grant::{GrantFault, Home, HomeEvent, HomeStep, Policy, Seat, SeatEvent, SeatStep, Standing};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// The nodes of the readers, by thread.
const THREADS: [usize; 3] = [1, 1, 2];
const NODES: usize = 2;

/// A rule that is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Planted {
    /// None is.
    Nothing,
    /// The home changes the entry while its recalls are under way.
    HomeDoesNotWait,
    /// The home forgets whom it granted.
    HomeForgetsHolders,
    /// A node returns its grant while a thread is inside.
    ReaderIsNotWaitedFor,
    /// A recall that overtook its grant is not remembered.
    RecallIsForgotten,
    /// The last thread to leave does not return the grant.
    LastReaderKeeps,
    /// A node without the grant does not answer a recall.
    AbsentIsSilent,
    /// A node keeps its entries when it returns its grant.
    ReturnForgetsNothing,
    /// A node forgets its seat while a thread asks.
    SeatIsForgotten,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Thread {
    Idle,
    /// Since the entry had this version; `keeps`: whether it can keep what it is lent.
    Asking {
        since: u8,
        keeps: bool,
    },
    /// Its answer is under way: this version, with a grant of this epoch or for its own.
    Answered {
        since: u8,
        version: u8,
        epoch: Option<u64>,
    },
    /// Reads bytes lent under a grant.
    Inside {
        version: u8,
    },
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    home: Home,
    version: u8,
    /// The writer waits, and with it whatever would use the shard.
    writing: bool,
    writes: u8,
    seats: [Seat; NODES],
    kept: [Option<u8>; NODES],
    threads: [Thread; 3],
    reads: [u8; 3],
    recalls: [Option<u64>; NODES],
    returns: BTreeSet<(usize, u64, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Look(usize),
    Ask(usize),
    Answer(usize),
    Leave(usize),
    Write,
    Recall(usize),
    Return(usize, u64, u64),
}

struct Model {
    planted: Planted,
    patience: u32,
    covered: BTreeSet<String>,
}

/// What of a machine's step counts as one transition.
fn told(state: &str, event: &str, step: &str) -> String {
    let word = |text: &str| text.split([' ', '(']).next().unwrap_or_default().to_owned();
    format!("{} {} {}", word(state), word(event), word(step))
}

impl Model {
    fn start(&self) -> World {
        World {
            home: Home::new(Policy::new(self.patience)),
            version: 0,
            writing: false,
            writes: 2,
            seats: [Seat::default(); NODES],
            kept: [None; NODES],
            threads: [Thread::Idle; 3],
            reads: [2, 1, 2],
            recalls: [None; NODES],
            returns: BTreeSet::new(),
        }
    }

    fn moves(world: &World) -> Vec<Move> {
        let mut moves = Vec::new();
        for (thread, state) in world.threads.into_iter().enumerate() {
            match state {
                Thread::Idle if world.reads[thread] > 0 => moves.push(Move::Look(thread)),
                Thread::Idle => {}
                Thread::Asking { .. } if world.writing => {}
                Thread::Asking { .. } => moves.push(Move::Ask(thread)),
                Thread::Answered { .. } => moves.push(Move::Answer(thread)),
                Thread::Inside { .. } => moves.push(Move::Leave(thread)),
            }
        }
        if world.writes > 0 && !world.writing {
            moves.push(Move::Write);
        }
        moves.extend((0..NODES).filter(|node| world.recalls[*node].is_some()).map(Move::Recall));
        moves.extend(world.returns.iter().map(|&(node, epoch, hits)| Move::Return(node, epoch, hits)));
        moves
    }

    fn home(&mut self, world: &mut World, event: HomeEvent) -> Result<HomeStep, String> {
        let before = if world.home.is_held() { "Granted" } else { "Free" };
        let step = world.home.step(event).map_err(|fault| format!("home: {fault}"))?;
        self.covered.insert(told(before, &format!("{event:?}"), &format!("{step:?}")));
        Ok(step)
    }

    fn seat(&mut self, world: &mut World, node: usize, event: SeatEvent) -> Result<SeatStep, String> {
        let seat = &mut world.seats[node];
        let before = seat.standing();
        let mut step = seat.step(event).map_err(|fault| format!("seat: {fault}"))?;
        self.covered.insert(told(&format!("{before:?}"), &format!("{event:?}"), &format!("{step:?}")));
        match (self.planted, event, step) {
            (Planted::ReaderIsNotWaitedFor, SeatEvent::Recall { epoch }, SeatStep::Nothing) => {
                step = SeatStep::Return { epoch, hits: 0 };
            }
            (Planted::RecallIsForgotten, SeatEvent::Arrive { epoch }, SeatStep::Discard) => {
                *seat = Seat::default();
                step = seat.step(SeatEvent::Arrive { epoch }).map_err(|fault| format!("seat: {fault}"))?;
            }
            (Planted::LastReaderKeeps, SeatEvent::Leave, SeatStep::Return { .. }) => step = SeatStep::Nothing,
            (Planted::AbsentIsSilent, SeatEvent::Recall { .. }, _) if before == Standing::Absent => {
                step = SeatStep::Nothing;
            }
            _ => {}
        }
        if let SeatStep::Return { epoch, hits } = step {
            if self.planted != Planted::ReturnForgetsNothing {
                world.kept[node] = None;
            }
            world.returns.insert((node, epoch, hits));
        }
        Ok(step)
    }

    fn step(&mut self, world: &mut World, step: Move) -> Result<(), String> {
        match step {
            Move::Look(thread) => self.look(world, thread),
            Move::Ask(thread) => self.ask(world, thread),
            Move::Answer(thread) => self.answer(world, thread),
            Move::Leave(thread) => {
                world.threads[thread] = Thread::Idle;
                self.seat(world, THREADS[thread] - 1, SeatEvent::Leave).map(drop)
            }
            Move::Write => self.write(world),
            Move::Recall(node) => {
                let epoch = world.recalls[node].take().ok_or("no recall")?;
                self.seat(world, node, SeatEvent::Recall { epoch }).map(drop)
            }
            Move::Return(node, epoch, hits) => {
                world.returns.remove(&(node, epoch, hits));
                let by = Rank(node as u16 + 1);
                let step = self.home(world, HomeEvent::Returned { by, epoch, hits });
                if self.planted == Planted::HomeDoesNotWait && step.is_ok() {
                    return Ok(());
                }
                if step? == HomeStep::Change {
                    (world.version, world.writing) = (world.version + 1, false);
                }
                Ok(())
            }
        }
    }

    /// A thread reads what its node keeps, or asks.
    fn look(&mut self, world: &mut World, thread: usize) -> Result<(), String> {
        let node = THREADS[thread] - 1;
        world.reads[thread] -= 1;
        world.threads[thread] = Thread::Asking { since: world.version, keeps: true };
        let Some(version) = world.kept[node] else { return Ok(()) };
        if self.seat(world, node, SeatEvent::Look)? == SeatStep::Read {
            world.threads[thread] = Thread::Inside { version };
        } else if self.planted == Planted::ReturnForgetsNothing {
            // It looks at what it should have forgotten.
            world.threads[thread] = Thread::Inside { version };
        }
        Ok(())
    }

    fn ask(&mut self, world: &mut World, thread: usize) -> Result<(), String> {
        let Thread::Asking { since, keeps } = world.threads[thread] else { return Err("does not ask".into()) };
        let by = Rank(THREADS[thread] as u16);
        let before = world.home.clone();
        let epoch = match self.home(world, HomeEvent::Read { by, keeps })? {
            HomeStep::Give => None,
            HomeStep::Lend { epoch } => Some(epoch),
            other => return Err(format!("a read made the home {other:?}")),
        };
        if self.planted == Planted::HomeForgetsHolders {
            world.home = before;
        }
        world.threads[thread] = Thread::Answered { since, version: world.version, epoch };
        Ok(())
    }

    fn answer(&mut self, world: &mut World, thread: usize) -> Result<(), String> {
        let Thread::Answered { since, version, epoch } = world.threads[thread] else { return Err("no answer".into()) };
        let node = THREADS[thread] - 1;
        let Some(epoch) = epoch else {
            world.threads[thread] = Thread::Idle;
            return if version >= since { Ok(()) } else { Err("an answer from before the question".into()) };
        };
        match self.seat(world, node, SeatEvent::Arrive { epoch })? {
            SeatStep::Keep => {
                world.kept[node] = Some(version);
                world.threads[thread] = Thread::Inside { version };
            }
            SeatStep::Discard => world.threads[thread] = Thread::Asking { since, keeps: false },
            other => return Err(format!("an answer made the seat {other:?}")),
        }
        Ok(())
    }

    fn write(&mut self, world: &mut World) -> Result<(), String> {
        world.writes -= 1;
        match self.home(world, HomeEvent::Write)? {
            HomeStep::Change => world.version += 1,
            HomeStep::Recall { epoch, holders } => {
                for holder in holders {
                    world.recalls[usize::from(holder.0) - 1] = Some(epoch);
                }
                if self.planted == Planted::HomeDoesNotWait {
                    world.version += 1;
                } else {
                    world.writing = true;
                }
            }
            other => return Err(format!("a write made the home {other:?}")),
        }
        Ok(())
    }

    fn check(world: &World, moves: &[Move]) -> Result<(), String> {
        for thread in world.threads {
            if matches!(thread, Thread::Inside { version } if version != world.version) {
                return Err("a thread reads an entry that was changed".into());
            }
        }
        let idle = world.threads.iter().all(|thread| *thread == Thread::Idle);
        let done = idle && !world.writing && world.writes == 0 && world.reads == [0; 3];
        if moves.is_empty() && !done {
            return Err("somebody waits for ever".into());
        }
        Ok(())
    }

    /// Forgets the seats of nodes that need not remember them.
    fn tidy(&self, world: &mut World) {
        for node in 0..NODES {
            let mine = (0..THREADS.len()).filter(|thread| THREADS[*thread] == node + 1);
            let asks = mine.map(|thread| world.threads[thread]).any(|state| state != Thread::Idle);
            if world.seats[node].is_vacant() && (!asks || self.planted == Planted::SeatIsForgotten) {
                world.seats[node] = Seat::default();
            }
        }
    }

    /// The number of worlds, or what is wrong and the way to it.
    fn explore(&mut self) -> Result<usize, (String, Vec<Move>)> {
        let start = self.start();
        let mut seen = HashMap::from([(start.clone(), 0)]);
        let mut from: Vec<(usize, Option<Move>)> = vec![(0, None)];
        let mut open = VecDeque::from([(start, 0)]);
        while let Some((world, at)) = open.pop_front() {
            let moves = Model::moves(&world);
            let checked = Model::check(&world, &moves);
            checked.map_err(|why| (why, way(&from, at)))?;
            for step in moves {
                let mut next = world.clone();
                if let Err(why) = self.step(&mut next, step) {
                    let mut way = way(&from, at);
                    way.push(step);
                    return Err((why, way));
                }
                self.tidy(&mut next);
                if !seen.contains_key(&next) {
                    let number = from.len();
                    seen.insert(next.clone(), number);
                    from.push((at, Some(step)));
                    open.push_back((next, number));
                }
            }
        }
        Ok(from.len())
    }
}

fn way(from: &[(usize, Option<Move>)], mut at: usize) -> Vec<Move> {
    let mut way = Vec::new();
    while let (before, Some(step)) = from[at] {
        way.push(step);
        at = before;
    }
    way.reverse();
    way
}

fn model(planted: Planted, patience: u32) -> Model {
    Model { planted, patience, covered: BTreeSet::new() }
}

#[test]
fn nobody_reads_what_is_changed_and_nobody_waits_for_ever() {
    let mut covered = BTreeSet::new();
    let mut worlds = 0;
    for patience in 1..=3 {
        let mut model = model(Planted::Nothing, patience);
        worlds += model.explore().unwrap_or_else(|(why, way)| panic!("{why}: {way:#?}"));
        covered.append(&mut model.covered);
    }
    assert!(worlds > 10_000, "{worlds} worlds");
    let all = [
        "Absent Arrive Discard",
        "Absent Arrive Keep",
        "Absent Recall Return",
        "Free Read Give",
        "Free Read Lend",
        "Free Write Change",
        "Granted Read Give",
        "Granted Read Lend",
        "Granted Returned Change",
        "Granted Returned Wait",
        "Granted Write Recall",
        "Held Arrive Discard",
        "Held Arrive Keep",
        "Held Leave Nothing",
        "Held Look Read",
        "Held Recall Nothing",
        "Held Recall Return",
        "Leaving Arrive Discard",
        "Leaving Leave Nothing",
        "Leaving Leave Return",
        "Leaving Look Ask",
    ];
    assert!(covered.iter().eq(all.iter()), "{covered:#?}");
}

#[test]
fn each_broken_rule_is_found() {
    let planted = [
        Planted::HomeDoesNotWait,
        Planted::HomeForgetsHolders,
        Planted::ReaderIsNotWaitedFor,
        Planted::RecallIsForgotten,
        Planted::LastReaderKeeps,
        Planted::AbsentIsSilent,
        Planted::ReturnForgetsNothing,
        Planted::SeatIsForgotten,
    ];
    for planted in planted {
        let found = model(planted, 1).explore();
        let (why, way) = found.expect_err(&format!("{planted:?} is not found"));
        assert!(way.len() <= 12, "{planted:?}: {why}: {way:#?}");
    }
}

#[test]
fn every_error_is_one_that_any_thread_may_keep() {
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<GrantFault>();
}
