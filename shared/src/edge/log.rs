//! The log: one JSON object a line on standard output, with the fields of a list and no others (S-36, S-43).
//!
//! A subscriber of our own rather than a general one, because what may be written is a rule here and not a matter of
//! configuration: a field that is not on the list is dropped, whoever gives it; values are cut and escaped; and of
//! other libraries nothing is written but where the line comes from, since their words hold URLs, headers and what a
//! parser could not read. No variable can ask for more.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::panic::Location;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use super::code::Code;
use crate::domain::timestamp::Timestamp;
use vocabulary::{
    EVENT_DIMENSIONS, EVENT_METRICS, FIELDS, Metric, NAMESPACE, REQUEST_DIMENSIONS, REQUEST_METRICS, SWEEP_DIMENSIONS,
    SWEEP_METRICS,
};

pub mod current;
pub mod vocabulary;

/// The target of a request's own line.
const REQUEST: &str = "codebind::request";

/// The target of the line of a run of the sweeper.
pub const SWEEP: &str = "codebind::sweep";

/// Longest value, in characters.
const VALUE_MAX: usize = 256;

/// Starts the log of this process: our lines from INFO, other libraries' from WARN, and a line for a panic.
pub fn start() {
    let log = Log(|line: &[u8]| {
        // A platform that does not take lines any more is no reason to fail a request.
        _ = std::io::stdout().lock().write_all(line);
    });
    // The first one stays.
    _ = tracing::subscriber::set_global_default(log);
    std::panic::set_hook(Box::new(|panic| panicked(panic.location())));
}

/// Says where, and never what: a panic's message may hold values. A build that aborts has no other place to write the
/// request's line.
fn panicked(location: Option<&Location<'_>>) {
    let location = location.map(|it| place(it.file(), it.line()));
    tracing::error!(event = "panicked", location, "panic");
    if cfg!(panic = "abort") {
        current::finish(Code::Internal.name(), Code::Internal.status());
    }
}

/// File and line, without the folders of the machine that built it.
fn place(file: &str, line: u32) -> String {
    let start = file.rmatch_indices('/').nth(3).map_or(0, |(at, _)| at + 1);
    format!("{}:{line}", &file[start..])
}

/// The subscriber; each line goes into the function.
struct Log<S>(S);

impl<S: Fn(&[u8]) + Send + Sync + 'static> Subscriber for Log<S> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_written(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_written(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        (self.0)(&line(event));
    }

    // There are no spans: none is ever enabled.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().strip_prefix("codebind").is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is_written(metadata: &Metadata<'_>) -> bool {
    let most = if is_ours(metadata) { Level::INFO } else { Level::WARN };
    metadata.is_event() && *metadata.level() <= most
}

fn line(event: &Event<'_>) -> Vec<u8> {
    let metadata = event.metadata();
    let mut line = Line::begin(*metadata.level());
    if is_ours(metadata) {
        event.record(&mut line);
    } else {
        line.text("message", "a line of another library");
        line.text("target", metadata.target());
        let location = metadata.file().zip(metadata.line()).map(|(file, line)| place(file, line));
        line.text("location", &location.unwrap_or_default());
    }
    let is_request = metadata.target() == REQUEST;
    current::with(|current| {
        line.text("request_id", &current.request_id);
        if is_request || line.is_event || metadata.target() == SWEEP {
            line.text("function", current.function);
        }
    });
    if is_request {
        line.metrics(REQUEST_METRICS, REQUEST_DIMENSIONS, &[1, line.milliseconds]);
    } else if metadata.target() == SWEEP {
        line.metrics(SWEEP_METRICS, SWEEP_DIMENSIONS, &[line.handled, line.oldest_due_seconds]);
    } else if line.is_event {
        line.metrics(EVENT_METRICS, EVENT_DIMENSIONS, &[1]);
    }
    line.end()
}

/// A line being written, and what the metrics need to know of it.
struct Line {
    bytes: Vec<u8>,
    now: Timestamp,
    is_event: bool,
    has_provider: bool,
    milliseconds: u64,
    handled: u64,
    oldest_due_seconds: u64,
}

