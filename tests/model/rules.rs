//! The rules that the product's conditions and flows carry out, each of which can be left out of the model: then the
//! checker must find what the rule is there for.

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A state is used up only if it was not before.
    StateUnused,
    /// A repeated consumption finds itself: `consumed_by = :me`.
    ConsumptionFindsItself,
    /// A state that has expired is not used up.
    StateLive,
    /// Whoever finishes must be who started.
    Proof,
    /// A state that comes without proof is used up all the same.
    Burning,
    /// A kept code is taken once.
    CodeOnce,
    /// A code that the wrong person presents is gone.
    CodeBurning,
    /// A binding goes where there is none.
    PlaceFree,
    /// Only the same account's binding is renewed.
    SameAccount,
    /// A renewal replaces what it saw and nothing else: `version = :seen`.
    VersionSeen,
    /// A renewal queues the credential that it replaces.
    RenewalQueues,
    /// Nothing is bound by what began before an unbinding: `unbound_at < :began_at`.
    NotUnboundSince,
    /// What is written over something bears a later time.
    TimesGoForward,
    /// What a binding comes from is good for one attempt: `attribute_not_exists(used_by)`.
    OriginUnused,
    /// ... and for one write of that attempt, with no `OR used_by = :attempt`.
    OriginOnce,
    /// A write of unknown outcome is settled by closing what it comes from, not by a look.
    Closing,
    /// A token that may be stored is left alone where closing brings no answer.
    UnknownLeftAlone,
    /// A token that is surely not stored is revoked.
    Discarding,
    /// A revocation that fails is queued.
    FailureQueues,
    /// A removal takes what was written up to its time: `updated_at <= :at`.
    RemovalUpTo,
    /// A removal that took effect takes nothing more: `NOT unbound_by = :me`.
    RemovalOnce,
    /// A repeated removal finds what it removed.
    RemovalFindsItself,
    /// A removal queues the credential.
    RemovalQueues,
    /// The binding goes first, then the provider is told.
    RemovalFirst,
    /// A personal token is revoked only when asked for.
    AskedOnly,
    /// A token that another binding shares is left alone.
    Sharing,
    /// A used grant is not made new by the request that kept it.
    GrantStaysUsed,
    /// A grant that the wrong person presents is ended.
    GrantBurning,
    /// A grant is ended only if it was not used.
    EndUnused,
}

/// Which rule, if any, is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) without: Option<Rule>,
}

impl Rules {
    pub(crate) fn hold(self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}
