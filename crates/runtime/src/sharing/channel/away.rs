//! What a node knows of channels of other nodes: a tap where it posts, a seat where it receives, and who waits.

use super::hall::want_bytes;
use super::posts::{Batch, Heated};
use super::tell;
use super::wait::{Asking, Wait, Waits, Woken};
use crate::arrival::Body;
use crate::node::Node;
use crate::nonsense::Sense;
use crate::sharing::Ask;
use drust_fabric::Part;
use drust_proto::sharing::channel::{
    How, Illegal, Item, Lack, Op, Refusal, Seat, SeatEvent, SeatOrder, Tap, TapEvent, TapOrder, WINDOW, Want,
};
use drust_proto::{Address, Rank};
use std::mem::MaybeUninit;
use std::sync::Arc;

/// More than any value has; so sums of what a home claims stay small.
const LARGEST: u64 = 1 << 48;

/// What is known of one channel of another node.
pub(super) struct Away {
    tap: Option<Tap>,
    pub(super) batch: Batch,
    seat: Seat<Body>,
    waits: Waits<Answer>,
    /// Senders that wait for the home to see what was posted.
    parked: Vec<u32>,
    /// Room for what the law orders.
    orders: Vec<SeatOrder<Body>>,
    /// What comes for a receiver that was dropped.
    rest: Vec<Body>,
}

/// What a thread that waits gets.
pub(super) enum Answer {
    Got(Body),
    Lack(Lack),
    Accepted,
    Refused(Refusal),
    /// Try again.
    Retry,
    Closed(Vec<Body>),
}

/// What became of a value that is to be sent.
pub(super) enum Sent {
    /// It is on its way for good.
    Posted,
    /// It is, or there is no room for it yet: who waits is told.
    Asked(Asking<Answer>),
}

impl Away {
    fn new() -> Away {
        Away {
            tap: None,
            batch: Batch::default(),
            seat: Seat::new(WINDOW),
            waits: Waits::default(),
            parked: Vec::new(),
            orders: Vec::new(),
            rest: Vec::new(),
        }
    }

    fn is_idle(&self) -> bool {
        self.tap.is_none() && self.batch.is_empty() && self.seat.is_idle() && self.waits.is_empty()
    }
}

/// Looks at what is known of a channel, then calls who was answered.
pub(super) fn with<R>(node: &Node, name: Address, look: impl FnOnce(&mut Away, &mut Woken<Answer>) -> R) -> R {
    let mut woken = Woken::default();
    let result = node.sharing().channels.aways.with(name, |record| {
        let away = record.get_or_insert_with(Away::new);
        let result = look(away, &mut woken);
        if away.is_idle() {
            *record = None;
        }
        result
    });
    woken.call(node);
    result
}

/// Posts a value to an unbounded channel, or has the home asked to take it.
pub(super) fn post(node: &'static Node, name: Address, image: &[MaybeUninit<u8>]) -> Sent {
    let mut others_left = false;
    loop {
        let posted = with(node, name, |away, _| {
            let held = node.sharing().channels.posts.held();
            if !others_left && held > usize::from(!away.batch.is_empty()) {
                return None;
            }
            let bytes = Item::sized((), image.len()).bytes;
            Some(match away.tap.as_mut().map(|tap| tap.step(TapEvent::Send { bytes })) {
                Some(Ok(TapOrder::Park)) => {
                    let number = away.waits.number();
                    away.parked.push(number);
                    (Sent::Asked(away.waits.enroll(number)), Heated::default())
                }
                Some(_) => (Sent::Posted, away.batch.add(node, name, image)),
                None => (ask_to_take(node, name, away, How::Wait, image), Heated::default()),
            })
        });
        if let Some((sent, heated)) = posted {
            heated.list(node, name);
            return sent;
        }
        // What waits for other channels, and this thread may know of, was sent before: it is there before this is.
        node.await_one_ways_but(name.home(), false);
        others_left = true;
    }
}

/// Sends what waits to be posted to a channel.
pub(super) fn flush(node: &Node, name: Address) {
    with(node, name, |away, _| away.batch.flush(node, name));
}

/// Asks the home to take a value.
pub(super) fn offer(node: &Node, name: Address, how: How, image: &[MaybeUninit<u8>]) -> Sent {
    with(node, name, |away, _| ask_to_take(node, name, away, how, image))
}

fn ask_to_take(node: &Node, name: Address, away: &mut Away, how: How, image: &[MaybeUninit<u8>]) -> Sent {
    let number = away.waits.number();
    let op = if how == How::Try { Op::TrySend } else { Op::Send };
    tell(node, name.home(), name, op, (number, 0), &[image.into()]);
    Sent::Asked(away.waits.enroll(number))
}

/// Gives up what a thread waits for, which is answered all the same: by the home, or here where that was not asked yet.
pub(super) fn quit(node: &Node, name: Address, number: u32) {
    with(node, name, |away, woken| {
        if let Some(at) = away.parked.iter().position(|parked| *parked == number) {
            away.parked.swap_remove(at);
            let answered = away.waits.answer(number, Answer::Refused(Refusal::Full), woken);
            debug_assert!(answered.is_ok(), "who is parked waits");
        } else if away.waits.has(number) {
            tell(node, name.home(), name, Op::Quit, (number, 0), &[]);
        }
    });
}