impl Line {
    fn begin(level: Level) -> Self {
        let (bytes, now) = (Vec::with_capacity(512), Timestamp::now());
        let mut line = Self {
            bytes,
            now,
            is_event: false,
            has_provider: false,
            milliseconds: 0,
            handled: 0,
            oldest_due_seconds: 0,
        };
        line.bytes.push(b'{');
        line.text("timestamp", &now.rfc3339_with_milliseconds());
        line.text("level", level.as_str());
        line
    }

    fn name(&mut self, name: &str) {
        if self.bytes.last() != Some(&b'{') {
            self.bytes.push(b',');
        }
        self.json(name);
        self.bytes.push(b':');
    }

    /// Writes a value as it is: a number or a truth.
    fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.name(name);
        // Writing into memory cannot fail.
        _ = write!(self.bytes, "{value}");
    }

    /// Writes a text, cut and escaped. JSON leaves some controls as they are, which a terminal would obey.
    fn text(&mut self, name: &str, value: &str) {
        let end = value.char_indices().nth(VALUE_MAX).map_or(value.len(), |(at, _)| at);
        let (cut, is_odd) = (&value[..end], |it: char| it >= '\u{7f}' && it.is_control());
        self.name(name);
        if cut.contains(is_odd) { self.json(&cut.replace(is_odd, "\u{fffd}")) } else { self.json(cut) }
    }

    fn json(&mut self, value: &(impl serde::Serialize + ?Sized)) {
        // Texts and our own lists always serialize, and memory takes them.
        _ = serde_json::to_writer(&mut self.bytes, value);
    }

    /// The embedded metric format of `CloudWatch`: each metric as a member, and a member that says which they are. A set of
    /// dimensions may only name members that are there.
    fn metrics(&mut self, metrics: &[Metric], dimensions: &[&[&str]], values: &[u64]) {
        for (metric, value) in metrics.iter().zip(values) {
            self.plain(metric.name, value);
        }
        let has_provider = self.has_provider;
        let sets: Vec<_> = dimensions.iter().filter(|set| has_provider || !set.contains(&"provider")).collect();
        self.name("_aws");
        _ = write!(self.bytes, r#"{{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"#, self.now.milliseconds());
        self.json(NAMESPACE);
        self.bytes.extend_from_slice(br#","Dimensions":"#);
        self.json(&sets);
        self.bytes.extend_from_slice(br#","Metrics":["#);
        for (at, Metric { name, unit, .. }) in metrics.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            _ = write!(self.bytes, r#"{comma}{{"Name":"{name}","Unit":"{unit}"}}"#);
        }
        self.bytes.extend_from_slice(b"]}]}");
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(b"}\n");
        self.bytes
    }

    /// Whether `field` is on the list; what the metrics need to know of it is remembered.
    fn takes(&mut self, field: &Field) -> bool {
        self.is_event |= field.name() == "event";
        self.has_provider |= field.name() == "provider";
        FIELDS.iter().any(|known| known.is_given && known.name == field.name())
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if self.takes(field) {
            self.text(field.name(), value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if self.takes(field) {
            self.plain(field.name(), value);
        }
        match field.name() {
            "milliseconds" => self.milliseconds = value,
            "handled" => self.handled = value,
            "oldest_due_seconds" => self.oldest_due_seconds = value,
            _ => {}
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if self.takes(field) {
            self.plain(field.name(), value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if self.takes(field) {
            self.plain(field.name(), value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.takes(field) {
            let mut text = Cut { text: String::new(), left: VALUE_MAX };
            // What does not fit is not even formatted.
            _ = write!(text, "{value:?}");
            self.text(field.name(), &text.text);
        }
    }
}

/// Takes so many characters, and then no more.
struct Cut {
    text: String,
    left: usize,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let before = self.text.len();
        self.text.extend(text.chars().take(self.left));
        self.left -= self.text[before..].chars().count();
        if self.left == 0 { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
pub(crate) mod tests;
