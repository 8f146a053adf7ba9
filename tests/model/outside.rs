//! The steps that write nothing: looks at rows, and calls to the provider.

use crate::case::Kind;
use crate::flows::Flow;
use crate::rules::Rule;
use crate::world::{Excuse, Step, Told, Used};

/// How a look or a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    Good,
    /// It does not take place.
    None,
    /// A call takes place, and its answer is lost.
    Unheard,
}

impl Flow<'_> {
    /// Whether the present step is a call to the provider.
    pub(crate) fn calls(&self) -> bool {
        let at = self.world.processes[usize::from(self.request)].at;
        matches!(at, Step::Exchange | Step::Account | Step::Revoke { .. } | Step::RevokeRemoved)
    }

    /// Takes the present step, which is a look or a call.
    pub(crate) fn outside(&mut self, luck: Luck) {
        match self.world.process(self.request).at {
            Step::Exchange => self.exchange(luck),
            Step::Account if luck == Luck::Good => {
                let redeems = matches!(self.kind(), Kind::Redeem { .. });
                self.go(if redeems { Step::PutGrant } else { Step::Bind });
            }
            Step::Account => self.not_written(),
            Step::Revoke { then } => {
                self.revoke(luck);
                let queues = luck != Luck::Good && self.hold(Rule::FailureQueues);
                self.go(if queues { Step::Queue { then } } else { Step::Over(then) });
            }
            Step::RevokeRemoved => {
                self.revoke(luck);
                let is_first = self.world.process(self.request).landed == 0;
                self.go(match luck {
                    _ if is_first => Step::Remove,
                    Luck::Good => Step::Settle,
                    // The queue holds it.
                    Luck::None | Luck::Unheard => Step::Over(Told::Unbound),
                });
            }
            Step::FindGrant => self.find_grant(luck),
            Step::ReadBack { renewal } => self.read_back(luck, renewal),
            Step::LookForSiblings => {
                let (row, token) = (self.aim().row, self.world.process(self.request).token);
                let others = self.world.rows.iter().enumerate().filter(|(at, _)| *at != row);
                let shares = others.filter_map(|(_, it)| it.standing).any(|it| Some(it.token) == token);
                let leaves = (shares || luck != Luck::Good) && self.hold(Rule::Sharing);
                self.go(if leaves { Step::Settle } else { Step::RevokeRemoved });
            }
            _ => {}
        }
    }

    fn exchange(&mut self, luck: Luck) {
        if luck == Luck::None {
            return self.go(Step::Over(Told::Refused));
        }
        let number = self.authorization();
        let proven = match self.kind() {
            Kind::Callback { proven, .. } => proven,
            Kind::Redeem { starter, .. } => starter,
            _ => false,
        };
        let too_late = self.world.process(self.request).too_late && matches!(self.kind(), Kind::Callback { .. });
        self.world.happened.exchange_without_proof |= !proven;
        self.world.happened.exchange_of_expired |= too_late;
        self.world.authorization(number).exchanges += 1;
        self.world.token(number).issued = true;
        self.world.process(self.request).token = Some(number);
        if luck == Luck::Unheard {
            self.excuse(Excuse::Window);
            self.world.process(self.request).token = None;
            return self.go(Step::Over(Told::Refused));
        }
        self.go(Step::Account);
    }

    fn revoke(&mut self, luck: Luck) {
        let Some(token) = self.world.process(self.request).token.filter(|_| luck != Luck::None) else { return };
        let asked = matches!(self.kind(), Kind::Unbind { revoke: true, .. });
        let personal = self.world.token(token).personal;
        self.world.happened.revoked_unasked |= personal && !asked;
        self.world.token(token).revoked = true;
    }

    fn find_grant(&mut self, luck: Luck) {
        let aim = self.aim();
        let found = self.world.authorization(aim.token).grant.as_ref().map(|it| it.used);
        let step = match found {
            _ if luck != Luck::Good => Step::Over(Told::Unavailable),
            None | Some(Some(Used::Ended(_))) => Step::Over(Told::Refused),
            Some(_) if !self.is_starter() => {
                self.world.process(self.request).token = Some(aim.token);
                if self.hold(Rule::GrantBurning) { Step::EndGrant } else { Step::Over(Told::NotTheStarter) }
            }
            Some(Some(Used::By(_))) => return self.used_before(),
            Some(None) => Step::Bind,
        };
        self.go(step);
    }

    fn read_back(&mut self, luck: Luck, renewal: bool) {
        let row = self.aim().row;
        let is_there = self.world.rows[row].standing.is_some_and(|it| it.writer == self.request);
        if luck != Luck::Good {
            return self.unknown();
        }
        if is_there {
            return self.go(Step::Over(if renewal { Told::Renewed } else { Told::Bound }));
        }
        // Without closing, a look is taken for certainty.
        if self.comes_from_authorization() { self.not_written() } else { self.unknown() }
    }
}
