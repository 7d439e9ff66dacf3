//! A sender, a queue that is full with two, and words between them that come in any order.

use drust_proto::control::queue::{Inlet, Outlet, Tell};
use std::collections::HashSet;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
enum Fault {
    None,
    /// The sender believes whatever comes last.
    BelievesOldWords,
    /// The receiver never says that it takes more.
    NeverOpens,
    /// The sender does not wait.
    SendsOn,
    /// The receiver does not say that it opens, since it can begin nothing.
    KeepsShut,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    fault: Fault,
    to_send: u8,
    sent: u8,
    inlet: Inlet,
    outlet: Outlet,
    under_way: Vec<Tell>,
}

/// A queue is full with two; more come only while the sender has not heard of it: all tasks, at worst.
const MOST: u32 = 2;
const TASKS: u8 = 6;

impl World {
    fn new(fault: Fault) -> World {
        let inlet = Inlet::new(MOST, 1);
        World { fault, to_send: TASKS, sent: 0, inlet, outlet: Outlet::default(), under_way: Vec::new() }
    }

    fn waits(&self) -> bool {
        self.outlet.is_full() && self.fault != Fault::SendsOn
    }

    fn tell(&mut self, tell: Option<Tell>) {
        self.under_way.extend(tell.filter(|tell| tell.full || self.fault != Fault::NeverOpens));
    }

    fn hear(&mut self, tell: Tell) {
        if self.fault == Fault::BelievesOldWords {
            self.outlet = Outlet::default();
        }
        self.outlet.heard(tell);
    }

    fn next(&self) -> Vec<World> {
        let mut next = Vec::new();
        let mut step = |step: &dyn Fn(&mut World)| {
            let mut after = self.clone();
            step(&mut after);
            next.push(after);
        };
        if self.to_send > 0 && !self.waits() {
            step(&|world| (world.to_send, world.sent) = (world.to_send - 1, world.sent + 1));
        }
        if self.sent > 0 {
            step(&|world| {
                world.sent -= 1;
                let tell = world.inlet.arrived();
                world.tell(tell);
            });
        }
        if self.inlet.waiting() > 0 {
            step(&|world| {
                let tell = world.inlet.began();
                world.tell(tell);
            });
            step(&|world| {
                let tell = world.inlet.lift();
                world.tell(tell.filter(|_| world.fault != Fault::KeepsShut));
            });
        }
        for at in 0..self.under_way.len() {
            step(&move |world| {
                let tell = world.under_way.remove(at);
                world.hear(tell);
            });
        }
        next
    }

    /// What is wrong where all is said.
    fn check(&self, known: &mut Known) -> Result<(), String> {
        let settled = self.under_way.is_empty() && self.sent == 0;
        if settled && self.inlet.is_lifted() && self.outlet.is_full() {
            return Err("the sender waits for tasks that nobody can begin".into());
        }
        known.sent_on |= settled && self.inlet.is_lifted() && self.inlet.waiting() > MOST;
        if settled && self.inlet.waiting() > MOST && !self.waits() && !self.inlet.is_lifted() {
            return Err(format!("{} wait in a queue of {MOST} and nobody is told", self.inlet.waiting()));
        }
        if settled && self.inlet.waiting() == 0 && self.outlet.is_full() {
            return Err("the sender waits before an empty queue".into());
        }
        known.waited |= self.outlet.is_full();
        known.went_on |= settled && self.to_send == 0 && self.inlet.waiting() == 0;
        Ok(())
    }
}

/// What was seen on the way.
#[derive(Default)]
struct Known {
    waited: bool,
    went_on: bool,
    sent_on: bool,
}

fn explore(fault: Fault) -> Result<Known, String> {
    let first = World::new(fault);
    let (mut worlds, mut open) = (HashSet::from([first.clone()]), vec![first]);
    let mut known = Known::default();
    while let Some(world) = open.pop() {
        world.check(&mut known)?;
        open.extend(world.next().into_iter().filter(|after| worlds.insert(after.clone())));
        assert!(worlds.len() < 1_000_000, "no end of worlds");
    }
    Ok(known)
}

#[test]
fn nobody_waits_before_an_empty_queue_and_a_full_one_is_told_of() {
    let known = explore(Fault::None).unwrap();
    assert!(known.waited && known.went_on && known.sent_on);
}

#[test]
fn planted_faults_are_found() {
    for fault in [Fault::BelievesOldWords, Fault::NeverOpens, Fault::SendsOn, Fault::KeepsShut] {
        assert!(explore(fault).is_err(), "{fault:?}");
    }
}
