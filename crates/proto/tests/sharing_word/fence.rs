//! Additions that nobody waits for, and the releases after them: two threads of one node add to words of two homes,
//! by batches, each its own, which leave when they are full, when the clock ticks or when somebody releases; then they
//! store a flag, which takes another lane, and whoever sees that must see what was added before, also by the thread
//! that has handed on to this one by std's means.
//!
//! Each home carries out what comes on a lane in order. A word that ends is added to no more.

use crate::explore::{Violation, World, explore};
use drust_proto::sharing::fence::{Action, Event, Pace, Tab};
use std::collections::BTreeSet;
use std::sync::Mutex;

const THREADS: usize = 2;
const HOMES: usize = 2;
const FULL: usize = 2;
const PACE: Pace = Pace { every: 1, window: 2 };
const RARE: Pace = Pace { every: 2, window: 3 };

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Do {
    Add(usize),
    /// Store the thread's flag, which is a release.
    Store,
    /// Hand on to the other thread by std's means, and go on from there.
    Hand,
    Take,
    /// End the word of a home: nobody else has it any more.
    End(usize),
}

/// What is broken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fault {
    None,
    /// A release has the thread's own batches leave, and not those of others.
    OwnBatches,
    /// A release sees what was told, and not what waits to be.
    BlindLook,
    /// The fences leave before the batches do.
    FencesFirst,
    /// A batch is entered before it has left.
    EnteredFirst,
    /// A release shares a fence that is under way, whatever it covers.
    AnyFence,
    /// A release takes any acknowledgement for its own.
    AnyAck,
    /// No fence follows unasked.
    Unfenced,
    /// A word ends while additions to it wait in a batch.
    EndOvertakes,
}

/// How often each thread has added to the words of each home.
type Added = [[u8; HOMES]; THREADS];

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Sent {
    /// By thread.
    Batch(Vec<usize>),
    Fence(u64),
    End,
}

