//! What a node knows of a peer's load, and what it has told the peer of its own.

use super::Load;

/// What one node knows of another, and has told it.
///
/// What is told leaves out the tasks that the other has given, which the other counts itself. So what is known is late
/// by what is under way, but not wrong for good: a node that has room, while a peer must think that it has none
/// ([`Known::is_misled`]), tells it so.
///
/// ```
/// use drust_proto::balance::{Known, Load};
/// let (mut here, mut there) = (Known::new(1), Known::new(1));
/// here.gave();
/// there.received();
/// assert_eq!(here.load().free(), 0);
/// let said = there.say(Load::new(2, 1)); // it has another task, of a third node's
/// there.completed();
/// here.returned();
/// here.heard(said);
/// assert_eq!(here.load(), Load::new(1, 1));
/// assert!(there.is_misled(Load::new(0, 1)), "it has nothing to do any more, and must say so");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Known {
    given: u32,
    ended: u32,
    told: Load,
    guests: u32,
    said: Load,
}

impl Known {
    /// Nobody is busy before he has said so; a peer has as many workers as this node until then.
    #[must_use]
    pub fn new(workers: usize) -> Known {
        let idle = Load::new(0, workers);
        Known { given: 0, ended: 0, told: idle, guests: 0, said: idle }
    }

    /// What the peer has to do.
    #[must_use]
    pub fn load(&self) -> Load {
        self.told.with(self.given as usize)
    }

    /// The peer says what it has to do, without what this node has given it.
    pub fn heard(&mut self, load: Load) {
        self.told = load;
    }

    /// A task goes to the peer.
    pub fn gave(&mut self) {
        self.given += 1;
    }

    /// A task's completion came from the peer, which was given it.
    pub fn returned(&mut self) {
        self.given = self.given.saturating_sub(1);
        self.ended = self.ended.wrapping_add(1);
    }

    /// Completions that have come from the peer so far, which begin anew after 2^32.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.ended
    }

    /// A task came from the peer.
    pub fn received(&mut self) {
        self.guests += 1;
    }

    /// A task that came from the peer has ended.
    pub fn completed(&mut self) {
        self.guests = self.guests.saturating_sub(1);
    }

    /// What to tell the peer of this node, which has that much to do; it is told then.
    pub fn say(&mut self, own: Load) -> Load {
        let guests = u16::try_from(self.guests).unwrap_or(u16::MAX);
        self.said = Load { tasks: own.tasks.saturating_sub(guests), ..own };
        self.said
    }

    /// Whether this node, which has that much to do, has room, and the peer must think that it has none for having been
    /// told of more.
    #[must_use]
    pub fn is_misled(&self, own: Load) -> bool {
        let guests = self.guests as usize;
        let more = usize::from(own.tasks).saturating_sub(guests) < usize::from(self.said.tasks);
        own.free() > 0 && more && self.said.with(guests).free() == 0
    }

    /// Whether this node, which has that much to do, has no room, and the peer must think that it has: what is sent
    /// there would come back.
    #[must_use]
    pub fn is_lured(&self, own: Load) -> bool {
        own.free() == 0 && self.said.with(self.guests as usize).free() > 0
    }

    /// What the peer was told last.
    #[must_use]
    pub fn said(&self) -> Load {
        self.said
    }

    /// Whether the peer was told of tasks.
    #[must_use]
    pub fn told_of_any(&self) -> bool {
        self.said.tasks > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_thinks_wrongly_is_known() {
        let (idle, one, full) = (Load::new(0, 2), Load::new(1, 2), Load::new(2, 2));
        let mut known = Known::new(2);
        assert!(known.is_lured(full) && !known.is_lured(one) && !known.is_misled(idle));
        known.say(full);
        assert!(!known.is_lured(full) && known.is_misled(one) && known.is_misled(idle) && !known.is_misled(full));
        known.say(one);
        assert!(!known.is_misled(idle), "it must think that there is room");
        known.received();
        assert!(known.is_misled(one), "what is told and what it has given fill this node");
        assert!(!known.is_lured(full), "it counts its own task");
        known.completed();
        assert!(known.is_lured(full) && !known.is_misled(one));
        assert_eq!((known.said(), known.told_of_any()), (one, true));
    }
}
