//! Many numbers at once, anywhere in the vector: one message for those of a node.
//!
//! Numbers that instructions of this node's own reach are dealt with here, each asked for a little before its turn.
//! Those of other nodes are packed for their homes. To each home one message is under way while the next is packed, so
//! that what was asked for first is done first.

use super::{AtomicVec, Number, SEQ_CST, share_of};
use crate::sync::atomic::word::Row;
use drust_heap::Portable;
use drust_proto::Address;
use drust_runtime::sharing::grant::{Answer, Borrowed, Call, Landed, Parcel, Service};
use drust_runtime::sharing::word::{self, named, reached, visit};
use std::cell::Cell;
use std::ptr::with_exposed_provenance;
use std::sync::atomic::AtomicU64;

/// Numbers of one message.
const BATCH: usize = 1 << 14;

impl<T: Number> AtomicVec<T> {
    /// The numbers of these indices, in the order of the indices, each as it was at some moment meanwhile.
    ///
    /// 1 request and 1 reply for up to 2^14 numbers of another node; on `shm` none.
    ///
    /// ```
    /// let squares: drust::collections::AtomicVec<u64> = (0..100).map(|n| n * n).collect();
    /// assert_eq!(squares.gather(&[9, 2, 9]), [81, 4, 81]);
    /// ```
    ///
    /// # Panics
    /// No number has one of the indices.
    #[must_use]
    #[track_caller]
    pub fn gather(&self, indices: &[usize]) -> std::vec::Vec<T> {
        let mut numbers = vec![T::from_bits(0); indices.len()];
        let places = Cell::from_mut(&mut numbers[..]).as_slice_of_cells();
        let place = |asked: &[usize], answer: &Answer| {
            let mut landed = answer.landed();
            // SAFETY: `serve_gather` put them there.
            let words = unsafe { landed.take_lent::<[u64]>() };
            if words.len() != asked.len() {
                landed.refuse(format!("{} numbers where {} were asked for", words.len(), asked.len()));
            }
            asked.iter().zip(&*words).for_each(|(at, bits)| places[*at].set(T::from_bits(*bits)));
        };
        let far = Far { service: serve_gather, pack: &|_, _| {}, done: &place };
        self.each(indices, 0.., far, |word, at: usize| places[at].set(T::from_bits(word.load(SEQ_CST))));
        numbers
    }

    /// Stores the first value under the first index, and so on. Where an index stands more than once its last value
    /// stays.
    ///
    /// 1 request and 1 reply for up to 2^14 numbers of another node; on `shm` none.
    ///
    /// ```
    /// let numbers = drust::collections::AtomicVec::<u64>::new(4);
    /// numbers.scatter(&[3, 0, 3], &[5, 6, 7]);
    /// assert_eq!(numbers.to_vec(), [6, 0, 0, 7]);
    /// ```
    ///
    /// # Panics
    /// No number has one of the indices, or there are not as many values; nothing is stored then.
    #[track_caller]
    pub fn scatter(&self, indices: &[usize], values: &[T]) {
        assert_eq!(indices.len(), values.len(), "as many values as indices");
        // SAFETY: plain numbers are copied, and nothing of them is used after that.
        let pack = |bits: &[u64], parcel: &mut Parcel| unsafe { parcel.lend(bits) };
        let far = Far { service: serve_scatter, pack: &pack, done: &|_, _| {} };
        self.each(indices, values.iter().map(|value| value.to_bits()), far, |word, bits| word.store(bits, SEQ_CST));
    }

    /// Has `function` change each number that has one of the indices, where it lives, as often as its index stands.
    ///
    /// Each change is one of an atomic: where another comes between the function is called again, with what the number
    /// is then.
    ///
    /// 1 request and 1 reply for up to 2^14 numbers of another node, and for what the function looks at behind handles
    /// in `args`; on `shm` none, and the function is called here.
    ///
    /// ```
    /// let numbers = drust::collections::AtomicVec::from([1_u64, 2, 3, 4]);
    /// numbers.update_many(&[0, 3, 0], 10, |number, factor| *number *= factor);
    /// assert_eq!(numbers.to_vec(), [100, 2, 3, 40]);
    /// ```
    ///
    /// # Panics
    /// No number has one of the indices; nothing is changed then. Or the function panics; some are changed then.
    #[track_caller]
    pub fn update_many<A: Portable>(&self, indices: &[usize], args: A, function: fn(&mut T, &A)) {
        let pack = |_: &[()], parcel: &mut Parcel| {
            parcel.function(function as usize);
            // SAFETY: they are borrowed until all is done, and so are the calls that are under way.
            unsafe { parcel.lend(&args) };
        };
        let far = Far { service: serve_update_many::<T, A>, pack: &pack, done: &|_, _| {} };
        self.each(indices, std::iter::repeat(()), far, |word, ()| change(word, &args, function));
    }

