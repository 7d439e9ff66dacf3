//! What this process may use: memory and cores, as the cgroup, the machine and the affinity mask allow.
//!
//! The files are read through a function, so that the tests use recorded ones.

use std::path::{Path, PathBuf};

/// What this process may use, together with every other process under the same limits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of memory in the machine; `None` where `/proc/meminfo` does not say.
    pub machine_memory: Option<u64>,
    /// Bytes that the tightest cgroup around this process allows; `None` where none does.
    pub cgroup_memory: Option<u64>,
    /// Cores: the affinity mask and the cgroup's quota are counted. At least 1.
    pub cores: usize,
}

impl Limits {
    /// Reads them from the running system.
    #[must_use]
    pub fn detect() -> Limits {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if cfg!(miri) {
            // There is no system to ask there, and each byte costs several.
            return Limits { machine_memory: Some(64 << 20), cgroup_memory: None, cores };
        }
        Limits::from_files(&|path| std::fs::read_to_string(path).ok(), cores)
    }

    /// Reads them through `read`, which returns a file's text or `None` where there is no such file.
    #[must_use]
    pub fn from_files(read: &dyn Fn(&Path) -> Option<String>, cores: usize) -> Limits {
        Limits {
            machine_memory: read(Path::new("/proc/meminfo")).and_then(|text| machine_memory(&text)),
            cgroup_memory: read(Path::new("/proc/self/cgroup")).and_then(|groups| cgroup_memory(&groups, read)),
            cores: cores.max(1),
        }
    }

    /// Bytes of memory this process may use: the smaller of the two limits, or `None` where neither is known.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        self.machine_memory.into_iter().chain(self.cgroup_memory).min()
    }
}

/// `MemTotal` of `/proc/meminfo`, in bytes.
fn machine_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The tightest memory limit on the way from this process's groups up to their roots.
///
/// The path may be the host's while the mount shows only the container's part; its root is that part's root then, so
/// the walk ends at the mount point whether or not the folders before it exist.
fn cgroup_memory(groups: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<u64> {
    let mut tightest = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else {
            continue;
        };
        let (mounts, file): (&[&str], &str) = if controllers.is_empty() {
            (&["/sys/fs/cgroup", "/sys/fs/cgroup/unified"], "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (&["/sys/fs/cgroup/memory"], "memory.limit_in_bytes")
        } else {
            continue;
        };
        for mount in mounts {
            for group in ancestors(path) {
                let file = Path::new(mount).join(group).join(file);
                let limit = read(&file).and_then(|text| limit(&text));
                tightest = tightest.into_iter().chain(limit).min();
            }
        }
    }
    tightest
}

/// The group itself and every group around it, relative to the mount point.
fn ancestors(path: &str) -> impl Iterator<Item = PathBuf> {
    let path = PathBuf::from(path.trim_start_matches('/'));
    let mut next = Some(path);
    std::iter::from_fn(move || {
        let here = next.take()?;
        next = here.parent().map(Path::to_path_buf);
        Some(here)
    })
}

/// One limit file: `max` and version 1's huge numbers mean that there is none.
fn limit(text: &str) -> Option<u64> {
    const NO_LIMIT: u64 = 1 << 60;
    text.trim().parse().ok().filter(|bytes| *bytes < NO_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "\
MemTotal:       16384256 kB
MemFree:         1034716 kB
MemAvailable:    9837240 kB
Buffers:          544060 kB
";

    fn detect(files: &[(&str, &str)]) -> Limits {
        let read =
            |path: &Path| files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| text.to_string());
        Limits::from_files(&read, 2)
    }

    #[test]
    fn a_plain_machine_has_its_memory() {
        let limits = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/user.slice/user-1000.slice/session-2.scope\n"),
            ("/sys/fs/cgroup/user.slice/memory.max", "max\n"),
        ]);
        assert_eq!(limits.machine_memory, Some(16_384_256 * 1024));
        assert_eq!((limits.cgroup_memory, limits.memory()), (None, limits.machine_memory));
    }

    #[test]
    fn version_2_takes_the_tightest_on_the_way_up() {
        let limits = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/a/b/c\n"),
            ("/sys/fs/cgroup/a/memory.max", "4294967296\n"),
            ("/sys/fs/cgroup/a/b/memory.max", "2147483648\n"),
            ("/sys/fs/cgroup/a/b/c/memory.max", "max\n"),
        ]);
        assert_eq!(limits.memory(), Some(2 << 30));
    }

    #[test]
    fn in_a_container_the_mount_point_is_the_group() {
        let namespaced = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/memory.max", "1073741824\n"),
        ]);
        assert_eq!(namespaced.memory(), Some(1 << 30));
        let host_path = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/kubepods/pod1/abc\n"),
            ("/sys/fs/cgroup/memory.max", "1073741824\n"),
        ]);
        assert_eq!(host_path.memory(), Some(1 << 30));
    }

    #[test]
    fn version_1_and_hybrid_hosts() {
        let groups = "12:cpu,cpuacct:/docker/abc\n7:hugetlb,memory:/docker/abc\n0::/docker/abc\n";
        let limits = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", groups),
            ("/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ]);
        assert_eq!((limits.cgroup_memory, limits.memory()), (Some(512 << 20), Some(512 << 20)));
    }

    #[test]
    fn a_limit_above_the_machine_does_not_count() {
        let limits = detect(&[
            ("/proc/meminfo", MEMINFO),
            ("/proc/self/cgroup", "0::/a\n"),
            ("/sys/fs/cgroup/a/memory.max", "1099511627776\n"),
        ]);
        assert_eq!(limits.memory(), limits.machine_memory);
    }

    #[test]
    fn missing_and_broken_files_are_no_limit() {
        assert_eq!(detect(&[]).memory(), None);
        let broken = [("/proc/meminfo", "MemTotal: lots\n"), ("/proc/self/cgroup", "nonsense\n")];
        assert_eq!(detect(&broken).memory(), None);
        assert_eq!(Limits::from_files(&|_| None, 0).cores, 1);
    }

    #[test]
    fn the_running_system_says_something() {
        let limits = Limits::detect();
        assert!(limits.cores >= 1 && limits.memory().is_some_and(|bytes| bytes > 0));
    }
}
