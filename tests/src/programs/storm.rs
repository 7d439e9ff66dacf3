//! A random walk: things are made, read, lent, relent, moved, swapped, cloned and dropped on all nodes, in an order
//! that a seed tells. Every look is folded into what is returned.

use super::world::*;

#[derive(Portable)]
struct Item {
    value: u64,
    kids: [Option<Box<Item>>; 2],
    tied: Option<TBox<Item>>,
    text: Box<str>,
    list: Box<[u64]>,
}

type Slot = Option<Box<Item>>;

/// A small generator; its state travels with whatever uses it.
#[derive(Portable, Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn node(&mut self) -> NodeId {
        nth(self.roll(60))
    }

    fn split(&mut self) -> Dice {
        Dice((self.roll(1 << 40) as u64) << 1 | 1)
    }
}

fn item((mut dice, depth): (Dice, usize)) -> Item {
    let kid = |dice: &mut Dice| {
        (depth > 0 && dice.roll(2) == 0).then(|| {
            let args = (dice.split(), depth - 1);
            if dice.roll(3) == 0 {
                thread::spawn_on(dice.node(), args, |args| Box::new(item(args))).join().unwrap()
            } else {
                Box::new(item(args))
            }
        })
    };
    let kids = [kid(&mut dice), kid(&mut dice)];
    let tied = (depth > 0 && dice.roll(3) == 0).then(|| TBox::new(item((dice.split(), depth - 1))));
    let list = (0..dice.roll(20) as u64).collect();
    let text = Box::from(&*"text".repeat(dice.roll(4)));
    Item { value: dice.roll(1000) as u64, kids, tied, text, list }
}

fn hash(item: &Item) -> u64 {
    let mut sum = item.value.wrapping_mul(31) + item.text.len() as u64;
    sum = item.list.iter().fold(sum, |sum, &n| sum.wrapping_mul(33).wrapping_add(n));
    if let Some(tied) = &item.tied {
        sum = sum.wrapping_mul(5).wrapping_add(hash(tied));
    }
    item.kids.iter().fold(sum, |sum, kid| sum.wrapping_mul(7).wrapping_add(kid.as_ref().map_or(1, |kid| hash(kid))))
}

fn guarded(item: &Item) -> u64 {
    let list = Box::read(&item.list);
    let kids = item.kids.iter().flatten().map(|kid| guarded(&Box::read(kid)));
    kids.fold(list.iter().sum::<u64>() + item.value, |sum, kid| sum.wrapping_mul(3).wrapping_add(kid))
}

