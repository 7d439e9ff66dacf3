//! The honest node 0 of a job whose other node is the attacker: it gives away, lends and asks for whatever tasks can.

use drust::{Box, Ref, RefMut, String, Vec, thread};

/// How many tasks of each form it sends.
const ROUNDS: u64 = 4;

/// What the attacker may have run here: it takes any number.
fn plain(number: u64) -> u64 {
    number.wrapping_mul(3)
}

fn exchange((numbers, text): (Vec<u64>, String)) -> Vec<String> {
    let mut texts = Vec::new();
    texts.push(text);
    texts.truncate(numbers.len());
    texts
}

/// What is borrowed, and what is lent.
type Loan<'a> = (Ref<'a, [u64]>, RefMut<'a, Vec<Box<u64>>>);

fn work((numbers, mut lent): Loan<'_>) -> u64 {
    lent.push(Box::new(numbers.len() as u64));
    numbers.iter().sum()
}

/// The program. What the tasks return is looked at, whatever it is; that they fail is no surprise.
pub fn main() {
    let mut sum = 0_u64;
    let other = drust::node::all().last().expect("there are two nodes");
    let numbers: Vec<u64> = (0..100).collect();
    let mut lent: Vec<Box<u64>> = (0..3).map(Box::new).collect();
    for round in 0..ROUNDS {
        let plain = thread::spawn_on(other, round, plain);
        let gift = thread::spawn_on(other, (Box::new(round),), |(gift,)| *gift);
        let given = thread::spawn_on(other, (round, round), |(number, _)| Box::new(number));
        let text: String = "a text that is too long to be kept in its handle".into();
        let exchange = thread::spawn_on(other, ((0..9).collect(), text), exchange);
        thread::scope(|scope| {
            let work = scope.spawn_on(other, (Ref::new(&numbers), RefMut::new(&mut lent)), work);
            sum = sum.wrapping_add(work.join().unwrap_or_default());
        });
        sum = sum.wrapping_add(plain.join().unwrap_or_default());
        sum = sum.wrapping_add(gift.join().unwrap_or_default());
        sum = sum.wrapping_add(given.join().map(|given| *given).unwrap_or_default());
        sum = sum.wrapping_add(exchange.join().unwrap_or_default().iter().map(|text| text.len() as u64).sum());
        sum = lent.iter().fold(sum, |sum, number| sum.wrapping_add(**number));
    }
    std::hint::black_box(sum);
}
