//! The home of a lock: who holds it, and who wants it.

use super::{Force, Illegal, Leave, Mode, ToHome, ToSeat, Urgency};
use crate::Rank;
use std::collections::VecDeque;

/// A request that waits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Entry {
    node: Rank,
    ask: u32,
    mode: Mode,
    urgency: Urgency,
    /// The round of soft recalls that a try is in, once it is first; else 0.
    round: u32,
}

/// A grant that is out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Holder {
    node: Rank,
    mode: Mode,
    epoch: u64,
    /// What the last hard recall leaves, unless it was taken back.
    hard: Option<Leave>,
    /// Whether it was recalled for the lock's owner.
    owned: bool,
    /// The last round of soft recalls that it was asked in.
    soft: u32,
}

/// What the home is to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HomeAction {
    /// Tell a seat; a grant takes the data along: a copy to read, the data themselves to write.
    Send(Rank, ToSeat),
    /// Nobody holds the lock any more, and its data are here: drop them, and free the lock.
    End,
}

/// Who holds a lock, and who wants it, as its home knows.
///
/// ```
/// use drust_proto::Rank;
/// use drust_proto::sharing::rwlock::{Home, HomeAction, Mode, ToHome, ToSeat, Urgency};
/// let mut home = Home::new(Rank(0), 0);
/// let want = ToHome::Want { ask: 1, mode: Mode::Read, urgency: Urgency::Wait };
/// let grant = ToSeat::Grant { ask: 1, mode: Mode::Read, epoch: 1 };
/// assert_eq!(home.step(Rank(2), want), Ok(vec![HomeAction::Send(Rank(2), grant)]));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Home {
    home: Rank,
    queue: VecDeque<Entry>,
    holders: Vec<Holder>,
    epoch: u64,
    round: u32,
    ending: bool,
}

impl Home {
    /// A lock that nobody holds; grants have numbers above `epoch`.
    #[must_use]
    pub const fn new(home: Rank, epoch: u64) -> Home {
        Home { home, queue: VecDeque::new(), holders: Vec::new(), epoch, round: 0, ending: false }
    }

    /// A lock that its home's own seat may write under, as [`Seat::at_home`](super::Seat::at_home) has it; grants to
    /// others have numbers above `epoch`.
    #[must_use]
    pub fn held_at_home(home: Rank, epoch: u64) -> Home {
        let holder = Holder { node: home, mode: Mode::Write, epoch, hard: None, owned: false, soft: 0 };
        Home { holders: vec![holder], ..Home::new(home, epoch) }
    }

    /// Whether only the home's own seat holds the lock, to write, and nobody wants it.
    #[must_use]
    pub fn is_only_here(&self) -> bool {
        let here = |holder: &Holder| holder.node == self.home && holder.mode == Mode::Write && holder.hard.is_none();
        self.queue.is_empty() && !self.ending && self.holders.len() == 1 && here(&self.holders[0])
    }

    /// Whether only this node holds the lock, to write, and nobody wants it.
    #[must_use]
    pub fn is_only_with(&self, node: Rank) -> bool {
        let holds = |holder: &Holder| holder.node == node && holder.mode == Mode::Write;
        self.queue.is_empty() && !self.ending && self.holders.len() == 1 && holds(&self.holders[0])
    }

    /// The number of the last grant.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Takes what a seat, the home's own too, tells, and says what to do, in this order.
    ///
    /// # Errors
    /// [`Illegal`], and the state is as it was.
    pub fn step(&mut self, from: Rank, message: ToHome) -> Result<Vec<HomeAction>, Illegal> {
        let mut actions = Vec::new();
        match message {
            ToHome::Want { ask, mode, urgency } => self.want(from, ask, mode, urgency, &mut actions)?,
            ToHome::Cancel { ask } => {
                // Who goes on may try at once, and must not find a recall that nobody wants any more.
                let refused = self.cancel(from, ask);
                self.advance(&mut actions);
                actions.extend(refused);
                return Ok(actions);
            }
            ToHome::Return { epoch, from: mode, kept } => self.returned(from, epoch, mode, kept)?,
            ToHome::Busy { epoch, round } => self.busy(from, epoch, round, &mut actions)?,
        }
        self.advance(&mut actions);
        Ok(actions)
    }