/// Where a thread is within an operation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Stage {
    Begin,
    /// A batch that was entered is about to leave.
    Leaving(usize),
    /// It has added, and looks for room.
    Room(usize),
    AwaitRoom(usize, u64),
    /// It releases: so many batches have left.
    Flush(usize),
    /// It looks at the tab of this home.
    Look(usize),
    /// It waits for these numbers; and what was done when it began.
    Await([u64; HOMES], [u64; HOMES]),
    /// Its store is on its way.
    Asked,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Thread {
    at: usize,
    stage: Stage,
    /// What it waits for once all is looked at.
    numbers: [u64; HOMES],
    /// What has happened before what it does now.
    knows: Added,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Node {
    fault: Fault,
    pace: Pace,
    scripts: [&'static [Do]; THREADS],
    threads: [Thread; THREADS],
    /// What waits to leave, by home and thread.
    batches: [[Vec<usize>; THREADS]; HOMES],
    tabs: [Tab; HOMES],
    /// What is on its way, by home: there, and back.
    there: [Vec<Sent>; HOMES],
    back: [Vec<u64>; HOMES],
    done: Added,
    ended: [bool; HOMES],
    handed: Option<Added>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Move {
    Run(usize),
    Tick(usize, usize),
    Serve(usize),
    Acked(usize),
    Stored(usize),
}

/// The transitions of tabs that sound worlds have taken.
static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

impl Node {
    fn new(scripts: [&'static [Do]; THREADS], pace: Pace, fault: Fault) -> Node {
        let none = Added::default();
        let thread = Thread { at: 0, stage: Stage::Begin, numbers: [0; HOMES], knows: none };
        Node {
            fault,
            pace,
            scripts,
            threads: std::array::from_fn(|_| thread.clone()),
            batches: Default::default(),
            tabs: Default::default(),
            there: Default::default(),
            back: Default::default(),
            done: none,
            ended: [false; HOMES],
            handed: None,
        }
    }

    fn now(&self, thread: usize) -> Option<Do> {
        self.scripts[thread].get(self.threads[thread].at).copied()
    }

    fn tab(&mut self, home: usize, event: Event) -> Action {
        let (tab, action) = self.tabs[home].step(event, self.pace).expect("peers acknowledge what they were asked");
        self.tabs[home] = tab;
        if self.fault == Fault::None {
            let name = |debug: String| debug.split(['(', ' ']).next().map(str::to_owned).expect("a name");
            let send = matches!(action, Action::Await { send: true, .. });
            let taken = format!("{} {} {send}", name(format!("{event:?}")), name(format!("{action:?}")));
            TAKEN.lock().expect("no panic under this lock").insert(taken);
        }
        action
    }

    fn told(&mut self, home: usize) {
        if let Action::Fence(number) = self.tab(home, Event::Told)
            && self.fault != Fault::Unfenced
        {
            self.there[home].push(Sent::Fence(number));
        }
    }

    /// Has a batch leave.
    fn flush(&mut self, home: usize, owner: usize) {
        let batch = std::mem::take(&mut self.batches[home][owner]);
        if !batch.is_empty() {
            self.there[home].push(Sent::Batch(batch));
            self.told(home);
        }
    }

    fn go_on(&mut self, thread: usize) {
        self.threads[thread].at += 1;
        self.threads[thread].stage = Stage::Begin;
    }

    fn begin(&mut self, thread: usize, what: Do) {
        match what {
            Do::Add(home) => {
                self.threads[thread].knows[thread][home] += 1;
                self.batches[home][thread].push(thread);
                let full = self.batches[home][thread].len() == FULL;
                if full && self.fault == Fault::EnteredFirst {
                    self.told(home);
                    self.threads[thread].stage = Stage::Leaving(home);
                } else if full {
                    self.flush(home, thread);
                    self.threads[thread].stage = Stage::Room(home);
                } else {
                    self.go_on(thread);
                }
            }
            Do::Hand => {
                self.handed = Some(self.threads[thread].knows);
                self.go_on(thread);
            }
            Do::Take => {
                let knows = self.handed.take().expect("it was handed on");
                let own = &mut self.threads[thread].knows;
                for (own, others) in own.iter_mut().flatten().zip(knows.iter().flatten()) {
                    *own = (*own).max(*others);
                }
                self.go_on(thread);
            }
            Do::End(_) if self.fault == Fault::EndOvertakes => self.act(thread),
            Do::Store | Do::End(_) if self.is_clear() => self.act(thread),
            Do::Store | Do::End(_) if self.fault == Fault::FencesFirst => self.threads[thread].stage = Stage::Look(0),
            Do::Store | Do::End(_) => self.threads[thread].stage = Stage::Flush(0),
        }
    }

    /// The look that is all that most releases cost.
    fn is_clear(&self) -> bool {
        let waits = self.batches.iter().flatten().any(|batch| !batch.is_empty()) && self.fault != Fault::BlindLook;
        !waits && !self.tabs.iter().any(|tab| tab.owes())
    }

    /// What a release was for.
    fn act(&mut self, thread: usize) {
        match self.now(thread) {
            Some(Do::End(home)) => {
                self.there[home].push(Sent::End);
                self.go_on(thread);
            }
            _ => self.threads[thread].stage = Stage::Asked,
        }
    }

    /// The flushes of a release, one at a time, then the looks at the tabs.
    fn release(&mut self, thread: usize, step: usize) {
        let (home, owner) = (step / THREADS, step % THREADS);
        if self.fault != Fault::OwnBatches || owner == thread {
            self.flush(home, owner);
        }
        let last = step + 1 == HOMES * THREADS;
        self.threads[thread].stage = match (last, self.now(thread)) {
            (false, _) => Stage::Flush(step + 1),
            (true, Some(Do::End(_))) => return self.act(thread),
            (true, _) if self.fault == Fault::FencesFirst => self.awaits(thread),
            (true, _) => Stage::Look(0),
        };
    }

    fn look(&mut self, thread: usize, home: usize) {
        let shared = self.fault == Fault::AnyFence && self.last_fence(home) > 0;
        let number = match shared {
            true => self.last_fence(home),
            false => match self.tab(home, Event::Release) {
                Action::Await { number, send } => {
                    if send {
                        self.there[home].push(Sent::Fence(number));
                    }
                    number
                }
                _ => 0,
            },
        };
        self.threads[thread].numbers[home] = number;
        self.threads[thread].stage = match home + 1 < HOMES {
            true => Stage::Look(home + 1),
            false if self.fault == Fault::FencesFirst => Stage::Flush(0),
            false => self.awaits(thread),
        };
    }

    /// The last fence that is on its way there or back.
    fn last_fence(&self, home: usize) -> u64 {
        let fence = |sent: &Sent| if let Sent::Fence(number) = sent { *number } else { 0 };
        self.there[home].iter().map(fence).chain(self.back[home].iter().copied()).max().unwrap_or(0)
    }

    fn awaits(&self, thread: usize) -> Stage {
        Stage::Await(self.threads[thread].numbers, std::array::from_fn(|home| self.done_up_to(home)))
    }

    fn done_up_to(&self, home: usize) -> u64 {
        (0..).take_while(|&number| self.tabs[home].is_done(number)).last().unwrap_or(0)
    }

    fn may_go_on(&self, numbers: [u64; HOMES], found: [u64; HOMES]) -> bool {
        (0..HOMES).all(|home| {
            let any = self.fault == Fault::AnyAck && self.done_up_to(home) > found[home];
            any || self.tabs[home].is_done(numbers[home])
        })
    }

    fn can_run(&self, thread: usize) -> bool {
        match (self.threads[thread].stage, self.now(thread)) {
            (_, None) => false,
            (Stage::Begin, Some(Do::Take)) => self.handed.is_some(),
            (Stage::AwaitRoom(home, number), _) => self.tabs[home].is_done(number),
            (Stage::Await(numbers, found), _) => self.may_go_on(numbers, found),
            (Stage::Asked, _) => false,
            _ => true,
        }
    }

    fn run(&mut self, thread: usize) {
        match self.threads[thread].stage {
            Stage::Begin => self.begin(thread, self.now(thread).expect("it has more to do")),
            Stage::Leaving(home) => {
                let batch = std::mem::take(&mut self.batches[home][thread]);
                self.there[home].push(Sent::Batch(batch));
                self.threads[thread].stage = Stage::Room(home);
            }
            Stage::Room(home) => match self.tab(home, Event::Room) {
                Action::Await { number, send } => {
                    if send && self.fault != Fault::Unfenced {
                        self.there[home].push(Sent::Fence(number));
                    }
                    self.threads[thread].stage = Stage::AwaitRoom(home, number);
                }
                _ => self.go_on(thread),
            },
            Stage::AwaitRoom(..) => self.go_on(thread),
            Stage::Flush(step) => self.release(thread, step),
            Stage::Look(home) => self.look(thread, home),
            Stage::Await(..) => self.act(thread),
            Stage::Asked => unreachable!("its answer moves it on"),
        }
    }

    fn serve(&mut self, home: usize) -> Result<(), String> {
        match self.there[home].remove(0) {
            Sent::Batch(_) if self.ended[home] => return Err(format!("home {home} adds to a word that has ended")),
            Sent::Batch(adders) => adders.into_iter().for_each(|adder| self.done[adder][home] += 1),
            Sent::Fence(number) => self.back[home].push(number),
            Sent::End => self.ended[home] = true,
        }
        Ok(())
    }

    fn stored(&mut self, thread: usize) -> Result<(), String> {
        let knows = self.threads[thread].knows;
        let lacks = knows.iter().flatten().zip(self.done.iter().flatten()).any(|(knows, done)| done < knows);
        self.go_on(thread);
        match lacks {
            true => Err(format!("the flag of {thread} is seen before {knows:?}, of which {:?} is done", self.done)),
            false => Ok(()),
        }
    }
}

impl World for Node {
    type Move = Move;

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for thread in 0..THREADS {
            moves.extend(self.can_run(thread).then_some(Move::Run(thread)));
            moves.extend((self.threads[thread].stage == Stage::Asked).then_some(Move::Stored(thread)));
        }
        for home in 0..HOMES {
            let waits = |&owner: &usize| !self.batches[home][owner].is_empty();
            let leaving = |owner: &usize| self.threads[*owner].stage == Stage::Leaving(home);
            moves.extend(
                (0..THREADS).filter(waits).filter(|owner| !leaving(owner)).map(|owner| Move::Tick(home, owner)),
            );
            moves.extend((!self.there[home].is_empty()).then_some(Move::Serve(home)));
            moves.extend((!self.back[home].is_empty()).then_some(Move::Acked(home)));
        }
        moves
    }

    fn step(&mut self, step: Move) -> Result<(), String> {
        match step {
            Move::Run(thread) => self.run(thread),
            Move::Tick(home, owner) => self.flush(home, owner),
            Move::Serve(home) => self.serve(home)?,
            Move::Acked(home) => {
                let number = self.back[home].remove(0);
                self.tab(home, Event::Acked(number));
            }
            Move::Stored(thread) => self.stored(thread)?,
        }
        Ok(())
    }

    fn is_complete(&self) -> Result<(), String> {
        match (0..THREADS).find(|&thread| self.now(thread).is_some()) {
            Some(thread) => Err(format!("thread {thread} waits for ever in {:?}", self.threads[thread].stage)),
            None => Ok(()),
        }
    }
}

/// What is handed on by std's means is released by the other thread, which then ends the word.
const HANDED: [&[Do]; 2] =
    [&[Do::Add(0), Do::Add(1), Do::Hand], &[Do::Add(1), Do::Take, Do::Store, Do::Add(0), Do::End(0)]];
/// Two threads that add and release beside each other.
const BESIDE: [&[Do]; 2] =
    [&[Do::Add(0), Do::Add(0), Do::Store, Do::Add(0), Do::Store], &[Do::Add(0), Do::Add(1), Do::Store]];
/// One that adds more than may be under way.
const MANY: [&[Do]; 2] = [
    &[Do::Add(0), Do::Add(0), Do::Add(0), Do::Add(0), Do::Add(0), Do::Add(0), Do::Add(0), Do::Add(0)],
    &[Do::Add(0), Do::Store],
];

fn sound(scripts: [&'static [Do]; THREADS], pace: Pace) {
    let worlds = explore(Node::new(scripts, pace, Fault::None)).unwrap_or_else(|found| panic!("{found:#?}"));
    println!("releases after {scripts:?}: {worlds} worlds");
    assert!(worlds > 300);
}

#[test]
fn whoever_sees_a_release_sees_all_additions_before_it() {
    for pace in [PACE, RARE] {
        for scripts in [HANDED, BESIDE, MANY] {
            sound(scripts, pace);
        }
    }
    let taken = TAKEN.lock().expect("no panic under this lock");
    let expected = [
        "Acked Open false",
        "Release Await false",
        "Release Await true",
        "Release Go false",
        "Room Await false",
        "Room Go false",
        "Told Fence false",
        "Told Go false",
    ];
    assert!(taken.iter().eq(expected), "{taken:#?}");
}

#[track_caller]
fn caught(scripts: [&'static [Do]; THREADS], pace: Pace, fault: Fault, why: &str) -> Violation<Move> {
    let found = explore(Node::new(scripts, pace, fault)).expect_err("the planted fault is noticed");
    println!("{fault:?}: {} after {} steps", found.why, found.trace.len());
    assert!(found.why.contains(why), "{found:#?}");
    found
}

#[test]
fn a_release_that_leaves_other_threads_batches_alone() {
    caught(HANDED, RARE, Fault::OwnBatches, "is seen before");
}

#[test]
fn a_release_that_does_not_see_what_waits() {
    caught(BESIDE, RARE, Fault::BlindLook, "is seen before");
}

#[test]
fn fences_that_leave_before_the_batches() {
    caught(BESIDE, RARE, Fault::FencesFirst, "is seen before");
}

#[test]
fn a_batch_that_is_entered_before_it_has_left() {
    caught(BESIDE, PACE, Fault::EnteredFirst, "is seen before");
}

#[test]
fn a_fence_under_way_that_does_not_cover_all() {
    caught(BESIDE, RARE, Fault::AnyFence, "is seen before");
}

#[test]
fn an_acknowledgement_of_less() {
    caught(BESIDE, RARE, Fault::AnyAck, "is seen before");
}

#[test]
fn threads_that_wait_for_room_where_no_fence_follows() {
    caught(MANY, PACE, Fault::Unfenced, "waits for ever");
}

#[test]
fn a_word_that_ends_before_what_was_added_to_it() {
    caught(HANDED, RARE, Fault::EndOvertakes, "has ended");
}
