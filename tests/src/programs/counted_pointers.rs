//! `Arc` and `Weak` do what std's do when their clones are on other nodes.

use super::world::sync::atomic::{AtomicU64, Ordering};
use super::world::sync::{Arc, Weak};
use super::world::*;

dropping! {
    struct Noisy {
        value: u64,
        drops: Arc<AtomicU64>,
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        self.drops.fetch_add(self.value, Ordering::SeqCst);
    }
}

fn far<A: Portable + Send + 'static, R: Portable + Send + 'static>(index: usize, args: A, task: fn(A) -> R) -> R {
    thread::spawn_on(nth(index), args, task).join().unwrap()
}

/// What is unique, and when.
fn uniqueness() -> String {
    let mut one = far(1, (), |()| Arc::new(Box::new(1_u64)));
    let alone = Arc::get_mut(&mut one).map(|value| **value += 1).is_some();
    let (two, same) = far(2, (one.clone(),), |(one,)| {
        let same = Arc::ptr_eq(&one, &one.clone());
        (one, same)
    });
    let same = same && Arc::ptr_eq(&one, &two);
    let shared = Arc::get_mut(&mut one).is_some();
    let back = Arc::try_unwrap(one).unwrap_err();
    let mut two = far(3, (two,), |(mut two,)| {
        **Arc::make_mut(&mut two) += 10;
        two
    });
    let apart = (**back, **two, Arc::ptr_eq(&back, &two));
    **Arc::make_mut(&mut two) += 100;
    let last = (Arc::try_unwrap(back).map(|value| *value), Arc::into_inner(two).map(|value| *value));
    format!("{alone} {same} {shared} {apart:?} {last:?}")
}

/// Of several who want the value out at once, the last gets it.
fn how_many_get_it() -> usize {
    let value = Arc::new(7_u64);
    let task = |(value,): (Arc<u64>,)| Arc::into_inner(value).is_some();
    let tasks: Vec<_> = (0..6).map(|i| thread::spawn_on(nth(i), (value.clone(),), task)).collect();
    let own = Arc::into_inner(value).is_some();
    usize::from(own) + tasks.into_iter().map(|task| usize::from(task.join().unwrap())).sum::<usize>()
}

/// Weak pointers end with the last strong one, on whichever node that is dropped.
fn weak() -> String {
    let drops = Arc::new(AtomicU64::new(0));
    let strong = Arc::new(Noisy { value: 5, drops: drops.clone() });
    let weak = far(1, (strong.clone(),), |(strong,)| Arc::downgrade(&strong));
    let lives = far(2, (weak.clone(),), |(weak,)| weak.upgrade().map(|strong| strong.value));
    let counts = (weak.strong_count(), Arc::weak_count(&strong));
    far(3, (strong,), |(strong,)| drop(strong));
    let ended = (weak.upgrade().is_none(), weak.strong_count(), drops.load(Ordering::SeqCst));
    let never = Weak::<u64>::new().upgrade().is_none();
    format!("{lives:?} {counts:?} {ended:?} {never} {}", Arc::strong_count(&drops))
}

#[derive(Portable)]
struct Gear {
    value: u64,
    own: Weak<Gear>,
}

fn cycles() -> (u64, bool) {
    let gear = far(1, (), |()| Arc::new_cyclic(|own| Gear { value: 3, own: own.clone() }));
    let again = far(2, (gear.own.clone(),), |(own,)| own.upgrade()).expect("the gear lives");
    (gear.value + again.value, Arc::ptr_eq(&gear, &again))
}

pub fn run() -> String {
    let words = far(1, (), |()| Arc::<[Box<u32>]>::from([Box::new(1), Box::new(2)]));
    let text = far(2, (), |()| Arc::<str>::from("ends"));
    let sum = far(3, (words.clone(), text.clone()), |(words, text)| *words[1] as usize + text.len());
    format!("{} {} {} {:?} {sum}", uniqueness(), how_many_get_it(), weak(), cycles())
}
