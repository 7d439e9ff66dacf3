//! A scope's tasks, run by as many threads as there are processors.

use super::node::NodeId;
use std::cell::RefCell;
use std::fmt;
use std::sync::Mutex;

pub use std::thread::available_parallelism;

type Task<'env> = Box<dyn FnOnce() + Send + 'env>;

/// Where tasks are spawned.
pub struct Scope<'env>(RefCell<Vec<Task<'env>>>);

impl<'env> Scope<'env> {
    /// A task that may borrow; it begins when the scope's body has ended.
    pub fn spawn_on<A: Send + 'env>(&self, _: NodeId, args: A, function: fn(A)) {
        self.0.borrow_mut().push(Box::new(move || function(args)));
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scope").field(&self.0.borrow().len()).finish()
    }
}

/// Runs `body`, and then all tasks that it has spawned.
///
/// # Panics
/// Where `body` or a task does.
pub fn scope<'env, T>(body: impl FnOnce(&Scope<'env>) -> T) -> T {
    let scope = Scope(RefCell::new(Vec::new()));
    let value = body(&scope);
    let tasks = scope.0.into_inner();
    let threads = available_parallelism().map_or(1, usize::from).min(tasks.len());
    let tasks = Mutex::new(tasks.into_iter());
    let next = || tasks.lock().expect("nothing panics under it").next();
    let work = || {
        while let Some(task) = next() {
            task();
        }
    };
    std::thread::scope(|threads_of| {
        for _ in 1..threads {
            threads_of.spawn(work);
        }
        work();
    });
    value
}
