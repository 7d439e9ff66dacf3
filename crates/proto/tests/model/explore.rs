//! The explorer: every world that a scenario reaches, nearest first, so that the first violation has a shortest trace.
//!
//! A world that was seen is kept as a fingerprint of 64 bits and the step that first led to it; whole worlds are kept
//! only while they wait to be explored. Of a few million worlds two share a fingerprint with a probability of less than
//! one in a million, and then one of them is not explored.

use crate::fault::{Stop, Wrong};
use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Something to explore.
pub trait Model {
    type World: Clone + Hash;
    type Move: Copy + Debug;

    fn start(&mut self) -> Self::World;

    /// What may happen next.
    fn moves(&mut self, world: &mut Self::World, into: &mut Vec<Self::Move>);

    /// Lets it happen.
    fn step(&mut self, world: &mut Self::World, step: Self::Move) -> Result<(), Stop>;

    /// Looks for what is wrong in a world that was not seen before.
    fn check(&mut self, _: &mut Self::World) -> Result<(), Stop> {
        Ok(())
    }

    /// Steps from the start that are explored.
    fn depth(&self) -> u32;

    /// Whether such a violation is wanted; if not, the world after it is not explored.
    fn looks_for(&self, how: Wrong) -> bool;
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Found<M> {
    pub worlds: usize,
    /// Steps to the farthest world.
    pub depth: u32,
    pub violation: Option<Violation<M>>,
}

/// A violation, and the way to it.
#[derive(Clone, Debug)]
pub struct Violation<M> {
    pub how: Wrong,
    pub why: String,
    pub trace: Vec<M>,
}

struct Seen<M> {
    at: HashMap<u64, (), BuildHasherDefault<Fingerprint>>,
    /// For each world, in the order of their numbers: the number of the one before it, and the step from there.
    from: Vec<(u32, Option<M>)>,
}

impl<M: Copy> Seen<M> {
    fn add(&mut self, world: &impl Hash, from: u32, step: Option<M>) -> Option<u32> {
        let mut hasher = Mixer::default();
        world.hash(&mut hasher);
        if self.at.insert(hasher.finish(), ()).is_some() {
            return None;
        }
        self.from.push((from, step));
        Some(self.from.len() as u32 - 1)
    }

    fn trace(&self, mut at: u32, last: M) -> Vec<M> {
        let mut trace = vec![last];
        while let (before, Some(step)) = self.from[at as usize] {
            trace.push(step);
            at = before;
        }
        trace.reverse();
        trace
    }
}

/// Explores until a violation is found that is looked for, or everything is.
pub fn explore<M: Model>(model: &mut M, progress: bool) -> Found<M::Move> {
    let mut seen = Seen { at: HashMap::default(), from: Vec::new() };
    let start = model.start();
    let first = seen.add(&start, 0, None).expect("nothing is seen yet");
    let mut open = VecDeque::from([(start, first, 0)]);
    let (mut moves, mut depth) = (Vec::new(), 0);
    while let Some((mut world, at, steps)) = open.pop_front() {
        if progress && steps > depth {
            println!("  depth {steps}: {} worlds, {} open", seen.from.len(), open.len() + 1);
        }
        depth = steps;
        if steps == model.depth() {
            continue;
        }
        moves.clear();
        model.moves(&mut world, &mut moves);
        for &step in &moves {
            let mut next = world.clone();
            let mut stepped = model.step(&mut next, step);
            let number = if stepped.is_ok() { seen.add(&next, at, Some(step)) } else { None };
            if number.is_some() {
                stepped = model.check(&mut next);
            }
            match (stepped, number) {
                (Err(Stop::Broken(how, why)), _) if model.looks_for(how) => {
                    let violation = Some(Violation { how, why, trace: seen.trace(at, step) });
                    return Found { worlds: seen.from.len(), depth, violation };
                }
                (Ok(()), Some(number)) => open.push_back((next, number, steps + 1)),
                _ => {}
            }
        }
    }
    Found { worlds: seen.from.len(), depth, violation: None }
}

/// Hashes words by multiplication and rotation, and mixes at the end.
#[derive(Default)]
struct Mixer(u64, u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word) ^ (chunk.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.1 =
            (self.1 ^ word.wrapping_add(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(29);
    }

    fn finish(&self) -> u64 {
        let wide = u128::from(self.0 ^ 0xA076_1D64_78BD_642F) * u128::from(self.1 ^ 0xE703_7ED1_A0B4_28DB);
        (wide >> 64) as u64 ^ wide as u64
    }
}

/// A fingerprint is its own hash.
#[derive(Default)]
struct Fingerprint(u64);

impl Hasher for Fingerprint {
    fn write(&mut self, _: &[u8]) {
        unreachable!("fingerprints are words")
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
