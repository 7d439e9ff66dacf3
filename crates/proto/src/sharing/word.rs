//! Atomic words: what an operation makes of one, whichever node asks for it.
//!
//! A word stays in its home's partition and is never copied. The home, and on carriers that map partitions its peers,
//! change it by one atomic instruction; for others the home does what [`Kind::step`] says, between a load and a
//! compare-exchange of the word. So every operation takes effect at one moment between its call and its return, and
//! all threads of the cluster agree on one order of them.
//!
//! A word is handled as 64 bits, whatever its type: a bool as 0 or 1, 32 bits with zeros above them.

use std::fmt;

/// The type of a word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// `bool`, in the first byte.
    Bool,
    /// `i32`, in the first four bytes.
    I32,
    /// `u32`, in the first four bytes.
    U32,
    /// `i64` and `isize`.
    I64,
    /// `u64` and `usize`.
    U64,
}

operations! {
    /// What one node asks of another about its words.
    pub enum Op {
        /// The value.
        Load = 1,
        /// Store `a`.
        Store = 2,
        /// Store `a`, and say what was there.
        Swap = 3,
        /// Store `b` where `a` is there.
        CompareExchange = 4,
        /// Add `a`, and wrap around.
        Add = 5,
        /// Take away `a`, and wrap around.
        Sub = 6,
        /// Keep the bits that `a` has, too.
        And = 7,
        /// Set the bits that are not set in both.
        Nand = 8,
        /// Set the bits of `a`.
        Or = 9,
        /// Turn the bits of `a`.
        Xor = 10,
        /// Store `a` where it is larger.
        Max = 11,
        /// Store `a` where it is smaller.
        Min = 12,
        /// Carry out these additions. Body: one [`Addition`](crate::wire::Addition) for each; no answer.
        AddMany = 13,
        /// The values of so many words as the small operand says, from the address on. Answered with 8 bytes each.
        Read = 14,
        /// The value; the word ends with the answer.
        Take = 15,
        /// The word, or the row of words, ends. No answer.
        End = 16,
    }
}

/// A request that fits no word of that type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Illegal {
    /// The word's type.
    pub kind: Kind,
    /// What was asked for.
    pub op: Op,
    /// Its operands.
    pub operands: (u64, u64),
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = self.operands;
        write!(f, "{:?} of {a:#x} and {b:#x} is nothing that a word of {:?} takes", self.op, self.kind)
    }
}

impl std::error::Error for Illegal {}

impl Kind {
    /// Bits that words of this type use.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Kind::Bool => 1,
            Kind::I32 | Kind::U32 => 32,
            Kind::I64 | Kind::U64 => 64,
        }
    }

    /// Whether these 64 bits are a value of this type.
    #[must_use]
    pub const fn holds(self, word: u64) -> bool {
        word & !self.mask() == 0
    }

    const fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits())
    }

    /// What an operation stores where `word` is, or `None` where it leaves it as it is. Its answer is `word`, as it was
    /// before; that a compare-exchange failed is seen by it.
    ///
    /// ```
    /// use drust_proto::sharing::word::{Kind, Op};
    /// assert_eq!(Kind::U32.step(0xFFFF_FFFF, Op::Add, 2, 0), Ok(Some(1)));
    /// assert_eq!(Kind::I64.step(7, Op::CompareExchange, 8, 9), Ok(None));
    /// assert!(Kind::Bool.step(1, Op::Add, 1, 0).is_err());
    /// ```
    ///
    /// # Errors
    /// [`Illegal`]: the operation is not one on a word of this type, or an operand is no value of it.
    pub fn step(self, word: u64, op: Op, a: u64, b: u64) -> Result<Option<u64>, Illegal> {
        let illegal = Illegal { kind: self, op, operands: (a, b) };
        let counts = self != Kind::Bool;
        if !self.holds(a) || !self.holds(b) {
            return Err(illegal);
        }
        Ok(match op {
            Op::Load => None,
            Op::Store | Op::Swap => Some(a),
            Op::CompareExchange => (word == a).then_some(b),
            Op::Add if counts => Some(word.wrapping_add(a) & self.mask()),
            Op::Sub if counts => Some(word.wrapping_sub(a) & self.mask()),
            Op::And => Some(word & a),
            Op::Nand => Some(!(word & a) & self.mask()),
            Op::Or => Some(word | a),
            Op::Xor => Some(word ^ a),
            Op::Max if counts => self.below(word, a).then_some(a),
            Op::Min if counts => self.below(a, word).then_some(a),
            _ => return Err(illegal),
        })
    }

    /// Whether `one` is a smaller value than `other`.
    const fn below(self, one: u64, other: u64) -> bool {
        match self {
            Kind::I32 => (one as i32) < other as i32,
            Kind::I64 => one.cast_signed() < other.cast_signed(),
            Kind::Bool | Kind::U32 | Kind::U64 => one < other,
        }
    }
}

#[cfg(test)]
mod tests;
