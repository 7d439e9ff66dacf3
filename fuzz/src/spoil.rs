//! How good bytes go bad: cut, stretched, flipped, spliced, with numbers where they break something.

use crate::dice::Dice;

/// Spoils bytes in one to three ways; `other` is another input, from which pieces are taken.
pub fn spoil(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=dice.roll(3) {
        spoil_once(dice, bytes, other);
    }
}

fn spoil_once(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = dice.roll(bytes.len() + 1);
    match dice.roll(7) {
        0 => bytes.truncate(at),
        1 => {
            let len = dice.roll(64);
            let more = dice.bytes(len);
            bytes.extend(more);
        }
        2 | 3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.roll(8);
            }
        }
        4 => number(dice, bytes, at),
        5 => {
            let from = dice.roll(other.len() + 1);
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        _ => {
            let mut run = dice.bytes(8);
            run.truncate(1 + dice.roll(8));
            let end = bytes.len().min(at + run.len());
            bytes[at..end].copy_from_slice(&run[..end - at]);
        }
    }
}

/// Writes an extreme number of some width where one may lie: fields are aligned to their width.
fn number(dice: &mut Dice, bytes: &mut [u8], at: usize) {
    let number = dice.extreme().to_le_bytes();
    let width = 1 << dice.roll(4);
    if let Some(field) = bytes.get_mut(at / width * width..).and_then(|rest| rest.get_mut(..width)) {
        field.copy_from_slice(&number[..width]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoilt_differs_mostly_and_stays_small() {
        let mut dice = Dice::new(3);
        let good: Vec<u8> = (0..40).collect();
        let mut same = 0;
        for _ in 0..2000 {
            let mut bytes = good.clone();
            spoil(&mut dice, &mut bytes, &[0xEE; 24]);
            same += u32::from(bytes == good);
            assert!(bytes.len() <= 40 + 3 * 64);
        }
        assert!(same < 200, "{same} of 2000 were left as they were");
        spoil(&mut dice, &mut Vec::new(), &[]);
    }
}
