//! A scene behind a border, in which cells are tried one after the other. Several lanes run side by side: most of the
//! time a cell only waits.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use codebind::providers;
use futures_util::future::join_all;
use tests::{Books, Border, Fault, Owner, Scene};
use tokio::{task::JoinError, time::timeout};

use super::{
    deeds::{Actor, Reached, outcome},
    expected::{exists, heals, lost_in_crash_max, lost_max, outcomes},
    flows,
    table::Flow,
};

/// How many scenes there are at a time.
const LANES_MAX: usize = 10;

/// Fewer than these are not worth another scene.
const CELLS_PER_LANE: usize = 6;

/// A call that takes so long without a fault says that the machine is too loaded for a verdict.
const TOO_SLOW: Duration = Duration::from_millis(600);

/// Within this a held call must come by.
const HELD_MAX: Duration = Duration::from_secs(20);

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    /// A fault, once or every time.
    Fault { fault: Fault, once: bool },
    /// The function is killed before the call arrives, or after it took effect.
    Crash { after: bool },
}

/// One row, one column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    flow: &'static Flow,
    index: usize,
    blow: Blow,
}

impl Cell {
    /// `callback.exchange × Reset, every time`
    fn name(&self) -> String {
        let point = format!("{}.{}", self.flow.name, self.flow.points[self.index].name);
        match self.blow {
            Blow::Fault { fault, once } => format!("{point} × {fault:?}, {}", if once { "once" } else { "every time" }),
            Blow::Crash { after } => format!("{point} × crash {}", if after { "after" } else { "before" }),
        }
    }

    fn each(function: &str, blows: impl Fn(&Flow, usize) -> Vec<Blow>) -> Vec<Self> {
        let mut cells = Vec::new();
        for flow in flows::all().filter(|it| it.function == function) {
            for index in (0..flow.points.len()).filter(|index| flow.points[*index].weight.is_some()) {
                cells.extend(blows(flow, index).into_iter().map(|blow| Self { flow, index, blow }));
            }
        }
        cells
    }

    /// Every point of a function with every fault, those that wait the longest first.
    pub(super) fn of_faults(function: &str) -> Vec<Self> {
        let mut cells = Self::each(function, |flow, index| {
            let of_fault = |fault: Fault| {
                let lasting = Blow::Fault { fault, once: false };
                let once = heals(flow, index, fault).then_some(Blow::Fault { fault, once: true });
                [Some(lasting), once].into_iter().flatten()
            };
            Fault::ALL.into_iter().filter(|fault| exists(flow, index, *fault)).flat_map(of_fault).collect()
        });
        cells.sort_by_key(|cell| match cell.blow {
            Blow::Fault { fault, once } => (Fault::ALL.iter().position(|it| *it == fault), once),
            Blow::Crash { .. } => (None, false),
        });
        cells
    }

    /// A crash before and after every call of a function.
    pub(super) fn of_crashes(function: &str) -> Vec<Self> {
        Self::each(function, |_, _| [false, true].map(|after| Blow::Crash { after }).to_vec())
    }
}

/// Tries all cells; the names of those that failed, with what they said.
pub(super) async fn try_all(cells: Vec<Cell>) -> Vec<String> {
    let (cells, next, failures) = (Arc::new(cells), Arc::new(AtomicUsize::new(0)), Arc::<Mutex<Vec<_>>>::default());
    let lanes = (0..LANES_MAX.min(cells.len().div_ceil(CELLS_PER_LANE))).map(|lane| {
        let (cells, next, failures) = (Arc::clone(&cells), Arc::clone(&next), Arc::clone(&failures));
        tokio::spawn(async move {
            let lane = Arc::new(Lane::start(lane).await);
            while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Some(failure) = lane.try_cell(*cell).await {
                    failures.lock().expect("no lane dies here").push(failure);
                }
            }
        })
    });
    let ended = join_all(lanes.collect::<Vec<_>>()).await;
    let mut failures = std::mem::take(&mut *failures.lock().expect("no lane dies here"));
    // A lane that fails as a whole saw a secret where none may be.
    failures.extend(ended.into_iter().filter_map(|lane| Some(said(lane.err()?))));
    failures
}

/// What a task said when it failed.
fn said(error: JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("?").to_owned()
}

/// A scene and its border.
pub(super) struct Lane {
    pub(super) scene: Scene,
    pub(super) border: Arc<Border>,
    number: usize,
    tries: AtomicUsize,
}

impl Lane {
    pub(super) async fn start(number: usize) -> Self {
        let ids: Vec<_> = providers::ALL.iter().map(|provider| provider.id).collect();
        let border = Arc::new(Border::start(&ids).await);
        let scene = Scene::builder().console().behind(&border).workers(2).start().await;
        Self { scene, border, number, tries: AtomicUsize::new(0) }
    }

