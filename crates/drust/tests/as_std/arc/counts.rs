//! How many there are.

use super::cases;

cases! { numbers: |v: Arc<u32>|
    5 => (Arc::strong_count(v), Arc::weak_count(v));
    5 => { let w = v.clone(); (Arc::strong_count(v), Arc::strong_count(&w), Arc::weak_count(&w)) };
    5 => { let all: Vec<_> = (0..9).map(|_| v.clone()).collect(); Arc::strong_count(&all[4]) };
    5 => { let w = v.clone(); drop(v.clone()); Arc::strong_count(&w) };
    5 => { let w = Arc::downgrade(v); (Arc::weak_count(v), w.strong_count(), w.weak_count()) };
    5 => { let w = Arc::downgrade(v); let x = w.clone(); (Arc::weak_count(v), w.weak_count(), x.ptr_eq(&w)) };
    5 => { let w = Arc::downgrade(v); drop(w.clone()); (Arc::weak_count(v), Arc::strong_count(v)) };
    5 => { let w = Arc::downgrade(v); let x = w.upgrade(); (x.as_deref().copied(), Arc::strong_count(v)) };
    5 => { let w = Arc::downgrade(v); drop(w.upgrade()); Arc::strong_count(v) };
    5 => { let w = Arc::downgrade(v); *v = Arc::new(6); (w.upgrade(), w.strong_count(), w.weak_count()) };
    5 => { let w = Arc::downgrade(v); let x = v.clone(); *v = Arc::new(6); (w.upgrade(), w.strong_count()) };
    5 => { let w = Arc::downgrade(v); *v = Arc::new(6); drop(w.clone()); w.clone().upgrade() };
    5 => { let w = Weak::<u32>::new(); (w.upgrade(), w.strong_count(), w.weak_count(), w.ptr_eq(&Weak::new())) };
    5 => { let w = Weak::<u32>::default().clone(); (w.upgrade(), format!("{w:?}"), w.ptr_eq(&Arc::downgrade(v))) };
    5 => { let w = Arc::downgrade(v); *v = w.upgrade().unwrap(); (Arc::strong_count(v), Arc::weak_count(v)) };
    5 => { let w = v.clone(); (Arc::ptr_eq(v, &w), Arc::ptr_eq(v, &Arc::new(5)), Arc::as_ptr(v) == Arc::as_ptr(v)) };
}

cases! { slices: |v: Arc<[u32]>|
    [1, 2, 3] => { let w = v.clone(); (Arc::strong_count(v), w.len(), w[1], Arc::ptr_eq(v, &w)) };
    [] => { let w = v.clone(); (Arc::strong_count(v), w.len(), Arc::ptr_eq(v, &w)) };
    [1, 2, 3] => { let w = Arc::downgrade(v); (w.upgrade(), w.strong_count(), w.weak_count()) };
    [1, 2, 3] => { let w = Arc::downgrade(v); *v = Arc::from([4]); w.upgrade() };
}

cases! { cycles: |v: Arc<u32>|
    5 => { let w = Arc::new_cyclic(|me: &Weak<u32>| me.upgrade().map_or(7, |_| 8)); (*w, Arc::weak_count(&w)) };
    5 => { let mut k = vec![]; *v = Arc::new_cyclic(|w| { k.push(w.clone()); 7 }); (k.pop().unwrap().upgrade(), 1) };
    5 => { let mut k = vec![]; drop(Arc::new_cyclic(|me| { k.push(me.clone()); 7 })); k[0].upgrade() };
    5 => Arc::<u32>::new_cyclic(|_| panic!("not made"));
    5 => Arc::new_cyclic(|me: &Weak<u32>| (me.strong_count() + 2 * me.weak_count()) as u32);
    5 => Arc::new_cyclic(|me: &Weak<u32>| { drop(me.clone()); 7 });
}
