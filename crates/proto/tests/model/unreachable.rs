//! Transitions that no world takes, and why each cannot be.

use crate::cover::Machine;

/// What happens, to what, and why it never does.
type Row = (Machine, &'static [&'static str], &'static [&'static str], &'static str);

const BY_COPY: &str = "the copy table is asked for remote values only";
const PINNED: &str = "who holds a pin finds its copy";
const SENT: &str = "what is sent is null and not PRIVATE";
const PRIVATE_DEAD: &str =
    "bytes leave or end only after PRIVATE was cleared in them, or with what it is the only name of";

const ROWS: &[Row] = &[
    (
        Machine::Handle,
        &["Write shared", "Write sole", "Grow shared", "Grow sole", "TakeOut shared", "TakeOut sole"],
        &["private", "exposed", "null", "reserved"],
        BY_COPY,
    ),
    (Machine::Handle, &["Write absent", "Grow absent", "TakeOut absent"], &["pinned"], PINNED),
    (Machine::Handle, &["Own"], &["private"], "a handle loses PRIVATE before it gets a fresh stamp"),
    (Machine::Handle, &["Own"], &["pinned"], "refused: the pin is given back first"),
    (Machine::Handle, &["Grown"], &["exposed", "null", "remote", "pinned", "reserved"], "refused unless PRIVATE"),
    (Machine::Handle, &["Land"], &["private", "exposed", "pinned"], SENT),
    (Machine::Handle, &["ComeHome"], &["private", "exposed", "pinned"], "what is lent is null: refused"),
    (Machine::Handle, &["Forget"], &["private"], PRIVATE_DEAD),
    (
        Machine::Copy,
        &["Filled", "FillFailed"],
        &["gone", "held 1", "held n", "idle"],
        "only what is asked for is answered",
    ),
    (Machine::Copy, &["Release"], &["gone", "fill 0", "idle"], "a pin is given back once"),
    (
        Machine::Copy,
        &["Evict"],
        &["gone", "fill 0", "fill n", "held 1", "held n"],
        "only idle copies are listed for it",
    ),
    (
        Machine::Copy,
        &["Take"],
        &["gone", "fill 0", "fill n", "held 1", "held n"],
        "taken only where the view is `Sole`",
    ),
    (
        Machine::Copy,
        &["Take own"],
        &["gone", "fill 0", "fill n", "held n", "idle"],
        "taken only where the view is `Sole`",
    ),
    (Machine::Slot, &["Allocate"], &["live", "user drop"], "only free slots are given out"),
    (Machine::Slot, &["Serve", "Free moved", "Free drop"], &["free"], "refused, and would be a violation"),
    (Machine::Slot, &["Free drop"], &["user drop"], "refused: such values drop where they are dropped"),
    (Machine::Fetches, &["answered"], &["none"], "only what was asked is answered"),
    (Machine::Ledger, &["come_home"], &["none out"], "only what was lent comes home"),
    (Machine::Job, &["PeerJoined"], &["running"], "a node runs when all have joined"),
    (Machine::Job, &["Refused"], &["running", "leaving", "ended"], "only greetings are refused"),
    (Machine::Job, &["MainReturned"], &["joining", "leaving", "ended"], "`main` runs once, and ends with its node"),
    (Machine::Job, &["LeaveAsked"], &["leaving"], "rank 0 asks once"),
    (Machine::Job, &["LeaveAcked"], &["joining", "running"], "only rank 0 is answered, after it asked"),
];

/// Why this is never taken, where that is so.
pub fn reason(machine: Machine, what: &str, to: &str) -> Option<&'static str> {
    ROWS.iter().find(|row| row.0 == machine && row.1.contains(&what) && row.2.contains(&to)).map(|row| row.3)
}
