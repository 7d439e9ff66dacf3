//! The worlds to begin with.

/// What a thread does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// `send`.
    Send,
    /// `try_send`.
    TrySend,
    /// `send_timeout`, whose time may be up at any moment.
    SendFor,
    /// The end that the thread has goes on to a thread of this node.
    Hop(u16),
    /// The release fence: all that the thread's node has told the home is done.
    Fence,
    /// The sender is dropped.
    Drop,
    /// `recv`.
    Recv,
    /// `try_recv`.
    TryRecv,
    /// `recv_timeout`, whose time may be up at any moment.
    RecvFor,
    /// Receives until all senders are gone.
    RecvAll,
    /// Waits for the end of all other threads that receive.
    Join,
    /// The receiver is dropped.
    Close,
}

/// A thread: where it begins, and what it does.
pub type Script = (u16, &'static [Op]);

pub struct Scenario {
    pub name: &'static str,
    pub capacity: Option<usize>,
    pub window: u64,
    pub threads: &'static [Script],
}

use Op::*;

pub const ALL: &[Scenario] = &[
    Scenario {
        name: "two senders and a receiver that goes on",
        capacity: None,
        window: 2,
        threads: &[(0, &[Send, Drop]), (1, &[Send, Send, Drop]), (1, &[Recv, Hop(2), RecvAll, Close])],
    },
    Scenario {
        name: "a sender that goes on before its posts have come",
        capacity: None,
        window: 2,
        threads: &[(1, &[Send, Send, Send, Hop(2), Drop]), (0, &[RecvAll, Close])],
    },
    Scenario {
        name: "a sender that goes on, and a stream",
        capacity: None,
        window: 2,
        threads: &[(1, &[Send, Send, Fence, Hop(2), Send, Drop]), (2, &[TryRecv, RecvAll, Close])],
    },
    Scenario {
        name: "a stream larger than its window",
        capacity: None,
        window: 5,
        threads: &[(1, &[Send, Send, Send, Send, Send, Send, Send, Drop]), (2, &[RecvAll, Close])],
    },
    Scenario {
        name: "receivers on three nodes",
        capacity: None,
        window: 2,
        threads: &[(0, &[Send, Send, Drop]), (0, &[RecvFor, Join, Close]), (1, &[Recv, TryRecv]), (2, &[RecvFor])],
    },
    Scenario {
        name: "receivers that compete for all",
        capacity: None,
        window: 2,
        threads: &[(2, &[Send, Send, Send, Drop]), (1, &[RecvAll, Join, Close]), (2, &[RecvAll])],
    },
    Scenario {
        name: "two receivers of one node",
        capacity: None,
        window: 2,
        threads: &[(0, &[Send, Send, Drop]), (1, &[RecvFor, TryRecv, Join, Close]), (1, &[RecvFor, RecvFor])],
    },
    Scenario {
        name: "a receiver dropped while values come",
        capacity: None,
        window: 2,
        threads: &[(0, &[Send, Send, Drop]), (1, &[Send, Send, Send, Drop]), (2, &[Recv, Close])],
    },
    Scenario {
        name: "a receiver that moves and looks",
        capacity: None,
        window: 2,
        threads: &[(1, &[Send, Send, Send, Drop]), (1, &[TryRecv, Hop(0), TryRecv, Hop(2), TryRecv, RecvFor, Close])],
    },
    Scenario {
        name: "one place",
        capacity: Some(1),
        window: 2,
        threads: &[(0, &[Send, TrySend, Drop]), (1, &[Send, SendFor, Drop]), (2, &[Recv, TryRecv, RecvFor, Close])],
    },
    Scenario {
        name: "one place, and a receiver that goes on",
        capacity: Some(1),
        window: 2,
        threads: &[(1, &[Send, Send, Hop(2), Send, Drop]), (1, &[Recv, Hop(0), Recv, Hop(2), RecvAll, Close])],
    },
    Scenario {
        name: "both ends in one hand",
        capacity: Some(1),
        window: 2,
        threads: &[(1, &[RecvFor, Send, RecvFor, Drop, RecvAll, Join, Close]), (2, &[RecvFor, RecvFor])],
    },
    Scenario {
        name: "a rendezvous",
        capacity: Some(0),
        window: 2,
        threads: &[(1, &[Send, TrySend, Drop]), (2, &[SendFor, Drop]), (1, &[TryRecv, RecvFor, RecvAll, Close])],
    },
    Scenario {
        name: "a rendezvous at which two meet two",
        capacity: Some(0),
        window: 2,
        threads: &[(0, &[Send, Send, Drop]), (1, &[Send, Drop]), (0, &[RecvAll, Join, Close]), (2, &[RecvAll])],
    },
    Scenario {
        name: "a rendezvous that nobody keeps",
        capacity: Some(0),
        window: 2,
        threads: &[(0, &[Send, TrySend, Drop]), (1, &[Send, Drop]), (2, &[TryRecv, Close])],
    },
];