fn look((item, mut dice, depth): (Ref<'_, Item>, Dice, usize)) -> u64 {
    let below = match &item.kids[dice.roll(2)] {
        Some(kid) if depth > 0 => thread::scope(|s| {
            let args = (Ref::new(kid), dice.split(), depth - 1);
            let list = s.spawn_on(dice.node(), (Ref::new(&item.list),), |(list,)| list.iter().sum::<u64>());
            s.spawn_on(dice.node(), args, look).join().unwrap() + list.join().unwrap()
        }),
        _ => 0,
    };
    let own = if dice.roll(2) == 0 { hash(&item) } else { guarded(&item) };
    own.wrapping_add(below)
}

fn change(item: &mut Item, dice: &mut Dice) {
    match dice.roll(14) {
        0 => item.value += 1,
        1 => item.kids.swap(0, 1),
        2 => {
            let kid = item.kids[dice.roll(2)].take();
            drop(kid);
        }
        3 => item.kids[1] = Some(Box::new(self::item((dice.split(), 2)))),
        4 => item.text = Box::from(&*format!("{}.", item.text)),
        5 => item.list.iter_mut().for_each(|n| *n += 3),
        6 => item.tied = item.kids[0].take().map(|kid| TBox::new(Box::into_inner(kid))),
        7 => {
            if let Some(tied) = &mut item.tied {
                change(tied, dice);
            }
        }
        8 => {
            if let [Some(a), Some(b)] = &mut item.kids {
                std::mem::swap(a, b);
                std::mem::swap(&mut a.list, &mut b.list);
            }
        }
        9 => {
            if let Some(kid) = &mut item.kids[0] {
                kid.list = [1, 2, 3].into();
                Box::set(
                    kid,
                    Item { value: 9, kids: [None, None], tied: None, text: Box::from("set"), list: Box::from([8]) },
                );
            }
        }
        _ => {
            if let Some(kid) = &mut item.kids[dice.roll(2)] {
                change(kid, dice);
            }
        }
    }
}

fn write((mut item, mut dice, depth): (RefMut<'_, Item>, Dice, usize)) -> u64 {
    change(&mut item, &mut dice);
    if depth > 0 {
        let Item { kids, list: rest, .. } = &mut *item;
        thread::scope(|s| {
            let [a, b] = kids;
            for kid in [a, b].into_iter().flatten() {
                if dice.roll(2) == 0 {
                    s.spawn_on(dice.node(), (RefMut::new(&mut **kid), dice.split(), depth - 1), write);
                } else {
                    s.spawn_on(dice.node(), (RefMut::new(kid), dice.split(), depth - 1), write_boxed);
                }
            }
            let half = rest.len() / 2;
            s.spawn_on(dice.node(), (RefMut::new(&mut rest[half..]),), |(mut half,)| half.reverse());
        });
    }
    let own = hash(&item);
    change(&mut item, &mut dice);
    if dice.roll(7) == 0 {
        panic!("{own}");
    }
    own
}

fn write_boxed((mut item, mut dice, depth): (RefMut<'_, Box<Item>>, Dice, usize)) -> u64 {
    if dice.roll(4) == 0 {
        **item = self::item((dice.split(), 1));
    }
    if dice.roll(6) == 0 {
        return hash(&item);
    }
    let inner = RefMut::new(&mut **item);
    thread::scope(|s| s.spawn_on(dice.node(), (inner, dice.split(), depth), write).join().unwrap_or(17))
}

fn take((mut item, mut dice): (Box<Item>, Dice)) -> Slot {
    let seen = hash(&item);
    change(&mut item, &mut dice);
    item.value = item.value.wrapping_add(seen % 10);
    match dice.roll(8) {
        0 => None,
        1 => item.kids[0].take(),
        2 => thread::spawn_on(dice.node(), (item, dice.split()), take).join().unwrap(),
        3 => {
            Box::release(&mut item);
            Some(item)
        }
        _ => Some(item),
    }
}

fn step(slots: &mut [Slot], dice: &mut Dice) -> u64 {
    let (at, other) = (dice.roll(slots.len()), dice.roll(slots.len()));
    slots.swap(dice.roll(8), other);
    let Some(item) = &mut slots[at] else {
        slots[at] = Some(thread::spawn_on(dice.node(), (dice.split(), 3), |args| Box::new(item(args))).join().unwrap());
        return 1;
    };
    match dice.roll(9) {
        0 => hash(item),
        1 => guarded(&Box::read(item)),
        2 => {
            change(item, dice);
            2
        }
        3 => thread::scope(|s| {
            let tasks = [0; 3].map(|_| s.spawn_on(dice.node(), (Ref::new(item), dice.split(), 2), look));
            tasks.map(|task| task.join().unwrap()).into_iter().fold(3, u64::wrapping_add)
        }),
        4 => thread::scope(|s| {
            let task = s.spawn_on(dice.node(), (RefMut::new(item), dice.split(), 2), write_boxed);
            task.join().unwrap_or(4)
        }),
        5 => thread::scope(|s| {
            let task = s.spawn_on(dice.node(), (RefMut::new(&mut **item), dice.split(), 2), write);
            task.join().unwrap_or(5)
        }),
        6 => {
            let taken = slots[at].take().expect("just seen");
            slots[at] = thread::spawn_on(dice.node(), (taken, dice.split()), take).join().unwrap();
            6
        }
        7 => {
            let by_value = thread::scope(|s| {
                let task = s.spawn_on(dice.node(), (Ref::of(&**item), dice.split(), 1), look);
                let kids = s.spawn_on(dice.node(), (Ref::of(&item.kids),), |(kids,)| {
                    kids.iter().flatten().map(|kid| hash(kid)).fold(0, u64::wrapping_add)
                });
                task.join().unwrap().wrapping_add(kids.join().unwrap())
            });
            item.value += 1;
            by_value
        }
        _ => {
            slots[at] = None;
            8
        }
    }
}

/// One walk of so many steps.
pub fn walk(seed: u64, steps: usize) -> u64 {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut slots: [Slot; 8] = [const { None }; 8];
    let mut seen = 0_u64;
    for _ in 0..steps {
        seen = seen.rotate_left(5) ^ step(&mut slots, &mut dice);
    }
    slots.iter().flatten().fold(seen, |seen, item| seen.rotate_left(9) ^ hash(item))
}

pub fn run() -> String {
    let walks: Vec<_> = (0..3).map(|seed| walk(seed, 150)).collect();
    format!("{walks:?}")
}
