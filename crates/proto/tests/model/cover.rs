//! Which transitions of the law were taken: the tables that must have no hole but those that cannot be filled.

use drust_proto::Rank;
use drust_proto::coherence::{
    CopyEvent, CopyState, CopyView, Ending, Event, FreeKind, Handle, Held, Slot, SlotEvent, Verdict,
};

const ROWS: usize = 23;
const COLUMNS: usize = 6;

/// How often each transition was taken: a row (what happened) and a column (to what), by machine.
#[derive(Clone)]
pub struct Cover {
    counts: [[[u64; COLUMNS]; ROWS]; Machine::ALL.len()],
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Machine {
    Handle,
    Copy,
    Slot,
    Fetches,
    Ledger,
    Job,
}

impl Machine {
    pub const ALL: [Machine; 6] =
        [Machine::Handle, Machine::Copy, Machine::Slot, Machine::Fetches, Machine::Ledger, Machine::Job];

    pub fn rows(self) -> &'static [&'static str] {
        match self {
            Machine::Handle => &[
                "Read",
                "Write absent",
                "Write shared",
                "Write sole",
                "Grow absent",
                "Grow shared",
                "Grow sole",
                "Own",
                "Grown",
                "Expose",
                "Depart",
                "Lend",
                "Land",
                "ComeHome",
                "Unpin",
                "TakeOut absent",
                "TakeOut shared",
                "TakeOut sole",
                "Set plain",
                "Set user",
                "Drop plain",
                "Drop user",
                "Forget",
            ],
            Machine::Copy => &["Pin", "Filled", "FillFailed", "Release", "Evict", "Take", "Take own"],
            Machine::Slot => &["Allocate", "Serve", "Free moved", "Free drop"],
            Machine::Fetches => {
                &["begin", "answered", "Completion", "GiveAway", "LendMut", "Drop", "ColdWrite", "PrivateWrite"]
            }
            Machine::Ledger => &["lend", "come_home", "complete"],
            Machine::Job => &[
                "PeerJoined",
                "Refused",
                "MainReturned",
                "LeaveAsked",
                "LeaveAcked",
                "PeerLost",
                "LauncherLost",
                "OutOfMemory",
            ],
        }
    }

    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Machine::Handle => &["private", "exposed", "null", "remote", "pinned", "reserved"],
            Machine::Copy => &["gone", "fill 0", "fill n", "held 1", "held n", "idle"],
            Machine::Slot => &["free", "live", "user drop"],
            Machine::Fetches => &["none", "some"],
            Machine::Ledger => &["none out", "some out"],
            Machine::Job => &["joining", "running", "leaving", "ended"],
        }
    }
}

impl Cover {
    pub const fn new() -> Cover {
        Cover { counts: [[[0; COLUMNS]; ROWS]; Machine::ALL.len()] }
    }

    pub fn count(&mut self, machine: Machine, row: usize, column: usize) {
        self.counts[machine as usize][row][column] += 1;
    }

    pub fn of(&self, machine: Machine, row: usize, column: usize) -> u64 {
        self.counts[machine as usize][row][column]
    }

    pub fn add(&mut self, other: &Cover) {
        let counts = other.counts.as_flattened().as_flattened();
        for (sum, count) in self.counts.as_flattened_mut().as_flattened_mut().iter_mut().zip(counts) {
            *sum += count;
        }
    }

    /// The tables, for people.
    pub fn print(&self) {
        for machine in Machine::ALL {
            if self.counts[machine as usize].as_flattened().iter().all(|count| *count == 0) {
                continue;
            }
            let mut table = format!("  {:<16}", format!("{machine:?}").to_lowercase());
            machine.columns().iter().for_each(|column| table += &format!("{column:>11}"));
            for (row, name) in machine.rows().iter().enumerate() {
                table += &format!("\n    {name:<14}");
                for column in 0..machine.columns().len() {
                    let count = self.of(machine, row, column);
                    table += &if count == 0 { format!("{:>11}", "-") } else { format!("{count:>11}") };
                }
            }
            println!("{table}");
        }
    }
}

pub fn handle_row(event: &Event) -> usize {
    let by_copy = |copy: CopyView, rows: [usize; 3]| match copy {
        CopyView::Absent => rows[0],
        CopyView::Shared => rows[1],
        CopyView::Sole => rows[2],
    };
    match *event {
        Event::Read => 0,
        Event::Write { copy } => by_copy(copy, [1, 2, 3]),
        Event::Grow { copy } => by_copy(copy, [4, 5, 6]),
        Event::TakeOut { copy } => by_copy(copy, [15, 16, 17]),
        Event::Own { .. } => 7,
        Event::Grown { .. } => 8,
        Event::Expose => 9,
        Event::Depart => 10,
        Event::Lend => 11,
        Event::Land => 12,
        Event::ComeHome { .. } => 13,
        Event::Unpin => 14,
        Event::Set { user_drop: false } => 18,
        Event::Set { user_drop: true } => 19,
        Event::Drop { user_drop: false } => 20,
        Event::Drop { user_drop: true } => 21,
        Event::Forget => 22,
    }
}

pub fn handle_column(handle: &Handle, here: Rank) -> usize {
    match handle.held {
        _ if handle.is_reserved() => 5,
        _ if handle.private => 0,
        Held::Home => 1,
        Held::Pin => 4,
        Held::Nothing if handle.address.home() == here => 2,
        Held::Nothing => 3,
    }
}

pub fn copy_row(event: CopyEvent) -> usize {
    match event {
        CopyEvent::Pin => 0,
        CopyEvent::Filled => 1,
        CopyEvent::FillFailed => 2,
        CopyEvent::Release => 3,
        CopyEvent::Evict => 4,
        CopyEvent::Take { own_pin: false, .. } => 5,
        CopyEvent::Take { own_pin: true, .. } => 6,
    }
}

pub fn copy_column(state: CopyState) -> usize {
    match state {
        CopyState::Gone => 0,
        CopyState::Filling { pins: 0 } => 1,
        CopyState::Filling { .. } => 2,
        CopyState::Held { pins: 1 } => 3,
        CopyState::Held { .. } => 4,
        CopyState::Idle => 5,
    }
}

pub fn slot_row(event: SlotEvent) -> usize {
    match event {
        SlotEvent::Allocate { .. } => 0,
        SlotEvent::Serve { .. } => 1,
        SlotEvent::Free { kind: FreeKind::MovedOut, .. } => 2,
        SlotEvent::Free { kind: FreeKind::DropContents, .. } => 3,
    }
}

pub fn slot_column(slot: Slot) -> usize {
    match slot {
        Slot::Free => 0,
        Slot::Live { user_drop: false, .. } => 1,
        Slot::Live { user_drop: true, .. } => 2,
    }
}

pub fn ending_row(ending: Ending) -> usize {
    match ending {
        Ending::Completion => 2,
        Ending::GiveAway => 3,
        Ending::LendMut => 4,
        Ending::Drop => 5,
        Ending::ColdWrite => 6,
        Ending::PrivateWrite => 7,
    }
}

pub fn verdict_column(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Go => 0,
        Verdict::Wait => 1,
    }
}
