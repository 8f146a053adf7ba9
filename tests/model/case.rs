//! The cases that are searched: who asks for what, what is there before, and how much may go wrong.

use crate::rules::Rules;
use crate::world::{Authorization, BEFORE, Happened, Number, Process, Row, Standing, Step, Token, World};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A browser comes back from the provider, and is or is not the one that started.
    Callback { authorization: Number, proven: bool },
    /// Somebody presents a completion secret, and is or is not who started.
    Redeem { authorization: Number, starter: bool },
    /// Somebody presents a grant.
    BindGrant { authorization: Number, starter: bool, row: usize },
    /// A personal token is entered.
    BindToken { token: Number, account: u8, row: usize },
    /// Somebody unbinds, and has a personal token revoked or not.
    Unbind { row: usize, revoke: bool },
}

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) requests: Vec<Kind>,
    /// Whether the provider binds by personal token.
    pub(crate) personal: bool,
    /// Whether time may run out for an authorization.
    pub(crate) may_expire: bool,
    pub(crate) rules: Rules,
    pub(crate) before: World,
}

/// The account that most people have; others are larger numbers.
pub(crate) const OCTO: u8 = 1;
pub(crate) const HUBOT: u8 = 2;

impl Case {
    /// A case of requests, with one row and nothing in it.
    pub(crate) fn of(requests: Vec<Kind>) -> Self {
        let process = Process {
            at: Step::Waiting,
            began: 0,
            time: 0,
            too_late: false,
            id: 0,
            ended: 0,
            lost: false,
            tries: 0,
            seen: None,
            token: None,
            landed: 0,
        };
        let processes = (0..).zip(&requests).map(|(id, _)| Process { id, ..process.clone() }).collect();
        let before = World {
            clock: 1,
            authorizations: Vec::new(),
            rows: vec![Row::default()],
            tokens: Vec::new(),
            processes,
            late: Vec::new(),
            faults: 0,
            crashes: 0,
            happened: Happened::default(),
        };
        let personal = requests.iter().any(|it| matches!(it, Kind::BindToken { .. }));
        Self { requests, personal, may_expire: false, rules: Rules::default(), before }
    }

    /// With one authorization more; `started` before everything else, or at any time.
    pub(crate) fn authorization(mut self, account: u8, started: bool) -> Self {
        self.before.authorizations.push(Authorization {
            account,
            console: false,
            started_at: started.then_some(1),
            expired: false,
            consumed_by: None,
            used: None,
            code: None,
            grant: None,
            winners: 0,
            exchanges: 0,
        });
        self.token(false)
    }

    /// All authorizations are completed by the console.
    pub(crate) fn console(mut self) -> Self {
        self.before.authorizations.iter_mut().for_each(|it| it.console = true);
        self
    }

    /// With one token more, which the provider has issued already if it is somebody's own.
    pub(crate) fn token(mut self, personal: bool) -> Self {
        self.before.tokens.push(Token { personal, issued: personal, revoked: false, excuse: None });
        self
    }

    /// With a personal token more.
    pub(crate) fn personal_token(mut self) -> Self {
        self.personal = true;
        self.token(true)
    }

    /// With a row more.
    pub(crate) fn another_row(mut self) -> Self {
        self.before.rows.push(Row::default());
        self
    }

    /// With a binding that was there before, of the token that was added last.
    pub(crate) fn bound(mut self, row: usize, account: u8) -> Self {
        let token = u8::try_from(self.before.tokens.len() - 1).expect("few tokens");
        self.before.tokens[usize::from(token)].issued = true;
        // Each row's has a name of its own.
        let id = BEFORE - u8::try_from(row).expect("few rows");
        self.before.rows[row].standing = Some(Standing { id, account, token, updated_at: 0, writer: BEFORE });
        self.before.rows[row].version = 1;
        self
    }

    /// Time may run out.
    pub(crate) fn expiring(mut self) -> Self {
        self.may_expire = true;
        self
    }

    /// So much may go wrong.
    pub(crate) fn faults(mut self, faults: u8, crashes: u8) -> Self {
        self.before.faults = faults;
        self.before.crashes = crashes;
        self
    }
}