    /// The lock's owner drops it: all grants are recalled, and when the last is back the lock ends.
    ///
    /// # Errors
    /// Somebody wants it, or it was dropped before.
    pub fn end(&mut self) -> Result<Vec<HomeAction>, Illegal> {
        if self.ending || !self.queue.is_empty() {
            return Err(Illegal("an end of a lock that is wanted"));
        }
        self.ending = true;
        let mut actions = Vec::new();
        self.advance(&mut actions);
        Ok(actions)
    }

    fn want(
        &mut self,
        node: Rank,
        ask: u32,
        mode: Mode,
        urgency: Urgency,
        actions: &mut Vec<HomeAction>,
    ) -> Result<(), Illegal> {
        if self.ending || self.queue.iter().any(|entry| entry.node == node) {
            return Err(Illegal("a second request, or one for a lock that ends"));
        }
        // Who holds a grant and wants another is about to return it, or has: that may come later than the request.
        if let Some(holder) = self.holders.iter_mut().find(|holder| holder.node == node) {
            holder.hard = Some(Leave::Nothing);
        }
        if urgency == Urgency::Try && self.queue.iter().any(|entry| entry.urgency != Urgency::Try) {
            actions.push(HomeAction::Send(node, ToSeat::Refused { ask }));
        } else {
            self.queue.push_back(Entry { node, ask, mode, urgency, round: 0 });
        }
        Ok(())
    }

    /// A request that is granted already cannot be cancelled: who asked for it learns that by the grant.
    fn cancel(&mut self, node: Rank, ask: u32) -> Option<HomeAction> {
        let at = self.queue.iter().position(|entry| entry.node == node && entry.ask == ask)?;
        self.queue.remove(at);
        Some(HomeAction::Send(node, ToSeat::Refused { ask }))
    }

    fn returned(&mut self, node: Rank, epoch: u64, mode: Mode, kept: bool) -> Result<(), Illegal> {
        let mine = |holder: &Holder| holder.node == node && holder.epoch == epoch && holder.mode == mode;
        let at = self.holders.iter().position(mine).ok_or(Illegal("a return of what was not granted"))?;
        if kept && mode == Mode::Read {
            return Err(Illegal("a return of nothing"));
        }
        if kept {
            let holder = &mut self.holders[at];
            (holder.mode, holder.hard) = (Mode::Read, None);
        } else {
            self.holders.remove(at);
        }
        Ok(())
    }

    /// Only the answer to the round that the first request is in refuses that; others are late.
    fn busy(&mut self, node: Rank, epoch: u64, round: u32, actions: &mut Vec<HomeAction>) -> Result<(), Illegal> {
        if epoch > self.epoch {
            return Err(Illegal("an answer about a grant that there is not yet"));
        }
        let holds = self.holders.iter().any(|holder| holder.node == node && holder.epoch == epoch);
        let asked = |entry: &Entry| entry.urgency == Urgency::Try && entry.round == round && round != 0;
        if holds
            && self.queue.front().is_some_and(asked)
            && let Some(Entry { node, ask, .. }) = self.queue.pop_front()
        {
            actions.push(HomeAction::Send(node, ToSeat::Refused { ask }));
        }
        Ok(())
    }

    /// Grants what can be granted, recalls what is in the way of the rest, and lets be what no longer is.
    fn advance(&mut self, actions: &mut Vec<HomeAction>) {
        while let Some(first) = self.queue.front() {
            let (node, mode) = (first.node, first.mode);
            if self.holders.iter().any(|holder| in_the_way(holder, node, mode)) {
                self.recall(actions);
                return;
            }
            let Some(entry) = self.queue.pop_front() else { return };
            self.grant(&entry, actions);
        }
        if self.ending {
            return self.recall_all(actions);
        }
        for holder in self.holders.iter_mut().filter(|holder| holder.hard.is_some()) {
            holder.hard = None;
            actions.push(HomeAction::Send(holder.node, ToSeat::Keep { epoch: holder.epoch }));
        }
    }

