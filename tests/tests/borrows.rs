//! Borrows read on other nodes: again, and in parts.

use drust::boxed::TBox;
use drust::{Box, Ref, node, thread};

#[derive(drust::Portable)]
struct Pair {
    left: TBox<u64>,
    right: TBox<u64>,
}

/// A tied group is longer than its root: reading it again must find the copy, not fault its length.
#[drust::test(nodes = 2)]
fn tied_group_is_read_twice() {
    let there = node::all().last().unwrap();
    let pair = Box::new(Pair { left: TBox::new(1), right: TBox::new(2) });
    let sum = thread::spawn_on(there, (pair,), |(pair,)| {
        let first = {
            let pair = Box::read(&pair);
            *pair.left + *pair.right
        };
        first + *Box::read(&pair).left
    });
    assert_eq!(sum.join().unwrap(), 4);
}

#[derive(drust::Portable)]
#[repr(C, align(131072))]
struct Page([u8; 131072]);

#[derive(drust::Portable)]
#[repr(C)]
struct Book {
    number: u64,
    page: Page,
}

/// A range is filed without its type: the copy must suit every type that has the same bytes.
#[drust::test(nodes = 2)]
fn ranges_of_one_place_keep_the_strictest_alignment() {
    let there = node::all().last().unwrap();
    let book = Box::new(Book { number: 3, page: Page([7; 131072]) });
    let odd = thread::scope(|s| {
        let bytes = Ref::map(Box::read(&book), |book| &book.page.0);
        let page = Ref::map(Box::read(&book), |book| &book.page);
        let number = Ref::map(Box::read(&book), |book| &book.number);
        let task = s.spawn_on(there, (number, bytes, page), |(number, bytes, page)| {
            let sum = *number + u64::from(bytes[0]) + u64::from(page.0[131071]);
            assert_eq!(sum, 17);
            std::ptr::from_ref(&*page).addr() % 131072
        });
        task.join().unwrap()
    });
    assert_eq!(odd, 0);
}

#[derive(drust::Carry)]
struct Halves<'a> {
    whole: Option<Ref<'a, [u64; 4]>>,
    parts: [drust::RefMut<'a, u64>; 2],
    by_value: Ref<'a, Option<Ref<'a, u64>>>,
}

/// Borrows that outlive the scope shorten themselves, in options, arrays, structs and borrows of borrows.
#[drust::test(nodes = 2)]
fn long_borrows_are_arguments_of_short_scopes() {
    static VALUE: [u64; 4] = [7; 4];
    let there = node::all().last().unwrap();
    let one = Box::new(1_u64);
    let (mut left, mut right) = (0, 0);
    let whole: Ref<'static, [u64; 4]> = Ref::of(&VALUE);
    let inner = Some(Ref::new(&one));
    thread::scope(|s| {
        let parts = [drust::RefMut::new(&mut left), drust::RefMut::new(&mut right)];
        let halves = Halves { whole: Some(whole), parts, by_value: Ref::of(&inner) };
        s.spawn_on(there, (halves, 5), |(mut halves, more)| {
            let one = halves.by_value.as_ref().map_or(0, |one| **one);
            *halves.parts[0] = halves.whole.unwrap()[0] + one;
            *halves.parts[1] = more;
        });
    });
    assert_eq!((left, right), (8, 5));
}
