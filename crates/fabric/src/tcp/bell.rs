//! Sleeping on sockets: which of them have news, and who is woken by it.
//!
//! All sockets are in one set (`epoll`). Each [`Role`] sleeps on a set of its own, which holds that set, armed for one
//! wake-up, and an `eventfd` for wake-ups by threads of this node.
//!
//! # Contract
//!
//! 1. `armed` names the role that the next arrival wakes; that role's set holds the sockets armed, the other's does
//!    not. Both are changed by the thread that has the seat of [`Progress`](crate::Progress) or passes it on.
//! 2. The sets are level-triggered: sockets that had news before they were armed end the next sleep at once, so no
//!    arrival is missed between a look and a sleep.
//! 3. A sleeper says that it sleeps, then looks at its ticket; a waker bumps the count, then looks whether somebody
//!    sleeps. All four are sequentially consistent, so one sees the other. A wake-up that comes as the sleeper goes
//!    away stays in the `eventfd` and ends a later sleep early, which is allowed.

use crate::Role;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// News that one look takes at most.
const NEWS: usize = 64;
const NOBODY: u32 = 0;
/// The places of the two members of a role's set.
const SOCKETS: EventData = EventData::new_u64(0);
const WAKES: EventData = EventData::new_u64(1);

/// The bell of a node; see the module.
pub(super) struct Bell {
    sockets: OwnedFd,
    armed: AtomicU32,
    roles: [Sleeper; 2],
}

struct Sleeper {
    set: OwnedFd,
    wakes: OwnedFd,
    count: AtomicU32,
    asleep: AtomicBool,
}

/// What a look found at one socket.
#[derive(Clone, Copy, Debug)]
pub(super) struct News {
    /// The number that the socket was added with.
    pub(super) socket: u64,
    /// It can be read, or has ended.
    pub(super) readable: bool,
    /// It can be written again.
    pub(super) writable: bool,
}

impl Bell {
    pub(super) fn new() -> io::Result<Bell> {
        let sockets = epoll::create(CreateFlags::CLOEXEC)?;
        let roles = [Sleeper::new(&sockets)?, Sleeper::new(&sockets)?];
        Ok(Bell { sockets, armed: AtomicU32::new(NOBODY), roles })
    }

    /// Watches a socket for arrivals from now on.
    pub(super) fn add(&self, socket: &impl AsFd, number: u64) -> io::Result<()> {
        Ok(epoll::add(&self.sockets, socket, EventData::new_u64(number), EventFlags::IN)?)
    }

    /// Whether to watch for room to write as well.
    pub(super) fn watch_room(&self, socket: &impl AsFd, number: u64, room: bool) {
        let flags = if room { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        // A socket that was forgotten meanwhile has ended, and needs no room.
        let _ = epoll::modify(&self.sockets, socket, EventData::new_u64(number), flags);
    }

    /// Watches a socket no more.
    pub(super) fn forget(&self, socket: &impl AsFd) {
        let _ = epoll::delete(&self.sockets, socket);
    }

    /// The sockets that have news, in place of what `into` held; does not wait.
    pub(super) fn news(&self, into: &mut Vec<News>) {
        into.clear();
        let mut events = [MaybeUninit::uninit(); NEWS];
        // Interrupted, it finds nothing: whoever looks, looks again.
        let Ok((found, _)) = epoll::wait(&self.sockets, &mut events, Some(&Timespec::default())) else { return };
        into.extend(found.iter().map(|&Event { flags, data, .. }| News {
            socket: data.u64(),
            readable: flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR),
            writable: flags.contains(EventFlags::OUT),
        }));
    }

    pub(super) fn ticket(&self, role: Role) -> u32 {
        self.roles[role as usize].count.load(Ordering::SeqCst)
    }

    /// Has the next arrival wake `role`; what is there already does at once.
    pub(super) fn arm(&self, role: Role) {
        let before = self.armed.swap(role as u32 + 1, Ordering::SeqCst);
        if before != NOBODY && before != role as u32 + 1 {
            self.roles[before as usize - 1].listen(&self.sockets, false);
        }
        self.roles[role as usize].listen(&self.sockets, true);
    }

    /// Has arrivals wake nobody.
    pub(super) fn disarm(&self) {
        match self.armed.swap(NOBODY, Ordering::SeqCst) {
            NOBODY => {}
            role => self.roles[role as usize - 1].listen(&self.sockets, false),
        }
    }

    /// A message of this node to itself is there.
    pub(super) fn ring(&self) {
        match self.armed.load(Ordering::SeqCst) {
            NOBODY => {}
            role if role == Role::Background as u32 + 1 => self.wake(Role::Background),
            _ => self.wake(Role::Leader),
        }
    }

    /// Wakes `role`, armed or not.
    pub(super) fn wake(&self, role: Role) {
        let sleeper = &self.roles[role as usize];
        sleeper.count.fetch_add(1, Ordering::SeqCst);
        if sleeper.asleep.load(Ordering::SeqCst) {
            let one = 1_u64.to_ne_bytes();
            // It fails only where as many wake-ups wait as a word can count.
            let _ = rustix::io::write(&sleeper.wakes, &one);
        }
    }

    /// Sleeps until `role` was woken since `ticket`, or for `timeout`.
    pub(super) fn doze(&self, role: Role, ticket: u32, timeout: Option<Duration>) {
        let sleeper = &self.roles[role as usize];
        sleeper.asleep.store(true, Ordering::SeqCst);
        if sleeper.count.load(Ordering::SeqCst) == ticket {
            sleeper.sleep(timeout);
        }
        sleeper.asleep.store(false, Ordering::SeqCst);
    }
}

impl Sleeper {
    fn new(sockets: &OwnedFd) -> io::Result<Sleeper> {
        let set = epoll::create(CreateFlags::CLOEXEC)?;
        let wakes = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&set, sockets, SOCKETS, EventFlags::ONESHOT)?;
        epoll::add(&set, &wakes, WAKES, EventFlags::IN)?;
        Ok(Sleeper { set, wakes, count: AtomicU32::new(0), asleep: AtomicBool::new(false) })
    }

    fn listen(&self, sockets: &OwnedFd, to_them: bool) {
        let flags = if to_them { EventFlags::IN | EventFlags::ONESHOT } else { EventFlags::ONESHOT };
        if let Err(error) = epoll::modify(&self.set, sockets, SOCKETS, flags) {
            unreachable!("the sockets are in the set: {error}");
        }
    }

    fn sleep(&self, timeout: Option<Duration>) {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut events = [MaybeUninit::uninit(); 2];
        let woken = match epoll::wait(&self.set, &mut events, timeout.as_ref()) {
            Ok((found, _)) => found.iter().any(|event| { event.data }.u64() == WAKES.u64()),
            Err(Errno::INTR) => false,
            Err(error) => unreachable!("waiting on a valid set: {error}"),
        };
        if woken {
            let mut count = [0; 8];
            let _ = rustix::io::read(&self.wakes, &mut count);
        }
    }
}
