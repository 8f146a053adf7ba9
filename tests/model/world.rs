//! The state of the model: rows, provider, requests in the middle of something, and what the network still holds.

use crate::storage::Write;

/// Numbers an authorization, and the token that its code is exchanged for; personal tokens and those issued before
/// come after them.
pub(crate) type Number = u8;

/// A request, by its place in the list of the case. Bindings are named after the request that makes them.
pub(crate) type Request = u8;

/// What was there before any request, where a request would be named.
pub(crate) const BEFORE: Request = u8::MAX;

/// From one name that a request gives to the next one.
pub(crate) const NEXT_ID: Request = 16;

/// How much time passes from one request to the next; a tick is 1.
pub(crate) const BETWEEN: u8 = 4;

/// Everything there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) clock: u8,
    pub(crate) authorizations: Vec<Authorization>,
    pub(crate) rows: Vec<Row>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) processes: Vec<Process>,
    /// Requests to storage that the client gave up on and that may yet take effect.
    pub(crate) late: Vec<Write>,
    /// How many more requests or answers the network, or calls the provider, may lose.
    pub(crate) faults: u8,
    /// How many more functions may be killed.
    pub(crate) crashes: u8,
    pub(crate) happened: Happened,
}

/// An authorization with the kept code and the grant that come of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Authorization {
    /// The account of the person who consents.
    pub(crate) account: u8,
    /// Whether the console completes it.
    pub(crate) console: bool,
    pub(crate) started_at: Option<u8>,
    pub(crate) expired: bool,
    pub(crate) consumed_by: Option<Request>,
    pub(crate) used: Option<Used>,
    pub(crate) code: Option<Ticket>,
    pub(crate) grant: Option<Ticket>,
    /// How many requests were told that they used it up, how many codes were exchanged.
    pub(crate) winners: u8,
    pub(crate) exchanges: u8,
}

/// A row that waits for whoever knows its secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ticket {
    pub(crate) used: Option<Used>,
}

/// What a thing that is good once was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Used {
    /// A binding, by this request; or for a code, its exchange.
    By(Request),
    /// Nothing, so that a late write fails; or because the wrong person presented it.
    Ended(Request),
}

/// A row of bindings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) standing: Option<Standing>,
    pub(crate) version: u8,
    pub(crate) unbound_at: Option<u8>,
    pub(crate) unbound_by: Option<Request>,
    pub(crate) unbound_id: Option<Request>,
    /// Credentials that wait to be revoked, and who put them there.
    pub(crate) queue: Vec<(Request, Number)>,
    /// Every binding that was removed, and the latest time at which a request came in that removed one.
    pub(crate) removed: Vec<Request>,
    pub(crate) removal_began: u8,
}

/// A binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Standing {
    pub(crate) id: Request,
    pub(crate) account: u8,
    pub(crate) token: Number,
    pub(crate) updated_at: u8,
    pub(crate) writer: Request,
}

/// A token at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Token {
    pub(crate) personal: bool,
    pub(crate) issued: bool,
    pub(crate) revoked: bool,
    /// Why it may live and be nowhere.
    pub(crate) excuse: Option<Excuse>,
}

/// The ways in which a token may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Excuse {
    /// The answer of the exchange was lost, or the function killed with the token in its hands.
    Window,
    /// Whether it is stored could not be found out.
    Unknown,
    /// Neither revoked nor queued: the operator was told.
    Alarm,
}

/// A request on its way through the product.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) at: Step,
    pub(crate) began: u8,
    /// The time that its write bears.
    pub(crate) time: u8,
    /// Whether the authorization had expired when it came in.
    pub(crate) too_late: bool,
    /// The id of the binding that it makes.
    pub(crate) id: Request,
    /// When it was over.
    pub(crate) ended: u8,
    /// The present request to storage got lost in some way: it may be given up.
    pub(crate) lost: bool,
    /// How often the row was found changed.
    pub(crate) tries: u8,
    /// The binding to renew, and its row's version.
    pub(crate) seen: Option<(Standing, u8)>,
    pub(crate) token: Option<Number>,
    /// How many of its writes to the row of a binding took effect.
    pub(crate) landed: u8,
}

/// What a request does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Waiting,
    Consume,
    Exchange,
    Account,
    KeepCode,
    TakeCode,
    PutGrant,
    FindGrant,
    EndGrant,
    Bind,
    Renew,
    Close { renewal: bool },
    ReadBack { renewal: bool },
    Revoke { then: Told },
    Queue { then: Told },
    Remove,
    LookForSiblings,
    RevokeRemoved,
    Settle,
    Over(Told),
    Killed,
}

/// What the caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Bound,
    Renewed,
    /// What an earlier click with the same grant did.
    AsBefore,
    /// It will not be, for a reason that stands.
    Refused,
    NotTheStarter,
    AlreadyUsed,
    /// Try again: perhaps it happened.
    Unavailable,
    /// A secret for the next step.
    Secret,
    Unbound,
    NotBound,
}

/// What must never have happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is something of its own that happened or did not")]
pub(crate) struct Happened {
    pub(crate) exchange_without_proof: bool,
    pub(crate) exchange_of_expired: bool,
    pub(crate) account_changed: bool,
    pub(crate) came_back: bool,
    pub(crate) bound_by_stopped: bool,
    pub(crate) took_effect_after_answer: bool,
    pub(crate) removed_newer: bool,
    pub(crate) removed_twice: bool,
    pub(crate) own_removal_denied: bool,
    pub(crate) revoked_unasked: bool,
    /// And what may: a late write that its condition refused.
    pub(crate) late_refused: bool,
}

impl World {
    pub(crate) fn process(&mut self, request: Request) -> &mut Process {
        &mut self.processes[usize::from(request)]
    }

    pub(crate) fn authorization(&mut self, number: Number) -> &mut Authorization {
        &mut self.authorizations[usize::from(number)]
    }

    pub(crate) fn token(&mut self, number: Number) -> &mut Token {
        &mut self.tokens[usize::from(number)]
    }

    /// When a request came in; what was there before came first.
    pub(crate) fn began(&self, request: Request) -> u8 {
        if request == BEFORE { 0 } else { self.processes[usize::from(request)].began }
    }

    /// Whether the caller knows for sure what became of the request. An unbinding that found nothing may be late for
    /// what was asked for before it.
    pub(crate) fn is_answered(&self, request: Request) -> bool {
        let at = self.processes[usize::from(request)].at;
        matches!(at, Step::Over(told) if !matches!(told, Told::Unavailable | Told::NotBound))
    }
}
