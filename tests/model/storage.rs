//! Storage: each write with its condition, as the adapter sends it. A write carries all it needs, so that it may land
//! late, or twice.

use crate::rules::{Rule, Rules};
use crate::world::{Number, Request, Standing, Ticket, Used, World};

/// A conditional write.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Write {
    pub(crate) by: Request,
    pub(crate) what: What,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    Consume { authorization: Number, too_late: bool },
    KeepCode { authorization: Number },
    TakeCode { authorization: Number },
    PutGrant { authorization: Number },
    EndGrant { authorization: Number },
    Bind { row: usize, binding: Standing, origin: Option<Origin>, began_at: u8 },
    Renew { row: usize, binding: Standing, origin: Option<Origin>, seen: u8, started_at: Option<u8>, queue_old: bool },
    Close { authorization: Number },
    Remove { row: usize, up_to: u8, stamp: u8, queue: bool },
    Settle { row: usize },
    Queue { row: usize, token: Number },
}

/// What a binding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Origin {
    Authorization(Number),
    Grant(Number),
}

/// What storage answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Done,
    Refused,
    Standing(Standing, u8),
    UnboundSince(u8),
    OriginUsed,
    /// The client gave up.
    Nothing,
}

impl World {
    /// Lets a write take effect, if its condition holds.
    pub(crate) fn land(&mut self, rules: Rules, write: &Write) -> Answer {
        let by = write.by;
        match write.what {
            What::Consume { authorization, too_late } => self.consume(rules, by, authorization, too_late),
            What::KeepCode { authorization } => {
                // Its key is random, and what a repeated request finds is its own.
                self.authorization(authorization).code.get_or_insert(Ticket { used: None });
                Answer::Done
            }
            What::TakeCode { authorization } => self.take_code(rules, by, authorization),
            What::PutGrant { authorization } => self.put_grant(rules, authorization),
            What::EndGrant { authorization } => self.end_grant(rules, by, authorization),
            What::Bind { row, binding, origin, began_at } => self.bind(rules, row, binding, origin, began_at),
            What::Renew { row, binding, origin, seen, started_at, queue_old } => {
                let guard = Guard { seen, started_at };
                self.renew(rules, row, binding, origin, &guard, queue_old)
            }
            What::Close { authorization } => {
                let used = &mut self.authorization(authorization).used;
                match *used {
                    Some(Used::By(_)) => Answer::OriginUsed,
                    None | Some(Used::Ended(_)) => {
                        *used = Some(Used::Ended(by));
                        Answer::Done
                    }
                }
            }
            What::Remove { row, up_to, stamp, queue } => self.remove(rules, by, row, Times { up_to, stamp }, queue),
            What::Settle { row } => {
                self.rows[row].queue.retain(|(who, _)| *who != by);
                Answer::Done
            }
            What::Queue { row, token } => {
                self.rows[row].enqueue(by, token);
                Answer::Done
            }
        }
    }

    fn consume(&mut self, rules: Rules, by: Request, authorization: Number, too_late: bool) -> Answer {
        let row = self.authorization(authorization);
        let is_own = row.consumed_by == Some(by) && rules.hold(Rule::ConsumptionFindsItself);
        let is_unused = row.consumed_by.is_none() || !rules.hold(Rule::StateUnused);
        if is_own || is_unused && (!too_late || !rules.hold(Rule::StateLive)) {
            row.consumed_by = Some(by);
            return Answer::Done;
        }
        Answer::Refused
    }

    fn take_code(&mut self, rules: Rules, by: Request, authorization: Number) -> Answer {
        let Some(code) = &mut self.authorization(authorization).code else { return Answer::Refused };
        if code.used.is_none() || code.used == Some(Used::By(by)) || !rules.hold(Rule::CodeOnce) {
            code.used = Some(Used::By(by));
            return Answer::Done;
        }
        Answer::Refused
    }

    fn put_grant(&mut self, rules: Rules, authorization: Number) -> Answer {
        let grant = &mut self.authorization(authorization).grant;
        if grant.as_ref().is_some_and(|it| it.used.is_some()) && rules.hold(Rule::GrantStaysUsed) {
            return Answer::Refused;
        }
        *grant = Some(Ticket { used: None });
        Answer::Done
    }

    fn end_grant(&mut self, rules: Rules, by: Request, authorization: Number) -> Answer {
        let Some(grant) = &mut self.authorization(authorization).grant else { return Answer::Refused };
        if grant.used.is_none() || grant.used == Some(Used::Ended(by)) || !rules.hold(Rule::EndUnused) {
            grant.used = Some(Used::Ended(by));
            return Answer::Done;
        }
        Answer::Refused
    }

    fn bind(&mut self, rules: Rules, at: usize, new: Standing, origin: Option<Origin>, began_at: u8) -> Answer {
        if let Some(answer) = self.refused_by_origin(rules, origin, new.writer) {
            return answer;
        }
        let row = &self.rows[at];
        if row.standing.is_some_and(|it| it.id == new.id) || row.standing.is_none() && row.unbound_id == Some(new.id) {
            return Answer::Done;
        }
        let unbound_since = row.unbound_at.filter(|it| *it >= began_at && rules.hold(Rule::NotUnboundSince));
        let is_authorization = matches!(origin, Some(Origin::Authorization(_)));
        match (row.standing, unbound_since) {
            (Some(_), Some(since)) if is_authorization => Answer::UnboundSince(since),
            (Some(standing), _) if rules.hold(Rule::PlaceFree) => Answer::Standing(standing, row.version),
            (None, Some(since)) => Answer::UnboundSince(since),
            _ => self.write(at, new, origin),
        }
    }

