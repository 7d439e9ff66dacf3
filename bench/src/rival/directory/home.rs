//! What the home does: the directory of a line, and one request after the other.
//!
//! # Contract
//!
//! 1. Either there is an `owner`, another node, who alone has a right; or the home has the right to read and `sharers`
//!    have it, too; or, without sharers, the home may write.
//! 2. While a request waits for other nodes (`busy`), or threads of the home have the line reserved, others queue.

use super::line::{Bytes, Order, Place, Right};
use super::message::Say;
use super::{Directory, Rank};
use std::collections::VecDeque;

/// The directory of one line.
#[derive(Default)]
pub struct Home {
    sharers: u64,
    owner: Option<Rank>,
    busy: Option<Busy>,
    queue: VecDeque<(Rank, Right)>,
}

/// A request that waits for other nodes.
#[derive(Clone, Copy)]
struct Busy {
    by: Rank,
    want: Right,
    /// Sharers that have not given their copies up.
    left: u32,
}

impl Home {
    /// Whether requests are under way or wait.
    pub fn is_wanted(&self) -> bool {
        self.busy.is_some() || !self.queue.is_empty()
    }
}

fn bit(rank: Rank) -> u64 {
    1 << rank.0
}

fn home(place: &mut Place) -> &mut Home {
    place.home.as_mut().expect("sent to the line's home")
}

impl Directory {
    /// Takes a request.
    pub(super) fn requested(&self, place: &mut Place, line: u32, from: Rank, want: Right) {
        home(place).queue.push_back((from, want));
        self.pump(place, line);
    }

    /// Serves what can be served.
    pub(super) fn pump(&self, place: &mut Place, line: u32) {
        while place.reserved == 0 && home(place).busy.is_none() {
            let Some((by, want)) = home(place).queue.pop_front() else { return };
            let busy = Busy { by, want, left: 0 };
            match home(place).owner {
                Some(owner) => self.fetch(place, line, owner, busy),
                None if want == Right::Read => self.share(place, line, by),
                None => self.make_owner(place, line, busy),
            }
        }
    }

    fn fetch(&self, place: &mut Place, line: u32, owner: Rank, busy: Busy) {
        assert_ne!(owner, busy.by, "an owner asks for what it has");
        home(place).busy = Some(busy);
        self.say(owner, line, Say::Order(Order::Give(busy.by, busy.want)), None);
    }

    fn share(&self, place: &mut Place, line: u32, by: Rank) {
        if by == self.post.rank() {
            return self.grant(place, line, place.right);
        }
        place.right = Right::Read;
        home(place).sharers |= bit(by);
        self.say(by, line, Say::Take(Right::Read), Some(&place.bytes));
    }

    /// Has all other sharers give their copies up.
    fn make_owner(&self, place: &mut Place, line: u32, busy: Busy) {
        let others = home(place).sharers & !bit(busy.by);
        if busy.by != self.post.rank() {
            place.right = Right::None;
        }
        let busy = Busy { left: others.count_ones(), ..busy };
        if busy.left == 0 {
            return self.all_gave_up(place, line, busy);
        }
        home(place).busy = Some(busy);
        let ranks = (0..u64::BITS as u16).map(Rank).filter(|&rank| others & bit(rank) != 0);
        ranks.for_each(|rank| self.say(rank, line, Say::Order(Order::Forget), None));
    }

    fn all_gave_up(&self, place: &mut Place, line: u32, busy: Busy) {
        let had = home(place).sharers & bit(busy.by) != 0;
        home(place).sharers = 0;
        if busy.by == self.post.rank() {
            return self.grant(place, line, Right::Write);
        }
        home(place).owner = Some(busy.by);
        self.say(busy.by, line, Say::Take(Right::Write), (!had).then_some(&place.bytes));
    }

    /// A sharer has given its copy up.
    pub(super) fn gave_up(&self, place: &mut Place, line: u32) {
        let busy = home(place).busy.as_mut().expect("it was asked to");
        busy.left -= 1;
        if busy.left == 0 {
            let busy = home(place).busy.take().expect("there was one");
            self.all_gave_up(place, line, busy);
            self.pump(place, line);
        }
    }

    /// The owner has given the line to who asked for it, and lost it.
    pub(super) fn handed_over(&self, place: &mut Place, line: u32) {
        let busy = home(place).busy.take().expect("it was asked to");
        home(place).owner = Some(busy.by);
        self.pump(place, line);
    }

    /// The owner has sent the line home, and to who asked for it.
    pub(super) fn came_home(&self, place: &mut Place, line: u32, from: Rank, bytes: &Bytes) {
        let busy = home(place).busy.take().expect("it was asked to");
        place.bytes = *bytes;
        home(place).owner = None;
        place.right = busy.want;
        if busy.want == Right::Read {
            home(place).sharers = bit(from);
        }
        if busy.by == self.post.rank() {
            self.grant(place, line, busy.want);
        } else {
            home(place).sharers |= bit(busy.by);
        }
        self.pump(place, line);
    }
}
