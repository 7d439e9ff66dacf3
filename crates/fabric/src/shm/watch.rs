//! The watcher: a thread that sleeps until a peer's connection ends, a peer falls silent or the launcher dies, and says
//! so. It is the heart that beats for this node, too.
//!
//! # Who is blamed first
//!
//! Of what it finds at one look it tells the launcher's death first, then the obituaries, then ends without a word.
//! This names the first culprit without waiting for more. A node that ends because of a loss says so before it closes,
//! also where it learned of the loss from another: on the connection that then ends, so its end is never read before
//! its obituary, and what it says is older than itself. It ended after the launcher died, so a look that finds its end
//! finds the dead launcher too. An end without a word is nobody's consequence.
#![allow(clippy::disallowed_methods, reason = "this carrier connects real processes")]

use super::pulse::Patience;
use super::{FAREWELL, OBITUARY, Shared};
use crate::obituary::{self, Garbled};
use crate::{Cause, Lost};
use drust_proto::Rank;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Instant;

/// What the watcher of one node looks at.
pub(super) struct Watcher {
    pub(super) shared: Arc<Shared>,
    pub(super) stop: Arc<OwnedFd>,
    pub(super) launcher: Option<OwnedFd>,
    pub(super) patience: Patience,
}

/// A peer's connection.
struct Ear {
    rank: Rank,
    /// It said farewell.
    left: bool,
    /// What came and is not whole yet.
    heard: Vec<u8>,
    /// Why nothing more is to be heard.
    over: Option<Cause>,
}

impl Watcher {
    /// Runs until `stop` is readable.
    pub(super) fn run(mut self) {
        self.shared.own_pulse().beat();
        let mut ears: Vec<Ear> = self.shared.linked().map(Ear::new).collect();
        loop {
            let (stop, launcher, ready) = self.wait(&ears);
            if stop {
                return;
            }
            if launcher {
                self.launcher = None;
                self.shared.launcher_gone();
            }
            let size = self.shared.peers.len() as u16;
            let told: Vec<Lost> = ready.into_iter().flat_map(|at| self.listen(&mut ears[at], size)).collect();
            told.into_iter().for_each(|lost| self.shared.mourn(lost));
            for ear in ears.extract_if(.., |ear| ear.over.is_some()) {
                self.shared.mourn(Lost { rank: ear.rank, cause: ear.over.unwrap_or(Cause::Closed), by: None });
            }
            self.beat();
        }
    }

    fn listen(&self, ear: &mut Ear, size: u16) -> Vec<Lost> {
        match self.shared.socket(ear.rank) {
            Some(socket) => ear.listen(socket, size),
            None => Vec::new(),
        }
    }

    /// Beats and looks at the others' pulses when that is due.
    fn beat(&mut self) {
        let (shared, now) = (&self.shared, Instant::now());
        if self.patience.until_due(now).is_none_or(|left| !left.is_zero()) {
            return;
        }
        shared.own_pulse().beat();
        let limit = self.patience.limit();
        for silent in self.patience.look(now, |rank| shared.peer(rank).pulse.beats()) {
            shared.lose(silent, Cause::Silent(limit));
        }
    }

