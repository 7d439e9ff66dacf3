//! The variables of a program: each has a type for good, and a value or none.

use super::part::{Make, Part, Way};
use super::parts::{Chunks, Common, Ledger, List, Loud, Record, Tree};
use super::tasks::Tasks;
use super::world::*;

/// Declares the types of variables once: what they hold, and everything that is done to all of them alike.
macro_rules! values {
    ($($name:ident: $holds:ty,)*) => {
        /// What a variable holds.
        #[derive(Portable, Clone, Debug, Default)]
        pub enum Value {
            /// Nothing: it was never set, or moved out.
            #[default]
            Empty,
            $(#[doc = concat!("A `", stringify!($holds), "`.")] $name($holds),)*
        }

        /// A variable's type.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Type {
            $(#[doc = concat!("A `", stringify!($holds), "`.")] $name,)*
        }

        impl Type {
            /// All of them.
            pub const ALL: &'static [Type] = &[$(Type::$name),*];

            /// Some value of this type.
            pub fn make(self, dice: &mut Dice, size: usize) -> Value {
                match self {
                    $(Type::$name => Value::$name(Make::make(dice, size)),)*
                }
            }
        }

        impl Part for Value {
            fn look(&self, way: Way, eye: &mut Eye) {
                match self {
                    Value::Empty => eye.number(u64::MAX),
                    $(Value::$name(value) => value.look(way, eye),)*
                }
            }

            fn change(&mut self, dice: &mut Dice) {
                match self {
                    Value::Empty => {}
                    $(Value::$name(value) => value.change(dice),)*
                }
            }

            fn objects(&self) -> u64 {
                match self {
                    Value::Empty => 0,
                    $(Value::$name(value) => value.objects(),)*
                }
            }

            fn hold(&self, meanwhile: &mut dyn FnMut(), forget: bool, eye: &mut Eye) {
                match self {
                    Value::Empty => meanwhile(),
                    $(Value::$name(value) => value.hold(meanwhile, forget, eye),)*
                }
            }

            fn share<'scope>(&'scope self, tasks: &mut Tasks<'scope, '_>) {
                match self {
                    Value::Empty => {}
                    $(Value::$name(value) => value.share(tasks),)*
                }
            }

            fn lend<'scope>(&'scope mut self, tasks: &mut Tasks<'scope, '_>) {
                match self {
                    Value::Empty => {}
                    $(Value::$name(value) => value.lend(tasks),)*
                }
            }
        }
    };
}

values! {
    Number: Box<u64>,
    Nested: Box<Box<u64>>,
    Bytes: Box<[u8]>,
    Numbers: Vec<u64>,
    Boxes: Vec<Box<u64>>,
    Slices: Box<[Box<u64>]>,
    Rows: Vec<Vec<u64>>,
    Words: Vec<String>,
    Text: String,
    Tree: Box<Tree>,
    List: List,
    Record: Box<Record>,
    Records: Vec<Record>,
    Loud: Box<Loud>,
    Louds: Vec<Loud>,
    Voids: Vec<()>,
    Maybe: Option<Box<Option<Box<u64>>>>,
    Common: Common,
    Ledger: Ledger,
    Chunks: Chunks,
}

impl Type {
    /// Whether its values are never forgotten: those that have many owners, since all would be; and those of which
    /// nobody knows how many objects they are.
    pub fn is_kept(&self) -> bool {
        matches!(self, Type::Common | Type::Ledger | Type::Chunks)
    }
}
