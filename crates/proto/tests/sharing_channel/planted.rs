//! Rules broken, one at a time: what is said is not done, or not heard.

/// A broken rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The home takes a node's tap for forgotten without asking.
    NoOver,
    /// What comes back of a stream comes in another order.
    ReturnsReversed,
    /// A stream comes back without what was not received.
    ReturnsNothing,
    /// A stream comes back without the wants of those who wait.
    ReturnsNoWants,
    /// The home does not learn of what was received.
    NoReport,
    /// A node does not learn of what has come.
    NoAck,
    /// Nobody hears that nothing follows in a stream.
    NoLast,
    /// A receiver whose time is up does not tell the home.
    NoLeave,
    /// A sender whose time is up takes its value for its own at once.
    QuitsAlone,
    /// An end goes on before what it sent has come.
    NoFence,
    /// A post is let past those that were sent before.
    PostsOvertake,
    /// A receiver's drop does not wait for its last values to come back.
    ClosesAlone,
}

/// Each with a scenario in which it is noticed.
pub const ALL: &[(Fault, &str)] = &[
    (Fault::NoOver, "a sender that goes on before its posts have come"),
    (Fault::NoOver, "a receiver dropped while values come"),
    (Fault::ReturnsReversed, "two senders and a receiver that goes on"),
    (Fault::ReturnsNothing, "two senders and a receiver that goes on"),
    (Fault::ReturnsNoWants, "receivers that compete for all"),
    (Fault::NoReport, "a stream larger than its window"),
    (Fault::NoAck, "a stream larger than its window"),
    (Fault::NoLast, "a stream larger than its window"),
    (Fault::NoLeave, "both ends in one hand"),
    (Fault::QuitsAlone, "one place"),
    (Fault::NoFence, "a sender that goes on, and a stream"),
    (Fault::PostsOvertake, "a stream larger than its window"),
    (Fault::ClosesAlone, "a receiver dropped while values come"),
];
