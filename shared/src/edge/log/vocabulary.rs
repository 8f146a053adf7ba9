//! The closed sets of the log: its fields, its events, its metrics, and the outcomes that are no codes. What is not
//! listed here is not written (S-36). `shared/LOGS.md` shows the lists to operators, and a test holds it to them.

/// A field of a line.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether code that logs may give it; the others are written by the log itself.
    pub is_given: bool,
    /// What it says.
    pub meaning: &'static str,
}

const fn given(name: &'static str, meaning: &'static str) -> Field {
    Field { name, is_given: true, meaning }
}

const fn own(name: &'static str, meaning: &'static str) -> Field {
    Field { name, is_given: false, meaning }
}

/// Every field there is.
pub const FIELDS: &[Field] = &[
    own("timestamp", "when, RFC 3339 in UTC with milliseconds"),
    own("level", "`INFO`, `WARN` or `ERROR`"),
    given("message", "what the line is: `request`, `call`, or words for people"),
    own("request_id", "the gateway's id of the request, as in its access log and in the answer"),
    own("function", "which function"),
    given("trace_id", "the X-Ray trace's id"),
    given("owner", "hash of the owner; of the caller, where no owner is named"),
    given("provider", "the provider's id"),
    given("operation", "what the request asks for; in a call, what is asked of the service"),
    given("outcome", "of a request: an outcome below, or a code of `ERRORS.md`; of a call: how it ended"),
    given("status", "the HTTP status"),
    given("milliseconds", "how long it took"),
    given("cold_start", "`true` in the first request of a process"),
    given("service", "who was called: `dynamodb`, `kms`, `secrets_manager`, `eventbridge` or `provider`"),
    given("attempts", "how often the call was tried"),
    given("event", "one of the events below"),
    given("reason", "the code of `ERRORS.md` that says why"),
    given("binding_id", "the binding's id, as in answers"),
    given("host", "hash of a refused host"),
    given("kind", "what a refused host is: `name`, `ipv4` or `ipv6`"),
    given("handled", "of a run of the sweeper: rows that were done; the following are of its line too"),
    given("published", "events that were published"),
    given("revoked", "tokens that were revoked"),
    given("verified", "bindings whose token was seen to work, or not to"),
    given("refreshed", "bindings whose tokens were replaced by their successors"),
    given("notified", "bindings whose end that is near, or has come, was noted to be told"),
    given("ended", "unused grants that were ended"),
    given("resealed", "credentials that were sealed under the key of now"),
    given("put_off", "what was tried and is tried again later"),
    given("failed", "rows that are left due, and those that somebody else changed meanwhile"),
    given("oldest_due_seconds", "for how long the longest due row had been due"),
    given("error", "the error's own words, and those of its causes"),
    given("evidence", "what was concluded from: a word of a closed set"),
    given("lease_id", "the lease's id, as in its answer"),
    given("purpose", "what a token was lent for"),
    given("worker", "ARN of the build worker that asked"),
    given("repository", "hash of the repository that a token was lent for, where it was named"),
    given("location", "file and line of the program, of a panic or of another library's line"),
    own("target", "the module of another library whose line this is; its words and values are left out"),
    own("Requests", "metric"),
    own("Duration", "metric"),
    own("Events", "metric"),
    own("Handled", "metric"),
    own("OldestDue", "metric"),
    own("_aws", "tells CloudWatch which members are metrics"),
];

/// Outcomes of requests that went well, with what they mean. The others are the codes of `ERRORS.md`.
pub const SUCCESSES: &[(&str, &str)] = &[
    ("catalogue", "the catalogue was shown"),
    ("owners", "the owners were shown whom a caller may bind for"),
    ("listed", "an owner's entries were shown"),
    ("shown", "one entry was shown"),
    ("started", "an authorization was started"),
    ("bound", "a binding was made"),
    ("renewed", "a binding's credential was renewed"),
    ("complete", "the browser was sent back to the console, which completes"),
    ("redeemed", "the console got a grant"),
    ("revoked", "unbound, and the token is dead"),
    ("revocation_scheduled", "unbound, and the revocation waits in the queue"),
    ("not_revocable", "unbound, and the provider offers no revocation"),
    ("leased", "a build worker got an access token"),
    ("suspected", "a build worker's report was taken"),
    ("left_in_place", "unbound, and the person's own token was left alone"),
    ("console_moved", "a browser was sent on to the console's page"),
    ("console_page", "the console's page was served, or its configuration"),
    ("console_asset", "a file of the console was served"),
    ("swept", "a run of the sweeper did what was due, or as much as it had time for"),
];

