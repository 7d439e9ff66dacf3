//! The home's side of grants: who holds one, and the writer that waits for them.

use super::super::Ask;
use crate::failure;
use crate::gate::Gate;
use crate::node::Node;
use crate::nonsense::Sense;
use drust_fabric::{Lane, Mode};
use drust_proto::sharing::Family;
use drust_proto::sharing::grant::{Home, HomeEvent, HomeStep, Op, Policy};
use drust_proto::{Address, Rank};
use std::sync::{Arc, Mutex, MutexGuard};

/// The grants of one resident.
pub(super) struct Ledger(Mutex<State>);

struct State {
    home: Home,
    /// Opens when all grants have come back; whoever has the turn waits there.
    back: Option<Arc<Gate>>,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger(Mutex::new(State { home: Home::new(Policy::default()), back: None }))
    }
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic under this lock")
    }

    /// A node reads something, which is lent under a grant of the epoch that is returned, if any. The caller has the
    /// turn.
    pub(super) fn read(&self, by: Rank, keeps: bool) -> Option<u64> {
        let step = self.lock().home.step(HomeEvent::Read { by, keeps });
        match step {
            Ok(HomeStep::Lend { epoch }) => Some(epoch),
            Ok(_) => None,
            Err(fault) => failure::end(&format!("a resident's grants: {fault}")),
        }
    }

    /// Waits until no node holds a grant. The caller has the turn. 2 one-ways for each node that holds one.
    pub(super) fn settle(&self, node: &'static Node, address: Address) {
        let (gate, epoch, holders) = {
            let mut state = self.lock();
            match state.home.step(HomeEvent::Write) {
                Ok(HomeStep::Recall { epoch, holders }) => {
                    let gate = Arc::new(Gate::new());
                    state.back = Some(gate.clone());
                    (gate, epoch, holders)
                }
                Ok(_) => return,
                Err(fault) => failure::end(&format!("a resident's grants: {fault}")),
            }
        };
        let ask = Ask { family: Family::Grant, op: Op::Recall as u16, number: 0, id: 0, address, a: epoch, b: 0 };
        for holder in holders {
            node.tell_share(holder, Lane::Small, ask, &[], Mode::Block);
        }
        gate.wait(node, &"the readers of a map's shard to be done");
    }

    /// A grant has come back.
    ///
    /// # Errors
    /// It was not given, or not recalled.
    pub(super) fn returned(&self, node: &Node, by: Rank, epoch: u64, hits: u64) -> Sense {
        let back = {
            let mut state = self.lock();
            let step = state.home.step(HomeEvent::Returned { by, epoch, hits })?;
            if step == HomeStep::Change { state.back.take() } else { None }
        };
        if let Some(gate) = back {
            gate.open(node);
        }
        Ok(())
    }
}