    /// As [`update_many`](Self::update_many), with an argument of its own for each index. Changes of one number follow
    /// each other in the order in which its index stands.
    ///
    /// ```
    /// let table = drust::collections::AtomicVec::<u64>::new(8);
    /// table.update_each(&[5, 1, 5], &[1, 2, 3], |number, value| *number = *number * 10 + value);
    /// assert_eq!(table.to_vec(), [0, 2, 0, 0, 0, 13, 0, 0]);
    /// ```
    ///
    /// # Panics
    /// As [`update_many`](Self::update_many), and where there are not as many arguments as indices.
    #[track_caller]
    pub fn update_each<A: Portable + Copy>(&self, indices: &[usize], args: &[A], function: fn(&mut T, &A)) {
        assert_eq!(indices.len(), args.len(), "as many arguments as indices");
        let pack = |args: &[A], parcel: &mut Parcel| {
            parcel.function(function as usize);
            // SAFETY: what may be copied is plain bytes, and nothing of them is used after that.
            unsafe { parcel.lend(args) };
        };
        let far = Far { service: serve_update_each::<T, A>, pack: &pack, done: &|_, _| {} };
        self.each(indices, args.iter().copied(), far, |word, args| change(word, &args, function));
    }

    /// Goes to the numbers of these indices, with an item for each: by `near` to those that this node reaches, by `far`
    /// to others.
    #[track_caller]
    fn each<'a, P>(
        &'a self,
        indices: &[usize],
        items: impl IntoIterator<Item = P>,
        far: Far<'_, P>,
        near: impl FnMut(&'a AtomicU64, P),
    ) {
        if let Some(index) = indices.iter().find(|index| **index >= self.len) {
            panic!("index out of bounds: the len is {} but the index is {index}", self.len);
        }
        word::begin();
        let rows: &[Row] = &self.rows;
        // SAFETY: a row lives as long as `self`, and has so many words; all use of them is atomic.
        let reach = |(part, row): (usize, &Row)| unsafe { reached(row.name(), share_of(part, rows.len(), self.len)) };
        let parts: std::vec::Vec<Option<&[AtomicU64]>> = rows.iter().enumerate().map(reach).collect();
        let mut posts = Posts { rows, far, lots: rows.iter().map(|_| Lot::default()).collect() };
        let at_hand = indices.iter().zip(items).filter_map(|(index, item)| {
            let (part, index) = self.split(*index, rows.len());
            match parts[part] {
                Some(words) => return Some((&words[index], item)),
                None => posts.add(part, index as u32, item),
            }
            None
        });
        visit(at_hand, near);
        posts.finish();
    }
}

/// What is done with numbers of other nodes, with an item for each.
struct Far<'f, P> {
    service: Service,
    /// Packs the items, behind the indices.
    pack: &'f dyn Fn(&[P], &mut Parcel),
    done: &'f dyn Fn(&[P], &Answer),
}

/// Messages to the homes of rows that are not reached, by part.
struct Posts<'a, P> {
    rows: &'a [Row],
    far: Far<'a, P>,
    lots: std::vec::Vec<Lot<P>>,
}

struct Lot<P> {
    indices: std::vec::Vec<u32>,
    items: std::vec::Vec<P>,
    under_way: Option<(Call, std::vec::Vec<P>)>,
}

impl<P> Default for Lot<P> {
    fn default() -> Lot<P> {
        Lot { indices: std::vec::Vec::new(), items: std::vec::Vec::new(), under_way: None }
    }
}

impl<P> Lot<P> {
    /// Waits for the answer that is under way, if one is; that, and what it was asked for with.
    #[track_caller]
    fn answer(&mut self) -> Option<(Answer, std::vec::Vec<P>)> {
        let (call, items) = self.under_way.take()?;
        Some((call.wait(&"numbers of an atomic vector"), items))
    }
}