/// Ends of calls, with what they mean. A service's own error has the service's own name instead.
pub const CALL_ENDS: &[(&str, &str)] = &[
    ("ok", "answered as hoped; a provider: with a status below 400"),
    ("refused", "answered with a status from 400 to 499"),
    ("failed", "answered with a status from 500 on"),
    ("timed_out", "no answer in time"),
    ("connection_refused", "nothing listens there, or the network refuses the way"),
    ("certificate_refused", "the certificate is not to be trusted"),
    ("broken", "the connection broke, or the answer makes no sense or is too large"),
    ("name_not_resolved", "the name does not resolve"),
    ("not_public", "the address is not public"),
    ("abandoned", "the request's time was over before the call's"),
];

/// Events, with what they mean. Each is a line of its own and is counted once.
pub const EVENTS: &[(&str, &str)] = &[
    ("bound", "a binding was made"),
    ("renewed", "a binding's credential was renewed"),
    ("unbound", "a binding was removed"),
    ("callback_denied", "a callback bound nothing, and that is not our fault; `reason` says why"),
    ("state_mismatch", "a callback brought a state that is not known, or another provider's"),
    ("proof_mismatch", "a callback came from another browser than the one that started; the state was used up"),
    ("caller_mismatch", "a completion secret or grant was presented by another caller; it was ended"),
    ("address_refused", "an entered address leads to a private or special network; `host` and `kind` say more"),
    ("orphan_revoked", "a token that no binding holds was revoked"),
    ("orphan_left", "a token that no binding holds is left to expire: the provider offers no revocation"),
    ("orphan_queued", "a token that no binding holds waits in the queue of revocations"),
    ("orphan_lost", "a token that no binding holds was neither revoked nor queued: revoke it at the provider"),
    (
        "orphan_unknown",
        "a token was issued, and whether a binding holds it could not be found out: see the owner's status",
    ),
    ("decrypt_failed", "stored bytes did not open under their context: moved, or tampered with"),
    ("token_displaced", "the provider ended a binding's token because newer ones were issued; `owner` is told"),
    ("displacement_untold", "a binding's token was ended so, and the mark could not be written"),
    ("expiring", "a credential that only the person can replace ends soon"),
    ("revocation_gave_up", "a token could not be revoked for a week and is not tried again: revoke it at the provider"),
    (
        "authorization_unaccounted",
        "an authorization was used up an hour ago and bound nothing; if a token was issued for it, nothing of ours holds it",
    ),
    ("leased", "a build worker got an access token: who, whose, and what for"),
    ("suspect_reported", "a build worker reported that the token that stands is not accepted"),
    ("refreshed", "a binding's tokens were replaced by their successors"),
    (
        "refresh_uncertain",
        "a refresh was cut off: nobody knows whether the refresh token was used; `evidence` says how",
    ),
    (
        "rotation_refused",
        "a token that should have been replaced was not; it is tried again a day later; `reason` says why",
    ),
    ("rotation_uncertain", "a rotation was cut off: nobody knows whether the token was replaced; `evidence` says how"),
    (
        "reauthorization_required",
        "a binding's credential has ended, or the provider does not take it any more; `evidence` or `reason` says why",
    ),
    ("recovered", "a binding works again that did not, or was in doubt"),
    ("breaker_opened", "a provider refuses our client, with both its secrets: no refresh is sent for a while"),
    ("breaker_closed", "the provider takes our client again"),
    ("panicked", "something that cannot happen did; `location` says where"),
];

/// The namespace of the metrics.
pub const NAMESPACE: &str = "codebind";

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it counts.
    pub meaning: &'static str,
}

/// The metrics of a request.
pub const REQUEST_METRICS: &[Metric] = &[
    Metric { name: "Requests", unit: "Count", meaning: "requests, each once, under its one outcome" },
    Metric { name: "Duration", unit: "Milliseconds", meaning: "how long they took" },
];

/// The dimensions of a request's metrics; those that name a provider only where there is one.
pub const REQUEST_DIMENSIONS: &[&[&str]] = &[&["function", "outcome"], &["function", "provider", "outcome"]];

/// The metric of an event.
pub const EVENT_METRICS: &[Metric] = &[Metric { name: "Events", unit: "Count", meaning: "events, each once" }];

