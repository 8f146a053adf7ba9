//! The sweeper, run when a scenario wants it, and the events that it published.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Scene;

/// An event, as a rule's target sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What happened: `detail-type`.
    pub kind: String,
    /// Who tells.
    pub source: String,
    /// The rest.
    pub detail: Value,
}

impl Scene {
    /// Runs the sweeper once; it has to come to its end.
    pub async fn sweep(&self) {
        let answer = self.world().sweep().await.unwrap_or_else(|reason| panic!("the sweeper {reason}"));
        assert_eq!(answer["outcome"], "swept", "{answer}");
    }

    /// Runs the sweeper once, with everything due that it is to do one day.
    pub async fn sweep_all(&self) {
        self.rows().make_due().await;
        self.sweep().await;
    }

    /// Everything that the bus was sent, the oldest first.
    pub fn sent(&self) -> Vec<Published> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let events = self.world().events();
        let published = events.iter().map(|it| Published {
            kind: text(&it["detail-type"]),
            source: text(&it["source"]),
            detail: it["detail"].clone(),
        });
        published.collect()
    }

    /// What was published, each event once: one whose answer took too long is sent again under the same id, and who
    /// subscribes has to know it by that.
    pub fn published(&self) -> Vec<Published> {
        let mut known = BTreeSet::new();
        self.sent().into_iter().filter(|it| known.insert(it.detail["id"].to_string())).collect()
    }

    /// The kinds of what was published about a provider, the oldest first.
    pub fn told(&self, provider: &str) -> Vec<String> {
        self.published().into_iter().filter(|it| it.detail["provider"] == provider).map(|it| it.kind).collect()
    }
}