    /// Somebody new, with an account of their own.
    pub(super) fn actor(&self, flow: &Flow) -> Actor<'_> {
        let account = format!("octo-{}-{}", self.number, self.tries.fetch_add(1, Ordering::Relaxed));
        Actor { scene: &self.scene, person: self.scene.person(&account), provider: flow.provider, account }
    }

    async fn try_cell(self: &Arc<Self>, cell: Cell) -> Option<String> {
        let attempt = || {
            let lane = Arc::clone(self);
            tokio::spawn(async move { lane.run(cell).await })
        };
        let mut result = attempt().await;
        if result.is_err() && self.border.slowest() > TOO_SLOW {
            // A call that met no fault took so long that it may have been given up.
            result = attempt().await;
        }
        self.border.clear();
        Some(format!("{}: {}", cell.name(), said(result.err()?)))
    }

    async fn run(&self, cell: Cell) {
        let Cell { flow, index, blow } = cell;
        let actor = self.actor(flow);
        self.border.clear();
        let reached = actor.prepare(flow.deed).await;
        self.border.clear();
        for (service, plan) in flow.before {
            self.border.plan(*service, *plan);
        }
        let lost_max = match blow {
            Blow::Fault { fault, once } => self.fault(&actor, &reached, cell, fault, once).await,
            Blow::Crash { after } => {
                self.crash(&actor, &reached, cell, after).await;
                lost_in_crash_max(flow, index, after)
            }
        };
        self.border.plan_nothing();
        let books = Books::read(&self.scene, &actor.person, flow.provider, &actor.account).await;
        self.check(&actor, flow, &books, lost_max).await;
        if matches!(blow, Blow::Fault { .. }) && flow.is_alarming() && !books.lost().is_empty() {
            let (owner, output) = (actor.person.holder(&Owner::Me).hash(), self.scene.world().function_output());
            let is_told = |line: &str| line.contains("orphan_lost") || line.contains("orphan_unknown");
            let tells = |line: &str| is_told(line) && line.contains(&owner);
            assert!(output.lines().any(tells), "a token was lost in silence");
        }
        actor.again(flow.deed, &reached).await;
        let books = Books::read(&self.scene, &actor.person, flow.provider, &actor.account).await;
        if flow.provider().oauth().is_none() || flow.provider().is_revoked_by_client() {
            // Where the provider offers no way to revoke, a token that was renewed lives on, and nobody needs it.
            self.check(&actor, flow, &books, lost_max).await;
        }
    }

    async fn fault(&self, actor: &Actor<'_>, reached: &Reached, cell: Cell, fault: Fault, once: bool) -> usize {
        let Cell { flow, index, .. } = cell;
        let (service, plan) = flow.plan(index, if once { 1 } else { usize::MAX }, fault);
        let met_before = self.border.proxy(service).met();
        self.border.plan(service, plan);
        let started = Instant::now();
        let answer = actor.act(flow.deed, reached).await;
        // S-39
        let budget = if matches!(flow.function, "oauth-callback" | "token-bind") { 22 } else { 10 };
        assert!(started.elapsed() < Duration::from_secs(budget), "{:?}", started.elapsed());
        assert!(self.border.proxy(service).met() > met_before, "the call was never made");
        let (outcome, expected) = (outcome(&answer), outcomes(flow, index, fault, once));
        assert!(expected.contains(&outcome.as_str()), "{outcome}, not {expected:?}: {}", answer.everything());
        lost_max(flow, index, fault, once)
    }

    async fn crash(&self, actor: &Actor<'_>, reached: &Reached, cell: Cell, after: bool) {
        let Cell { flow, index, .. } = cell;
        let fault = if after { Fault::HeldAnswer } else { Fault::Held };
        let (service, plan) = flow.plan(index, 1, fault);
        self.border.plan(service, plan);
        let kill = async {
            timeout(HELD_MAX, self.border.proxy(service).held()).await.expect("the call is made");
            assert!(self.scene.world().kill_workers(flow.function) > 0, "nobody was killed");
        };
        let (answer, ()) = tokio::join!(actor.act(flow.deed, reached), kill);
        assert_eq!(outcome(&answer), "crashed", "{}", answer.everything());
    }

    /// The invariants, whatever was answered.
    async fn check(&self, actor: &Actor<'_>, flow: &Flow, books: &Books, lost_max: usize) {
        assert_eq!(actor.is_bound().await, books.standing() == 1, "status disagrees: {books:?}");
        if flow.provider().oauth().is_none() {
            // A person's own tokens are theirs: none is taken that they did not tell us to take.
            books.assert_none_taken(usize::from(flow.name == "unbind_token"));
            return;
        }
        books.assert_balanced(lost_max);
    }
}
