//! Made from other values, and what is made from them.

use super::starts::{LONG, on_each};
use std::borrow::{Borrow, BorrowMut, Cow};
use std::error::Error;
use std::ffi::{CString, OsStr, OsString};
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

on_each! { into: |s|
    std::mem::take(s).into_boxed_str();
    Box::<str>::from(std::mem::take(s)).len();
    { let boxed = std::mem::take(s).into_boxed_str(); *s = boxed.into_string(); s.push('b') };
    { let boxed: Box<str> = std::mem::take(s).into(); *s = String::from(boxed) };
    std::mem::take(s).into_bytes();
    { let bytes = std::mem::take(s).into_bytes(); *s = String::from_utf8(bytes).unwrap(); s.push('b') };
    Vec::<u8>::from(std::mem::take(s));
    std::string::String::from(std::mem::take(s));
    std::boxed::Box::<str>::from(std::mem::take(s));
    Rc::<str>::from(std::mem::take(s));
    Arc::<str>::from(std::mem::take(s));
    Cow::from(std::mem::take(s));
    matches!(Cow::from(&*s), Cow::Borrowed(text) if text == s.as_str());
    OsString::from(std::mem::take(s));
    OsString::from(&*s);
    PathBuf::from(std::mem::take(s)).extension().map(OsStr::to_owned);
    PathBuf::from(&*s).join("b");
    std::boxed::Box::<dyn Error>::from(std::mem::take(s)).to_string();
    format!("{:?}", std::boxed::Box::<dyn Error + Send + Sync>::from(std::mem::take(s)));
    CString::new(s.as_str()).map(|text| text.as_bytes_with_nul().len());
    (AsRef::<str>::as_ref(s).len(), AsRef::<[u8]>::as_ref(s).len());
    (AsRef::<OsStr>::as_ref(s).len(), AsRef::<Path>::as_ref(s).components().count());
    Borrow::<str>::borrow(s).len();
    AsMut::<str>::as_mut(s).make_ascii_uppercase();
    BorrowMut::<str>::borrow_mut(s).make_ascii_uppercase();
    (s.to_string(), s.to_owned(), s.as_str().to_owned());
    s.clone();
    s.clone_from(&String::from(LONG));
    s.clone_from(&String::from("b"));
    s.repeat(2);
    (s.to_uppercase(), s.to_lowercase(), s.to_ascii_uppercase(), s.to_ascii_lowercase());
    s.as_str().to_socket_addrs().is_err();
    s.to_socket_addrs().is_err();
    [s.clone(), String::from("b")].concat();
    [s.clone(), String::from("b")].join(", ");
    std::iter::once(s.clone()).collect::<std::string::String>();
    [s.clone(), s.clone()].into_iter().collect::<std::boxed::Box<str>>();
    [s.clone(), s.clone()].into_iter().collect::<Cow<'_, str>>();
    { let mut text = std::string::String::from("b"); text.extend([s.clone()]); text };
    (s.parse::<u32>().map_err(|error| error.to_string()), s.parse::<char>().is_ok(), s.parse::<String>());
}

on_each! { from: |s|
    *s = String::from("b");
    *s = String::from(LONG);
    *s = String::from('ß');
    *s = String::from(&String::from(LONG));
    *s = String::from(std::string::String::from(LONG).as_mut_str());
    *s = String::from(std::string::String::from(LONG));
    *s = String::from(&std::string::String::from("b"));
    *s = String::from(Cow::Borrowed(LONG));
    *s = String::from(Box::<str>::from(LONG));
    *s = String::from(std::boxed::Box::<str>::from("b"));
    *s = String::from_str(LONG).unwrap();
    *s = "b".parse().unwrap();
    *s = "b".into();
    *s = String::default();
    *s = String::new();
    *s = String::try_from(CString::new("b").unwrap()).unwrap();
    *s = String::try_from(std::mem::take(s).into_bytes()).unwrap();
    *s = "bc".chars().collect();
    *s = ['b', 'ß'].iter().collect();
    *s = ["b", LONG].into_iter().collect();
    *s = [String::from("b"), String::from(LONG)].into_iter().collect();
    *s = [Box::<str>::from("b")].into_iter().collect();
    *s = [Cow::Borrowed("b"), Cow::Owned("c".into())].into_iter().collect();
    *s = format!("{}-{}", 1, s).into();
}

on_each! { leaks: |s|
    drust::testing::allow_leaks();
    { let lasting: &'static mut str = std::mem::take(s).leak(); lasting.make_ascii_uppercase(); lasting };
}
