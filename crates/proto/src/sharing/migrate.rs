//! Tasks that move: which node has the task, and when the node that spawned it may believe its end.
//!
//! ```text
//!  a node with the task                          the node that spawned it
//!  Seat --a step ends, or an order--> Move ----> (another node's Seat)
//!   |                 `--------- Moved --------> Home: follows the moves in their order
//!   `----- its last step ------- Done ---------> Home: delivers it when it has heard of every move before
//! ```
//!
//! A task moves between two steps only, because it says so or because its node was ordered to send it on. Each move has
//! a number, and who sends the task on tells its home, unless one of the two nodes is the home itself. What different
//! nodes tell the home may come in any order: a move that overtook an earlier one, and an end that overtook a move,
//! wait for what is missing. So the home never takes an end from a node that the task was not sent to, and knows when
//! nothing more will be said of a task.
//!
//! Contract:
//!
//! 1. The task is in one place: one node has it, or one `Move` is under way, or it has ended.
//! 2. The home delivers one end, the task's, after all its moves were told, and nothing is told after that.
//! 3. An order to move finds the task where it is, or nothing: one that comes when the task has gone on or ended does
//!    nothing, and one that comes while it takes its last step neither.
//! 4. A step that was wished for on a node is taken there: orders wait until it has been.
//!
//! Cost: a move is 1 one-way, and 1 more where neither end of it is the home; the end is 1 one-way, or none at home.

use super::Illegal;
use crate::Rank;
use std::collections::BTreeMap;

operations! {
    /// What nodes say about tasks that move.
    pub enum Op {
        /// Here is the task, go on with it. 1 one-way.
        Move = 1,
        /// I have sent it on, to this node. 1 one-way.
        Moved = 2,
        /// It has ended with me. 1 one-way.
        Done = 3,
    }
}

/// A task as the node sees it that has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Seat {
    here: Rank,
    moves: u64,
    /// The first step here was wished for here.
    wished: bool,
    ordered: Option<Rank>,
}

/// What a task wishes after a step; [`Wish::GoOn`] before its first on a node, wherever that was wished for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wish {
    /// One more step, wherever.
    GoOn,
    /// One more step, on this node.
    To(Rank),
    /// Nothing: it has ended.
    End,
}

/// What becomes of a task between two steps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Next {
    /// It takes a step here.
    Step,
    /// It goes to another node, by the move of this number; its seat is no more.
    Leave {
        /// To this node.
        to: Rank,
        /// The first is 1.
        number: u64,
        /// Whether it wished for that.
        wished: bool,
    },
    /// It has ended after so many moves; its seat is no more.
    End {
        /// That many.
        moves: u64,
    },
}

impl Seat {
    /// The seat on a node of a task that so many moves have brought there, and whether it or who spawned it wished
    /// for that.
    #[must_use]
    pub const fn new(here: Rank, moves: u64, wished: bool) -> Seat {
        Seat { here, moves, wished, ordered: None }
    }

    /// How many moves brought it here.
    #[must_use]
    pub const fn moves(&self) -> u64 {
        self.moves
    }

    /// The task is to go there, before its next step that it does not wish for. The last order holds; one to stay
    /// takes the others back.
    pub fn order(&mut self, to: Rank) {
        self.ordered = Some(to).filter(|to| *to != self.here);
    }

    /// Whether it was ordered to another node, and is still here.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        self.ordered.is_some()
    }

    /// What comes after a step that ended with this wish. A wish goes before an order.
    #[must_use]
    pub fn next(&mut self, wish: Wish) -> Next {
        let number = self.moves + 1;
        let wished = std::mem::take(&mut self.wished);
        match (wish, self.ordered) {
            (Wish::End, _) => Next::End { moves: self.moves },
            (Wish::To(to), _) if to != self.here => Next::Leave { to, number, wished: true },
            (Wish::GoOn, Some(to)) if !wished => Next::Leave { to, number, wished: false },
            (Wish::To(_) | Wish::GoOn, _) => Next::Step,
        }
    }
}

/// A move of a task, as its home hears of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Hop {
    /// The first is 1.
    pub number: u64,
    /// Who had the task.
    pub by: Rank,
    /// Who has it now.
    pub to: Rank,
}

/// The end of a task, as its home hears of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct End {
    /// Where it ended.
    pub by: Rank,
    /// After so many moves.
    pub moves: u64,
}

/// A task as the node sees it that spawned it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Home {
    at: Rank,
    moves: u64,
    /// Moves that overtook one before them, by number.
    early: BTreeMap<u64, Hop>,
    end: Option<End>,
    delivered: bool,
}

/// What a home hears.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HomeEvent {
    /// The task was sent on.
    Moved(Hop),
    /// The task has ended; what it left is here.
    Ended(End),
}

/// What a home does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HomeStep {
    /// Keeps what it has, and waits for more.
    Wait,
    /// Gives what the task left to who waits for it, and forgets the task.
    Deliver,
}

impl Home {
    /// A task that begins there.
    #[must_use]
    pub const fn new(at: Rank) -> Home {
        Home { at, moves: 0, early: BTreeMap::new(), end: None, delivered: false }
    }

