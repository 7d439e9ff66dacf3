//! Types aligned to more than a page, up to 2 MiB, at home, in copies, tied and lent.

use super::world::*;

#[derive(Portable, Clone, Copy)]
#[repr(align(4096))]
struct Page(u64);

#[derive(Portable, Clone, Copy)]
#[repr(align(2097152))]
struct Huge(u64);

#[derive(Portable)]
struct Tied {
    id: u64,
    page: TBox<Page>,
}

fn at<T>(value: &T) -> usize {
    (&raw const *value).addr() % align_of::<T>()
}

fn look((page, huge, tied): (Ref<'_, Page>, Ref<'_, Huge>, Ref<'_, Tied>)) -> (u64, usize) {
    (page.0 + huge.0 + tied.page.0 + tied.id, at(&*page) + at(&*huge) + at(&*tied.page))
}

/// As with std, a value that is boxed passes the stack, and each of these takes some 2 MiB of it.
fn make((n,): (u64,)) -> (Box<Page>, Box<Huge>, Box<Tied>) {
    let here = node::current();
    crate::with_deep_stack(move || {
        node::enter(here);
        (Box::new(Page(n)), Box::new(Huge(n * 10)), Box::new(Tied { id: n, page: TBox::new(Page(n * 100)) }))
    })
}

pub fn run() -> String {
    let mut seen = Vec::new();
    let (mut page, mut huge, mut tied) = thread::spawn_on(nth(1), (1,), make).join().unwrap();
    for i in 0..4 {
        seen.push((page.0 + huge.0, at(&*page) + at(&*huge) + at(&*tied.page)));
        seen.push(thread::scope(|s| {
            s.spawn_on(nth(i), (Ref::new(&page), Ref::new(&huge), Ref::new(&tied)), look).join().unwrap()
        }));
        page.0 += 1;
        huge.0 += 1;
        tied.page.0 += 1;
        seen.push((0, at(&*page) + at(&*huge) + at(&*tied.page)));
        (page, huge, tied) = thread::spawn_on(nth(i + 1), (page, huge, tied), |all| all).join().unwrap();
    }
    let mut own = [Page(1), Page(2)];
    thread::scope(|s| {
        s.spawn_on(nth(1), (RefMut::new(&mut own[1]),), |(mut page,)| page.0 += at(&*page) as u64 + 5);
    });
    format!("{seen:?} {}", own[1].0)
}
