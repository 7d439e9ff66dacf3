//! When values are dropped, in which order, and what a panic leaves: 13 panics when it is dropped.

use super::cases;
use super::values::Noted;

cases! { whole: |v: Arc<Noted>|
    Noted(1) => ();
    Noted(13) => ();
    Noted(1) => drop(v.clone());
    Noted(1) => { *v = Arc::new(Noted(2)); };
    Noted(13) => { *v = Arc::new(Noted(2)); };
    Noted(1) => { let w = v.clone(); *v = Arc::new(Noted(2)); w.0 };
    Noted(1) => { let w = Arc::downgrade(v); *v = Arc::new(Noted(2)); drop(w) };
    Noted(1) => { let w = Arc::downgrade(v); *v = Arc::new(Noted(2)); w.upgrade() };
    Noted(13) => { let w = Arc::downgrade(v); *v = Arc::new(Noted(2)); w.upgrade() };
    Noted(1) => { let w = Arc::downgrade(v).upgrade(); *v = Arc::new(Noted(2)); drop(w) };
    Noted(1) => { let all = vec![v.clone(), Arc::new(Noted(2)), v.clone()]; drop(all) };
    Noted(1) => { let pair = (Arc::new(Noted(2)), v.clone(), Arc::new(Noted(3))); *v = Arc::new(Noted(4)); drop(pair) };
    Noted(1) => Arc::new_cyclic(|me: &Weak<Noted>| { drop(me.clone()); Noted(3) }).0;
}

cases! { slices: |v: Arc<[Noted]>|
    [Noted(1), Noted(2), Noted(3)] => ();
    [Noted(1), Noted(13), Noted(3)] => ();
    [Noted(1), Noted(2), Noted(3)] => drop(v.clone());
    [Noted(1), Noted(13), Noted(3)] => { *v = Arc::from([]); };
    [Noted(1), Noted(2)] => { Arc::get_mut(v).unwrap()[0] = Noted(5); };
    [Noted(1), Noted(2)] => { let w = v.clone(); Arc::make_mut(v)[0] = Noted(5); };
    [Noted(1), Noted(99)] => { let w = v.clone(); Arc::make_mut(v)[0] = Noted(5); };
    [Noted(1), Noted(2)] => { let w = <Arc<[Noted; 2]>>::try_from(v.clone()); *v = Arc::from([]); drop(w) };
    [Noted(1), Noted(2)] => { let w = <Arc<[Noted; 3]>>::try_from(v.clone()).is_err(); *v = Arc::from([]); w };
}

cases! { made: |v: Arc<[Noted]>|
    Vec::from([Noted(1), Noted(2)]) => ();
    Box::<[Noted]>::from([Noted(1), Noted(13)]) => ();
    vec![Noted(1), Noted(2)] => { *v = (3..6).map(Noted).collect(); };
    [Noted(1)] => { *v = (3..6).map(|n| if n == 5 { panic!("no {n}") } else { Noted(n) }).collect(); };
    [Noted(1)] => { *v = Arc::from(&[Noted(2), Noted(3)][..]); };
    [Noted(1)] => { *v = Arc::from(&[Noted(2), Noted(99)][..]); };
}
