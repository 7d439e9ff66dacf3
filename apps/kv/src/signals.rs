//! SIGTERM and SIGINT, which end the job in order, whichever of its processes gets them.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

static CAME: AtomicBool = AtomicBool::new(false);
static SERVING: AtomicBool = AtomicBool::new(false);

/// Whether a signal has come to this process.
pub fn came() -> bool {
    CAME.load(SeqCst)
}

/// Says that this process looks at [`came`], and ends the servers.
pub fn look_out() {
    SERVING.store(true, SeqCst);
}

/// From now on signals are taken notice of. One that comes to a process that does not serve, as the one that started
/// the nodes, is passed on to the first node's server; where there is none, it does what it would have done.
///
/// # Errors
/// The system gives no thread, or no handler.
pub fn watch(host: String, port: u16) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let pass_on = move || {
        for signal in signals.forever() {
            CAME.store(true, SeqCst);
            if !SERVING.load(SeqCst) && shut_down(&host, port).is_err() {
                // Nothing to be done where even that fails.
                drop(signal_hook::low_level::emulate_default_handler(signal));
            }
        }
    };
    std::thread::Builder::new().name("signals".to_string()).spawn(pass_on).map(drop)
}

fn shut_down(host: &str, port: u16) -> io::Result<()> {
    if port == 0 {
        return Err(io::Error::other("the first node has chosen its port itself"));
    }
    let mut stream = TcpStream::connect((host, port))?;
    stream.set_write_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"*1\r\n$8\r\nSHUTDOWN\r\n")
}
