//! The storm's programs on drust's own types, in tasks on the nodes of a cluster.

#[path = "storm/mod.rs"]
pub mod storm;

/// What the storm imports.
pub mod world {
    pub use crate::book::FOUND as BOOK;
    pub use crate::dice::Dice;
    pub use crate::eye::Eye;
    pub use crate::plant::plant;
    pub use drust::boxed::TBox;
    pub use drust::collections::ChunkedVec;
    pub use drust::node::NodeId;
    pub use drust::sync::atomic::{AtomicU64, Ordering};
    pub use drust::sync::{Arc, Mutex, RwLock, mpsc};
    pub use drust::{Argument, Box, Portable, Ref, RefMut, String, Vec, node, prefetch, thread};
    pub use drust_heap::Pointee;

    /// A node to send something to: the nth in a circle of all.
    pub fn nth(index: usize) -> NodeId {
        node::all().nth(index % node::count()).expect("an index below the count")
    }

    /// A migratable task that begins on this node.
    pub fn spawn_migratable_on<S: Portable, R: Portable>(
        node: NodeId,
        state: S,
        step: fn(&mut S) -> thread::Step<R>,
    ) -> thread::JoinHandle<R> {
        let builder = thread::Builder::new().on(node);
        builder.spawn_migratable(state, step).expect("without a time limit no queue is too full")
    }

    /// Has this node give up tasks that nobody has begun, and then migratable ones; and sends others of these wherever
    /// the dice say.
    pub fn order_about(to: NodeId, most: u32, dice: &mut Dice) {
        let (node, to) = (drust_runtime::node::here(), to.index() as u16);
        node.give_tasks(most, drust_proto::Rank(to), dice.one_in(2));
        for candidate in node.moves().candidates() {
            let to = dice.roll(node::count()) as u16;
            if dice.one_in(2) {
                node.moves().order(candidate.task, drust_proto::Rank(to));
            }
        }
    }

    /// What a task can be given beside others.
    pub trait Messenger: Portable + Clone {}

    impl<T: Portable + Clone> Messenger for T {}

    /// A task failed: the program planned that. A panic that it did not plan has ended the run already.
    pub fn planned(error: &thread::JoinError) {
        assert!(crate::report::is_planned(&error.to_string()), "{error}");
    }

    /// `Box::take`, under a name that std's box has free.
    pub fn take_from<T: Portable + Default>(boxed: &mut Box<T>) -> T {
        Box::take(boxed)
    }

    /// Makes a type with a `Drop` of the user's own cross.
    #[macro_export]
    macro_rules! dropping_on_drust {
        ($($item:tt)*) => {
            #[derive(drust::Portable)]
            #[portable(drop)]
            $($item)*
        };
    }
    pub use dropping_on_drust as dropping;
}
