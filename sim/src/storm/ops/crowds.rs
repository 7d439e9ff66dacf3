//! What several tasks write at once: a ledger that they share, and a channel that they send on.

use super::super::part::see;
use super::super::program::Room;
use super::super::value::{Type, Value};
use super::super::world::*;
use super::{At, Kind};

/// A ledger is added to, by this task and by others beside it; who only reads variables may, too.
#[derive(Clone, Debug)]
pub struct Enter {
    slot: usize,
    seed: u64,
    tasks: std::vec::Vec<usize>,
}

impl Kind for Enter {
    const WEIGHT: usize = 14;
    const READS: bool = true;

    fn generate(dice: &mut Dice, room: &mut Room<'_>) -> Option<Enter> {
        let slot = room.types.iter().position(|of| *of == Type::Ledger)?;
        let tasks = (0..dice.roll(4)).map(|_| dice.roll(60)).collect();
        Some(Enter { slot, seed: dice.number(), tasks })
    }

    fn run(&self, at: &mut At<'_>) {
        let Value::Ledger(ledger) = &at.read()[self.slot] else { return };
        let task = |(ledger, seed): (Value, u64)| {
            let Value::Ledger(ledger) = ledger else { return 0 };
            ledger.enter(&mut Dice::new(seed), &mut Eye::default())
        };
        let start = |(lane, node): (u64, &usize)| {
            thread::spawn_on(nth(*node), (Value::Ledger(ledger.clone()), self.seed ^ lane), task)
        };
        let mut least = ledger.word();
        let tasks: std::vec::Vec<_> = (1..).zip(&self.tasks).map(start).collect();
        let mut eye = Eye::default();
        least += ledger.enter(&mut Dice::new(self.seed), &mut eye);
        for task in tasks {
            match task.join() {
                Ok(added) => least += added,
                Err(error) => planned(&error),
            }
        }
        // What ended tasks have added is there, whatever others add.
        eye.number(u64::from(ledger.word() >= least));
        see(at.key, eye);
    }
}

/// Tasks on several nodes send on one channel, and one receives.
#[derive(Clone, Debug)]
pub struct Post {
    home: usize,
    room: Option<usize>,
    senders: std::vec::Vec<(usize, u64)>,
    receiver: usize,
    seed: u64,
}

/// Who sends, the letter's number among his, and something behind a pointer.
type Letter = (u64, u64, Box<u64>);

impl Kind for Post {
    const WEIGHT: usize = 6;
    const READS: bool = true;

    fn generate(dice: &mut Dice, _: &mut Room<'_>) -> Option<Post> {
        let senders = (0..1 + dice.roll(4)).map(|_| (dice.roll(60), dice.roll(12) as u64)).collect();
        let room = dice.one_in(2).then(|| dice.roll(4));
        Some(Post { home: dice.roll(60), room, senders, receiver: dice.roll(60), seed: dice.number() })
    }

    fn run(&self, at: &mut At<'_>) {
        let home = nth(self.home);
        let received = match self.room {
            None => thread::spawn_on(home, (), |()| mpsc::channel::<Letter>()).join().map(|ends| self.deliver(ends)),
            Some(room) => {
                let ends = thread::spawn_on(home, room, mpsc::sync_channel::<Letter>);
                ends.join().map(|ends| self.deliver(ends))
            }
        };
        match received.and_then(thread::JoinHandle::join) {
            Ok(sum) => {
                let mut eye = Eye::default();
                eye.number(sum);
                see(at.key, eye);
            }
            Err(error) => planned(&error),
        }
    }
}

/// Both kinds of senders.
trait Sends: Messenger {
    /// Whether it was sent.
    fn put(&self, letter: Letter) -> bool;
}

impl Sends for mpsc::Sender<Letter> {
    fn put(&self, letter: Letter) -> bool {
        self.send(letter).is_ok()
    }
}

impl Sends for mpsc::SyncSender<Letter> {
    fn put(&self, letter: Letter) -> bool {
        self.send(letter).is_ok()
    }
}

impl Post {
    /// The task that receives what tasks send that were started before.
    fn deliver<S: Sends>(&self, (sender, receiver): (S, mpsc::Receiver<Letter>)) -> thread::JoinHandle<u64> {
        for (lane, (node, letters)) in (0..).zip(&self.senders) {
            let args = (sender.clone(), lane, *letters, self.seed);
            drop(thread::spawn_on(nth(*node), args, |(sender, lane, letters, seed): (S, u64, u64, u64)| {
                (0..letters).all(|number| sender.put((lane, number, Box::new(seed ^ number))))
            }));
        }
        drop(sender);
        thread::spawn_on(nth(self.receiver), (receiver,), |(receiver,)| read(receiver.iter()))
    }
}

/// All letters as one number, which is the same in every order that keeps each sender's.
fn read(letters: impl Iterator<Item = Letter>) -> u64 {
    let mut next = [0; 8];
    letters.fold(0, |sum, (lane, number, boxed)| {
        let in_order = u64::from(std::mem::replace(&mut next[lane as usize], number + 1) == number);
        sum.wrapping_add(crate::dice::mix(lane ^ crate::dice::mix(number + *boxed * in_order)))
    })
}
