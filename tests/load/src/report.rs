//! The page of results and its plots.

use std::{fmt::Write as _, fs, path::Path};

use plotters::prelude::*;

use crate::{
    CALLERS, Failure, WORKERS,
    callers::{Outcome, Request},
};

const SIZE: (u32, u32) = (640, 360);
const COLOURS: [RGBColor; 3] = [RGBColor(26, 86, 196), RGBColor(46, 139, 87), RGBColor(178, 80, 30)];

/// Writes `SCALE.md` and its plots into `directory`.
pub(crate) fn write(directory: &Path, outcomes: &[Outcome]) -> Result<(), Failure> {
    let plots = directory.join("plots");
    fs::create_dir_all(&plots).map_err(Failure::because)?;
    fs::write(directory.join("SCALE.md"), page(outcomes)).map_err(Failure::because)?;
    let with_few = |it: &&Outcome| it.callers == CALLERS;
    let by_rows: Vec<_> = outcomes.iter().filter(with_few).map(|it| (it.rows, *it)).collect();
    let rows_max = outcomes.iter().map(|it| it.rows).max().unwrap_or_default();
    let by_callers: Vec<_> = outcomes.iter().filter(|it| it.rows == rows_max).map(|it| (it.callers, *it)).collect();
    plot(&plots.join("cost-by-bindings.svg"), "CPU per request, by bindings in the table", &by_rows)?;
    plot(&plots.join("cost-by-callers.svg"), "CPU per request, by callers at a time", &by_callers)
}

fn page(outcomes: &[Outcome]) -> String {
    let mut page = format!(
        "# What a request costs as bindings and callers grow\n\n\
         Made by `cargo load`. The whole system on one machine: callers, gateway, {WORKERS} workers of each function (the \
         binaries that are deployed), database, key management and provider share its cores. The cost, CPU time of the \
         function per request, is what can be compared. Times and rates are those of a machine that does everything at \
         once: beyond {WORKERS} callers requests wait for a worker, where Lambda would start one. Memory is the most that a \
         worker had since it was started: it grows by 100 to 200 bytes a call, of which the operator's guide tells.\n\n\
         ![CPU per request, by bindings in the table](plots/cost-by-bindings.svg)\n\
         ![CPU per request, by callers at a time](plots/cost-by-callers.svg)\n\n\
         | function | bindings | callers | requests/s | p50, ms | p99, ms | CPU per request, µs | memory, MiB |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    let milliseconds = |it: std::time::Duration| it.as_secs_f64() * 1e3;
    for it in Request::ALL.iter().flat_map(|request| outcomes.iter().filter(move |it| it.request == *request)) {
        // Writing to a text does not fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {:.0} | {:.1} | {:.1} | {} | {:.1} |",
            it.request.function(),
            it.rows,
            it.callers,
            it.per_second,
            milliseconds(it.p50),
            milliseconds(it.p99),
            it.cpu.as_micros(),
            mebibytes(it.peak_kib),
        );
    }
    page
}

fn mebibytes(kib: u64) -> f64 {
    u32::try_from(kib).map_or(f64::NAN, f64::from) / 1024.0
}

/// A line for each function. Both axes begin where nothing is left out.
fn plot(file: &Path, title: &str, points: &[(u64, Outcome)]) -> Result<(), Failure> {
    let most = points.iter().map(|(_, it)| micros(it)).fold(0.0, f64::max);
    let furthest = points.iter().map(|(at, _)| *at).max().unwrap_or(1);
    let area = SVGBackend::new(file, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(Failure::because)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d((1..furthest).log_scale(), 0.0..most * 1.2)
        .map_err(Failure::because)?;
    chart.configure_mesh().y_desc("µs").draw().map_err(Failure::because)?;
    for (request, colour) in Request::ALL.into_iter().zip(COLOURS) {
        let line = points.iter().filter(|(_, it)| it.request == request).map(|(at, it)| (*at, micros(it)));
        let line = LineSeries::new(line, colour.stroke_width(2)).point_size(3);
        let drawn = chart.draw_series(line).map_err(Failure::because)?;
        let key = move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2));
        drawn.label(request.function()).legend(key);
    }
    let legend = chart.configure_series_labels().background_style(WHITE).border_style(BLACK).draw();
    legend.map_err(Failure::because)?;
    area.present().map_err(Failure::because)
}

fn micros(outcome: &Outcome) -> f64 {
    outcome.cpu.as_secs_f64() * 1e6
}
