//! `TBox` beside std's `Box`: values tied to a group that is tied to an owner, at home or moved and copied with it.

use crate::check::check;
use crate::values::{Boxes, Drops, Nothings, Numbers, Structs, Texts};
use drust::Portable;

/// What is tied to a group, and what lies in it.
#[derive(Portable, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group<B> {
    mark: u8,
    first: B,
    second: Option<B>,
}

crate::methods::methods! {
    /// An owner of groups of any kind of value.
    Owners: Box<Group<TBox<Group<TBox<T>>>>>, len 8, state (v.first.first.key(), v.second.is_some());
    |v, w, i, j, r, n|

    // Made anew, from inside out.
    new: v.first.first = TBox::new(T::make(n));
    from: v.first.second = Some(T::make(n).into());
    group: v.second = Some(TBox::new(Group { mark: 1, first: TBox::new(T::make(n)), second: None }));
    default: v.first = TBox::default();
    owner: *v = Box::default();
    clone: { let clone = v.clone(); (&clone == v, clone) };
    clone_group: v.second = Some(v.first.clone());
    clone_from: v.first.first.clone_from(&w.first.first);
    clone_into: *w = v.clone();

    // Tied elsewhere, or to nothing.
    none: v.second = None;
    drop_inner: v.first.second.take();
    move_out: { let second = v.second.take(); w.second = second };
    move_in: if let Some(group) = w.second.take() { v.first = group };
    move_deep: std::mem::swap(&mut v.first.first, &mut w.first.first);
    swap_both: std::mem::swap(v, w);
    swap_groups: std::mem::swap(&mut v.first, &mut w.first);
    swap_insides: std::mem::swap(&mut *v.first, &mut *w.first);
    take: std::mem::take(&mut v.first);
    into_inner: TBox::into_inner(std::mem::take(&mut v.first)).first => (*std::mem::take(&mut v.first)).first;
    into_value: TBox::into_inner(std::mem::take(&mut v.first.first)) => *std::mem::take(&mut v.first.first);
    owner_inside: Box::into_inner(std::mem::take(v)).second => (*std::mem::take(v)).second;
    replace: std::mem::replace(&mut *v.first.first, T::make(n));

    // Reading.
    eq: (v == w, v.first == w.first, v.first.first != w.first.first);
    cmp: (v.cmp(&w), v.first.cmp(&w.first), v.first.first.partial_cmp(&w.first.first), v.second < w.second);
    hash: (crate::methods::hash(&v.first), crate::methods::hash(&v.first.first));
    deref: (T::clone(&v.first.first), v.second.as_ref().map(|group| group.first.key()));
    read: Box::read(v).first.first.key() => v.first.first.key();
    display: format!("{:>5}|{}", TBox::new(n), TBox::new('c'));

    // Writing in place.
    mark: { v.mark += 1; v.first.mark += 2 };
    poke: v.first.first.poke(n);
    poke_all: {
        let owner = &mut **v;
        for group in std::iter::once(&mut owner.first).chain(&mut owner.second) {
            group.first.poke(n);
            group.second.iter_mut().for_each(|value| value.poke(n));
        }
    };
    panics_on_the_way: { v.first.first.poke(n); v.second.as_mut().expect("a second group").first.poke(n) };
}

#[drust::test(nodes = 3)]
fn of_numbers() {
    check::<Owners<Numbers>>();
}

#[drust::test(nodes = 3)]
fn of_texts() {
    check::<Owners<Texts>>();
}

#[drust::test(nodes = 3)]
fn of_boxes() {
    check::<Owners<Boxes>>();
}

#[drust::test(nodes = 3)]
fn of_structs() {
    check::<Owners<Structs>>();
}

#[drust::test(nodes = 3)]
fn of_nothings() {
    check::<Owners<Nothings>>();
}

#[drust::test(nodes = 3)]
fn of_drops() {
    check::<Owners<Drops>>();
}