    fn renew(
        &mut self,
        rules: Rules,
        at: usize,
        new: Standing,
        origin: Option<Origin>,
        guard: &Guard,
        queue_old: bool,
    ) -> Answer {
        if let Some(answer) = self.refused_by_origin(rules, origin, new.writer) {
            return answer;
        }
        let row = &self.rows[at];
        let Some(old) = row.standing.filter(|it| it.id == new.id) else { return Answer::Refused };
        if row.version != guard.seen && old == new {
            return Answer::Done;
        }
        let is_stopped = guard.started_at.is_some_and(|it| row.unbound_at.is_some_and(|unbound| unbound >= it));
        let is_changed = row.version != guard.seen && rules.hold(Rule::VersionSeen);
        if is_changed || is_stopped && rules.hold(Rule::NotUnboundSince) {
            return Answer::Refused;
        }
        if queue_old && rules.hold(Rule::RenewalQueues) {
            self.rows[at].queue.push((new.writer, old.token));
            self.rows[at].queue.sort_unstable();
        }
        self.write(at, new, origin)
    }

    /// What is answered where the condition on the origin does not hold.
    fn refused_by_origin(&mut self, rules: Rules, origin: Option<Origin>, by: Request) -> Option<Answer> {
        match self.origin(origin?) {
            Some(Used::By(user)) if *user == by => rules.hold(Rule::OriginOnce).then_some(Answer::Done),
            Some(Used::By(_)) => rules.hold(Rule::OriginUnused).then_some(Answer::OriginUsed),
            Some(Used::Ended(_)) => Some(Answer::OriginUsed),
            None => None,
        }
    }

    fn origin(&mut self, origin: Origin) -> &mut Option<Used> {
        match origin {
            Origin::Authorization(number) => &mut self.authorization(number).used,
            Origin::Grant(number) => &mut self.authorization(number).grant.get_or_insert(Ticket { used: None }).used,
        }
    }

    /// Writes a binding, and notes what must not happen by it.
    fn write(&mut self, at: usize, new: Standing, origin: Option<Origin>) -> Answer {
        let started_at = match origin {
            Some(Origin::Authorization(number)) => self.authorization(number).started_at,
            Some(Origin::Grant(_)) | None => None,
        };
        if let Some(origin) = origin {
            *self.origin(origin) = Some(Used::By(new.writer));
        }
        let is_answered = self.is_answered(new.writer);
        let row = &mut self.rows[at];
        let happened = &mut self.happened;
        happened.account_changed |= row.standing.is_some_and(|old| old.account != new.account);
        happened.came_back |= row.removed.contains(&new.id);
        happened.bound_by_stopped |= started_at.is_some_and(|it| it < row.removal_began);
        happened.took_effect_after_answer |= is_answered;
        row.standing = Some(new);
        row.version += 1;
        self.process(new.writer).landed += 1;
        Answer::Done
    }

    fn remove(&mut self, rules: Rules, by: Request, at: usize, times: Times, queue: bool) -> Answer {
        let row = &self.rows[at];
        let is_own = row.unbound_by == Some(by) && rules.hold(Rule::RemovalFindsItself);
        let Some(standing) = row.standing else {
            return if is_own { Answer::Done } else { Answer::Refused };
        };
        if is_own && rules.hold(Rule::RemovalOnce) {
            return Answer::Done;
        }
        if standing.updated_at > times.up_to && rules.hold(Rule::RemovalUpTo) {
            return Answer::Standing(standing, row.version);
        }
        let (began, is_answered) = (self.began(by), self.is_answered(by));
        let process = &self.processes[usize::from(by)];
        let is_newer = process.ended > 0 && self.began(standing.writer) > process.ended;
        let happened = &mut self.happened;
        happened.took_effect_after_answer |= is_answered;
        happened.removed_newer |= is_newer;
        happened.removed_twice |= self.processes[usize::from(by)].landed > 0;
        let row = &mut self.rows[at];
        row.standing = None;
        row.version += 1;
        (row.unbound_at, row.unbound_by, row.unbound_id) = (Some(times.stamp), Some(by), Some(standing.id));
        row.removed.push(standing.id);
        row.removed.sort_unstable();
        row.removal_began = row.removal_began.max(began);
        if queue && rules.hold(Rule::RemovalQueues) {
            row.enqueue(by, standing.token);
        }
        self.process(by).landed += 1;
        Answer::Done
    }
}

/// Up to when a removal takes what was written, and the time that it leaves.
#[derive(Clone, Copy)]
struct Times {
    up_to: u8,
    stamp: u8,
}

/// What a renewal must find.
struct Guard {
    seen: u8,
    started_at: Option<u8>,
}

impl crate::world::Row {
    /// Puts a credential under the name of a request, in place of what was there.
    fn enqueue(&mut self, by: Request, token: Number) {
        self.queue.retain(|(who, _)| *who != by);
        self.queue.push((by, token));
        self.queue.sort_unstable();
    }
}
