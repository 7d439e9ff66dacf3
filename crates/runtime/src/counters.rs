//! What a node has done, counted where it happens: each thread in one of a few blocks, so that counting threads do not
//! fight for a cache line.

use std::cell::Cell;
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Blocks of counters that the threads of a process share out among themselves.
const BLOCKS: usize = 16;

thread_local! {
    static BLOCK: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Which block is this thread's, of whatever the threads of a process share out among themselves.
#[inline]
pub(crate) fn block() -> usize {
    match BLOCK.get() {
        usize::MAX => share_out(),
        block => block,
    }
}

#[cold]
fn share_out() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let block = NEXT.fetch_add(1, Ordering::Relaxed) % BLOCKS;
    BLOCK.set(block);
    block
}

/// All counters of a node.
#[derive(Default, Debug)]
pub(crate) struct Tally([Counters; BLOCKS]);

impl Tally {
    /// This thread's block.
    #[inline]
    pub(crate) fn here(&self) -> &Counters {
        &self.0[block() % BLOCKS]
    }

    /// The sums now.
    pub(crate) fn read(&self) -> Counts {
        self.0.iter().fold(Counts::default(), |sum, block| sum + block.read())
    }
}

/// Declares the counters once: the live ones, and their values at one moment.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// The live counters of a node, or of some of its threads.
        #[derive(Default, Debug)]
        #[repr(align(128))]
        pub struct Counters {
            $($(#[$doc])* pub $name: AtomicU64,)*
        }

        /// What was counted, on one node or all, up to or during something.
        #[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
        #[non_exhaustive]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// The values now.
            pub fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }

        impl Counts {
            /// The values in a fixed order, as they go over the wire.
            pub(crate) fn to_words(self) -> Vec<u64> {
                vec![$(self.$name),*]
            }

            /// The values from [`Counts::to_words`] of the same build.
            pub(crate) fn from_words(words: &[u64]) -> Option<Counts> {
                let mut words = words.iter().copied();
                let counts = Counts { $($name: words.next()?,)* };
                words.next().is_none().then_some(counts)
            }
        }

        impl Add for Counts {
            type Output = Counts;
            fn add(self, other: Counts) -> Counts {
                Counts { $($name: self.$name.wrapping_add(other.$name),)* }
            }
        }

        impl Sub for Counts {
            type Output = Counts;
            fn sub(self, other: Counts) -> Counts {
                Counts { $($name: self.$name.wrapping_sub(other.$name),)* }
            }
        }
    };
}

counters! {
    /// Messages that ask for an answer.
    requests,
    /// Answers.
    replies,
    /// What is told and not answered: frees, and what is told of shared objects.
    one_ways,
    /// Remote ranges read straight from the home's memory, without a message.
    direct_reads,
    /// Bytes of other nodes' values that were fetched, by these or by messages.
    bytes_read,
    /// Remote objects taken over by a writer.
    moves,
    /// Copies that became the writer's own object, so that nothing was fetched.
    promotions,
    /// Tasks run here.
    tasks,
    /// Tasks sent to another node.
    tasks_sent,
    /// Of these, tasks that went to a node that had room before they began.
    tasks_stolen,
    /// Tasks sent on to another node between two of their steps.
    tasks_moved,
    /// One-ways of other nodes that are done.
    one_ways_done,
}
