//! A shard: a table that lives at one node; and how shards are named in calls, made and ended.

use super::calls::on_all;
use super::named;
use crate::collections::table::{Found, Table};
use crate::node;
use drust_heap::{Fixed, Portable};
use drust_proto::Address;
use drust_runtime::sharing::grant::{Landed, Parcel, Resident, expect_outside};
use std::borrow::Borrow;
use std::ptr::with_exposed_provenance;

/// A part of the map.
pub(super) struct Shard<K: Portable, V: Portable> {
    pub(super) table: Table<(K, V)>,
}

impl<K: Portable, V: Portable> Shard<K, V> {
    /// The entry of a key.
    #[inline]
    pub(super) fn find<Q: ?Sized + Eq>(&self, hash: u64, key: &Q) -> Option<Found>
    where
        K: Borrow<Q>,
    {
        if self.table.len() == 0 {
            return None;
        }
        self.table.view().search(hash, |entry| entry.0.borrow() == key)
    }
}

/// Packs the address of a shard of another node, which this thread must not be looking at.
#[track_caller]
pub(super) fn pack_address(address: u64, parcel: &mut Parcel) {
    expect_not_looked_at(address);
    parcel.put(address);
}

/// To be called before a shard of another node is used, and before anything is packed for it that would be lost.
#[track_caller]
pub(super) fn expect_not_looked_at(address: u64) {
    expect_outside(Fixed::new(Address::from_word(address)));
}

/// Packs the addresses of a node's shards.
pub(super) fn pack_addresses(addresses: &[u64], parcel: &mut Parcel) {
    parcel.put(addresses.len());
    for address in addresses {
        pack_address(*address, parcel);
    }
}

/// The shards of this node whose addresses were packed.
pub(super) fn landed_shards<K: Portable, V: Portable>(landed: &mut Landed<'_>) -> std::vec::Vec<Resident<Shard<K, V>>> {
    // SAFETY: `pack_addresses` put them there.
    let mut next = || unsafe { landed.take::<u64>() };
    let count = next();
    (0..count).map(|_| named(next())).collect()
}

/// The function of the program that was named next.
///
/// # Safety
/// It is an `F`, which is a function pointer.
pub(super) unsafe fn landed_function<F: Copy>(landed: &mut Landed<'_>) -> F {
    const { assert!(size_of::<F>() == size_of::<*const ()>()) };
    let function = with_exposed_provenance::<()>(landed.function());
    // SAFETY: a function lies there, of the type that the caller vouches for.
    unsafe { std::mem::transmute_copy::<*const (), F>(&function) }
}

/// Makes so many shards, spread over the nodes, and returns the addresses of each node's.
#[track_caller]
pub(super) fn make<K: Portable, V: Portable>(
    count: usize,
    nodes: usize,
    room: usize,
) -> std::vec::Vec<std::vec::Vec<u64>> {
    let share = |node: usize| (node..count).step_by(nodes).len();
    let own = node::current().index();
    let mut made = std::vec![std::vec::Vec::new(); nodes];
    let pack = |node, parcel: &mut Parcel| {
        parcel.put((share(node), room));
        true
    };
    let mine = on_all(
        serve_make::<K, V>,
        pack,
        || make_here::<K, V>(share(own), room),
        |node, answer| {
            let mut landed = answer.landed();
            // SAFETY: `serve_make` put so many addresses there.
            made[node] = (0..share(node)).map(|_| unsafe { landed.take::<u64>() }).collect();
        },
    );
    made[own] = mine;
    made
}

fn make_here<K: Portable, V: Portable>(count: usize, room: usize) -> std::vec::Vec<u64> {
    let shard = || Shard::<K, V> { table: if room == 0 { Table::new() } else { Table::with_capacity(room) } };
    (0..count).map(|_| Resident::new(shard()).name().address().word()).collect()
}

fn serve_make<K: Portable, V: Portable>(landed: &mut Landed<'_>, parcel: &mut Parcel) {
    // SAFETY: `make` put it there.
    let (count, room) = unsafe { landed.take::<(usize, usize)>() };
    for address in make_here::<K, V>(count, room) {
        parcel.put(address);
    }
}

/// Ends the shards.
///
/// # Safety
/// Nobody uses them any more.
#[track_caller]
pub(super) unsafe fn end<K: Portable, V: Portable>(by_node: std::vec::Vec<std::vec::Vec<u64>>) {
    if Resident::<Shard<K, V>>::outlives_the_job() {
        return;
    }
    let own = node::current().index();
    let pack = |node: usize, parcel: &mut Parcel| {
        pack_addresses(&by_node[node], parcel);
        !by_node[node].is_empty()
    };
    let here = || {
        for address in &by_node[own] {
            // SAFETY: the caller gives the shards up.
            unsafe { named::<K, V>(*address).end_here() }
        }
    };
    on_all(serve_end::<K, V>, pack, here, |_, _| {});
}

fn serve_end<K: Portable, V: Portable>(landed: &mut Landed<'_>, _: &mut Parcel) {
    for shard in landed_shards::<K, V>(landed) {
        // SAFETY: the map's owner has given them up.
        unsafe { shard.end_here() }
    }
}