    /// Where the task is, as far as was told.
    #[must_use]
    pub const fn at(&self) -> Rank {
        self.at
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// What was said contradicts what was said before, and the home knows what it knew.
    pub fn step(&mut self, event: HomeEvent) -> Result<HomeStep, Illegal> {
        if self.delivered {
            return Err(Illegal("a word about a task after its end"));
        }
        match event {
            HomeEvent::Moved(hop) => self.moved(hop),
            HomeEvent::Ended(end) => self.ended(end),
        }
    }

    fn moved(&mut self, hop: Hop) -> Result<HomeStep, Illegal> {
        if hop.by == hop.to {
            return Err(Illegal("a move to where the task was"));
        }
        if hop.number <= self.moves || self.early.contains_key(&hop.number) {
            return Err(Illegal("a move that was told already"));
        }
        self.early.insert(hop.number, hop);
        self.settle().inspect_err(|_| _ = self.early.remove(&hop.number))
    }

    fn ended(&mut self, end: End) -> Result<HomeStep, Illegal> {
        if self.end.is_some() {
            return Err(Illegal("a second end of a task"));
        }
        self.end = Some(end);
        self.settle().inspect_err(|_| self.end = None)
    }

    /// Follows the moves that nothing is missing before, and looks whether that leads to the end; where what is known
    /// contradicts itself, nothing changes.
    fn settle(&mut self) -> Result<HomeStep, Illegal> {
        let (mut at, mut moves) = (self.at, self.moves);
        for hop in self.early.values() {
            if hop.number - 1 != moves {
                break;
            }
            if hop.by != at {
                return Err(Illegal("a move by who does not have the task"));
            }
            (at, moves) = (hop.to, hop.number);
        }
        let step = self.step_at(at, moves)?;
        for number in self.moves + 1..=moves {
            self.early.remove(&number);
        }
        (self.at, self.moves) = (at, moves);
        self.delivered = step == HomeStep::Deliver;
        Ok(step)
    }

    /// What is to be done when the task is known to be there, after so many moves.
    fn step_at(&self, at: Rank, moves: u64) -> Result<HomeStep, Illegal> {
        let Some(end) = self.end else { return Ok(HomeStep::Wait) };
        if moves > end.moves || self.early.last_key_value().is_some_and(|(last, _)| *last > end.moves) {
            return Err(Illegal("a move of a task after its end"));
        }
        if moves < end.moves {
            return Ok(HomeStep::Wait);
        }
        if at != end.by {
            return Err(Illegal("the end of a task by who does not have it"));
        }
        Ok(HomeStep::Deliver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(number: u64, by: u16, to: u16) -> HomeEvent {
        HomeEvent::Moved(Hop { number, by: Rank(by), to: Rank(to) })
    }

    fn end(moves: u64, by: u16) -> HomeEvent {
        HomeEvent::Ended(End { by: Rank(by), moves })
    }

    #[test]
    fn an_order_is_for_the_next_step_and_the_last_one_holds() {
        let mut seat = Seat::new(Rank(1), 4, true);
        seat.order(Rank(2));
        seat.order(Rank(3));
        assert_eq!(seat.next(Wish::GoOn), Next::Step, "its first step is wished for");
        assert_eq!(seat.next(Wish::To(Rank(1))), Next::Step);
        assert_eq!(seat.next(Wish::GoOn), Next::Leave { to: Rank(3), number: 5, wished: false });
        assert_eq!(seat.next(Wish::To(Rank(0))), Next::Leave { to: Rank(0), number: 5, wished: true });
        assert_eq!(seat.next(Wish::End), Next::End { moves: 4 });
        assert!(seat.is_ordered(), "it has not gone there");
        seat.order(Rank(1));
        assert!(!seat.is_ordered());
        assert_eq!(seat.next(Wish::GoOn), Next::Step);
    }

    #[test]
    fn what_overtook_waits_for_what_is_missing() {
        let mut home = Home::new(Rank(0));
        for event in [hop(3, 2, 1), end(3, 1), hop(2, 1, 2)] {
            assert_eq!(home.step(event), Ok(HomeStep::Wait));
            assert_eq!(home.at(), Rank(0));
        }
        assert_eq!(home.step(hop(1, 0, 1)), Ok(HomeStep::Deliver));
        assert_eq!(home.at(), Rank(1));
    }

    #[test]
    fn many_that_overtook_cost_no_more_each_than_a_few() {
        const MANY: u64 = 1 << 16;
        let mut home = Home::new(Rank(0));
        assert_eq!(home.step(end(MANY, MANY as u16 % 2)), Ok(HomeStep::Wait));
        for number in (2..=MANY).rev() {
            assert_eq!(home.step(hop(number, 1 - number as u16 % 2, number as u16 % 2)), Ok(HomeStep::Wait));
        }
        assert_eq!(home.step(hop(1, 0, 1)), Ok(HomeStep::Deliver));
    }

    #[test]
    fn lies_are_refused_and_change_nothing() {
        let told: [&[HomeEvent]; 8] = [
            &[hop(1, 0, 0)],
            &[hop(1, 2, 1)],
            &[hop(1, 0, 1), hop(1, 0, 1)],
            &[hop(2, 1, 2), hop(2, 1, 0)],
            &[end(1, 1), end(1, 1)],
            &[hop(1, 0, 1), end(1, 2)],
            &[hop(1, 0, 1), end(0, 0)],
            &[hop(3, 1, 2), end(2, 1)],
        ];
        for events in told {
            let (last, before) = events.split_last().expect("there are some");
            let mut home = Home::new(Rank(0));
            for event in before {
                assert_eq!(home.step(*event), Ok(HomeStep::Wait), "{events:?}");
            }
            let known = home.clone();
            assert!(home.step(*last).is_err(), "{events:?}");
            assert_eq!(home, known, "{events:?}");
        }
        let mut home = Home::new(Rank(0));
        assert_eq!(home.step(end(0, 0)), Ok(HomeStep::Deliver));
        assert!(home.step(hop(1, 0, 1)).is_err() && home.step(end(0, 0)).is_err());
    }
}
