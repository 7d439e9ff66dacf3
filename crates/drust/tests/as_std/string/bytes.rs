//! UTF-8 and UTF-16.

use super::starts::LONG;
use crate::oracle::cases;

cases! { utf8: |v: Vec<u8>|
    [] => String::from_utf8(std::mem::take(v)).unwrap();
    [104, 105] => String::from_utf8(std::mem::take(v)).unwrap();
    LONG => String::from_utf8(std::mem::take(v)).unwrap();
    LONG => { let mut text = String::from_utf8(std::mem::take(v)).unwrap(); text.push('b'); text };
    LONG => { v.reserve(100); let text = String::from_utf8(std::mem::take(v)).unwrap(); text.capacity() >= text.len() };
    [104, 0xFF] => String::from_utf8(std::mem::take(v)).map_err(|error| error.to_string());
    [0xE2, 0x82] => String::from_utf8(std::mem::take(v)).map_err(|error| error.utf8_error());
    [0xC0, 0x80] => String::from_utf8(std::mem::take(v)).map_err(|error| error.as_bytes().to_vec());
    [0xED, 0xA0, 0x80] => String::from_utf8(std::mem::take(v)).map_err(|error| error.clone() == error);
    [104, 0xFF] => format!("{:?}", String::from_utf8(std::mem::take(v)).unwrap_err());
    [104, 0xFF] => *v = String::from_utf8(std::mem::take(v)).unwrap_err().into_bytes();
    LONG => { v.push(0xFF); *v = String::from_utf8(std::mem::take(v)).unwrap_err().into_bytes() };
    LONG => String::try_from(std::mem::take(v)).unwrap();
    // SAFETY: it is text.
    LONG => unsafe { String::from_utf8_unchecked(std::mem::take(v)) };
    // SAFETY: it is text.
    [104, 105] => unsafe { String::from_utf8_unchecked(std::mem::take(v)) };
    [104, 0xFF, 105] => String::from_utf8_lossy(v).into_owned();
    [0xF0, 0x9F, 104, 0xE2, 0x82] => String::from_utf8_lossy(v).into_owned();
    LONG => matches!(String::from_utf8_lossy(v), std::borrow::Cow::Borrowed(LONG));
    LONG => String::from_utf8(v.clone()).unwrap().into_bytes() == *v;
}

cases! { utf16: |v: Vec<u16>|
    [] => String::from_utf16(v).unwrap();
    [104, 0xDF, 0x20AC, 0xD834, 0xDD1E] => String::from_utf16(v).unwrap();
    [104, 0xD834] => String::from_utf16(v).map_err(|error| error.to_string());
    [0xDD1E, 104] => String::from_utf16(v).map_err(|error| format!("{error:?}"));
    [104, 0xD834, 105] => String::from_utf16_lossy(v);
    [0xDD1E, 0xD834, 0xDD1E] => String::from_utf16_lossy(v);
    [104, 105] => { *v = String::from_utf16_lossy(v).encode_utf16().skip(1).collect() };
}
