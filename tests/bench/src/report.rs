//! The page of results and its plots.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Failure;
use crate::callgrind::Count;
use crate::chart::{Bar, bars, short};
use crate::measure::{Measured, Plan};
use crate::process::{load, machine};
use crate::scene::Subject;
use crate::statistics::{median, ratio};
use crate::steps::Summary;
use crate::targets::{All, Pick, Target};

/// Everything that a page tells.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// The figures.
    pub(crate) all: &'a All,
    /// What they are of.
    pub(crate) subjects: &'a [&'a Subject],
    /// What was to be reached.
    pub(crate) targets: &'a [Target],
    /// Instructions, as they are written down.
    pub(crate) counts: &'a BTreeMap<&'static str, Count>,
    /// How much was measured.
    pub(crate) plan: Plan,
    /// What each step takes, in milliseconds.
    pub(crate) step: f64,
    /// What could not be measured, and why.
    pub(crate) left_out: &'a [String],
}

impl Report<'_> {
    /// Writes the page and the plots into a folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let plots = folder.join("plots");
        fs::create_dir_all(&plots)?;
        for (name, svg) in self.plots() {
            fs::write(plots.join(format!("{name}.svg")), svg)?;
        }
        Ok(fs::write(folder.join("RESULTS.md"), self.page())?)
    }

    /// The page, in Markdown.
    pub(crate) fn page(&self) -> String {
        let mut page = self.head();
        page.push_str("\n## Targets\n\n| what | at most | measured | |\n| --- | --- | --- | --- |\n");
        for Target { what, limit, reached, is_reached } in self.targets {
            let word = match is_reached {
                Some(true) => "reached",
                Some(false) => "**missed**",
                None => "–",
            };
            let _ = writeln!(page, "| {what} | {limit} | {reached} | {word} |");
        }
        page.push_str(&self.figures());
        page.push_str(&self.network());
        page.push_str(&self.instructions());
        page.push_str("\n## Plots\n\n");
        for (name, _) in self.plots() {
            let _ = writeln!(page, "![{name}](plots/{name}.svg)\n");
        }
        page.trim_end().to_owned() + "\n"
    }

    fn head(&self) -> String {
        let Plan { rounds, calls } = self.plan;
        let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
        let date = date.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned()).unwrap_or_default();
        let mut head = format!(
            "# Results\n\nMade by `cargo measure` on {date}: {}, at a load of {} when it ended (of which the benchmark is one \
             to two). What is measured and how is in `README.md`.\n\n\
             {rounds} fresh processes of each subject in turns, {calls} later calls in each; medians. Every connection and \
             every request of the stand-in takes {} ms. Times change with the machine, ratios and counts hardly; a ratio \
             has the interval that it lies in in 95 of 100 cases.\n",
            machine(),
            load(),
            self.step
        );
        for what in self.left_out {
            let _ = writeln!(head, "\n**Left out:** {what}");
        }
        head
    }

    fn figures(&self) -> String {
        let mut table =
            "\n## Figures\n\n| | zip, KB | init, ms | cold, ms | CPU to first answer, ms | cold at 128 MB, ms \
                         | later call, ms: half, 99 of 100 | CPU per later call, ms | peak memory, MiB |\n\
                         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
                .to_owned();
        for subject in self.subjects {
            let Some(it) = self.all.get(subject.name) else { continue };
            let (half, most) = it.warm_percentiles();
            let of = |values: &[f64]| short(median(values));
            let _ = writeln!(
                table,
                "| {} | {} | {} | {} | {} | {} | {}, {} | {} | {} |",
                subject.name,
                subject.zip.div_ceil(1000),
                of(&it.init),
                of(&it.cold),
                of(&it.cpu_cold),
                of(&it.capped),
                short(half),
                short(most),
                of(&it.cpu_warm),
                of(&it.memory)
            );
        }
        table
    }

    fn network(&self) -> String {
        let mut table = "\n## Network\n\nConnections and requests, and how many of both came one after the other. To open a \
                         connection (TCP and TLS) counts as one step.\n\n| | while it starts | first call | later call | of \
                         what the later call is |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
        for subject in self.subjects {
            let Some(measured) = self.all.get(subject.name) else { continue };
            let of = |Summary { connections, requests, in_a_row, .. }: &Summary| {
                format!("{connections} + {requests}, {in_a_row} in a row")
            };
            let [start, first, later] = &measured.steps;
            let what = later.what.join(", ");
            let _ = writeln!(table, "| {} | {} | {} | {} | {what} |", subject.name, of(start), of(first), of(later));
        }
        table
    }

    fn instructions(&self) -> String {
        if self.counts.is_empty() {
            return String::new();
        }
        let mut table = "\n## Instructions\n\nOf the functions themselves, without the C library and its loader, as \
                         `instructions.json` has them and CI holds them to.\n\n| | start to first answer | one more answer |\n\
                         | --- | --- | --- |\n"
            .to_owned();
        for (name, Count { cold, warm }) in self.counts {
            let _ = writeln!(table, "| {name} | {cold} | {warm} |");
        }
        table
    }

    fn plots(&self) -> Vec<(&'static str, String)> {
        let plot = |title: &str, unit: &str, pick: Pick| {
            let of = |subject: &&Subject| {
                let value = median(pick(self.all.get(subject.name)?));
                Some(Bar { label: subject.name.to_owned(), value, is_ours: subject.is_ours })
            };
            bars(title, unit, &self.subjects.iter().filter_map(of).collect::<Vec<_>>())
        };
        vec![
            ("init", plot("From start to the first poll", "ms", |it| &it.init)),
            (
                "cold-capped",
                plot("From start to the first answer, with the processor of 128 MB", "ms", |it| &it.capped),
            ),
            ("cpu-cold", plot("CPU to the first answer", "ms", |it| &it.cpu_cold)),
            ("cpu-warm", plot("CPU per later call", "ms", |it| &it.cpu_warm)),
            ("memory", plot("Peak memory", "MiB", |it| &it.memory)),
        ]
    }
}

/// The ratios of a second build to a first.
pub(crate) fn pair(name: &str, first: &Measured, second: &Measured) -> String {
    let figures: [(&str, Pick); 7] = [
        ("init", |it| &it.init),
        ("cold", |it| &it.cold),
        ("CPU to first answer", |it| &it.cpu_cold),
        ("cold at 128 MB", |it| &it.capped),
        ("later call", |it| &it.warm),
        ("CPU per later call", |it| &it.cpu_warm),
        ("peak memory", |it| &it.memory),
    ];
    figures.iter().fold(format!("{name}\n"), |text, (what, pick)| {
        let (first, second) = (pick(first), pick(second));
        let ratio = ratio(second, first);
        let (before, after) = (short(median(first)), short(median(second)));
        format!("{text}{what:20} {before:>8} {after:>8}  {:.3} ({:.3} to {:.3})\n", ratio.value, ratio.low, ratio.high)
    })
}
