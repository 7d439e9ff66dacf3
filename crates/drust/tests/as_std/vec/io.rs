//! A vector of bytes that is written to, and read from.

use crate::oracle::cases;
use std::io::{BufRead, BufWriter, Cursor, IoSlice, Read, Seek, SeekFrom, Write, copy};

cases! { written: |v: Vec<u8>|
    [1, 2] => v.write(&[3, 4]).unwrap();
    [] => v.write(&[]).unwrap();
    [1, 2] => v.write_all(&[3, 4]).unwrap();
    [1, 2] => v.write_vectored(&[IoSlice::new(&[3]), IoSlice::new(&[]), IoSlice::new(&[4, 5])]).unwrap();
    [] => v.write_vectored(&[]).unwrap();
    [1, 2] => v.flush().unwrap();
    [65] => write!(v, "{} {:?} {:>4}", 1, "two", 3.5).unwrap();
    [65] => writeln!(v, "line").unwrap();
    [1, 2] => v.by_ref().write(&[3]).unwrap();
    [1, 2] => copy(&mut &[3_u8, 4, 5][..], v).unwrap();
    [1, 2] => {
        let mut writer = BufWriter::with_capacity(3, &mut *v);
        (0..9).for_each(|n| writer.write_all(&[n, n]).unwrap());
        writer.flush().unwrap()
    };
    [1, 2, 3, 4] => (&mut v[1..3]).write(&[7, 8, 9]).unwrap();
    [1, 2] => (&mut v[..]).write_all(&[7, 8, 9]).map_err(|error| error.to_string());
    [65, 66] => String::from_utf8_lossy(v).len();
}

cases! { read: |v: Vec<u8>|
    [1, 2, 3] => { let mut two = [0; 2]; (&v[..]).read_exact(&mut two).unwrap(); two };
    [1, 2, 3] => { let mut five = [0; 5]; (&v[..]).read_exact(&mut five).map_err(|error| error.to_string()) };
    [1, 2, 3] => { let mut all = std::vec![]; (&v[1..]).read_to_end(&mut all).unwrap(); all };
    [104, 105] => { let mut text = std::string::String::new(); (&v[..]).read_to_string(&mut text).unwrap(); text };
    [97, 10, 98, 10] => v.lines().map(|line| line.unwrap()).collect::<std::vec::Vec<_>>();
    [97, 10, 98, 10] => v.split(|byte| *byte == 10).count();
    [1, 2, 3] => {
        let mut cursor = Cursor::new(&v[..]);
        cursor.seek(SeekFrom::End(-1)).unwrap();
        let mut one = [0];
        (cursor.read(&mut one).unwrap(), one)
    };
    [1, 2, 3] => v.bytes().map(|byte| byte.unwrap()).map(u32::from).sum::<u32>();
    [1, 2, 3] => v.take(2).chain(&[9][..]).bytes().count();
}
