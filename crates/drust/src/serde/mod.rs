//! serde's `Serialize` and `Deserialize` for the heap types and collections, behind the feature `serde`.
//!
//! What they are written as is what std's own types are, and what is refused is refused in the same words: a program
//! changes its types and keeps its files. Writing looks at values where they lie, and leaves no pin; what is read lies
//! on the node that reads it. A length that the input claims makes nothing allocate more than a MiB ahead of the
//! values.
//!
//! ```
//! use drust::{Box, String, Vec, vec};
//! let named: Vec<(String, Box<u32>)> = vec![("one".into(), Box::new(1)), ("two".into(), Box::new(2))];
//! let text = serde_json::to_string(&named)?;
//! assert_eq!(text, r#"[["one",1],["two",2]]"#);
//! assert_eq!(serde_json::from_str::<Vec<(String, Box<u32>)>>(&text)?, named);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod maps;
mod sequences;
mod text;

use crate::boxed::{Box, TBox};
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
use drust_heap::{Pointee, Portable};

impl<T: ?Sized + Pointee<Item: Portable> + Serialize> Serialize for Box<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.look(|value| value.serialize(serializer))
    }
}

impl<'de, T: Portable + Deserialize<'de>> Deserialize<'de> for Box<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Box<T>, D::Error> {
        T::deserialize(deserializer).map(Box::new)
    }
}

impl<T: Portable + Serialize> Serialize for TBox<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Portable + Deserialize<'de>> Deserialize<'de> for TBox<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TBox<T>, D::Error> {
        T::deserialize(deserializer).map(TBox::new)
    }
}

/// What is read piece by piece, up to its end or to what is wrong, which is kept.
struct Read<'a, A, N, E> {
    access: A,
    next: N,
    claimed: fn(&A) -> Option<usize>,
    wrong: &'a mut Option<E>,
}

impl<T, A, N: FnMut(&mut A) -> Result<Option<T>, E>, E> Iterator for Read<'_, A, N, E> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        (self.next)(&mut self.access).unwrap_or_else(|wrong| {
            *self.wrong = Some(wrong);
            None
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (at_most::<T>((self.claimed)(&self.access)), None)
    }
}

/// Collects what `next` reads, of which `claimed` are left; ends early where that is wrong.
fn collect<T, C: FromIterator<T>, A, E>(
    access: A,
    next: impl FnMut(&mut A) -> Result<Option<T>, E>,
    claimed: fn(&A) -> Option<usize>,
) -> Result<C, E> {
    let mut wrong = None;
    let collected = Read { access, next, claimed, wrong: &mut wrong }.collect();
    wrong.map_or(Ok(collected), Err)
}

/// So many values as the input claims, but no more than fit a MiB.
fn at_most<T>(claimed: Option<usize>) -> usize {
    const MOST: usize = 1 << 20;
    let most = if size_of::<T>() == 0 { 0 } else { MOST / size_of::<T>() };
    claimed.unwrap_or(0).min(most)
}
