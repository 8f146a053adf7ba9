//! What the kernel knows of a process: its time on a processor and its memory.

use std::fs;
use std::path::Path;
use std::time::Duration;

/// The time that all threads of a process were on a processor so far, to the nanosecond.
pub(crate) fn cpu(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads.filter_map(|thread| on_processor(&fs::read_to_string(thread.path().join("schedstat")).ok()?)).sum()
}

fn on_processor(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// The most memory that a process had at once, in KiB.
pub(crate) fn peak_memory(process: u32) -> u64 {
    fs::read_to_string(format!("/proc/{process}/status")).ok().and_then(|it| high_water(&it)).unwrap_or_default()
}

fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many processes wanted a processor, on average over the last minute. The benchmark itself is one or two of them.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// Processor and system, in a line.
pub(crate) fn machine() -> String {
    let of = |file: &str, name: &str| {
        let text = fs::read_to_string(Path::new("/proc").join(file)).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{cores} cores ({}), Linux {}", of("cpuinfo", "model name"), kernel.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        assert_eq!(on_processor("1500000 20 3\n"), Some(Duration::from_micros(1500)));
        assert_eq!(high_water("Name:\tx\nVmHWM:\t    7600 kB\n"), Some(7600));
    }

    #[test]
    fn this_process_takes_time_and_memory() {
        let process = std::process::id();
        assert!(cpu(process) > Duration::ZERO && peak_memory(process) > 100);
    }
}
