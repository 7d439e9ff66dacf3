//! Events that tell how far an operation is, on each node for its own share.

use drust::collections::ChunkedVec;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What one event says: node, `done` and `total`, by the fields' names.
type Said = BTreeMap<&'static str, u64>;

/// Keeps what is said of counts.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Said>>>);

#[derive(Default)]
struct Fields(Said, bool);

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.1 |= field.name() == "operation" && value == "count";
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "drust::progress"
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        if fields.1 {
            self.0.lock().expect("no panic under this lock").push(fields.0);
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[drust::test(nodes = 3, seed = 5)]
fn each_node_tells_of_its_share() {
    let listener = Listener::default();
    tracing::subscriber::set_global_default(listener.clone()).expect("the test has no other");
    let numbers = ChunkedVec::from_fn(300, (), |(), index| index);
    assert_eq!(numbers.par_iter().count(), 300);
    let said = std::mem::take(&mut *listener.0.lock().expect("no panic under this lock"));
    for node in 0..3 {
        let of_node: Vec<_> = said.iter().filter(|said| said["node"] == node).collect();
        assert!((1..=10).contains(&of_node.len()), "{of_node:?}");
        assert!(of_node.iter().all(|said| said["total"] == 100), "{of_node:?}");
        assert!(
            of_node.is_sorted_by_key(|said| said["done"]) && of_node[of_node.len() - 1]["done"] == 100,
            "{of_node:?}"
        );
    }
}
