//! What a row of the table of calls is.

use codebind::{domain::provider::Provider, providers};
use tests::{Fault, Plan, Service};

use super::deeds::Deed;

/// What depends on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Without it nothing goes on, and the person is asked to come back.
    Vital,
    /// As before, but nobody is known yet who could be sent back to the console: a page.
    Proof,
    /// It writes the binding; what became of it is read back.
    Write,
    /// Nothing that the answer tells.
    Beside,
    /// The receipt, which tells this if the call fails.
    Receipt(&'static str),
    /// As [`Weight::Vital`]; the answer tells of the write that is read back.
    ReadBack,
    /// A code, good once: never repeated.
    Exchange,
    /// A read at the provider of a token just issued; repeated once.
    Account,
    /// A read at the server that the person entered.
    Verify,
    /// A read with a person's token at the provider's own server.
    Ask,
}

/// A call.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) name: &'static str,
    pub(super) service: Service,
    pub(super) operation: &'static str,
    pub(super) mentions: &'static str,
    /// None if another flow shows what depends on it.
    pub(super) weight: Option<Weight>,
}

/// One request to one function, with the calls that it leads to.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) name: &'static str,
    pub(super) function: &'static str,
    pub(super) provider: &'static str,
    pub(super) deed: Deed,
    /// How it ends when all goes well, but for what is planned before.
    pub(super) success: &'static str,
    /// What goes wrong in every run: the way there.
    pub(super) before: &'static [(Service, Plan)],
    pub(super) points: &'static [Point],
}

impl Flow {
    /// How many like it come before the point at `index`.
    pub(super) fn skip(&self, index: usize) -> usize {
        let point = &self.points[index];
        let is_alike = |it: &&Point| {
            it.service == point.service && it.operation == point.operation && it.mentions == point.mentions
        };
        self.points[..index].iter().filter(is_alike).count()
    }

    /// A fault of the call at `index`.
    pub(super) fn plan(&self, index: usize, times: usize, fault: Fault) -> (Service, Plan) {
        let Point { service, operation, mentions, .. } = self.points[index];
        (service, Plan { operation, mentions, skip: self.skip(index), times, fault })
    }

    /// Where a code is exchanged, if the flow does that.
    pub(super) fn exchange(&self) -> Option<usize> {
        self.points.iter().position(|it| matches!(it.operation, "POST /access_token" | "POST /token"))
    }

    /// Whether a token that is lost in it must be told to those who run the product.
    pub(super) fn is_alarming(&self) -> bool {
        matches!(self.name, "queue" | "out_of_sight")
    }

    /// The provider.
    pub(super) fn provider(&self) -> &'static Provider {
        providers::find(self.provider).expect("there is such a provider")
    }
}