    /// The home's own seat gets all where nobody else has or wants anything: then its threads need not ask again.
    fn grant(&mut self, entry: &Entry, actions: &mut Vec<HomeAction>) {
        let alone = entry.node == self.home && self.holders.is_empty() && self.queue.is_empty();
        let mode = if alone { Mode::Write } else { entry.mode };
        self.epoch += 1;
        let (node, epoch) = (entry.node, self.epoch);
        self.holders.push(Holder { node, mode, epoch, hard: None, owned: false, soft: 0 });
        actions.push(HomeAction::Send(node, ToSeat::Grant { ask: entry.ask, mode, epoch }));
    }

    /// Recalls what is in the way of the first request.
    fn recall(&mut self, actions: &mut Vec<HomeAction>) {
        let Some(first) = self.queue.front_mut() else { return };
        if first.urgency == Urgency::Try && first.round == 0 {
            self.round += 1;
            first.round = self.round;
        }
        let (node, mode, urgency, round) = (first.node, first.mode, first.urgency, first.round);
        let leave = Leave::beside(mode);
        for holder in self.holders.iter_mut().filter(|holder| in_the_way(holder, node, mode)) {
            if let Some(force) = holder.recall(node, leave, urgency, round) {
                let recall = ToSeat::Recall { epoch: holder.epoch, leave, force };
                actions.push(HomeAction::Send(holder.node, recall));
            }
        }
    }

    fn recall_all(&mut self, actions: &mut Vec<HomeAction>) {
        if self.holders.is_empty() {
            actions.push(HomeAction::End);
        }
        for holder in self.holders.iter_mut().filter(|holder| !holder.owned) {
            holder.owned = true;
            let recall = ToSeat::Recall { epoch: holder.epoch, leave: Leave::Nothing, force: Force::Own };
            actions.push(HomeAction::Send(holder.node, recall));
        }
    }
}

impl Holder {
    /// How it is to be recalled for a request, if it does not know yet. Who asks knows that it returns its own grant.
    fn recall(&mut self, node: Rank, leave: Leave, urgency: Urgency, round: u32) -> Option<Force> {
        if self.node == node {
            return None;
        }
        match urgency {
            Urgency::Try => (std::mem::replace(&mut self.soft, round) != round).then_some(Force::Soft(round)),
            Urgency::Own => (!std::mem::replace(&mut self.owned, true)).then_some(Force::Own),
            Urgency::Wait if self.hard == Some(leave) => None,
            Urgency::Wait => {
                self.hard = Some(leave);
                Some(Force::Hard)
            }
        }
    }
}

/// Whether a grant must be returned before another is made.
fn in_the_way(holder: &Holder, node: Rank, mode: Mode) -> bool {
    holder.node == node || mode == Mode::Write || holder.mode == Mode::Write
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_gives_up_goes_on_when_its_grant_stays() {
        let mut home = Home::new(Rank(0), 0);
        let want = |ask, mode| ToHome::Want { ask, mode, urgency: Urgency::Wait };
        for node in [Rank(1), Rank(2)] {
            home.step(node, want(1, Mode::Read)).expect("many may read");
        }
        home.step(Rank(2), want(2, Mode::Write)).expect("a reader may want more");
        let keep = |node, epoch| HomeAction::Send(node, ToSeat::Keep { epoch });
        let refused = HomeAction::Send(Rank(2), ToSeat::Refused { ask: 2 });
        let told = home.step(Rank(2), ToHome::Cancel { ask: 2 });
        assert_eq!(told, Ok(vec![keep(Rank(1), 1), keep(Rank(2), 2), refused]));
    }
}
