//! What is told of a task's panic: node, message, place and backtrace, of which the hook sees the last two.

use super::JoinError;
use crate::cancel::is_cancellation;
use crate::node;
use drust_proto::Rank;
use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

/// A panic, or what a cancelled task unwound with, as it crosses between nodes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panicked {
    /// Whether the task was cancelled; then there is only the node to tell.
    cancelled: bool,
    /// Where it happened, whoever passes it on.
    node: Rank,
    message: String,
    place: String,
    backtrace: String,
}

thread_local! {
    static LAST: RefCell<Panicked> = RefCell::default();
}

/// Notes the place and backtrace of each panic before the program's own hook reports it.
pub(crate) fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let backtrace = Backtrace::capture().to_string();
            let _ = LAST.try_with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = Panicked { place, backtrace, ..Panicked::default() };
                }
            });
            before(info);
        }));
    });
}

/// What the hook noted of the panic just caught on this thread, with the message of its payload.
pub(crate) fn caught(payload: Box<dyn Any + Send>) -> Panicked {
    let noted = LAST.try_with(RefCell::take).unwrap_or_default();
    let node = node::here().rank();
    if is_cancellation(&*payload) {
        return Panicked { cancelled: true, node, ..Panicked::default() };
    }
    let message = message_of(&*payload);
    discard(payload);
    Panicked { message, node, ..noted }
}

/// What a panic said.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|message| (*message).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

/// Drops a panic's payload, a value of the user's whose own drop may panic; what that leaves is forgotten.
pub(crate) fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

impl Panicked {
    /// Whether the task was cancelled, which is none of the panics that a scope tells of.
    pub(crate) fn is_cancellation(&self) -> bool {
        self.cancelled
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.cancelled)];
        bytes.extend_from_slice(&self.node.0.to_le_bytes());
        for text in [&self.message, &self.place, &self.backtrace] {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// What [`Panicked::to_bytes`] made on one of so many nodes.
    pub(crate) fn from_bytes(bytes: &[u8], nodes: u16) -> Option<Panicked> {
        let (&cancelled, bytes) = bytes.split_first()?;
        let (rank, mut bytes) = bytes.split_first_chunk()?;
        let node = Some(Rank(u16::from_le_bytes(*rank))).filter(|rank| rank.0 < nodes)?;
        let mut text = || {
            let (len, rest) = bytes.split_first_chunk::<8>()?;
            let (text, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
            bytes = rest;
            Some(String::from_utf8_lossy(text).into_owned())
        };
        Some(Panicked { cancelled: cancelled != 0, node, message: text()?, place: text()?, backtrace: text()? })
    }

    pub(crate) fn into_error(self) -> JoinError {
        let Panicked { cancelled, node, message, place, backtrace } = self;
        if cancelled { JoinError::Cancelled { node } } else { JoinError::Panicked { message, place, node, backtrace } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crosses_whole_or_not_at_all() {
        let told = Panicked { node: Rank(2), message: "oh".into(), place: "a.rs:1:2".into(), ..Panicked::default() };
        let bytes = told.to_bytes();
        let back = Panicked::from_bytes(&bytes, 3).unwrap();
        assert_eq!((back.message, back.place, back.backtrace), ("oh".into(), "a.rs:1:2".into(), String::new()));
        assert_eq!(back.node, Rank(2));
        assert!(Panicked::from_bytes(&bytes, 2).is_none(), "there is no node 2");
        for len in 0..bytes.len() {
            assert!(Panicked::from_bytes(&bytes[..len], 3).is_none());
        }
        let cancelled = Panicked { cancelled: true, ..Panicked::default() };
        assert!(Panicked::from_bytes(&cancelled.to_bytes(), 1).unwrap().is_cancellation());
    }
}
