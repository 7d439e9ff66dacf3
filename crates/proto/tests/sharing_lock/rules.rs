//! The rules as they are, and broken on purpose.

use drust_proto::Rank;
use drust_proto::sharing::lock::{Action, Event, Home, Illegal, Place, Seat};

/// A rule broken on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    None,
    /// A Next that comes before its Grant is lost.
    ForgetsEarlyNext,
    /// The home does not note who the tail is.
    KeepsTail,
    /// The token stays where it was handed over.
    KeepsToken,
    /// A seat that hands the token over does not ask for it again.
    AsksOnce,
    /// A token that nobody at a seat waits for stays, though another node comes next.
    KeepsUnwanted,
    /// A free lock is left to whoever comes by, and the first waiter sleeps on.
    CallsNobody,
    /// A seat that waits for the token itself says that the lock is held.
    BusyWhereAsked,
    /// A seat that does not know asks nobody.
    DropsQuestions,
    /// A seat that takes the token answers no questions.
    ForgetsDoubts,
    /// A thread gives up at once.
    LeavesUnheard,
}

/// The home's step.
pub fn request(home: &mut Home, from: Rank, fault: Fault) -> Result<Rank, Illegal> {
    let before = *home;
    let told = home.request(from);
    if fault == Fault::KeepsTail {
        *home = before;
    }
    told
}

/// A seat's step.
pub fn step(seat: &mut Seat, rank: Rank, event: Event, fault: Fault) -> Result<Vec<Action>, Illegal> {
    let asked = matches!(seat.place(), Place::Asked { .. });
    if let (Event::Next { .. }, Fault::ForgetsEarlyNext, true) = (event, fault, asked) {
        return Ok(Vec::new());
    }
    let before = seat.clone();
    let mut actions = seat.step(event)?;
    let grants = actions.iter().any(|action| matches!(action, Action::Grant(_)));
    let wakes = actions.iter().any(|action| matches!(action, Action::Wake(_)));
    match fault {
        Fault::KeepsToken if grants => *seat = Seat::new(rank, true),
        Fault::AsksOnce if grants => actions.retain(|action| !matches!(action, Action::Request { .. })),
        Fault::KeepsUnwanted if event == Event::Granted && grants && !wakes => {
            actions.clear();
            *seat = Seat::new(rank, true);
        }
        Fault::BusyWhereAsked => busy_at_once(&mut actions, rank, event, asked),
        Fault::CallsNobody => actions.retain(|action| !matches!(action, Action::Call(_))),
        Fault::DropsQuestions => actions.retain(|action| !matches!(action, Action::Probe { .. })),
        Fault::ForgetsDoubts if event == Event::Granted => {
            actions.retain(|action| !matches!(action, Action::Busy(_)));
        }
        Fault::LeavesUnheard => leave_at_once(&mut actions, event, &before),
        _ => {}
    }
    Ok(actions)
}

fn busy_at_once(actions: &mut Vec<Action>, rank: Rank, event: Event, asked: bool) {
    use drust_proto::sharing::lock::Doubt;
    if let (Event::Next { to, question: Some(question) }, true) = (event, asked) {
        *actions = vec![Action::Busy(Doubt { asker: to, question, behind: rank })];
    }
}

fn leave_at_once(actions: &mut Vec<Action>, event: Event, before: &Seat) {
    let unheard = matches!(before.place(), Place::Asked { behind: None, .. });
    if let (Event::Leave { ticket }, true, true) = (event, unheard, actions.is_empty()) {
        actions.push(Action::Refuse(ticket));
    }
}
