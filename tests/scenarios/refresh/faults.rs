//! A refresh struck and killed at every call, against a provider whose refresh tokens are good once. Whatever happens, the
//! binding works afterwards; or, where the only successor was lost, it is told that a refresh was cut off.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{BITBUCKET, Books, Border, Fault, Lent, Owner, Person, Plan, Scene, Service};
use tokio::time::timeout;

use super::{end_turn, nearly_expired, row, state};

/// A call of a lease that refreshes.
#[derive(Debug, Clone, Copy)]
struct Point {
    name: &'static str,
    service: Service,
    operation: &'static str,
    mentions: &'static str,
}

const fn point(name: &'static str, service: Service, operation: &'static str, mentions: &'static str) -> Point {
    Point { name, service, operation, mentions }
}

/// Every call of it, in order.
const POINTS: [Point; 7] = [
    point("read", Service::Storage, "GetItem", "#suspect_at"),
    point("open", Service::Keys, "Decrypt", ""),
    point("breaker", Service::Storage, "GetItem", "breaker."),
    point("take", Service::Storage, "UpdateItem", "SET #turn = :turn"),
    point("data_key", Service::Keys, "GenerateDataKey", ""),
    point("refresh", Service::Provider(BITBUCKET), "POST /access_token", ""),
    point("save", Service::Storage, "UpdateItem", "#token_mark = :token_mark"),
];

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    Once(Fault),
    Lasting(Fault),
    /// The function is killed before the call arrives, or after it took effect.
    Crash {
        after: bool,
    },
}

/// Faults that last until the request gives up: one of each kind, since each takes as long as a request may.
const LASTING: [Fault; 4] = [Fault::Silent, Fault::Reset, Fault::Refused, Fault::Unanswered];

fn blows() -> impl Iterator<Item = Blow> {
    let crashes = [false, true].map(|after| Blow::Crash { after });
    Fault::ALL.into_iter().map(Blow::Once).chain(LASTING.map(Blow::Lasting)).chain(crashes)
}

/// Whether the only successor may be lost: it was issued, and never got as far as the row.
fn may_lose(point: Point, blow: Blow) -> bool {
    match (point.name, blow) {
        ("refresh", Blow::Once(fault) | Blow::Lasting(fault)) => fault.takes_effect(),
        ("refresh", Blow::Crash { after }) => after,
        ("save", Blow::Once(fault)) => fault == Fault::Refused,
        ("save", Blow::Lasting(fault)) => !fault.takes_effect(),
        ("save", Blow::Crash { after }) => !after,
        _ => false,
    }
}

struct Lane {
    scene: Scene,
    border: Arc<Border>,
    point: Point,
}

impl Lane {
    async fn start(point: Point) -> Self {
        let border = Arc::new(Border::start(&[BITBUCKET]).await);
        let scene = Scene::builder().behind(&border).workers(2).start().await;
        Self { scene, border, point }
    }

    async fn strike(&self, number: usize, blow: Blow) {
        let what = format!("{} × {blow:?}", self.point.name);
        let simulator = self.scene.simulator(BITBUCKET);
        let person = nearly_expired(&self.scene, &format!("person{number}"), BITBUCKET).await;
        simulator.issue(json!({"single_use": true})).await;
        simulator.forget_requests().await;
        let started = Instant::now();
        let answer = self.lease(&person, blow).await;
        // S-39
        assert!(started.elapsed() < Duration::from_secs(23), "{what}: {:?}", started.elapsed());
        assert!(self.border.proxy(self.point.service).met() > 0, "{what}: the call was never made");
        assert!([200, 500, 502, 503, 504].contains(&answer.0), "{what}: {answer:?}");
        let asked = simulator.refreshes().await;
        assert!(asked <= 1, "{what}: sent {asked} times");
        self.border.clear();
        if row(&self.scene, &person).await.contains_key("turn") {
            end_turn(&self.scene, &person).await;
        }
        self.assert_healed(&person, blow, &what).await;
    }

    async fn lease(&self, person: &Person, blow: Blow) -> (u16, String) {
        let Point { service, operation, mentions, .. } = self.point;
        let (times, fault) = match blow {
            Blow::Once(fault) => (1, fault),
            Blow::Lasting(fault) => (usize::MAX, fault),
            Blow::Crash { after: false } => (1, Fault::Held),
            Blow::Crash { after: true } => (1, Fault::HeldAnswer),
        };
        self.border.clear();
        self.border.plan(service, Plan { operation, mentions, skip: 0, times, fault });
        let worker = self.scene.worker();
        let lease = worker.try_lease(person, &Owner::Me, BITBUCKET, 300);
        let answer = if matches!(blow, Blow::Crash { .. }) {
            let kill = async {
                let held = self.border.proxy(service).held();
                timeout(Duration::from_secs(20), held).await.expect("the call is made");
                assert!(self.scene.world().kill_workers("credential") > 0, "nobody was killed");
            };
            tokio::join!(lease, kill).0
        } else {
            lease.await
        };
        (answer.status, answer.text)
    }

    /// The binding works, with a token that lives and is the stored one; or it is told what became of it.
    async fn assert_healed(&self, person: &Person, blow: Blow, what: &str) {
        let answer = self.scene.worker().try_lease(person, &Owner::Me, BITBUCKET, 300).await;
        let (state, problem) = state(person).await;
        let account = format!("{}-fake", person.subject);
        let books = Books::read(&self.scene, person, BITBUCKET, &account).await;
        assert_eq!(books.standing(), 1, "{what}: {books:?}");
        assert!(!row(&self.scene, person).await.contains_key("turn"), "{what}: a turn is left");
        if answer.status == 409 && may_lose(self.point, blow) {
            answer.problem(409, "reauthorization_required");
            assert_eq!(problem["evidence"], "refresh_interrupted", "{what}: {problem}");
            return;
        }
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
        Lent::read(&answer);
        assert_eq!((state.as_str(), problem), ("bound", Value::Null), "{what}");
        let lives = books.live();
        assert!(lives >= 1, "{what}: {books:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_is_struck_or_killed_anywhere_is_made_good_or_told() {
    // S-39, S-40, S-50, R-102, R-103, R-104
    let lanes = POINTS.map(|point| {
        tokio::spawn(async move {
            let lane = Lane::start(point).await;
            for (number, blow) in blows().enumerate() {
                lane.strike(number, blow).await;
            }
        })
    });
    for lane in lanes {
        lane.await.expect("a lane goes through");
    }
}

#[tokio::test]
async fn a_refresh_makes_these_calls_and_no_other() {
    // What is not in the table is not struck.
    let lane = Lane::start(POINTS[0]).await;
    let person = nearly_expired(&lane.scene, "alice", BITBUCKET).await;
    lane.border.clear();
    lane.scene.worker().lease(&person, &Owner::Me, BITBUCKET).await;
    let calls = lane.border.calls();
    for (service, call) in &calls {
        let is_known = |it: &Point| it.service == *service && call.is(it.operation, it.mentions);
        assert!(POINTS.iter().any(is_known), "{call:?}");
    }
    assert_eq!(calls.len(), POINTS.len(), "{calls:?}");
}
