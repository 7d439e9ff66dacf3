//! The sending side of an unbounded channel on a node that is not its home.

use super::Illegal;

/// What a node knows of an unbounded channel that it sends to; there is none before its first send was accepted.
///
/// ```
/// use drust_proto::sharing::channel::{Tap, TapEvent, TapOrder};
/// let mut tap = Tap::open(100);
/// assert_eq!(tap.step(TapEvent::Send { bytes: 100 }), Ok(TapOrder::Post));
/// assert_eq!(tap.step(TapEvent::Send { bytes: 1 }), Ok(TapOrder::Park));
/// assert_eq!(tap.step(TapEvent::Ack { bytes: 50 }), Ok(TapOrder::Retry));
/// assert_eq!(tap.step(TapEvent::Send { bytes: 1 }), Ok(TapOrder::Post));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tap {
    window: u64,
    /// Bytes posted that the home has not acknowledged.
    unseen: u64,
    parked: bool,
}

/// What happens to a tap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TapEvent {
    /// A thread has a value of so many bytes to send.
    Send {
        /// Of its image, and what else it costs.
        bytes: u64,
    },
    /// The home has seen so many bytes.
    Ack {
        /// Of posts.
        bytes: u64,
    },
    /// The home wants the tap forgotten.
    Over,
}

/// What is to be done about it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TapOrder {
    /// Post the value.
    Post,
    /// Wait for room, then try again.
    Park,
    /// Nothing.
    Rest,
    /// Have those who wait for room try again.
    Retry,
    /// Forget the tap, tell the home so, and have those who wait for room ask it.
    Forget,
}

impl Tap {
    /// A tap whose first send was accepted.
    #[must_use]
    pub fn open(window: u64) -> Tap {
        Tap { window, unseen: 0, parked: false }
    }

    /// Takes an event and says what to do.
    ///
    /// # Errors
    /// [`Illegal`]: the home acknowledges what was not posted; nothing has changed.
    pub fn step(&mut self, event: TapEvent) -> Result<TapOrder, Illegal> {
        Ok(match event {
            TapEvent::Send { bytes } if self.unseen < self.window => {
                self.unseen += bytes;
                TapOrder::Post
            }
            TapEvent::Send { .. } => {
                self.parked = true;
                TapOrder::Park
            }
            TapEvent::Ack { bytes } => {
                let unseen = self.unseen.checked_sub(bytes);
                self.unseen = unseen.ok_or(Illegal("more was acknowledged than posted"))?;
                let room = self.unseen < self.window;
                if room && std::mem::take(&mut self.parked) { TapOrder::Retry } else { TapOrder::Rest }
            }
            TapEvent::Over => TapOrder::Forget,
        })
    }
}
