//! The servers: one on each node, each for the keys of all.

use super::bytes::Bytes;
use super::connection::converse;
use super::keyspace;
use super::node::Node;
use super::store::{Counter, Store};
use super::{Arc, on_each_node, spawn_local};
use crate::signals;
use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

/// How often nodes hear of each other, and keys that have expired are looked for.
const TICK: Duration = Duration::from_millis(100);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long clients may take their last replies.
const GRACE: Duration = Duration::from_secs(5);

data! {
    /// What the servers are told.
    #[derive(Clone)]
    pub struct Settings {
        /// Where they listen.
        pub host: Bytes,
        /// The first node's port; the others follow. 0: each has one that is free.
        pub port: u16,
        /// Bytes that all values may take; 0 is no limit.
        pub memory: u64,
        /// Clients of a node at most.
        pub clients: u32,
    }
}

/// What a node's server needs to end.
struct Server {
    shared: std::sync::Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads of a node's server share.
struct Shared {
    store: Arc<Store>,
    node: Node,
    settings: Settings,
    address: SocketAddr,
    streams: Mutex<BTreeMap<u64, TcpStream>>,
}

/// The server of this process.
static SERVER: Mutex<Option<Server>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves on all nodes, until a client or a signal says that it is enough. `ready` is told where the nodes listen.
///
/// # Errors
/// A node cannot listen; which, and why.
pub fn serve(settings: &Settings, ready: impl FnOnce(&[String])) -> Result<(), String> {
    let store = Arc::new(Store::new(settings.memory));
    let started = on_each_node(1, &(store.clone(), settings.clone()), start);
    let addresses: Result<Vec<Bytes>, Bytes> = started.into_iter().collect();
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes.as_slice()).into_owned();
    match &addresses {
        Ok(addresses) => ready(&addresses.iter().map(text).collect::<Vec<_>>()),
        Err(_) => store.stop(),
    }
    while !store.is_stopping() {
        sleep(LOOK);
    }
    on_each_node(1, &(), finish);
    addresses.map(drop).map_err(|error| text(&error))
}

/// Starts this node's server; where it listens, or why it does not. A task that waited for clients would keep its
/// worker from those of other nodes, so it leaves threads of their own behind.
fn start((number, _, (store, settings)): (usize, usize, (Arc<Store>, Settings))) -> Result<Bytes, Bytes> {
    let failed = |error: std::io::Error| Bytes::from(format!("node {number} cannot listen: {error}"));
    let listener = listen(number, &settings).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let node = Node::new(number, settings.memory);
    let settings = Settings { port: address.port(), ..settings };
    let shared = std::sync::Arc::new(Shared { store, node, settings, address, streams: Mutex::default() });
    let (accepting, ticking) = (shared.clone(), shared.clone());
    let threads = vec![spawn_local(move || accept(&listener, &accepting)), spawn_local(move || tick(&ticking))];
    *lock(&SERVER) = Some(Server { shared, threads });
    signals::look_out();
    Ok(Bytes::from(address.to_string()))
}

fn listen(number: usize, settings: &Settings) -> std::io::Result<TcpListener> {
    let port = match settings.port {
        0 => Some(0),
        first => u16::try_from(number).ok().and_then(|number| first.checked_add(number)),
    };
    let port = port.ok_or_else(|| std::io::Error::other("its port would be above 65535"))?;
    let host = String::from_utf8_lossy(settings.host.as_slice());
    let addresses: Vec<SocketAddr> = (&*host, port).to_socket_addrs()?.collect();
    TcpListener::bind(&addresses[..])
}

fn accept(listener: &TcpListener, shared: &std::sync::Arc<Shared>) {
    let mut ids = (shared.node.number as u64 + 1..).step_by(super::nodes());
    for stream in listener.incoming() {
        if shared.node.is_stopping() {
            return;
        }
        match (stream, ids.next()) {
            (Ok(stream), Some(id)) => admit(stream, id, shared),
            // As where there are too many open files: some may be closed soon.
            _ => sleep(LOOK),
        }
    }
}

fn admit(mut stream: TcpStream, id: u64, shared: &std::sync::Arc<Shared>) {
    shared.node.add(Counter::Connections, 1);
    let full = lock(&shared.streams).len() >= shared.settings.clients as usize;
    let (false, Ok(registered)) = (full, stream.try_clone()) else {
        // Who does not take it will find out anyway.
        drop(stream.write_all(b"-ERR max number of clients reached\r\n"));
        return;
    };
    // Without it replies are only slower.
    drop(stream.set_nodelay(true));
    lock(&shared.streams).insert(id, registered);
    shared.node.add(Counter::Clients, 1);
    let shared = shared.clone();
    spawn_local(move || {
        // A connection that broke is over, as one that was ended.
        drop(converse(&mut stream, &shared.store, &shared.node, &shared.settings, id));
        // Its place is free before the client can know that it is over.
        shared.node.add(Counter::Clients, -1);
        lock(&shared.streams).remove(&id);
    });
}

/// Keeps the node in touch with the others until the end, and the first one sweeps.
fn tick(shared: &Shared) {
    let mut cursor = 0;
    loop {
        if signals::came() {
            shared.store.stop();
        }
        shared.node.exchange(&shared.store);
        if shared.node.is_stopping() {
            break;
        }
        if shared.node.number == 0 {
            cursor = keyspace::sweep(&shared.store, &shared.node, cursor);
        }
        sleep(TICK);
    }
    // Who waits for clients is to look up.
    let mut address = shared.address;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1].into() });
    }
    drop(TcpStream::connect(address));
}

/// Ends this node's server: what clients have sent is still answered, then their connections are closed.
fn finish(_: (usize, usize, ())) {
    let Some(Server { shared, threads }) = lock(&SERVER).take() else { return };
    for thread in threads {
        // A panic was told of where it happened.
        drop(thread.join());
    }
    for how in [Shutdown::Read, Shutdown::Both] {
        lock(&shared.streams).values().for_each(|stream| drop(stream.shutdown(how)));
        let until = Instant::now() + GRACE;
        while !lock(&shared.streams).is_empty() && Instant::now() < until {
            sleep(Duration::from_millis(2));
        }
    }
}
