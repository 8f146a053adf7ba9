#![doc = include_str!("../README.md")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::{Parser, Subcommand};

use baselines::Baselines;
use callgrind::Count;
use cap::Cap;
use measure::{Plan, measure};
use report::Report;
use scene::{Scene, Subject};

mod baselines;
mod callgrind;
mod cap;
mod chart;
mod events;
mod guard;
mod http;
mod measure;
mod process;
mod report;
mod scene;
mod stand_in;
mod statistics;
mod steps;
mod targets;
mod worker;

/// What stops a benchmark, in words for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
#[command(about = "Measures the functions, and what could be deployed instead")]
struct Options {
    /// Directory of functions that are built already, with `bin` and zips in it; by default they are built
    #[arg(long, global = true, value_name = "DIR")]
    functions: Option<PathBuf>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measures everything in turns and writes the page of results
    Measure {
        /// Fresh processes of each
        #[arg(long, default_value_t = 20)]
        rounds: usize,
        /// Later calls in each process
        #[arg(long, default_value_t = 200)]
        calls: u32,
        /// What every connection and every request takes, in milliseconds
        #[arg(long, default_value_t = 1)]
        step: u64,
        /// Only subjects whose name has this in it, and print instead of writing
        #[arg(long)]
        only: Vec<String>,
    },
    /// Measures one function in two builds, in turns, and prints the ratios of the second to the first
    Pair {
        /// Directories as for `--functions`
        #[arg(num_args = 2, value_names = ["FIRST", "SECOND"])]
        builds: Vec<PathBuf>,
        /// Whose name has this in it
        #[arg(long, default_value = "oauth-start")]
        only: String,
        /// Fresh processes of each
        #[arg(long, default_value_t = 30)]
        rounds: usize,
    },
    /// Counts instructions, and fails when there are more than are written down
    Guard {
        /// Write down what was counted
        #[arg(long, conflicts_with = "only")]
        update: bool,
        /// Only functions whose name has this in it
        #[arg(long)]
        only: Vec<String>,
    },
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match &options.what {
        What::Measure { rounds, calls, step, only } => {
            let plan = Plan { rounds: *rounds, calls: *calls };
            measure_all(&options, plan, *step, only).map(|()| true)
        }
        What::Pair { builds, only, rounds } => pair(builds, only, *rounds).map(|()| true),
        What::Guard { update, only } => guard_all(&options, only, *update),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for people. Whoever does not read it loses nothing else.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Cargo's own directory, which this program lies in.
fn target_directory() -> Result<PathBuf, Failure> {
    let executable = std::env::current_exe()?;
    Ok(executable.ancestors().nth(2).ok_or("this program lies in no target directory")?.to_owned())
}

/// Builds the functions as they are deployed; where they are.
fn functions(options: &Options) -> Result<PathBuf, Failure> {
    if let Some(directory) = &options.functions {
        return Ok(directory.canonicalize()?);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // In the directory that this program lies in, which need not be cargo's default.
    let target = target_directory()?;
    let mut command = Command::new(cargo);
    command.args(["codebind", "package"]).current_dir(root).env("CARGO_TARGET_DIR", &target);
    baselines::run(&mut command)?;
    Ok(target.join("lambda"))
}

/// A directory for what is made on the way.
fn scratch(name: &str) -> Result<PathBuf, Failure> {
    let directory = target_directory()?.join("bench").join(name);
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn measure_all(options: &Options, plan: Plan, step: u64, only: &[String]) -> Result<(), Failure> {
    let functions = functions(options)?;
    let baselines = Baselines::build(&scratch("")?)?;
    let delay = Duration::from_millis(step);
    let scene = Scene::new(&scratch("measure")?, &functions, delay, Some(&baselines))?;
    let subjects: Vec<&Subject> = scene.subjects.iter().filter(|it| it.is_among(only)).collect();
    let mut left_out = Vec::new();
    let capped = Cap::new();
    if let Err(error) = &capped {
        left_out.push(format!("figures at 128 MB, as no control group can be made here ({error})"));
    }
    let is_capped = capped.is_ok();
    drop(capped);
    if baselines.is_without_node() {
        left_out.push("everything in Node, which is not installed here".to_owned());
    }
    let all = measure(&scene, &subjects, plan, is_capped, &mut |round| say(&format!("round {}", round + 1)))?;
    let step = measure::milliseconds(delay);
    let targets = targets::targets(&all, &subjects, step);
    let counts = written_counts(&subjects);
    let report =
        Report { all: &all, subjects: &subjects, targets: &targets, counts: &counts, plan, step, left_out: &left_out };
    say(&report.page());
    if only.is_empty() { report.write(Path::new(env!("CARGO_MANIFEST_DIR"))) } else { Ok(()) }
}

fn written_counts(subjects: &[&Subject]) -> std::collections::BTreeMap<&'static str, Count> {
    let written = guard::written();
    let of = |subject: &&Subject| {
        let count = |what: &str| written[subject.name][what].as_u64();
        Some((subject.name, Count { cold: count("start to first answer")?, warm: count("one more answer")? }))
    };
    subjects.iter().filter_map(of).collect()
}

fn pair(builds: &[PathBuf], only: &str, rounds: usize) -> Result<(), Failure> {
    let delay = Duration::from_millis(1);
    let [first, second] = builds else { return Err("two builds are needed".into()) };
    let scene_of = |name: &str, build: &PathBuf| Scene::new(&scratch(name)?, &build.canonicalize()?, delay, None);
    let (first, second) = (scene_of("first", first)?, scene_of("second", second)?);
    for subject in first.subjects.iter().filter(|it| it.name.contains(only)) {
        let other = second.subject(subject.name).ok_or("the second build lacks it")?;
        let (mut before, mut after) = (measure::Measured::default(), measure::Measured::default());
        let plan = Plan { rounds: 1, calls: 100 };
        for _ in 0..rounds {
            for (scene, subject, into) in [(&first, subject, &mut before), (&second, other, &mut after)] {
                let mut round = measure(scene, &[subject], plan, Cap::new().is_ok(), &mut |_| ())?;
                if let Some(round) = round.remove(subject.name) {
                    into.append(round);
                }
            }
        }
        say(&report::pair(subject.name, &before, &after));
    }
    Ok(())
}

fn guard_all(options: &Options, only: &[String], update: bool) -> Result<bool, Failure> {
    let functions = functions(options)?;
    let directory = scratch("guard")?;
    let scene = Scene::new(&directory, &functions, Duration::ZERO, None)?;
    for Subject { name, zip, .. } in &scene.subjects {
        say(&format!("{name:18} zip {zip:>9} bytes"));
    }
    let counted = callgrind::count(&scene, only, &directory)?;
    let verdict = guard::compare(&counted, &guard::written());
    say(&verdict.lines);
    if update {
        guard::write(&counted)?;
        return Ok(true);
    }
    if verdict.is_worse {
        say(
            "More instructions than `tests/bench/instructions.json` has, by over 3 %. `callgrind_annotate` on the files\n\
             in `target/bench/guard` tells where. If it has to be, write it down in this very commit: `cargo count --update`",
        );
    } else if verdict.is_better {
        say("Fewer instructions than are written down, by over 3 %: keep that with `cargo count --update`");
    }
    Ok(!verdict.is_worse)
}
