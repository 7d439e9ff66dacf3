//! What a node does with the messages of a peer, in this process: what a member may say is taken, and what makes no
//! sense is refused, as often as one likes, since nobody is blamed for it here.

mod shared;

use crate::dice::Dice;
use crate::member::known::{Form, Known, Task};
use crate::member::speech;
use crate::tally::Tally;
use crate::targets::{Target, ensure};
use drust::thread::{self, JoinHandle};
use drust::{Box, String, Vec};
use drust_proto::Rank;
use drust_proto::wire::{Frame, Outcome};
use drust_runtime::fuzz_doors::Bench;
use std::time::Duration;

/// The peer that speaks.
const PEER: Rank = Rank(1);
/// Nodes of the job that is made up.
const NODES: u16 = 2;
/// The most messages of one case of either kind.
const MESSAGES: usize = 40;

/// The node, once it is there.
#[derive(Default)]
pub struct Served(Option<Bench>);

impl Target for Served {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), std::string::String> {
        let bench = self.0.get_or_insert_with(|| Bench::new(NODES));
        if dice.one_in(3) {
            return shared::case(bench, PEER, dice, tally);
        }
        let mut known = Known::default();
        let _ = bench.said();
        let tasks = Tasks::send();
        bench.said().iter().for_each(|bytes| known.learn(bytes));
        let (open, gifts) = (known.open.clone(), known.gifts.clone());
        ensure(open.len() == 4 && gifts.len() == 1, || format!("{} tasks and {gifts:?} were sent", open.len()))?;
        for _ in 0..dice.roll(MESSAGES) {
            if let Some(bytes) = speech::mild(dice, &mut known) {
                bench.tell(PEER, &bytes).map_err(|why| format!("what a member may say is refused: {why}"))?;
                tally.add("mild, taken");
            }
        }
        for _ in 0..dice.roll(MESSAGES) {
            let bytes = speech::wild(dice, &mut known);
            if returns_badly(&bytes, &open) {
                continue;
            }
            tally.add(match bench.tell(PEER, &bytes) {
                Ok(()) => "wild, taken",
                Err(why) => ensure(!why.is_empty(), || "a refusal says nothing".into()).map(|()| "wild, refused")?,
            });
        }
        // What is left is answered and freed, unless it has been.
        known.open = open;
        known.gifts = gifts;
        while let Some(bytes) = speech::done(dice, &mut known) {
            let _ = bench.tell(PEER, &bytes);
        }
        while let Some(bytes) = speech::free(dice, &mut known) {
            let _ = bench.tell(PEER, &bytes);
        }
        tasks.end();
        Ok(())
    }
}

/// Whether a message is the end of one of these tasks with a result that does not fit. It would be refused, and the
/// peer blamed, by who looks at the result.
fn returns_badly(bytes: &[u8], open: &[Task]) -> bool {
    let Ok((Frame::Done { task, outcome: Outcome::Returned, result_len, .. }, _)) = Frame::decode(bytes) else {
        return false;
    };
    let fits = |form| form == Form::Number && result_len == 8;
    open.iter().any(|sent| sent.id == task && !fits(sent.form))
}

/// Tasks that the node has sent to its peer, one of each form.
struct Tasks {
    plain: JoinHandle<u64>,
    gift: JoinHandle<u64>,
    given: JoinHandle<Box<u64>>,
    texts: JoinHandle<Vec<String>>,
}

impl Tasks {
    fn send() -> Tasks {
        let peer = drust::node::all().last().expect("there are two nodes");
        Tasks {
            plain: thread::spawn_on(peer, 7, |number: u64| number.wrapping_mul(3)),
            gift: thread::spawn_on(peer, (Box::new(7),), |(gift,)| *gift),
            given: thread::spawn_on(peer, (7, 7), |(number, _): (u64, u64)| Box::new(number)),
            texts: thread::spawn_on(peer, [7_u64; 4], |_| Vec::<String>::new()),
        }
    }

    /// Looks at the results that are there; where they lie nobody would answer.
    fn end(self) {
        let _ = (self.plain.join_timeout(Duration::ZERO).is_ok(), self.gift.join_timeout(Duration::ZERO).is_ok());
        drop((self.given, self.texts));
    }
}
