//! Reading all connections: what is there goes to the sink, small lanes first; then what it says of who is gone.

use super::bell::News;
use super::inbox::{Inbox, Read};
use super::record::Kind;
use super::{Shared, socket_of};
use crate::{Cause, Lane, Lost, Message, obituary};
use drust_proto::Rank;
use std::sync::atomic::Ordering;

/// What a poll needs; one at a time has it.
pub(super) struct Reader {
    inboxes: Vec<Option<[Inbox; 2]>>,
    news: Vec<News>,
    /// Nodes whose second lane ended in this poll.
    ended: Vec<Rank>,
    /// Losses that were told of in this poll.
    told: Vec<Lost>,
}

type Sink<'a> = dyn FnMut(Rank, Lane, Message<'_>) + 'a;

impl Reader {
    pub(super) fn new(inboxes: Vec<Option<[Inbox; 2]>>) -> Reader {
        Reader { inboxes, news: Vec::new(), ended: Vec::new(), told: Vec::new() }
    }
}

impl Shared {
    /// Gives what has arrived from other nodes to `sink`; how many messages.
    pub(super) fn read(&self, reader: &mut Reader, sink: &mut Sink<'_>) -> usize {
        let mut news = std::mem::take(&mut reader.news);
        self.bell.news(&mut news);
        let mut count = 0;
        for lane in Lane::ALL {
            for found in news.iter().filter(|found| socket_of(found.socket).1 == lane) {
                count += self.hear(reader, *found, sink);
            }
        }
        reader.news = news;
        self.believe(reader);
        count
    }

    fn hear(&self, reader: &mut Reader, found: News, sink: &mut Sink<'_>) -> usize {
        let (rank, lane) = socket_of(found.socket);
        let peer = self.peer(rank);
        if peer.gone.get().is_some() {
            return 0;
        }
        if found.writable {
            peer.outboxes[lane as usize].has_room();
        }
        if !found.readable {
            return 0;
        }
        let (count, read) = self.read_lane(reader, rank, lane, sink);
        match read {
            Read::Empty | Read::More => {}
            Read::Broken(what) => self.lose(Lost::seen(rank, Cause::Broken(what.into()))),
            Read::End => {
                self.bell.forget(&peer.sockets[lane as usize]);
                if peer.torn.fetch_add(1, Ordering::Relaxed) > 0 {
                    reader.ended.push(rank);
                }
            }
        }
        count
    }

    /// Reads a lane once.
    fn read_lane(&self, reader: &mut Reader, rank: Rank, lane: Lane, sink: &mut Sink<'_>) -> (usize, Read) {
        let peer = self.peer(rank);
        let Reader { inboxes, told, .. } = reader;
        let Some(pair) = &mut inboxes[usize::from(rank.0)] else { return (0, Read::End) };
        peer.heard.store(self.tick.load(Ordering::Relaxed), Ordering::Relaxed);
        let mut count = 0;
        let mut nonsense = None;
        let read = pair[lane as usize].read(&mut |kind, message| match kind {
            Kind::Message => {
                count += 1;
                sink(rank, lane, message);
            }
            Kind::Heartbeat => {}
            Kind::Farewell => peer.left.store(true, Ordering::Relaxed),
            Kind::Obituary => match obituary::decode(bytes(&message), rank, self.peers.len() as u16) {
                Ok(Some((lost, _))) => told.push(lost),
                Ok(None) => nonsense = Some("half an obituary"),
                Err(garbled) => nonsense = Some(garbled.0),
            },
            Kind::Card | Kind::Table | Kind::Refusal => nonsense = Some("a record of the joining, long after it"),
        });
        (count, nonsense.map_or(read, Read::Broken))
    }

    /// Takes what was told of losses for true, then the ends that were seen.
    fn believe(&self, reader: &mut Reader) {
        for lost in reader.told.drain(..) {
            self.lose(lost);
        }
        for rank in reader.ended.drain(..) {
            self.end(rank);
        }
    }

    /// A node's connections have ended.
    pub(super) fn end(&self, rank: Rank) {
        let left = self.peer(rank).left.load(Ordering::Relaxed);
        self.lose(Lost::seen(rank, if left { Cause::Departed } else { Cause::Closed }));
    }
}

fn bytes<'a>(message: &'a Message<'_>) -> &'a [u8] {
    // SAFETY: all that comes from a connection is initialised.
    unsafe { message.initialised(0..message.len()) }
}
