//! Structs lent mutably from the stack, from a box and from inside one, with handles in them.

use super::world::*;

#[derive(Portable)]
struct Account {
    name: Box<str>,
    balance: i64,
    log: Option<Box<Entry>>,
}

#[derive(Portable)]
struct Entry {
    amount: i64,
    before: Option<Box<Entry>>,
}

#[derive(Portable)]
struct Bank {
    accounts: Box<[Account]>,
    transfers: u64,
}

fn book((mut account, amount): (RefMut<'_, Account>, i64)) {
    account.balance += amount;
    let before = account.log.take();
    account.log = Some(Box::new(Entry { amount, before }));
}

fn transfer((mut from, mut to, amount): (RefMut<'_, Account>, RefMut<'_, Account>, i64)) -> i64 {
    let amount = amount.min(from.balance);
    from.balance -= amount;
    to.balance += amount;
    let before = to.log.take();
    to.log = Some(Box::new(Entry { amount, before }));
    if amount > 20 {
        to.name = Box::from(&*format!("rich {}", to.name.len()));
    }
    from.balance
}

fn show(account: &Account) -> String {
    let mut text = format!("{}:{}", account.name, account.balance);
    let mut at = &account.log;
    while let Some(entry) = at {
        text += &format!(",{}", entry.amount);
        at = &entry.before;
    }
    text
}

fn open(name: &str) -> Account {
    Account { name: Box::from(name), balance: 100, log: None }
}

pub fn run() -> String {
    let mut own = open("own");
    let mut bank = Box::new(Bank { accounts: ["a", "b", "c", "d"].map(open).into(), transfers: 0 });
    let mut left = Vec::new();
    for i in 0..9_usize {
        thread::scope(|s| {
            s.spawn_on(nth(i), (RefMut::new(&mut own), i as i64 * 3 - 5), book);
        });
        let bank = &mut *bank;
        bank.transfers += 1;
        let (first, rest) = bank.accounts.split_at_mut(2);
        left.push(thread::scope(|s| {
            let (a, b) = (RefMut::new(&mut first[i % 2]), RefMut::new(&mut rest[i % 2]));
            let ab = s.spawn_on(nth(i + 1), (a, b, 7 * i as i64), transfer);
            ab.join().unwrap()
        }));
        if i % 4 == 3 {
            bank.accounts.rotate_right(1);
        }
    }
    let bank = thread::spawn_on(nth(2), (bank,), |(bank,)| bank).join().unwrap();
    let accounts: Vec<_> = bank.accounts.iter().map(show).collect();
    format!("{} {accounts:?} {left:?} {}", show(&own), bank.transfers)
}
