//! What a process has resident, as the kernel counts it.

use std::fs;

/// Resident bytes of a process, now and at most ever.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Resident {
    /// Now.
    pub now: u64,
    /// At most since it began.
    pub peak: u64,
    /// Now, and no other process's as well: without rings and partitions.
    pub private: u64,
}

impl Resident {
    /// Of the process with this id; nothing where it has ended.
    pub fn of(pid: u32) -> Option<Resident> {
        Resident::read(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    /// Of this process.
    pub fn own() -> Resident {
        Resident::of(std::process::id()).unwrap_or_default()
    }

    fn read(status: &str) -> Option<Resident> {
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kib| kib << 10)
        };
        Some(Resident { now: bytes("VmRSS:")?, peak: bytes("VmHWM:")?, private: bytes("RssAnon:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read() {
        let status = "Name:\ta\nVmPeak:\t  900 kB\nVmHWM:\t    12 kB\nVmRSS:\t    8 kB\nRssAnon:\t3 kB\n";
        assert_eq!(Resident::read(status), Some(Resident { now: 8 << 10, peak: 12 << 10, private: 3 << 10 }));
        assert_eq!(Resident::read("Name:\tzombie\n"), None);
        assert!(Resident::own().now > 100 << 10);
    }
}
