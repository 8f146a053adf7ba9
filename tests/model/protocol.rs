//! The model that the checker searches: what can happen next, and what comes of it.

use stateright::{Model, Property};

use crate::case::{Case, Kind};
use crate::flows::Flow;
use crate::invariants;
use crate::outside::Luck;
use crate::shown;
use crate::storage::Answer;
use crate::world::{BETWEEN, Excuse, Number, Request, Step, Told, World};

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// An authorization is started.
    Start(Number),
    /// Its time is over.
    Expire(Number),
    /// A request comes in.
    Begin(Request),
    /// Its write takes effect, and it hears the answer.
    Deliver(Request),
    /// Its write takes effect, and the answer is lost: it will be sent again, or given up.
    LoseAnswer(Request),
    /// Its write stays in the network: it will be sent again, or given up.
    Delay(Request),
    /// It gives its write up, and does not know what became of it.
    GiveUp(Request),
    /// It looks at a row, or calls the provider.
    Outside(Request, Luck),
    /// Its function is killed.
    Kill(Request),
    /// A write that was left in the network takes effect.
    Land(usize),
}

impl Model for Case {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![self.before.clone()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (number, authorization) in (0..).zip(&world.authorizations) {
            if authorization.started_at.is_none() {
                actions.push(Action::Start(number));
            } else if self.may_expire && !authorization.expired && authorization.consumed_by.is_none() {
                actions.push(Action::Expire(number));
            }
        }
        // Reading alone needs no copy, but a flow is one thing.
        let mut copy = world.clone();
        for request in 0..u8::try_from(self.requests.len()).expect("few requests") {
            let flow = Flow { case: self, world: &mut copy, request };
            actions_of(&flow, actions);
        }
        actions.extend((0..world.late.len()).map(Action::Land));
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        match action {
            Action::Start(number) => {
                next.clock += BETWEEN;
                let now = next.clock;
                next.authorization(number).started_at = Some(now);
            }
            Action::Expire(number) => next.authorization(number).expired = true,
            Action::Land(at) => {
                let write = next.late.remove(at);
                let answer = next.land(self.rules, &write);
                next.happened.late_refused |= answer != Answer::Done;
            }
            Action::Begin(request)
            | Action::Deliver(request)
            | Action::LoseAnswer(request)
            | Action::Delay(request)
            | Action::GiveUp(request)
            | Action::Outside(request, _)
            | Action::Kill(request) => act(&mut Flow { case: self, world: &mut next, request }, action)?,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        shown::properties()
    }
}

fn actions_of(flow: &Flow<'_>, actions: &mut Vec<Action>) {
    let (request, world) = (flow.request, &flow.world);
    let process = &world.processes[usize::from(request)];
    match process.at {
        Step::Waiting => {
            if may_begin(flow) {
                actions.push(Action::Begin(request));
            }
            return;
        }
        Step::Over(_) | Step::Killed => return,
        _ => {}
    }
    let may_fail = world.faults > 0;
    if flow.write().is_some() {
        actions.push(Action::Deliver(request));
        if may_fail {
            actions.extend([Action::LoseAnswer(request), Action::Delay(request)]);
        }
        if process.lost {
            actions.push(Action::GiveUp(request));
        }
    } else {
        actions.push(Action::Outside(request, Luck::Good));
        if may_fail {
            actions.push(Action::Outside(request, Luck::None));
        }
        if may_fail && flow.calls() {
            actions.push(Action::Outside(request, Luck::Unheard));
        }
    }
    if world.crashes > 0 {
        actions.push(Action::Kill(request));
    }
}

/// Whether the person has what the request needs. Of equal requests the first one comes first.
fn may_begin(flow: &Flow<'_>) -> bool {
    let over_with_secret = |is_meant: &dyn Fn(Kind) -> bool| {
        let mut requests = flow.case.requests.iter().zip(&flow.world.processes);
        requests.any(|(kind, process)| is_meant(*kind) && process.at == Step::Over(Told::Secret))
    };
    let kind = flow.kind();
    let earlier = &flow.case.requests[..usize::from(flow.request)];
    let twins = earlier.iter().zip(&flow.world.processes).filter(|(it, _)| **it == kind);
    if twins.into_iter().any(|(_, process)| process.at == Step::Waiting) {
        return false;
    }
    match kind {
        Kind::Callback { authorization, .. } => {
            flow.world.authorizations[usize::from(authorization)].started_at.is_some()
        }
        Kind::Redeem { authorization, .. } => over_with_secret(&|it| match it {
            Kind::Callback { authorization: of, .. } => of == authorization,
            _ => false,
        }),
        Kind::BindGrant { authorization, .. } => over_with_secret(&|it| match it {
            Kind::Redeem { authorization: of, .. } => of == authorization,
            _ => false,
        }),
        Kind::BindToken { .. } | Kind::Unbind { .. } => true,
    }
}

fn act(flow: &mut Flow<'_>, action: Action) -> Option<()> {
    let rules = flow.case.rules;
    match action {
        Action::Begin(request) => {
            let too_late = match flow.kind() {
                Kind::Callback { authorization, .. } => flow.world.authorization(authorization).expired,
                _ => false,
            };
            flow.world.clock += BETWEEN;
            let now = flow.world.clock;
            let process = flow.world.process(request);
            (process.began, process.time, process.too_late) = (now, now, too_late);
            flow.begin();
        }
        Action::Deliver(_) => {
            let write = flow.write()?;
            let answer = flow.world.land(rules, &write);
            flow.answered(answer);
        }
        Action::LoseAnswer(request) | Action::Delay(request) => {
            let write = flow.write()?;
            flow.world.faults -= 1;
            flow.world.process(request).lost = true;
            if action == Action::LoseAnswer(request) {
                flow.world.land(rules, &write);
            } else {
                flow.world.late.push(write);
                flow.world.late.sort_unstable();
            }
        }
        Action::GiveUp(_) => flow.answered(Answer::Nothing),
        Action::Outside(_, luck) => {
            flow.world.faults -= u8::from(luck != Luck::Good);
            flow.outside(luck);
        }
        Action::Kill(_) => kill(flow),
        Action::Start(_) | Action::Expire(_) | Action::Land(_) => return None,
    }
    Some(())
}

/// Ends a function where it stands. What it held in its hands alone is lost.
fn kill(flow: &mut Flow<'_>) {
    flow.world.crashes -= 1;
    let issues = matches!(flow.kind(), Kind::Callback { .. } | Kind::Redeem { .. });
    let token = flow.world.process(flow.request).token;
    if issues && token.is_some_and(|it| !invariants::is_kept(flow.world, it)) {
        flow.excuse(Excuse::Window);
    }
    flow.go(Step::Killed);
}
