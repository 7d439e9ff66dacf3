//! Hears what is told of where tasks and objects go, on the node of whoever asks.

use std::fmt;
use std::sync::{Mutex, MutexGuard};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What one event says.
#[derive(Clone, Default, Debug)]
pub struct Told {
    /// Who decided, where that is said.
    pub node: Option<u64>,
    pub to: u64,
    pub reason: String,
    pub bytes_here: Option<u64>,
    /// Whether it is of a migratable task, which has a name then.
    pub moves: bool,
}

static TOLD: Mutex<Vec<Told>> = Mutex::new(Vec::new());

fn lock() -> MutexGuard<'static, Vec<Told>> {
    TOLD.lock().expect("no panic under this lock")
}

/// Makes this process hear from now on; a simulated cluster is one.
pub fn listen() {
    // Whoever is second finds that somebody listens.
    let _ = tracing::subscriber::set_global_default(Listener);
}

/// What was heard in this process since it was asked last.
pub fn told() -> Vec<Told> {
    std::mem::take(&mut *lock())
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "node" => self.node = Some(value),
            "to" => self.to = value,
            "bytes_here" => self.bytes_here = Some(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "reason" => self.reason = format!("{value:?}"),
            "task" => self.moves = true,
            _ => {}
        }
    }
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "drust::place"
    }

    fn event(&self, event: &Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        lock().push(told);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
