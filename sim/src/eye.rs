//! What a look at a value sees: a run of words that can be compared with what another world saw.

use crate::dice::mix;
use std::fmt;

/// Collects what is seen.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Eye(Vec<u64>);

impl Eye {
    /// Sees a number.
    pub fn number(&mut self, number: u64) {
        self.0.push(number);
    }

    /// Sees bytes, as their count and a hash of them all.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let hash = bytes.iter().fold(bytes.len() as u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        self.0.push(mix(hash));
    }

    /// Sees something wrong on purpose: the planted fault.
    pub fn squint(&mut self) {
        match self.0.last_mut() {
            Some(word) => *word ^= 1,
            None => self.0.push(1),
        }
    }

    /// A hash of all that was seen.
    pub fn digest(&self) -> u64 {
        self.0.iter().fold(self.0.len() as u64, |hash, &word| mix(hash.wrapping_mul(PRIME) ^ word))
    }

    /// Where two looks differ first, in words.
    pub fn differs(&self, found: &Eye) -> Difference {
        let word = self.0.iter().zip(&found.0).take_while(|(a, b)| a == b).count();
        let lens = (self.0.len(), found.0.len());
        Difference { word, expected: self.0.get(word).copied(), found: found.0.get(word).copied(), lens }
    }
}

const PRIME: u64 = 0x0000_0100_0000_01B3;

/// The first difference of two looks.
pub struct Difference {
    word: usize,
    expected: Option<u64>,
    found: Option<u64>,
    lens: (usize, usize),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |word: Option<u64>| word.map_or("nothing".to_owned(), |word| word.to_string());
        let (expected, found) = (show(self.expected), show(self.found));
        write!(f, "word {} of {}: expected {expected}, found {found}", self.word, self.lens.0)?;
        if self.lens.0 != self.lens.1 {
            write!(f, " ({} words were seen)", self.lens.1)?;
        }
        Ok(())
    }
}