impl<P> Posts<'_, P> {
    #[track_caller]
    fn add(&mut self, part: usize, index: u32, item: P) {
        let lot = &mut self.lots[part];
        lot.indices.push(index);
        lot.items.push(item);
        if lot.indices.len() == BATCH {
            self.send(part);
        }
    }

    /// Sends what is packed for a part, when what was sent before has been answered.
    #[track_caller]
    fn send(&mut self, part: usize) {
        let (lot, row) = (&mut self.lots[part], self.rows[part].name().address());
        let mut parcel = Parcel::new();
        parcel.put(row.word());
        // SAFETY: plain numbers are copied, and nothing of them is used after that.
        unsafe { parcel.lend(&lot.indices[..]) };
        (self.far.pack)(&lot.items, &mut parcel);
        let before = lot.answer();
        let call = Call::run(row.home(), self.far.service, &parcel);
        lot.indices.clear();
        lot.under_way = Some((call, std::mem::take(&mut lot.items)));
        if let Some((answer, items)) = before {
            (self.far.done)(&items, &answer);
        }
    }

    #[track_caller]
    fn finish(mut self) {
        for part in 0..self.lots.len() {
            if !self.lots[part].indices.is_empty() {
                self.send(part);
            }
        }
        for (answer, items) in self.lots.iter_mut().filter_map(Lot::answer) {
            (self.far.done)(&items, &answer);
        }
    }
}

/// Has a function change a number, as one operation.
fn change<T: Number, A>(word: &AtomicU64, args: &A, function: fn(&mut T, &A)) {
    let mut found = word.load(SEQ_CST);
    loop {
        let mut number = T::from_bits(found);
        function(&mut number, args);
        match word.compare_exchange_weak(found, number.to_bits(), SEQ_CST, SEQ_CST) {
            Ok(_) => return,
            Err(other) => found = other,
        }
    }
}

/// Words of this node that were packed, by their row and their indices in it.
struct Words<'a> {
    row: &'a [AtomicU64],
    indices: Borrowed<'a, [u32]>,
}

impl<'a> Words<'a> {
    /// # Safety
    /// `Posts::send` put them there, and the row lives until it is answered.
    unsafe fn landed(landed: &mut Landed<'a>) -> Words<'a> {
        // SAFETY: the caller's promise.
        let (row, indices) = unsafe { (landed.take::<u64>(), landed.take_lent::<[u32]>()) };
        // SAFETY: as above.
        let Some(row) = (unsafe { named(Address::from_word(row)) }) else {
            landed.refuse("no row of numbers begins there");
        };
        if let Some(index) = indices.iter().find(|index| **index as usize >= row.len()) {
            landed.refuse(format!("the number {index} of a row of {}", row.len()));
        }
        Words { row, indices }
    }

    /// Goes to them in their order, with an item for each.
    fn each<X>(&self, items: impl IntoIterator<Item = X>, each: impl FnMut(&AtomicU64, X)) {
        visit(self.indices.iter().map(|index| &self.row[*index as usize]).zip(items), each);
    }
}

fn serve_gather(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    // SAFETY: `gather` had them put there, and borrows the row.
    let words = unsafe { Words::landed(landed) };
    let mut found: std::vec::Vec<u64> = std::vec::Vec::with_capacity(words.indices.len());
    words.each(std::iter::repeat(()), |word, ()| found.push(word.load(SEQ_CST)));
    // SAFETY: plain numbers are copied, and nothing of them is used after that.
    unsafe { parcel.lend(&found[..]) };
}

fn serve_scatter(landed: &mut Landed<'_>, _: &mut Parcel) {
    // SAFETY: `scatter` had them put there, and borrows the row.
    let (words, bits) = unsafe { (Words::landed(landed), landed.take_lent::<[u64]>()) };
    words.each(bits.iter(), |word, bits| word.store(*bits, SEQ_CST));
}

fn serve_update_many<T: Number, A: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    // SAFETY: `update_many` had them put there, and borrows the row.
    let words = unsafe { Words::landed(landed) };
    let function = landed.function();
    // SAFETY: as above; the function is of this type, and the arguments are lent until this is answered.
    let (function, args) = unsafe {
        let function = std::mem::transmute::<*const (), fn(&mut T, &A)>(with_exposed_provenance(function));
        (function, landed.take_lent::<A>())
    };
    words.each(std::iter::repeat(()), |word, ()| change(word, &*args, function));
}

fn serve_update_each<T: Number, A: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    // SAFETY: `update_each` had them put there, and borrows the row.
    let words = unsafe { Words::landed(landed) };
    let function = landed.function();
    // SAFETY: as above; the function is of this type.
    let (function, args) = unsafe {
        let function = std::mem::transmute::<*const (), fn(&mut T, &A)>(with_exposed_provenance(function));
        (function, landed.take_lent::<[A]>())
    };
    words.each(args.iter(), |word, args| change(word, args, function));
}
