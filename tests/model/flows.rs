//! The flows, step by step: what a request sends next, and what it does with the answer.

use crate::aim::Aim;
use crate::case::{Case, Kind};
use crate::rules::Rule;
use crate::storage::{Answer, What, Write};
use crate::world::{Excuse, NEXT_ID, Request, Standing, Step, Told, Used, World};

/// How often a flow tries a write again that found the row changed.
const TRIES_MAX: u8 = 2;

/// One request in the middle of its flow.
pub(crate) struct Flow<'a> {
    pub(crate) case: &'a Case,
    pub(crate) world: &'a mut World,
    pub(crate) request: Request,
}

impl Flow<'_> {
    pub(crate) fn kind(&self) -> Kind {
        self.case.requests[usize::from(self.request)]
    }

    pub(crate) fn hold(&self, rule: Rule) -> bool {
        self.case.rules.hold(rule)
    }

    pub(crate) fn go(&mut self, step: Step) {
        let now = self.world.clock;
        let process = self.world.process(self.request);
        process.at = step;
        process.lost = false;
        if matches!(step, Step::Over(_) | Step::Killed) {
            process.ended = now;
        }
    }

    fn over(&mut self, told: Told) {
        self.go(Step::Over(told));
    }

    /// The first step.
    pub(crate) fn begin(&mut self) {
        let step = match self.kind() {
            Kind::Callback { .. } if !self.is_starter() && !self.hold(Rule::Burning) => Step::Over(Told::NotTheStarter),
            Kind::Callback { .. } => Step::Consume,
            Kind::Redeem { .. } if !self.is_starter() && !self.hold(Rule::CodeBurning) => {
                Step::Over(Told::NotTheStarter)
            }
            Kind::Redeem { .. } => Step::TakeCode,
            Kind::BindGrant { .. } => Step::FindGrant,
            Kind::BindToken { .. } => Step::Bind,
            Kind::Unbind { row, .. } => match self.world.rows[row].standing {
                Some(standing) if !self.hold(Rule::RemovalFirst) => {
                    self.world.process(self.request).token = Some(standing.token);
                    Step::RevokeRemoved
                }
                _ => Step::Remove,
            },
        };
        self.go(step);
    }

    /// The write that the present step sends, if it sends one.
    pub(crate) fn write(&self) -> Option<Write> {
        let process = &self.world.processes[usize::from(self.request)];
        let aim = self.aim();
        let (authorization, row) = (aim.token, aim.row);
        let what = match process.at {
            Step::Consume => What::Consume { authorization, too_late: process.too_late },
            Step::KeepCode => What::KeepCode { authorization },
            Step::TakeCode => What::TakeCode { authorization },
            Step::PutGrant => What::PutGrant { authorization },
            Step::EndGrant => What::EndGrant { authorization },
            Step::Close { .. } => What::Close { authorization },
            Step::Bind => {
                let began_at = aim.started_at.unwrap_or(process.time);
                What::Bind { row, binding: self.binding(aim, None), origin: aim.origin, began_at }
            }
            Step::Renew => {
                let (standing, seen) = process.seen?;
                let (origin, started_at) = (aim.origin, aim.started_at);
                let queue_old = !self.case.personal;
                What::Renew { row, binding: self.binding(aim, Some(standing)), origin, seen, started_at, queue_old }
            }
            Step::Remove => {
                let stamp = if self.hold(Rule::TimesGoForward) { process.time } else { process.began };
                What::Remove { row, up_to: process.time, stamp, queue: self.revokes() }
            }
            Step::Settle => What::Settle { row },
            Step::Queue { .. } => What::Queue { row, token: process.token? },
            _ => return None,
        };
        Some(Write { by: self.request, what })
    }

    fn binding(&self, aim: Aim, renewed: Option<Standing>) -> Standing {
        let process = &self.world.processes[usize::from(self.request)];
        let later = process.time.max(renewed.map_or(0, |it| it.updated_at + 1));
        Standing {
            id: renewed.map_or(process.id, |it| it.id),
            account: aim.account,
            token: aim.token,
            updated_at: if self.hold(Rule::TimesGoForward) { later } else { process.began },
            writer: self.request,
        }
    }

    /// Whether an unbinding has the token revoked.
    fn revokes(&self) -> bool {
        let asked = matches!(self.kind(), Kind::Unbind { revoke: true, .. });
        !self.case.personal || asked || !self.hold(Rule::AskedOnly)
    }

    /// Goes on with storage's answer to the present step's write.
    pub(crate) fn answered(&mut self, answer: Answer) {
        match self.world.process(self.request).at {
            Step::Consume => self.consumed(answer),
            Step::KeepCode if answer == Answer::Done => self.over(Told::Secret),
            Step::TakeCode => match answer {
                Answer::Done if self.is_starter() => self.go(Step::Exchange),
                Answer::Done => self.over(Told::NotTheStarter),
                Answer::Nothing => self.over(Told::Unavailable),
                _ => self.over(Told::Refused),
            },
            Step::PutGrant if answer == Answer::Done => {
                self.world.process(self.request).token = None;
                self.over(Told::Secret);
            }
            // Nobody holds the grant's secret.
            Step::PutGrant => self.go(Step::Revoke { then: Told::Refused }),
            Step::EndGrant => match answer {
                Answer::Done => self.go(Step::Revoke { then: Told::NotTheStarter }),
                Answer::Nothing => self.over(Told::Unavailable),
                _ => self.over(Told::NotTheStarter),
            },
            Step::Bind | Step::Renew => self.written(answer),
            Step::Close { renewal } => self.closed(answer, renewal),
            Step::Remove => self.removed(answer),
            Step::Queue { then } => {
                if answer == Answer::Nothing {
                    self.excuse(Excuse::Alarm);
                }
                self.over(then);
            }
            Step::Settle => self.over(Told::Unbound),
            _ => self.over(Told::Unavailable),
        }
    }

    fn consumed(&mut self, answer: Answer) {
        let number = self.authorization();
        let is_starter = self.is_starter();
        let authorization = self.world.authorization(number);
        match answer {
            Answer::Done => {
                authorization.winners += 1;
                let step = if authorization.console { Step::KeepCode } else { Step::Exchange };
                self.go(if is_starter { step } else { Step::Over(Told::NotTheStarter) });
            }
            Answer::Nothing => self.over(Told::Unavailable),
            _ if !is_starter => self.over(Told::NotTheStarter),
            _ if authorization.consumed_by.is_some() => self.over(Told::AlreadyUsed),
            _ => self.over(Told::Refused),
        }
    }

    fn written(&mut self, answer: Answer) {
        let renewal = self.world.process(self.request).at == Step::Renew;
        let aim = self.aim();
        match answer {
            Answer::Done => self.over(if renewal { Told::Renewed } else { Told::Bound }),
            Answer::Standing(standing, version) => {
                if standing.account != aim.account && self.hold(Rule::SameAccount) {
                    return self.not_written();
                }
                self.world.process(self.request).seen = Some((standing, version));
                self.go(Step::Renew);
            }
            Answer::UnboundSince(_) | Answer::OriginUsed if self.comes_from_authorization() => self.not_written(),
            Answer::UnboundSince(at) => {
                let is_new_id = self.aim().origin.is_none();
                let process = self.world.process(self.request);
                process.time = at + 1;
                process.id += if is_new_id { NEXT_ID } else { 0 };
                self.try_again();
            }
            Answer::Refused => self.try_again(),
            Answer::OriginUsed => self.used_before(),
            Answer::Nothing if self.comes_from_authorization() && self.hold(Rule::Closing) => {
                self.go(Step::Close { renewal });
            }
            Answer::Nothing => self.go(Step::ReadBack { renewal }),
        }
    }

    fn try_again(&mut self) {
        let process = self.world.process(self.request);
        process.tries += 1;
        if process.tries > TRIES_MAX { self.not_written() } else { self.go(Step::Bind) }
    }

    /// It is surely not stored: a token just issued is taken back.
    pub(crate) fn not_written(&mut self) {
        let discards = self.comes_from_authorization() && self.hold(Rule::Discarding);
        self.go(if discards { Step::Revoke { then: Told::Refused } } else { Step::Over(Told::Refused) });
    }

    fn closed(&mut self, answer: Answer, renewal: bool) {
        match answer {
            Answer::Done => self.not_written(),
            Answer::OriginUsed => self.over(if renewal { Told::Renewed } else { Told::Bound }),
            _ => self.unknown(),
        }
    }

    /// Whether it is stored, now or later, cannot be told.
    pub(crate) fn unknown(&mut self) {
        if self.comes_from_authorization() {
            if !self.hold(Rule::UnknownLeftAlone) {
                return self.go(Step::Revoke { then: Told::Unavailable });
            }
            self.excuse(Excuse::Unknown);
        }
        self.over(Told::Unavailable);
    }

    /// A second click with a grant is told what the first one did, if that still stands.
    pub(crate) fn used_before(&mut self) {
        let aim = self.aim();
        let grant = self.world.authorization(aim.token).grant.clone();
        let user = grant.and_then(|it| match it.used? {
            Used::By(user) => Some(user),
            Used::Ended(_) => None,
        });
        let stands = self.world.rows[aim.row].standing.is_some_and(|it| it.token == aim.token) && user.is_some();
        self.over(if stands { Told::AsBefore } else { Told::Refused });
    }

    fn removed(&mut self, answer: Answer) {
        let row = self.aim().row;
        match answer {
            Answer::Done => {
                let queued = self.world.rows[row].queue.iter().find(|(who, _)| *who == self.request).copied();
                let Some((_, token)) = queued else { return self.over(Told::Unbound) };
                self.world.process(self.request).token = Some(token);
                self.go(if self.case.personal { Step::LookForSiblings } else { Step::RevokeRemoved });
            }
            Answer::Standing(standing, _) => {
                let process = self.world.process(self.request);
                process.time = process.time.max(standing.updated_at);
                process.tries += 1;
                let tried_enough = process.tries > TRIES_MAX;
                self.go(if tried_enough { Step::Over(Told::Unavailable) } else { Step::Remove });
            }
            Answer::Nothing => self.over(Told::Unavailable),
            _ => {
                // Another unbinding between its own removal and its looking again hides it.
                let is_own = self.world.rows[row].unbound_by == Some(self.request);
                self.world.happened.own_removal_denied |= is_own;
                self.over(Told::NotBound);
            }
        }
    }

    pub(crate) fn excuse(&mut self, excuse: Excuse) {
        if let Some(token) = self.world.process(self.request).token {
            self.world.token(token).excuse = Some(excuse);
        }
    }
}
