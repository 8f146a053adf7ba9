//! The functions' processes, as the kernel counts them: what a request costs does not depend on how long it waited.

use std::{fs, process};

/// CPU time that all workers of `function` have used so far, in nanoseconds, and their largest resident memory in KiB.
///
/// Workers are this process's children. The time of one that has ended is lost: none ends during a run.
pub(crate) fn used(function: &str) -> Used {
    let own = process::id().to_string();
    let children = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut used = Used::default();
    for child in children.filter(|path| is_worker(path, function, &own)) {
        let threads = fs::read_dir(child.join("task")).into_iter().flatten().flatten();
        for thread in threads {
            let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            used.cpu_ns += text.split_whitespace().next().and_then(|it| it.parse::<u64>().ok()).unwrap_or(0);
        }
        let status = fs::read_to_string(child.join("status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        used.peak_kib = used.peak_kib.max(peak);
        used.workers += 1;
    }
    used
}

/// What the workers of a function have used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// CPU time of all of them, in nanoseconds.
    pub(crate) cpu_ns: u64,
    /// The largest resident memory that one of them had, in KiB.
    pub(crate) peak_kib: u64,
    /// How many there are.
    pub(crate) workers: u64,
}

/// Whether a process is ours and runs `function`: `stat` is `pid (name) state parent …`, the name of 15 bytes at most.
fn is_worker(path: &std::path::Path, function: &str, own: &str) -> bool {
    let Ok(stat) = fs::read_to_string(path.join("stat")) else { return false };
    let Some((head, rest)) = stat.rsplit_once(')') else { return false };
    let name = head.split_once('(').map_or("", |(_, name)| name);
    let expected = function.get(..15).unwrap_or(function);
    name == expected && rest.split_whitespace().nth(1) == Some(own)
}