    /// Sleeps until something happens: stop, the launcher's end, or news of the peers at some places; at most until the
    /// next beat.
    fn wait(&self, ears: &[Ear]) -> (bool, bool, Vec<usize>) {
        let mut fds = vec![PollFd::new(&self.stop, PollFlags::IN)];
        let sockets = ears.iter().filter_map(|ear| self.shared.socket(ear.rank));
        fds.extend(sockets.map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        fds.extend(self.launcher.iter().map(|launcher| PollFd::new(launcher, PollFlags::IN)));
        loop {
            let timeout = self.patience.until_due(Instant::now()).and_then(|left| Timespec::try_from(left).ok());
            match rustix::event::poll(&mut fds, timeout.as_ref()) {
                Ok(_) => break,
                Err(Errno::INTR | Errno::AGAIN | Errno::NOMEM) => {}
                Err(error) => unreachable!("poll of valid descriptors: {error}"),
            }
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let launcher = ready.get(ears.len() + 1).copied().unwrap_or(false);
        (ready[0], launcher, (0..ears.len()).filter(|at| ready[at + 1]).collect())
    }
}

impl Ear {
    fn new(rank: Rank) -> Ear {
        Ear { rank, left: false, heard: Vec::new(), over: None }
    }

    /// Reads what has come, and says whom it mourns.
    fn listen(&mut self, socket: &UnixStream, size: u16) -> Vec<Lost> {
        let mut bytes = [0; 2 * (1 + obituary::MOST)];
        match rustix::net::recv(socket, &mut bytes, RecvFlags::DONTWAIT) {
            Err(Errno::INTR | Errno::AGAIN) => Vec::new(),
            Ok((count @ 1.., _)) => self.understand(&bytes[..count], size),
            _ => {
                self.over = Some(if self.left { Cause::Departed } else { Cause::Closed });
                Vec::new()
            }
        }
    }

    fn understand(&mut self, bytes: &[u8], size: u16) -> Vec<Lost> {
        self.heard.extend_from_slice(bytes);
        let mut told = Vec::new();
        loop {
            match self.next(size) {
                Ok(Some(lost)) => told.extend(lost),
                Ok(None) => return told,
                Err(Garbled(why)) => {
                    self.over = Some(Cause::Broken(why.into()));
                    return told;
                }
            }
        }
    }

    /// Takes one thing said from the front: an obituary or a farewell. `None` where nothing is whole.
    fn next(&mut self, size: u16) -> Result<Option<Option<Lost>>, Garbled> {
        let (lost, len) = match self.heard.split_first() {
            None => return Ok(None),
            Some((&FAREWELL, _)) => {
                self.left = true;
                (None, 0)
            }
            Some((&OBITUARY, rest)) => match obituary::decode(rest, self.rank, size)? {
                None => return Ok(None),
                Some((lost, len)) => (Some(lost), len),
            },
            Some(_) => return Err(Garbled("neither a farewell nor an obituary on its connection")),
        };
        self.heard.drain(..1 + len);
        Ok(Some(lost))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const ONE: Rank = Rank(1);

    fn said(lost: &Lost) -> Vec<u8> {
        [&[OBITUARY][..], &obituary::encode(lost)].concat()
    }

    #[test]
    fn what_is_said_in_pieces_is_understood_when_it_is_whole() {
        let lost = Lost::seen(Rank(2), Cause::Broken("half a frame".into()));
        let mut ear = Ear::new(ONE);
        let all = [said(&lost), vec![FAREWELL], said(&lost)].concat();
        let told: Vec<Lost> = all.iter().flat_map(|&byte| ear.understand(&[byte], 3)).collect();
        let expected = Lost { by: Some(ONE), ..lost };
        assert_eq!(told, [expected.clone(), expected]);
        assert_eq!((ear.left, ear.heard.len(), ear.over), (true, 0, None));
    }

    #[test]
    fn nonsense_is_broken_and_what_came_before_it_counts() {
        let lost = Lost::seen(Rank(2), Cause::Closed);
        for nonsense in [&b"?"[..], &[OBITUARY; 20]] {
            let mut ear = Ear::new(ONE);
            assert_eq!(ear.understand(&[&said(&lost), nonsense].concat(), 3).len(), 1);
            assert!(matches!(ear.over, Some(Cause::Broken(_))), "{nonsense:?}");
        }
    }

    #[test]
    fn an_obituary_is_heard_before_the_end_of_who_sent_it() {
        let (here, there) = UnixStream::pair().expect("a pair of sockets");
        let mut ear = Ear::new(ONE);
        assert_eq!(ear.listen(&here, 3), []);
        let lost = Lost::seen(Rank(2), Cause::Closed);
        rustix::net::send(&there, &said(&lost), rustix::net::SendFlags::NOSIGNAL).expect("it is connected");
        // What its sender never read changes nothing, though the kernel calls such an end a reset.
        rustix::net::send(&here, &[FAREWELL], rustix::net::SendFlags::NOSIGNAL).expect("it is connected");
        drop(there);
        assert_eq!(ear.listen(&here, 3).len(), 1);
        assert_eq!(ear.over, None);
        assert_eq!((ear.listen(&here, 3), ear.over), (vec![], Some(Cause::Closed)));
    }
}
