//! The watcher: a thread that sleeps until a peer's connection ends, a peer falls silent or the launcher dies, and says
//! so. It is the heart that beats for this node, too.
#![allow(clippy::disallowed_methods, reason = "this carrier connects real processes")]

use super::pulse::Patience;
use super::{FAREWELL, Shared};
use crate::Cause;
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

/// What a readable connection told.
enum News {
    Nothing,
    Farewell,
    End,
}

impl Watcher {
    /// Runs until `stop` is readable.
    pub(super) fn run(mut self) {
        self.shared.own_pulse().beat();
        let mut peers: Vec<(Rank, bool)> = self.shared.linked().map(|rank| (rank, false)).collect();
        loop {
            let (stop, launcher, ready) = self.wait(&peers);
            if stop {
                return;
            }
            if launcher {
                self.launcher = None;
                self.shared.launcher_gone();
            }
            for at in ready.into_iter().rev() {
                let (rank, left) = peers[at];
                match self.shared.socket(rank).map_or(News::End, hear) {
                    News::Nothing => {}
                    News::Farewell => peers[at].1 = true,
                    News::End => {
                        peers.remove(at);
                        self.shared.lose(rank, if left { Cause::Departed } else { Cause::Closed });
                    }
                }
            }
            self.beat();
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
    fn wait(&self, peers: &[(Rank, bool)]) -> (bool, bool, Vec<usize>) {
        let mut fds = vec![PollFd::new(&self.stop, PollFlags::IN)];
        let sockets = peers.iter().filter_map(|&(rank, _)| self.shared.socket(rank));
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
        let launcher = ready.get(peers.len() + 1).copied().unwrap_or(false);
        (ready[0], launcher, (0..peers.len()).filter(|at| ready[at + 1]).collect())
    }
}

fn hear(socket: &UnixStream) -> News {
    let mut byte = [0];
    match rustix::net::recv(socket, &mut byte, RecvFlags::DONTWAIT) {
        Ok((1, _)) if byte[0] == FAREWELL => News::Farewell,
        Err(Errno::INTR | Errno::AGAIN) => News::Nothing,
        _ => News::End,
    }
}
