//! A barrier: nobody goes on before so many have arrived.

use super::Caller;

/// Who has arrived at a barrier, as its home knows.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::turn::{Barrier, Caller};
/// let caller = |rank| Caller { node: Rank(rank), id: 1 };
/// let mut barrier = Barrier::new(2);
/// assert_eq!(barrier.arrive(caller(0)), None);
/// assert_eq!(barrier.arrive(caller(3)), Some(vec![(caller(0), false), (caller(3), true)]));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Barrier {
    size: u64,
    arrived: Vec<Caller>,
}

impl Barrier {
    /// A barrier for so many; one for nobody stops nobody.
    #[must_use]
    pub const fn new(size: u64) -> Barrier {
        Barrier { size, arrived: Vec::new() }
    }

    /// Somebody has arrived; where that was the last, says who may go on, and that the last is their leader. The
    /// barrier is as new then.
    #[must_use]
    pub fn arrive(&mut self, caller: Caller) -> Option<Vec<(Caller, bool)>> {
        self.arrived.push(caller);
        if (self.arrived.len() as u64) < self.size {
            return None;
        }
        let all = std::mem::take(&mut self.arrived);
        Some(all.into_iter().map(|one| (one, one == caller)).collect())
    }

    /// Somebody waits no longer, as if it had never arrived; false where it may go on already.
    ///
    /// ```
    /// use drust_proto::Rank;
    /// use drust_proto::sharing::turn::{Barrier, Caller};
    /// let [first, second] = [1, 2].map(|id| Caller { node: Rank(0), id });
    /// let mut barrier = Barrier::new(2);
    /// assert!(barrier.arrive(first).is_none() && barrier.leave(first));
    /// assert!(barrier.arrive(second).is_none(), "it is alone there");
    /// ```
    pub fn leave(&mut self, caller: Caller) -> bool {
        let at = self.arrived.iter().position(|other| *other == caller);
        at.map(|at| self.arrived.remove(at)).is_some()
    }
}
