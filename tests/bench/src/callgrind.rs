//! Instructions, counted by valgrind: they do not depend on what else the machine does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Failure;
use crate::baselines::program_on_path;
use crate::events;
use crate::scene::{Scene, Subject};
use crate::worker::{Program, Worker};

/// The calls by whose difference one later call is known.
const CALLS: [u32; 2] = [1, 21];

/// Runs of each. The least is taken: what differs is work that waiting adds.
const RUNS: usize = 3;

/// How often a run that fails is tried.
const ATTEMPTS_MAX: usize = 5;

/// What a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// From start to the first answer.
    pub(crate) cold: u64,
    /// Per later call.
    pub(crate) warm: u64,
}

/// Counts the instructions of our functions, of those whose name has one of the parts in it.
///
/// # Errors
/// When there is no valgrind, or a function fails under it.
pub(crate) fn count(
    scene: &Scene,
    only: &[String],
    directory: &Path,
) -> Result<BTreeMap<&'static str, Count>, Failure> {
    let missing = "valgrind is not installed: apt-get install valgrind, or the like";
    let valgrind = program_on_path("valgrind").ok_or(missing)?;
    let ours = scene.subjects.iter().filter(|it| it.is_ours && it.is_among(only));
    let counted = ours.map(|subject| {
        let [mut once, mut often] = [u64::MAX; 2];
        for _ in 0..RUNS {
            once = once.min(successful(&valgrind, subject, CALLS[0], directory)?);
            often = often.min(successful(&valgrind, subject, CALLS[1], directory)?);
        }
        let warm = often.saturating_sub(once) / u64::from(CALLS[1] - CALLS[0]);
        Ok((subject.name, Count { cold: once, warm }))
    });
    counted.collect()
}

/// On a busy machine a function under valgrind runs into its own time-outs: then it is started again.
fn successful(valgrind: &Path, subject: &Subject, calls: u32, directory: &Path) -> Result<u64, Failure> {
    let mut counted = run(valgrind, subject, calls, directory);
    for _ in 1..ATTEMPTS_MAX {
        if counted.is_ok() {
            break;
        }
        counted = run(valgrind, subject, calls, directory);
    }
    counted.map_err(|error| format!("{}: {error}", subject.name).into())
}

fn run(valgrind: &Path, subject: &Subject, calls: u32, directory: &Path) -> Result<u64, Failure> {
    let out = directory.join(format!("callgrind.{}.{calls}", subject.name.replace([' ', ','], "-")));
    let Program { path, environment, .. } = &subject.program;
    let program = Program {
        path: valgrind.to_owned(),
        arguments: vec![
            "--tool=callgrind".into(),
            "--quiet".into(),
            format!("--callgrind-out-file={}", out.display()).into(),
            path.into(),
        ],
        environment: environment.clone(),
    };
    let mut worker = Worker::start(&program)?;
    for _ in 0..calls {
        let answer = worker.invoke(&subject.event)?.body;
        if !events::is_success(&answer) {
            return Err(String::from_utf8_lossy(&answer).into());
        }
    }
    worker.end()?;
    let text = fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    own(&text, path).ok_or_else(|| format!("{}: nothing was counted in {}", out.display(), path.display()).into())
}

/// The instructions of one binary itself: those of the C library and its loader belong to the machine.
///
/// In this format a line of digits is a cost of the function named before it, but after `calls=`, where it is what was
/// spent in the function that was called. Names are given a number when they are first used.
fn own(profile: &str, binary: &Path) -> Option<u64> {
    let (mut own_number, mut is_own, mut is_call, mut sum) = (None, false, false, 0);
    for line in profile.lines() {
        if let Some(object) = line.strip_prefix("ob=").or_else(|| line.strip_prefix("cob=")) {
            let (number, name) = object.split_once(' ').unwrap_or((object, ""));
            if Path::new(name) == binary {
                own_number = Some(number);
            }
            // The other is whose function is called.
            if line.starts_with("ob=") {
                is_own = own_number == Some(number);
            }
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|it: char| it.is_ascii_digit() || "+-*".contains(it)) {
            if is_own && !is_call {
                sum += line.split(' ').nth(1)?.parse::<u64>().ok()?;
            }
            is_call = false;
        }
    }
    (sum > 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_binary_does_itself_is_counted() {
        let profile = "events: Ir\n\nob=(1) /lib/ld.so\nfn=(1) start\n0 500\ncob=(2) /bin/status\ncfn=(2)\ncalls=1 0\n0 900\n\n\
                       ob=(2)\nfn=(2) main\n10 40\n+3 2\ncob=(1)\ncfn=(3)\ncalls=2 4\n* 700\n* 5\n\n\
                       ob=(1)\nfn=(3) malloc\n7 300\n\nob=(2)\nfn=(4) more\n-2 1\n\ntotals: 848\n";
        assert_eq!(own(profile, Path::new("/bin/status")), Some(48));
        assert_eq!(own(profile, Path::new("/bin/other")), None);
    }
}
