//! Operations on one word: two nodes ask its home, which does what [`Kind::step`] says between a load and a
//! compare-exchange, while a thread beside it changes the word by instructions of its own.
//!
//! All of them add one. So the answers are the numbers from nought on, each once.

use crate::explore::{World, explore};
use drust_proto::sharing::word::{Kind, Op};

const ASKERS: usize = 2;
const ROUNDS: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fault {
    None,
    /// The home stores what it made of the word it loaded.
    PlainStore,
    /// The answer is what was made of the word, not what was found.
    AnswersAfter,
    /// A question is carried out twice.
    Twice,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Words {
    fault: Fault,
    word: u64,
    /// Questions on their way, and how many each asker has left.
    asked: [bool; ASKERS],
    left: [u8; ASKERS],
    direct: u8,
    /// What the home serves: for whom, and the word that it loaded.
    serving: Option<(usize, u64)>,
    again: bool,
    answers: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Move {
    Ask(usize),
    Load(usize),
    Exchange,
    Direct,
}

impl Words {
    fn new(fault: Fault) -> Words {
        let left = [ROUNDS; ASKERS];
        let (asked, again) = ([false; ASKERS], fault == Fault::Twice);
        Words { fault, word: 0, asked, left, direct: ROUNDS, serving: None, again, answers: Vec::new() }
    }

    fn exchange(&mut self) {
        let (asker, seen) = self.serving.take().expect("the home serves");
        let made = Kind::U64.step(seen, Op::Add, 1, 0).expect("a word of 64 bits counts").expect("it changes");
        if self.word != seen && self.fault != Fault::PlainStore {
            self.serving = Some((asker, self.word));
            return;
        }
        self.word = made;
        if std::mem::take(&mut self.again) {
            self.serving = Some((asker, self.word));
            return;
        }
        self.asked[asker] = false;
        self.answers.push(if self.fault == Fault::AnswersAfter { made } else { seen });
    }
}

impl World for Words {
    type Move = Move;

    fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for asker in 0..ASKERS {
            moves.extend((self.left[asker] > 0 && !self.asked[asker]).then_some(Move::Ask(asker)));
            moves.extend((self.asked[asker] && self.serving.is_none()).then_some(Move::Load(asker)));
        }
        moves.extend(self.serving.is_some().then_some(Move::Exchange));
        moves.extend((self.direct > 0).then_some(Move::Direct));
        moves
    }

    fn step(&mut self, step: Move) -> Result<(), String> {
        match step {
            Move::Ask(asker) => {
                self.left[asker] -= 1;
                self.asked[asker] = true;
            }
            Move::Load(asker) => self.serving = Some((asker, self.word)),
            Move::Exchange => self.exchange(),
            Move::Direct => {
                self.direct -= 1;
                self.answers.push(self.word);
                self.word += 1;
            }
        }
        self.answers.sort_unstable();
        match self.answers.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("two were told that they had found {}", pair[0])),
            None => Ok(()),
        }
    }

    fn is_complete(&self) -> Result<(), String> {
        let all = (ASKERS as u64 + 1) * u64::from(ROUNDS);
        match self.answers.iter().copied().eq(0..all) && self.word == all {
            true => Ok(()),
            false => Err(format!("{} after {:?}", self.word, self.answers)),
        }
    }
}

#[test]
fn each_operation_takes_effect_once_and_at_one_moment() {
    let worlds = explore(Words::new(Fault::None)).unwrap_or_else(|found| panic!("{found:#?}"));
    println!("operations on a word: {worlds} worlds");
    assert!(worlds > 100);
}

#[test]
fn a_home_that_loads_and_stores_loses_additions() {
    let found = explore(Words::new(Fault::PlainStore)).expect_err("it is noticed");
    assert!(found.trace.contains(&Move::Direct), "{found:#?}");
}

#[test]
fn a_home_that_answers_what_it_made_of_the_word() {
    explore(Words::new(Fault::AnswersAfter)).expect_err("it is noticed");
}

#[test]
fn a_question_that_is_carried_out_twice() {
    explore(Words::new(Fault::Twice)).expect_err("it is noticed");
}
