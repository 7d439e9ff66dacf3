//! Places of values in chunks, sorted by the nodes where they are, and there by the workers that share them.

use super::Chunk;
use super::run::workers;
use crate::node;
use drust_heap::Portable;
use drust_macros::Portable;

/// Where a value is: its chunk, among those of its node, and its index there.
#[derive(Portable, Clone, Copy)]
pub(super) struct Place {
    pub(super) chunk: usize,
    pub(super) at: usize,
}

/// For each chunk its node, and its number among the chunks of that node.
pub(super) type Homes = Vec<(usize, usize)>;

/// What goes to one node: places, and an item for each, cut up for its workers.
pub(super) struct Lot<X> {
    pub(super) places: Vec<Place>,
    pub(super) items: Vec<X>,
    pub(super) cuts: Vec<Cut>,
}

/// One worker's share of a lot, which follows those of the others: so many chunks, and so many places in them.
#[derive(Portable, Clone, Copy)]
pub(super) struct Cut {
    pub(super) chunks: usize,
    pub(super) places: usize,
}

/// Places that are worth a task.
const SHARE: usize = 1 << 9;

/// Indices, each of which a chunk has, by the nodes where their values live, with an item for each; those of one chunk
/// stay in their order.
pub(super) fn sorted<T: Portable, X>(
    chunks: &[Chunk<T>],
    homes: &Homes,
    indices: &[usize],
    items: impl IntoIterator<Item = X>,
) -> Vec<Lot<X>> {
    let mut counts = vec![0; node::count()];
    homes.iter().for_each(|(home, _)| counts[*home] += 1);
    // Nodes are taken to have as many workers each as this one.
    let shares = |count: usize| workers().min(indices.len() / node::count() / SHARE).min(count).max(1);
    let mut lots: Vec<Vec<Lot<X>>> = counts.iter().map(|count| Lot::row(*count, shares(*count))).collect();
    for (index, item) in indices.iter().zip(items) {
        let number = chunks.partition_point(|chunk| chunk.start <= *index) - 1;
        let (home, chunk) = homes[number];
        let row = &mut lots[home];
        let share = chunk * row.len() / counts[home];
        let lot = &mut row[share];
        lot.places.push(Place { chunk, at: index - chunks[number].start });
        lot.items.push(item);
    }
    lots.into_iter().map(Lot::joined).collect()
}

impl<X> Lot<X> {
    /// So many lots, each for some of so many chunks.
    fn row(chunks: usize, lots: usize) -> Vec<Lot<X>> {
        // A chunk is in the lot of this number: its own times `lots`, by `chunks`.
        let first = |lot: usize| (lot * chunks).div_ceil(lots);
        let lot = |lot| {
            let cut = Cut { chunks: first(lot + 1) - first(lot), places: 0 };
            Lot { places: Vec::new(), items: Vec::new(), cuts: vec![cut] }
        };
        (0..lots).map(lot).collect()
    }

    /// The lots of a row, of which there is one at least, one behind the other.
    fn joined(row: Vec<Lot<X>>) -> Lot<X> {
        let mut all = Lot { places: Vec::new(), items: Vec::new(), cuts: Vec::new() };
        for Lot { mut places, mut items, cuts } in row {
            all.cuts.extend(cuts.into_iter().map(|cut| Cut { places: places.len(), ..cut }));
            if all.places.is_empty() {
                (all.places, all.items) = (places, items);
            } else {
                all.places.append(&mut places);
                all.items.append(&mut items);
            }
        }
        all
    }
}
