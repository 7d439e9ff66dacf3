//! Going through all entries page by page, over as long a time as one likes.

use super::shard::{Shard, landed_function};
use super::{HashMap, named};
use drust_heap::Portable;
use drust_runtime::sharing::grant::{Call, Landed, Parcel, Resident};

/// What is wanted of an entry.
type Pick<K, V, A, R> = fn(&K, &V, &A) -> Option<R>;

impl<K: Portable, V: Portable, S> HashMap<K, V, S> {
    /// What `pick` returns of the next entries, at most `count`, and at least 1, that it is called with where they are;
    /// and from where to go on. 1 request, 1 reply where they are another node's.
    ///
    /// 0 begins, and comes back when all have been looked at. Entries that are there from begin to end are looked at at
    /// least once, whatever others do meanwhile, and those of a map that stays as it is exactly once. What looks at a
    /// few entries only may begin with any other number: its upper half names a shard, and its lower half, if that is
    /// not 0, before which of the shard's entries to begin.
    ///
    /// # Panics
    /// Where `pick` does.
    ///
    /// ```
    /// let map: drust::collections::HashMap<u32, u32> = (0..100).map(|n| (n, n * n)).collect();
    /// let (mut roots, mut cursor) = (Vec::new(), 0);
    /// loop {
    ///     let (next, page) = map.scan(cursor, 10, 50, |root, square, least| (square >= least).then_some(*root));
    ///     roots.extend(page);
    ///     cursor = next;
    ///     if cursor == 0 {
    ///         break;
    ///     }
    /// }
    /// roots.sort();
    /// assert!(roots.into_iter().eq(8..100));
    /// ```
    #[track_caller]
    pub fn scan<A: Portable, R: Portable>(
        &self,
        cursor: u64,
        count: usize,
        args: A,
        pick: fn(&K, &V, &A) -> Option<R>,
    ) -> (u64, std::vec::Vec<R>) {
        let number = (cursor >> 32) as usize & (self.shards.len() - 1);
        let (rest, picked) = page_of(named(self.shards[number]), (cursor as u32, count.max(1)), args, pick);
        let next = match rest {
            0 if number + 1 == self.shards.len() => 0,
            0 => (number as u64 + 1) << 32,
            rest => (number as u64) << 32 | u64::from(rest),
        };
        (next, picked)
    }
}

/// How many entries of a shard are still to be looked at (0: all of them, at the beginning), and at how many to look.
type Page = (u32, usize);

#[track_caller]
fn page_of<K: Portable, V: Portable, A: Portable, R: Portable>(
    shard: Resident<Shard<K, V>>,
    page: Page,
    args: A,
    pick: Pick<K, V, A, R>,
) -> (u32, std::vec::Vec<R>) {
    if let Some(shard) = shard.enter() {
        return look(&shard, page, &args, pick);
    }
    let mut parcel = Parcel::new();
    parcel.put(page);
    parcel.function(pick as usize);
    parcel.put(args);
    let answer = Call::using(shard.name(), serve_page::<K, V, A, R>, &parcel).wait(&"a shard of a map");
    let mut landed = answer.landed();
    // SAFETY: `serve_page` put two numbers there, and so many results.
    unsafe {
        let (rest, count) = landed.take::<(u32, usize)>();
        (rest, (0..count).map(|_| landed.take::<R>()).collect())
    }
}

/// From the last entry down: one that is removed is replaced by the last one, which has been looked at, or is still
/// before those that have; and one that is added comes last.
fn look<K: Portable, V: Portable, A, R>(
    shard: &Shard<K, V>,
    (rest, count): Page,
    args: &A,
    pick: Pick<K, V, A, R>,
) -> (u32, std::vec::Vec<R>) {
    let len = shard.table.len();
    if len == 0 {
        return (0, std::vec::Vec::new());
    }
    let end = if rest == 0 { len } else { len.min(rest as usize) };
    let start = end.saturating_sub(count);
    let entries = &shard.table.entries()[start..end];
    let picked = entries.iter().filter_map(|entry| pick(&entry.value.0, &entry.value.1, args)).collect();
    (start as u32, picked)
}

fn serve_page<K: Portable, V: Portable, A: Portable, R: Portable>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    // SAFETY: `page_of` put it there for a shard, whose turn this is.
    let (page, pick, args, shard) = unsafe {
        let page = landed.take::<Page>();
        let pick = landed_function::<Pick<K, V, A, R>>(landed);
        (page, pick, landed.take::<A>(), Resident::<Shard<K, V>>::entered(landed))
    };
    let (rest, picked) = look(&shard, page, &args, pick);
    parcel.put((rest, picked.len()));
    picked.into_iter().for_each(|result| parcel.put(result));
}
