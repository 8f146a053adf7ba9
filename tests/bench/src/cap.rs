//! The processor as a Lambda of 128 MB has it: all of it while it starts, a fourteenth of one afterwards.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io, process, thread};

/// Lambda gives a whole processor at 1,769 MB, and shares of it below.
const SHARE: f64 = 128.0 / 1769.0;
/// How often the share is handed out. Lambda's own period, as its stalls show it; in one of 100 ms most first answers
/// would fit into the first share, and nobody would see the stall.
const PERIOD: Duration = Duration::from_millis(20);

/// Control groups of the first version, and of the second.
const FIRST: &str = "/sys/fs/cgroup/cpu";
const SECOND: &str = "/sys/fs/cgroup";

/// A group of processes that get that share. It ends with the value, when its processes have ended.
#[derive(Debug)]
pub(crate) struct Cap {
    directory: PathBuf,
}

impl Cap {
    /// Makes the group.
    ///
    /// # Errors
    /// When this machine has no such groups, or does not let us make one.
    pub(crate) fn new() -> io::Result<Self> {
        Self::first().or_else(|_| Self::second())
    }

    fn first() -> io::Result<Self> {
        let cap = Self::at(FIRST, "cpu.cfs_quota_us")?;
        fs::write(cap.directory.join("cpu.cfs_period_us"), PERIOD.as_micros().to_string())?;
        fs::write(cap.directory.join("cpu.cfs_quota_us"), quota().to_string())?;
        Ok(cap)
    }

    fn second() -> io::Result<Self> {
        let cap = Self::at(SECOND, "cpu.max")?;
        fs::write(cap.directory.join("cpu.max"), format!("{} {}", quota(), PERIOD.as_micros()))?;
        Ok(cap)
    }

    fn at(root: &str, control: &str) -> io::Result<Self> {
        let directory = PathBuf::from(root).join(format!("codebind-bench-{}", process::id()));
        match fs::create_dir(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let cap = Self { directory };
        fs::metadata(cap.directory.join(control)).map(|_| cap)
    }

    /// Puts a process into the group.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn take_in(&self, process: u32) -> io::Result<()> {
        fs::write(self.directory.join("cgroup.procs"), process.to_string())
    }
}

/// The share of a period, in microseconds.
fn quota() -> u128 {
    PERIOD.mul_f64(SHARE).as_micros()
}

impl Drop for Cap {
    fn drop(&mut self) {
        // A process that has just ended is in the group for a moment more.
        for _ in 0..100 {
            if fs::remove_dir(&self.directory).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_share_is_a_fourteenth() {
        assert_eq!(super::quota(), 1447);
    }
}
