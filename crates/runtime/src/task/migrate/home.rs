//! The join's side of a task that moves: where it is, and what it left.

use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::task::join::Joinable;
use crate::task::panic::Panicked;
use crate::task::voyage::{land_result, panic_in};
use crate::task::{Core, JoinError, run_aside};
use drust_heap::Portable;
use drust_proto::Rank;
use drust_proto::sharing::migrate::{Home, HomeEvent, HomeStep};
use drust_proto::wire::Outcome;
use std::any::Any;
use std::sync::{Mutex, MutexGuard};

/// What a task left, of whichever type.
pub(super) enum Left {
    /// A `Result<R, Panicked>` of this node.
    Here(Box<dyn Any + Send>),
    /// As another node packed it.
    Sent(Rank, Outcome, Body),
}

/// A migratable task whose end is waited for.
pub(super) trait AtHome: Send + Sync {
    /// Takes in what has become of it; whether that was the last there is to hear.
    ///
    /// # Errors
    /// It contradicts what was said before, or such a task leaves something else.
    fn hear(&self, node: &'static Node, event: HomeEvent, left: Option<Left>) -> Sense<bool>;
}

/// A migratable task that returns an `R`.
pub(super) struct Migrant<R> {
    core: Core,
    known: Mutex<Known<R>>,
}

struct Known<R> {
    home: Home,
    result: Option<Ended<R>>,
    /// The result may be taken.
    delivered: bool,
    /// Nobody will take the result.
    unwanted: bool,
}

enum Ended<R> {
    Here(Result<R, Panicked>),
    Sent(Rank, Result<Body, Panicked>),
}

impl<R: Portable> Ended<R> {
    fn new(node: &Node, left: Left) -> Sense<Ended<R>> {
        Ok(match left {
            Left::Here(result) => {
                let result = result.downcast().map_err(|_| "a result of another type")?;
                Ended::Here(*result)
            }
            Left::Sent(by, Outcome::Returned, body) => Ended::Sent(by, Ok(body)),
            Left::Sent(by, Outcome::Panicked, body) => {
                Ended::Sent(by, Err(panic_in(node, &body).ok_or("a panic that cannot be read")?))
            }
        })
    }

    fn panicked(&self) -> bool {
        let (Ended::Here(Err(panicked)) | Ended::Sent(_, Err(panicked))) = self else { return false };
        !panicked.is_cancellation()
    }

    fn land(self, node: &'static Node) -> Result<R, JoinError> {
        match self {
            Ended::Here(Ok(result)) => Ok(result),
            Ended::Sent(by, Ok(body)) => Ok(land_result(node, &body, by)),
            Ended::Here(Err(panicked)) | Ended::Sent(_, Err(panicked)) => Err(panicked.into_error()),
        }
    }
}

impl<R> Migrant<R> {
    pub(super) fn new(core: Core, home: Home) -> Migrant<R> {
        Migrant { core, known: Mutex::new(Known { home, result: None, delivered: false, unwanted: false }) }
    }

    fn known(&self) -> MutexGuard<'_, Known<R>> {
        self.known.lock().expect("no panic under this lock")
    }
}

impl<R: Portable> AtHome for Migrant<R> {
    fn hear(&self, node: &'static Node, event: HomeEvent, left: Option<Left>) -> Sense<bool> {
        let result = left.map(|left| Ended::new(node, left)).transpose()?;
        let (panicked, unwanted) = {
            let mut known = self.known();
            let step = known.home.step(event)?;
            self.core.goes_to(known.home.at());
            if result.is_some() {
                known.result = result;
            }
            if step == HomeStep::Wait {
                return Ok(false);
            }
            known.delivered = true;
            let panicked = known.result.as_ref().is_some_and(Ended::panicked);
            (panicked, if known.unwanted { known.result.take() } else { None })
        };
        if let Some(result) = unwanted {
            run_aside(node, move || drop(result.land(node)));
        }
        self.core.finish(node, panicked);
        Ok(true)
    }
}

impl<R: Portable> Joinable<R> for Migrant<R> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn claim(&self, _: &'static Node) {
        // It may go before it is done, so it runs on a thread of its own.
    }

    fn take(&self, node: &'static Node) -> Result<R, JoinError> {
        let result = self.known().result.take();
        result.expect("a done task has its result until it is taken").land(node)
    }

    fn detach(&self) {
        let result = {
            let mut known = self.known();
            known.unwanted = true;
            if known.delivered { known.result.take() } else { None }
        };
        if let Some(result) = result {
            drop(result.land(crate::node::here()));
        }
    }
}
