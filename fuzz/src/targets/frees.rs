//! `free_records`: what is accepted is homed where it was sent, and is written back as it was read.

use super::header::name;
use super::{Target, ensure};
use crate::dice::Dice;
use crate::frames;
use crate::spoil::spoil;
use crate::tally::Tally;
use drust_proto::wire::{FreeRecord, free_records};
use drust_proto::{Address, Rank};

/// The most records of one case.
const RECORDS: usize = 8;

pub struct Frees;

impl Target for Frees {
    fn case(&mut self, dice: &mut Dice, tally: &mut Tally) -> Result<(), String> {
        let home = dice.pick(&[0, 1, 2, u16::MAX - 1, u16::MAX]);
        let count = 1 + dice.roll(RECORDS);
        let mut body: Vec<u8> = (0..count).flat_map(|_| record(dice, home)).collect();
        if dice.one_in(2) {
            let other = record(dice, home);
            spoil(dice, &mut body, &other);
        }
        for (bytes, read) in body.chunks(FreeRecord::LEN).zip(free_records(&body, Rank(home))) {
            tally.add(match read {
                Ok(record) => {
                    let fits = record.address.home() == Rank(home) && record.address != Address::RESERVED;
                    ensure(fits && record.encode() == bytes, || format!("{bytes:x?} became {record:?}"))?;
                    "accepted"
                }
                Err(error) => name(&error),
            });
        }
        Ok(())
    }
}

/// A record for this home, mostly.
fn record(dice: &mut Dice, home: u16) -> [u8; FreeRecord::LEN] {
    let partition = if dice.one_in(8) { dice.number() as u16 } else { home };
    let record = frames::free(dice, partition);
    if record.address == Address::RESERVED { [0xFF; FreeRecord::LEN] } else { record.encode() }
}
