//! Values without bytes: boxed, dropped, sent, lent, in slices and beside others.

use super::world::*;
use std::sync::atomic::{AtomicU32, Ordering};

static DROPPED: AtomicU32 = AtomicU32::new(0);

dropping! {
    struct Token;
}

impl Drop for Token {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Portable, Clone, Copy, PartialEq)]
#[repr(align(64))]
struct Aligned;

fn dropped(what: impl FnOnce()) -> u32 {
    let before = DROPPED.load(Ordering::Relaxed);
    what();
    DROPPED.load(Ordering::Relaxed) - before
}

pub fn run() -> String {
    let unit = Box::new(());
    let far: Box<()> = thread::spawn_on(nth(1), (unit,), |(unit,)| unit).join().unwrap();
    let token = thread::spawn_on(nth(1), (), |()| Box::new(Token)).join().unwrap();
    let one = dropped(|| drop(token));
    let tokens: Box<[Token]> = [Token, Token, Token].into();
    let tokens = thread::spawn_on(nth(2), (tokens,), |(tokens,)| tokens).join().unwrap();
    let three = dropped(|| drop(tokens));
    let taken = dropped(|| drop(Box::into_inner(Box::new(Token))));
    let mut aligned = Box::new(Aligned);
    *aligned = Aligned;
    assert_eq!((&raw const *aligned).addr() % 64, 0);
    let same = thread::scope(|s| {
        let lent = s.spawn_on(nth(1), (Ref::new(&aligned),), |(a,)| *a == Aligned && (&raw const *a).addr() % 64 == 0);
        lent.join().unwrap()
    });
    let empty: Box<[u64]> = thread::spawn_on(nth(3), (), |()| Box::<[u64]>::from([])).join().unwrap();
    let mut nothing = [(), ()];
    thread::scope(|s| {
        s.spawn_on(nth(1), (RefMut::new(&mut nothing[..]), Ref::new(&empty)), |(n, e)| {
            assert_eq!(n.len() + e.len(), 2)
        });
    });
    let tied = dropped(|| drop(Box::new((TBox::new(Token), 5_u8, TBox::new(())))));
    format!("{far:?} {one} {three} {taken} {same} {} {tied} {}", empty.len(), Box::<str>::from("").is_empty())
}
