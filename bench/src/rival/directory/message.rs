//! What nodes say to one another of a line: 16 bytes, and the line where it goes along.

use super::line::{Bytes, Order, Place, Right};
use super::{Directory, Rank, word};

/// Bytes before the line.
const HEADER: usize = 16;

/// One message, of one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Say {
    /// To the home: this is wanted.
    Want(Right),
    /// To who wanted it: it is there, with the line's bytes unless the node has them.
    Take(Right),
    /// To a sharer or the owner.
    Order(Order),
    /// To the home: the copy is forgotten.
    GaveUp,
    /// To the home: the line has gone to the new owner.
    HandedOver,
    /// To the home: the line's bytes, as the owner had them.
    CameHome,
}

fn right_of(number: u8) -> Right {
    [Right::None, Right::Read, Right::Write][usize::from(number)]
}

/// Kind, right, rank and line.
fn encode(line: u32, say: Say) -> [u8; HEADER] {
    let (kind, right, rank): (u64, Right, u16) = match say {
        Say::Want(right) => (0, right, 0),
        Say::Take(right) => (1, right, 0),
        Say::Order(Order::Forget) => (2, Right::None, 0),
        Say::Order(Order::Give(to, want)) => (3, want, to.0),
        Say::GaveUp => (4, Right::None, 0),
        Say::HandedOver => (5, Right::None, 0),
        Say::CameHome => (6, Right::None, 0),
    };
    let mut header = [0; HEADER];
    let first = kind | (right as u64) << 8 | u64::from(rank) << 16 | u64::from(line) << 32;
    header[..8].copy_from_slice(&first.to_le_bytes());
    header
}

fn decode(header: &[u8]) -> (u32, Say) {
    let first = word(header, 0);
    let (right, rank) = (right_of((first >> 8) as u8), Rank((first >> 16) as u16));
    let say = match first as u8 {
        0 => Say::Want(right),
        1 => Say::Take(right),
        2 => Say::Order(Order::Forget),
        3 => Say::Order(Order::Give(rank, right)),
        4 => Say::GaveUp,
        5 => Say::HandedOver,
        6 => Say::CameHome,
        kind => panic!("no message of kind {kind}"),
    };
    ((first >> 32) as u32, say)
}

impl Directory {
    /// Sends a message.
    pub(super) fn say(&self, to: Rank, line: u32, say: Say, bytes: Option<&Bytes>) {
        let header = encode(line, say);
        match bytes {
            Some(bytes) => self.post.send(to, &[&header, bytes]),
            None => self.post.send(to, &[&header]),
        }
    }

    /// Does what a message says.
    pub(super) fn take_in(&self, from: Rank, message: &[u8]) {
        let (header, bytes) = message.split_at(HEADER);
        let (line, say) = decode(header);
        let bytes: Option<&Bytes> = bytes.try_into().ok();
        let mut place = self.lines[line as usize].lock();
        match say {
            Say::Want(right) => self.requested(&mut place, line, from, right),
            Say::Take(right) => {
                if let Some(bytes) = bytes {
                    place.bytes = *bytes;
                }
                self.grant(&mut place, line, right);
            }
            Say::Order(order) => self.ordered(&mut place, line, order),
            Say::GaveUp => self.gave_up(&mut place, line),
            Say::HandedOver => self.handed_over(&mut place, line),
            Say::CameHome => self.came_home(&mut place, line, from, bytes.expect("with its bytes")),
        }
    }

    /// Asks for what waiting threads want, unless something was asked for.
    pub(super) fn ask(&self, place: &mut Place, line: u32) {
        let Some(want) = place.wants() else { return };
        place.asked = want;
        let home = self.home_of(line);
        if home == self.post.rank() {
            self.requested(place, line, home, want);
        } else {
            self.say(home, line, Say::Want(want), None);
        }
    }

    /// Gives waiting threads a right that has arrived.
    pub(super) fn grant(&self, place: &mut Place, line: u32, right: Right) {
        for waiter in place.take(right) {
            self.post.wake(&waiter);
        }
        self.ask(place, line);
    }

    fn ordered(&self, place: &mut Place, line: u32, order: Order) {
        assert!(place.order.is_none(), "the home waits for one answer");
        if place.right == Right::None || place.reserved > 0 {
            place.order = Some(order);
        } else {
            self.obey(place, line, order);
        }
    }

    /// All for whom the line was kept have had their turns.
    pub(super) fn settle(&self, place: &mut Place, line: u32) {
        if place.home.is_some() {
            self.pump(place, line);
        } else if let Some(order) = place.order.take() {
            self.obey(place, line, order);
        }
    }

    fn obey(&self, place: &mut Place, line: u32, order: Order) {
        let home = self.home_of(line);
        match order {
            Order::Forget => {
                assert_eq!(place.right, Right::Read, "an owner is not a sharer");
                place.right = Right::None;
                self.say(home, line, Say::GaveUp, None);
            }
            Order::Give(to, want) => {
                assert_eq!(place.right, Right::Write, "only an owner gives");
                place.right = if want == Right::Read { Right::Read } else { Right::None };
                if to != home {
                    self.say(to, line, Say::Take(want), Some(&place.bytes));
                }
                if to == home || want == Right::Read {
                    self.say(home, line, Say::CameHome, Some(&place.bytes));
                } else {
                    self.say(home, line, Say::HandedOver, None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_as_they_were_sent() {
        let orders = [Order::Forget, Order::Give(Rank(7), Right::Write), Order::Give(Rank(0), Right::Read)];
        let mut all: Vec<Say> = orders.map(Say::Order).into();
        all.extend([Right::Read, Right::Write].map(Say::Want));
        all.extend([Right::Read, Right::Write].map(Say::Take));
        all.extend([Say::GaveUp, Say::HandedOver, Say::CameHome]);
        for say in all {
            assert_eq!(decode(&encode(0xDEAD_BEEF, say)), (0xDEAD_BEEF, say));
        }
    }
}
