//! What the containers hold: the same value on drust's side and on std's, made from a small number, so that equal ones
//! meet; and a ledger of those that have a `Drop`.

use drust::{Box, Portable, Vec, node, thread};
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A value that both sides can make, look at and change in the same way.
pub trait Value: Clone + Ord + Hash + fmt::Debug + Default + 'static {
    /// The value that `n` stands for.
    fn make(n: u64) -> Self;

    /// A number that tells most values apart, the same on both sides.
    fn key(&self) -> u64;

    /// Changes the value in its place.
    fn poke(&mut self, n: u64);
}

/// A type of drust's beside the one that stands for it in std's containers.
pub trait Kind: 'static {
    type Ours: Value + Portable;
    type Stds: Value;
}

/// Numbers with room between them that nobody may look at.
#[derive(Portable, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(C)]
pub struct Padded {
    small: u8,
    large: u64,
    middle: u16,
}

/// A value without bytes; its drops are counted.
#[derive(Portable, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[portable(drop)]
pub struct Nothing;

/// A number in a box and a name of its own, which must be dropped once; the name is not compared.
#[derive(Portable)]
#[portable(drop)]
pub struct Named {
    name: u64,
    number: Box<u64>,
}

/// Implements [`Value`]: how one is made, what tells it apart, how it changes.
macro_rules! values {
    ($($value:ty: |$n:ident| $make:expr, |$this:ident| $key:expr, |$that:ident, $by:ident| $poke:expr;)*) => {$(
        impl Value for $value {
            fn make($n: u64) -> Self {
                $make
            }

            fn key(&self) -> u64 {
                let $this = self;
                $key
            }

            fn poke(&mut self, $by: u64) {
                let $that = self;
                $poke
            }
        }
    )*};
}

values! {
    u64: |n| n, |this| *this, |this, n| *this += n;
    u8: |n| n as u8, |this| u64::from(*this), |this, n| *this = this.wrapping_add(n as u8);
    drust::String: |n| text(n).into(), |this| this.len() as u64, |this, n| this.push_str(&text(n));
    std::string::String: |n| text(n), |this| this.len() as u64, |this, n| this.push_str(&text(n));
    drust::Box<u64>: |n| drust::Box::new(n), |this| **this, |this, n| **this += n;
    std::boxed::Box<u64>: |n| std::boxed::Box::new(n), |this| **this, |this, n| **this += n;
    Padded: |n| Padded { small: n as u8, large: n * 3, middle: 7 }, |this| this.large, |this, n| this.large += n;
    Nothing: |_n| Nothing::new(), |_this| 0, |_this, _n| ();
    Named: |n| Named::new(n), |this| *this.number, |this, n| *this.number += n;
}

/// Text of some length: inside its string, or too long for that.
pub fn text(n: u64) -> std::string::String {
    let piece = ["", "a", "ß", "a longer piece, with a € in it"][n as usize % 4];
    format!("{piece}{n}").repeat(1 + n as usize % 3)
}

/// Names each pair of types.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $ours:ty, $stds:ty;)*) => {$(
        $(#[$doc])*
        pub struct $kind;

        impl Kind for $kind {
            type Ours = $ours;
            type Stds = $stds;
        }
    )*};
}

kinds! {
    Numbers: u64, u64;
    Bytes: u8, u8;
    Texts: drust::String, std::string::String;
    Boxes: drust::Box<u64>, std::boxed::Box<u64>;
    Structs: Padded, Padded;
    Nothings: Nothing, Nothing;
    Drops: Named, Named;
}

/// Values with a `Drop` made on this node, less those dropped here, by name; those without bytes share a name.
static LEDGER: Mutex<BTreeMap<u64, i64>> = Mutex::new(BTreeMap::new());

thread_local! {
    static TALLY: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// How many values with a `Drop` this thread has made and dropped.
pub fn tally() -> (u64, u64) {
    TALLY.get()
}

fn note(name: u64, by: i64) {
    let (made, dropped) = TALLY.get();
    TALLY.set(if by > 0 { (made + 1, dropped) } else { (made, dropped + 1) });
    *LEDGER.lock().expect("nobody panics with it").entry(name).or_default() += by;
}

/// The names of values that were not dropped exactly once, on whatever node, and how often too few (or too many).
pub fn settle() -> BTreeMap<u64, i64> {
    let mut all = BTreeMap::new();
    for node in node::all() {
        let here = thread::spawn_on(node, (), |()| {
            std::mem::take(&mut *LEDGER.lock().expect("nobody panics with it")).into_iter().collect::<Vec<_>>()
        });
        for (name, by) in here.join().expect("nothing panics there") {
            *all.entry(name).or_default() += by;
        }
    }
    all.retain(|_, by| *by != 0);
    all
}

impl Nothing {
    fn new() -> Nothing {
        note(0, 1);
        Nothing
    }
}

impl Default for Nothing {
    fn default() -> Nothing {
        Nothing::new()
    }
}

impl Clone for Nothing {
    fn clone(&self) -> Nothing {
        Nothing::new()
    }
}

impl Drop for Nothing {
    fn drop(&mut self) {
        note(0, -1);
    }
}

impl Named {
    fn new(number: u64) -> Named {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = u64::from(std::process::id()) << 32 | NEXT.fetch_add(1, Relaxed);
        note(name, 1);
        Named { name, number: Box::new(number) }
    }
}

impl Default for Named {
    fn default() -> Named {
        Named::new(0)
    }
}

impl Clone for Named {
    fn clone(&self) -> Named {
        Named::new(*self.number)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        note(self.name, -1);
    }
}

impl PartialEq for Named {
    fn eq(&self, other: &Named) -> bool {
        self.number == other.number
    }
}

impl Eq for Named {}

impl PartialOrd for Named {
    fn partial_cmp(&self, other: &Named) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Named {
    fn cmp(&self, other: &Named) -> Ordering {
        self.number.cmp(&other.number)
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}
