//! A stack in a lock, of which only the top is in it: what lies below is reached through pointers, pushed and popped by
//! tasks on all nodes.

use super::world::sync::{Arc, Mutex};
use super::world::*;

#[derive(Portable)]
struct Plate {
    weight: u64,
    below: Option<Box<Plate>>,
}

type Stack = Mutex<Option<Box<Plate>>>;

fn push(stack: &Stack, weight: u64) {
    let mut top = stack.lock().unwrap();
    let below = top.take();
    *top = Some(Box::new(Plate { weight, below }));
}

fn pop(stack: &Stack) -> Option<u64> {
    let mut top = stack.lock().unwrap();
    let plate = Box::into_inner(top.take()?);
    *top = plate.below;
    Some(plate.weight)
}

/// Raises each plate, through all pointers.
fn raise(stack: &Stack) {
    let mut top = stack.lock().unwrap();
    let mut next = &mut *top;
    while let Some(plate) = next {
        plate.weight += 1;
        next = &mut plate.below;
    }
}

/// Pushes eight and pops two, which may be another's; what those weighed.
fn work((stack, number): (Arc<Stack>, u64)) -> [u64; 2] {
    for weight in 0..6 {
        push(&stack, 100 * number + weight);
    }
    raise(&stack);
    let first = pop(&stack).unwrap();
    push(&stack, 0);
    raise(&stack);
    push(&stack, 0);
    [first, pop(&stack).unwrap()]
}

pub fn run() -> String {
    let stack = Arc::new(Mutex::new(None));
    let tasks: Vec<_> = (0..6).map(|i| thread::spawn_on(nth(i), (stack.clone(), i as u64), work)).collect();
    let mut weights: Vec<u64> = tasks.into_iter().flat_map(|task| task.join().unwrap()).collect();
    weights.extend(std::iter::from_fn(|| pop(&stack)));
    // How often a plate was raised depends on the order; that none was lost or pushed twice does not.
    let hundreds: u64 = weights.iter().map(|weight| weight / 100).sum();
    let raised = weights.iter().all(|weight| weight % 100 <= 5 + 12);
    format!("{} {hundreds} {raised} {}", weights.len(), stack.lock().unwrap().is_none())
}
