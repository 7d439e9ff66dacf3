//! What only one that is alone may do.

use super::cases;
use super::values::Noted;

cases! { numbers: |v: Arc<u32>|
    5 => Arc::get_mut(v).map(|n| { *n += 1; *n });
    5 => { Arc::get_mut(v).map(|n| *n += 1); Arc::get_mut(v).map(|n| *n += 1); (**v, Arc::strong_count(v)) };
    5 => { let w = v.clone(); Arc::get_mut(v).is_none() };
    5 => { let w = v.clone(); drop(w); Arc::get_mut(v).is_some() };
    5 => { let w = Arc::downgrade(v); Arc::get_mut(v).is_none() };
    5 => { let w = Arc::downgrade(v); drop(w); Arc::get_mut(v).is_some() };
    5 => { let w = Arc::downgrade(v); let x = w.upgrade(); drop(w); (Arc::get_mut(v).is_none(), x.is_some()) };
    5 => { *Arc::make_mut(v) += 1; **v };
    5 => { let w = v.clone(); *Arc::make_mut(v) += 1; (*w, Arc::ptr_eq(v, &w), Arc::strong_count(&w)) };
    5 => { let w = Arc::downgrade(v); *Arc::make_mut(v) += 1; (w.upgrade(), w.strong_count(), Arc::weak_count(v)) };
    5 => { let (w, x) = (Arc::downgrade(v), v.clone()); *Arc::make_mut(v) += 1; (w.upgrade(), Arc::weak_count(&x)) };
    5 => { *Arc::make_mut(v) += 1; let w = v.clone(); *Arc::make_mut(v) += 1; (*w, **v) };
    5 => Arc::try_unwrap(std::mem::take(v));
    5 => { let w = v.clone(); (Arc::try_unwrap(std::mem::take(v)).is_err(), Arc::strong_count(&w)) };
    5 => { let w = v.clone(); drop(w); Arc::try_unwrap(std::mem::take(v)) };
    5 => { let w = Arc::downgrade(v); (Arc::try_unwrap(std::mem::take(v)), w.upgrade(), w.weak_count()) };
    5 => Arc::into_inner(std::mem::take(v));
    5 => { let w = v.clone(); (Arc::into_inner(std::mem::take(v)), Arc::into_inner(w)) };
    5 => { let w = Arc::downgrade(v); (Arc::into_inner(std::mem::take(v)), w.upgrade()) };
    5 => Arc::unwrap_or_clone(std::mem::take(v));
    5 => { let w = v.clone(); (Arc::unwrap_or_clone(std::mem::take(v)), *w, Arc::strong_count(&w)) };
}

cases! { noted: |v: Arc<Noted>|
    Noted(1) => { Arc::get_mut(v).unwrap().0 = 2; };
    Noted(1) => *Arc::get_mut(v).unwrap() = Noted(2);
    Noted(13) => *Arc::get_mut(v).unwrap() = Noted(2);
    Noted(1) => { Arc::make_mut(v).0 = 2; };
    Noted(1) => { let w = v.clone(); Arc::make_mut(v).0 = 2; };
    Noted(99) => { let w = v.clone(); Arc::make_mut(v).0 = 2; };
    Noted(99) => { Arc::make_mut(v).0 = 2; };
    Noted(1) => { let w = Arc::downgrade(v); Arc::make_mut(v).0 = 2; w.upgrade() };
    Noted(1) => Arc::try_unwrap(std::mem::take(v)).is_ok();
    Noted(1) => { let w = v.clone(); Arc::try_unwrap(std::mem::take(v)).is_ok() };
    Noted(13) => Arc::into_inner(std::mem::take(v)).is_some();
    Noted(1) => { let w = v.clone(); Arc::into_inner(std::mem::take(v)).is_some() };
    Noted(1) => { let w = v.clone(); Arc::unwrap_or_clone(std::mem::take(v)).0 };
    Noted(99) => { let w = v.clone(); Arc::unwrap_or_clone(std::mem::take(v)).0 };
}

cases! { slices: |v: Arc<[u32]>|
    [1, 2, 3] => { Arc::get_mut(v).unwrap()[1] = 5; };
    [1, 2, 3] => { let w = v.clone(); Arc::get_mut(v).is_none() };
    [1, 2, 3] => { Arc::make_mut(v)[0] = 7; };
    [1, 2, 3] => { let w = v.clone(); Arc::make_mut(v)[0] = 7; w[0] };
    [] => Arc::make_mut(v).len();
    [] => Arc::get_mut(v).map(|all| all.len());
}

cases! { texts: |v: Arc<str>|
    "abc" => { Arc::make_mut(v).make_ascii_uppercase(); };
    "abc" => { let w = v.clone(); Arc::make_mut(v).make_ascii_uppercase(); w.len() + w.matches('a').count() };
    "abc" => Arc::get_mut(v).map(|text| text.make_ascii_uppercase());
    "" => Arc::get_mut(v).map(|text| text.len());
}

cases! { nothing: |v: Arc<()>|
    () => (Arc::strong_count(v), **v, Arc::get_mut(v).is_some());
    () => { let w = v.clone(); (Arc::ptr_eq(v, &w), Arc::ptr_eq(v, &Arc::new(())), Arc::get_mut(v).is_none()) };
    () => Arc::try_unwrap(std::mem::take(v));
}