/// Wants a value, for the calling thread to wait for.
pub(super) fn want(node: &Node, name: Address, probe: bool) -> Asking<Answer> {
    with(node, name, |away, woken| {
        away.batch.flush(node, name);
        let ticket = away.waits.number();
        let asking = away.waits.enroll(ticket);
        sit(node, name, away, SeatEvent::Take(Want { ticket, probe }), woken).expect("a thread may ask at any time");
        asking
    })
}

/// The time of a thread that wants a value is up: it is answered soon.
pub(super) fn leave(node: &Node, name: Address, ticket: u32) {
    with(node, name, |away, woken| {
        sit(node, name, away, SeatEvent::Leave { ticket }, woken).expect("a thread may give up at any time");
    });
}

/// Tells the home that the receiver was dropped, for the calling thread to wait until that is known.
pub(super) fn close(node: &Node, name: Address) -> Arc<Wait<Answer>> {
    with(node, name, |away, _| {
        let number = away.waits.number();
        tell(node, name.home(), name, Op::Close, (number, 0), &[]);
        away.waits.enroll(number).1
    })
}

/// Does what a channel's home says.
///
/// # Errors
/// It makes no sense.
pub(super) fn serve(node: &Node, from: Rank, op: Op, ask: Ask, body: Body) -> Sense {
    let (name, ticket, bytes) = (ask.address, ask.number, ask.a.min(LARGEST));
    if from != name.home() {
        return Err(format!("a {op:?} about a channel that is another node's").into());
    }
    with(node, name, |away, woken| {
        let item = |body| Item { value: body, bytes };
        let lack = if ask.a == 0 { Lack::Empty } else { Lack::Gone };
        let answer = match op {
            Op::Give => return sit(node, name, away, SeatEvent::Give { ticket, item: item(body) }, woken),
            Op::Lack => return sit(node, name, away, SeatEvent::Lack { ticket, lack }, woken),
            Op::Grant => return sit(node, name, away, SeatEvent::Grant, woken),
            Op::Push => return sit(node, name, away, SeatEvent::Push(item(body)), woken),
            Op::Last => return sit(node, name, away, SeatEvent::Last, woken),
            Op::Recall => return sit(node, name, away, SeatEvent::Recall, woken),
            Op::Ack => return tap(node, name, away, TapEvent::Ack { bytes: ask.a }, woken),
            Op::Over => return tap(node, name, away, TapEvent::Over, woken),
            Op::Rest => {
                away.rest.push(body);
                return Ok(());
            }
            Op::Accept => {
                if ask.a != 0 && away.tap.is_none() {
                    away.tap = Some(Tap::open(WINDOW));
                }
                Answer::Accepted
            }
            Op::Refuse => Answer::Refused(if ask.a == 0 { Refusal::Full } else { Refusal::Gone }),
            Op::Closed => Answer::Closed(std::mem::take(&mut away.rest)),
            _ => return Err(format!("a {op:?}, which is said to a channel's home").into()),
        };
        away.waits.answer(ticket, answer, woken).map_err(|_| format!("a {op:?} that answers nothing").into())
    })
}

fn tap(node: &Node, name: Address, away: &mut Away, event: TapEvent, woken: &mut Woken<Answer>) -> Sense {
    let tap = away.tap.as_mut().ok_or("news of a tap that is forgotten")?;
    let order = tap.step(event)?;
    if order == TapOrder::Forget {
        away.tap = None;
        away.batch.flush(node, name);
        tell(node, name.home(), name, Op::OverAck, (0, 0), &[]);
    }
    if matches!(order, TapOrder::Forget | TapOrder::Retry) {
        for number in away.parked.drain(..) {
            let answered = away.waits.answer(number, Answer::Retry, woken);
            debug_assert!(answered.is_ok(), "who is parked waits");
        }
    }
    Ok(())
}

fn sit(node: &Node, name: Address, away: &mut Away, event: SeatEvent<Body>, woken: &mut Woken<Answer>) -> Sense {
    let mut orders = std::mem::take(&mut away.orders);
    let taken: Result<(), Illegal> = away.seat.step(event, &mut orders);
    let home = name.home();
    for order in orders.drain(..) {
        let (ticket, answer) = match order {
            SeatOrder::Got { ticket, item } => (ticket, Answer::Got(item.value)),
            SeatOrder::Lack { ticket, lack } => (ticket, Answer::Lack(lack)),
            SeatOrder::Want(Want { ticket, probe }) => {
                tell(node, home, name, if probe { Op::Probe } else { Op::Want }, (ticket, 0), &[]);
                continue;
            }
            SeatOrder::Leave { ticket } => {
                tell(node, home, name, Op::Leave, (ticket, 0), &[]);
                continue;
            }
            SeatOrder::Report { bytes } => {
                tell(node, home, name, Op::Report, (0, bytes), &[]);
                continue;
            }
            SeatOrder::Return { wants, items } => {
                give_back(node, name, &wants, &items);
                continue;
            }
        };
        let answered = away.waits.answer(ticket, answer, woken);
        debug_assert!(answered.is_ok(), "who wants a value waits");
    }
    away.orders = orders;
    Ok(taken?)
}

/// Gives the stream back: first what was not received, then the right, with the wants of those who wait.
fn give_back(node: &Node, name: Address, wants: &[Want], items: &[Item<Body>]) {
    for item in items {
        tell(node, name.home(), name, Op::Unread, (0, item.bytes), &[item.value.bytes().into()]);
    }
    let wants: Vec<u8> = wants.iter().flat_map(|want| want_bytes(*want)).collect();
    tell(node, name.home(), name, Op::Return, (0, 0), &[Part::from(&wants[..])]);
}
