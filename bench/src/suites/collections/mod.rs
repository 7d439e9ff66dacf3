//! Collections: at home beside std's, and streamed from another node.

mod keyed;
mod local;
mod stream;

use crate::part::Part;
use crate::wire::Wire;

pub const PARTS: &[Part] = &[
    Part {
        name: "collections-slices",
        nodes: 1,
        wire: Wire::Shm,
        workers: 1,
        copies: None,
        run: |p, _| local::slices(p),
    },
    Part {
        name: "collections-pushes",
        nodes: 1,
        wire: Wire::Shm,
        workers: 1,
        copies: None,
        run: |p, _| local::pushes(p),
    },
    Part {
        name: "collections-keyed",
        nodes: 1,
        wire: Wire::Shm,
        workers: 1,
        copies: None,
        run: |p, _| keyed::keyed(p),
    },
    Part {
        name: "collections-stream-shm",
        nodes: 2,
        wire: Wire::Shm,
        workers: 1,
        copies: Some(1 << 20),
        run: stream::stream,
    },
    Part {
        name: "collections-stream-tcp",
        nodes: 2,
        wire: Wire::Tcp,
        workers: 1,
        copies: Some(1 << 20),
        run: stream::stream,
    },
];
