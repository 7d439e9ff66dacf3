//! The wires of a node that is one of several: by shared memory with those of its host, or over the network.

use crate::code::Image;
use crate::failure;
use drust_fabric::{Fabric, JoinError, Solo, shm, tcp};
use drust_heap::space::{Backing, Space};
use drust_launch::environment::Address;
use drust_launch::{Bond, Membership, Settings};
use drust_proto::job::exit;
use std::os::fd::AsFd;
use std::sync::Arc;

/// Whose memory a node's partition is: peers on this host may map it, peers elsewhere ask for what is in it.
pub(crate) fn backing(membership: Option<&Membership>) -> Backing {
    let maps = membership.is_some_and(|member| member.coordinator.is_none());
    if maps { Backing::Shared } else { Backing::Private }
}

/// Connects this node to all others.
pub(crate) fn connect(
    settings: &Settings,
    membership: Option<&Membership>,
    space: &Space,
    image: &Image,
) -> Arc<dyn Fabric> {
    let Some(member) = membership else { return Arc::new(Solo::new()) };
    // Until the carrier watches the launcher nobody does; from then on the node has to be awake, and ends in order.
    tie(member, Bond::Kill);
    let joined = match &member.coordinator {
        Some(coordinator) => over_tcp(settings, member, coordinator, space, image),
        None => over_shm(settings, member, space, image),
    };
    tie(member, Bond::Wake);
    joined.unwrap_or_else(|error| failure::exit_saying(exit::REFUSED, &error.to_string()))
}

/// Ties the life of a node to that of its launcher, if it has one.
fn tie(member: &Membership, bond: Bond) {
    if member.launcher.is_some()
        && let Err(error) = bond.tie()
    {
        failure::exit_saying(exit::REFUSED, &format!("the node cannot be tied to its launcher: {error}"));
    }
}

fn over_shm(
    settings: &Settings,
    member: &Membership,
    space: &Space,
    image: &Image,
) -> Result<Arc<dyn Fabric>, JoinError> {
    let Some(partition) = space.fd() else { failure::end("a partition that peers map is private") };
    let Some(job) = member.job else { failure::end("nodes that share memory have no job in common") };
    let config = shm::Config {
        rank: member.rank,
        size: member.size,
        job: job.to_string(),
        token: member.token.0,
        build: image.build(),
        partition: partition.as_fd(),
        partition_len: space.len(),
        partition_base: space.base().expose_provenance(),
        timeout: shm::Config::TIMEOUT,
        heartbeat: settings.heartbeat.unwrap_or(shm::Config::HEARTBEAT),
        launcher: member.launcher,
        rings: None,
    };
    Ok(Arc::new(shm::join(&config)?))
}

fn over_tcp(
    settings: &Settings,
    member: &Membership,
    coordinator: &Address,
    space: &Space,
    image: &Image,
) -> Result<Arc<dyn Fabric>, JoinError> {
    let listen = settings.listen.as_ref().map(|listen| (listen.host().to_owned(), listen.port().unwrap_or(0)));
    let config = tcp::Config {
        rank: member.rank,
        size: member.size,
        token: member.token.0,
        build: image.build(),
        coordinator: (coordinator.host().to_owned(), coordinator.port()),
        listen,
        reserved: member.launcher.is_some(),
        encrypt: settings.encrypt.unwrap_or(false),
        heartbeat: settings.heartbeat.unwrap_or(tcp::Config::HEARTBEAT),
        timeout: tcp::Config::TIMEOUT,
        launcher: member.launcher,
        // What does not fit this node's memory it could not take in.
        most: space.len() as u64,
        partition: (space.base().expose_provenance(), space.len()),
    };
    Ok(Arc::new(tcp::join(&config)?))
}
