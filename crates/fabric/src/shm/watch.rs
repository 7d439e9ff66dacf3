//! The watcher: a thread that sleeps until a peer's connection ends or the launcher dies, and says so.

use super::{FAREWELL, Shared};
use crate::Cause;
use drust_proto::Rank;
use rustix::event::{PollFd, PollFlags};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::RecvFlags;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// What the watcher of one node looks at.
pub(super) struct Watcher {
    pub(super) shared: Arc<Shared>,
    pub(super) stop: Arc<OwnedFd>,
    pub(super) launcher: Option<OwnedFd>,
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
        }
    }

    /// Sleeps until something happens: stop, the launcher's end, or news of the peers at some places.
    fn wait(&self, peers: &[(Rank, bool)]) -> (bool, bool, Vec<usize>) {
        let mut fds = vec![PollFd::new(&self.stop, PollFlags::IN)];
        let sockets = peers.iter().filter_map(|&(rank, _)| self.shared.socket(rank));
        fds.extend(sockets.map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        fds.extend(self.launcher.iter().map(|launcher| PollFd::new(launcher, PollFlags::IN)));
        loop {
            match rustix::event::poll(&mut fds, None) {
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