/// The metrics of a run of the sweeper.
pub const SWEEP_METRICS: &[Metric] = &[
    Metric { name: "Handled", unit: "Count", meaning: "rows that a run of the sweeper did" },
    Metric {
        name: "OldestDue",
        unit: "Seconds",
        meaning: "for how long the longest due row had been due: how far the sweeper, and with it the events, lag behind",
    },
];

/// The dimensions of a run's metrics.
pub const SWEEP_DIMENSIONS: &[&[&str]] = &[&["function"]];

/// The dimensions of an event's metric; those that name a provider only where there is one.
pub const EVENT_DIMENSIONS: &[&[&str]] = &[&["event"], &["event", "provider"]];

#[cfg(test)]
mod tests {
    use super::*;

    const INTRODUCTION: &str = "# The log\n\n\
        Each line is one JSON object on standard output. A request writes one line `request`, one line `call` for\n\
        each call it makes of DynamoDB, KMS or a provider, and one for each event. A run of the sweeper is a request too,\n\
        and writes a line `swept` besides. Nothing is written but the fields\n\
        below; no value is longer than 256 characters. No line holds a token, code, state, cookie, query or body.\n\
        `edge/log/vocabulary.rs` holds these lists; tests hold this page and every line to them.\n";

    const METRICS: &str = "\nIn CloudWatch's embedded metric format, namespace `codebind`. A dimension `provider` is\n\
        there where a provider is.\n";

    fn table(title: &str, words: &str, head: &[&str], rows: Vec<Vec<String>>) -> String {
        let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
        let head: Vec<_> = head.iter().map(|it| (*it).to_owned()).collect();
        let rule = vec!["---".to_owned(); head.len()];
        let lines: Vec<_> = [head, rule].into_iter().chain(rows).map(|cells| row(&cells)).collect();
        format!("\n## {title}\n{words}\n{}\n", lines.join("\n"))
    }

    fn code(name: &str) -> String {
        format!("`{name}`")
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<Vec<String>> {
        pairs.iter().map(|(name, meaning)| vec![code(name), (*meaning).to_owned()]).collect()
    }

    fn metrics(metrics: &[Metric], dimensions: &[&[&str]]) -> Vec<Vec<String>> {
        let sets: Vec<_> = dimensions.iter().map(|set| code(&format!("[{}]", set.join(", ")))).collect();
        let row = |it: &Metric| vec![code(it.name), it.unit.to_owned(), sets.join(" "), it.meaning.to_owned()];
        metrics.iter().map(row).collect()
    }

    fn page() -> String {
        let fields: Vec<_> = FIELDS.iter().map(|it| (it.name, it.meaning)).collect();
        let all_metrics = [
            metrics(REQUEST_METRICS, REQUEST_DIMENSIONS),
            metrics(EVENT_METRICS, EVENT_DIMENSIONS),
            metrics(SWEEP_METRICS, SWEEP_DIMENSIONS),
        ]
        .concat();
        let outcomes = "\nThese, and every code of `ERRORS.md`.\n";
        let ends = "\nThese, and the names of the AWS services' own errors.\n";
        [
            INTRODUCTION.to_owned(),
            table("Fields", "", &["field", "meaning"], pairs(&fields)),
            table("Outcomes of requests", outcomes, &["outcome", "meaning"], pairs(SUCCESSES)),
            table("Outcomes of calls", ends, &["outcome", "meaning"], pairs(CALL_ENDS)),
            table("Events", "", &["event", "meaning"], pairs(EVENTS)),
            table("Metrics", METRICS, &["metric", "unit", "dimensions", "meaning"], all_metrics),
        ]
        .concat()
    }

    #[test]
    fn the_page_of_the_log_says_what_the_log_says() {
        // S-43
        let stands = include_str!("../../../LOGS.md");
        let fresh = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/LOGS.md");
        if stands != page() {
            std::fs::write(fresh, page()).unwrap();
        }
        assert!(METRICS.contains(NAMESPACE));
        assert!(stands == page(), "shared/LOGS.md is out of date: copy target/LOGS.md over it");
    }

    #[test]
    fn no_name_stands_twice() {
        let lists: [Vec<&str>; 4] = [
            FIELDS.iter().map(|it| it.name).collect(),
            SUCCESSES.iter().map(|it| it.0).chain(crate::edge::code::Code::ALL.iter().map(|it| it.name())).collect(),
            CALL_ENDS.iter().map(|it| it.0).collect(),
            EVENTS.iter().map(|it| it.0).collect(),
        ];
        for list in lists {
            let mut seen = std::collections::BTreeSet::new();
            assert!(list.iter().all(|name| seen.insert(*name)), "{list:?}");
        }
    }
}
