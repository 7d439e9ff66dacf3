//! The kinds of operations: each in one place, how it is generated and what it does. What it does is written once, and
//! is the oracle's with std's types and drust's with drust's.

mod crowds;
mod errands;
mod lends;
mod scopes;
mod slots;
mod travels;

pub use crowds::{Enter, Post};
pub use errands::{Errand, Join, Pending};
pub use lends::{Follow, Hold, Lend, Peek};
pub use scopes::{Readers, Split};
pub use slots::{Change, Discard, Duplicate, Forget, Look, Make, Panic, Pause, Swap};
pub use travels::{Burst, Order, Travel, Trip};

use super::part::Part;
use super::program::Room;
use super::value::{Type, Value};
use super::world::*;

/// A kind of operation.
pub trait Kind: Sized {
    /// How often it is generated, beside the others.
    const WEIGHT: usize;
    /// Whether it only reads.
    const READS: bool = false;

    /// One of this kind for a body that works on these variables; `None` where they do not suit.
    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Self>;

    /// Does it.
    fn run(&self, at: &mut At<'_>);
}

/// Where an operation is done: on which variables, under which key for what it sees, beside which tasks.
pub struct At<'a> {
    /// The key of this step; what is below it is free for the step's use.
    pub key: u64,
    /// The body's variables.
    pub values: Values<'a>,
    /// The body's tasks that were not joined.
    pub pending: &'a mut std::vec::Vec<Pending>,
}

/// The variables of a body: to be written, or only to be read, by others too.
pub enum Values<'a> {
    /// This body's alone.
    Own(&'a mut [Value]),
    /// Those of several.
    Shared(&'a [Value]),
}

impl At<'_> {
    /// All variables, to be read.
    pub fn read(&self) -> &[Value] {
        match &self.values {
            Values::Own(values) => values,
            Values::Shared(values) => values,
        }
    }

    /// All variables, to be written.
    pub fn write(&mut self) -> &mut [Value] {
        match &mut self.values {
            Values::Own(values) => values,
            Values::Shared(_) => unreachable!("only operations that read are generated for shared variables"),
        }
    }
}

/// Declares the kinds once.
macro_rules! ops {
    ($($name:ident),* $(,)?) => {
        /// An operation.
        #[derive(Clone, Debug)]
        pub enum Op {
            $(#[allow(missing_docs, reason = "each kind says what it is")] $name($name),)*
        }

        impl Op {
            /// All kinds: the name, how often it is generated, and whether it only reads.
            pub const KINDS: &'static [(&'static str, usize, bool)] =
                &[$((stringify!($name), $name::WEIGHT, $name::READS)),*];

            /// The name of its kind.
            pub fn name(&self) -> &'static str {
                match self { $(Op::$name(_) => stringify!($name),)* }
            }

            /// A variable is given its first value.
            pub fn make(dice: &mut Dice, slot: usize, of: Type) -> Op {
                Op::Make(Make::of(dice, slot, of))
            }

            /// Does it.
            pub fn run(&self, at: &mut At<'_>) {
                match self { $(Op::$name(op) => op.run(at),)* }
            }

            /// An operation for a body, each kind as often as its weight says.
            pub fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Op {
                loop {
                    let kind = kind_for(dice, room.shared);
                    let op = match kind {
                        $(kind if kind == stringify!($name) => $name::generate(dice, room).map(Op::$name),)*
                        kind => unreachable!("`{kind}` is none of the kinds"),
                    };
                    if let Some(op) = op {
                        return op;
                    }
                }
            }
        }
    };
}

ops![
    Make, Look, Change, Swap, Duplicate, Discard, Forget, Pause, Panic, Errand, Join, Split, Readers, Lend, Peek,
    Follow, Hold, Enter, Post, Travel, Trip, Burst, Order
];

/// The name of some kind that suits a body whose variables are shared, or not.
fn kind_for(dice: &mut Dice, shared: bool) -> &'static str {
    let suiting = || Op::KINDS.iter().filter(|(_, _, reads)| *reads || !shared);
    let mut left = dice.roll(suiting().map(|(_, weight, _)| weight).sum());
    for (name, weight, _) in suiting() {
        if left < *weight {
            return name;
        }
        left -= weight;
    }
    unreachable!("a roll is below the sum of all weights")
}

/// Objects of several variables.
fn objects(values: &[Value]) -> u64 {
    values.iter().map(Part::objects).sum()
}
