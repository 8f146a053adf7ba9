//! The sweeper: does what is due, whatever it is, row by row, and leaves the rest due.
//!
//! Safe to run twice at once and to be killed anywhere: a row is claimed before anything is done about it, what came of
//! it is written at once while the claim stands, and a claim that was left by a crash ends by itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::domain::address::AddressPolicy;
use crate::domain::deadline::Deadline;
use crate::domain::event::{Event, EventId};
use crate::domain::provider::Provider;
use crate::domain::registration::Base;
use crate::domain::timestamp::Timestamp;
use crate::domain::work::{CLAIM, SHARDS, shard_name};
use crate::error::{Error, InWords};
use crate::flow::refresh::{RefreshProviders, RefreshStore};
use crate::ports::{
    AskApi, CheckAddress, Claimed, ClaimedRow, ClaimedTransient, Client, Due, FindGrant, FindSiblings, Open,
    PublishEvents, RotateToken, Seal, WorkStore, WorkTable, World,
};

mod care;
mod grants;
mod judge;
mod revoke;
mod rotate;
mod verify;

/// How many due rows one query asks for.
const PAGE: usize = 100;

/// How many rows are in hand at once.
const AT_ONCE: usize = 16;

/// With less than this left no further page is begun: what is in hand has to end.
const TO_END: Duration = Duration::from_secs(30);

/// What the sweeper needs of storage.
pub trait SweepStore: WorkStore + RefreshStore + FindSiblings + FindGrant {}
impl<S: WorkStore + RefreshStore + FindSiblings + FindGrant> SweepStore for S {}

/// What the sweeper needs of providers.
pub trait SweepProviders: AskApi + CheckAddress + RefreshProviders + RotateToken {}
impl<P: AskApi + CheckAddress + RefreshProviders + RotateToken> SweepProviders for P {}

/// What the sweeper goes by.
#[derive(Debug)]
pub struct SweepRules {
    /// Our clients at the OAuth providers that are on.
    pub clients: Vec<Client>,
    /// Which addresses the operator accepts: a stored one is checked again (S-25).
    pub policy: AddressPolicy,
    /// Where each provider is.
    pub bases: Vec<(&'static Provider, Base)>,
    /// The key that credentials are to be sealed under.
    pub key_id: String,
    /// How many calls of verification one host gets in one run.
    pub calls_per_host_max: usize,
}

/// What a run did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Rows that were claimed and settled.
    pub handled: u64,
    /// Events published.
    pub published: u64,
    /// Tokens revoked.
    pub revoked: u64,
    /// Bindings whose credential was seen to work, or not to.
    pub verified: u64,
    /// Credentials replaced by their successors.
    pub refreshed: u64,
    /// Owners told of an end that comes near or has come.
    pub notified: u64,
    /// Grants ended.
    pub ended: u64,
    /// Credentials sealed under the key of now.
    pub resealed: u64,
    /// What was tried and has to be tried again.
    pub put_off: u64,
    /// Rows that failed, or that somebody else changed meanwhile.
    pub failed: u64,
    /// How long the longest due row had been due, in seconds.
    pub oldest_due_seconds: u64,
}

/// One run.
struct Run<'a, S, C, P, B> {
    world: &'a World<S, C, P>,
    bus: &'a B,
    rules: &'a SweepRules,
    deadline: Deadline,
    now: Timestamp,
    calls: RefCell<BTreeMap<String, usize>>,
    report: RefCell<Report>,
}

/// Does what is due at `now`, until nothing is or the time is over.
///
/// # Errors
/// Storage's, with what was done until then lost to the report, but not to the tables.
pub async fn sweep<C: Seal + Open>(
    world: &World<impl SweepStore, C, impl SweepProviders>,
    bus: &impl PublishEvents,
    rules: &SweepRules,
    deadline: Deadline,
    now: Timestamp,
) -> Result<Report, Error> {
    let (calls, report) = (RefCell::default(), RefCell::default());
    let run = Run { world, bus, rules, deadline, now, calls, report };
    let mut left: Vec<_> = [WorkTable::Bindings, WorkTable::Transients]
        .into_iter()
        .flat_map(|table| (0..SHARDS).map(move |number| (table, shard_name(number))))
        .collect();
    // Two runs at once begin at different ends of the index.
    let start = usize::try_from(now.milliseconds().rem_euclid(i64::from(SHARDS))).unwrap_or_default();
    left.rotate_left(start);
    while !left.is_empty() && deadline.require(TO_END).is_ok() {
        let mut again = Vec::new();
        for (table, shard) in left {
            if deadline.require(TO_END).is_err() {
                break;
            }
            if run.page(table, &shard).await? {
                again.push((table, shard));
            }
        }
        left = again;
    }
    Ok(run.report.into_inner())
}

impl<S: SweepStore, C: Seal + Open, P: SweepProviders, B: PublishEvents> Run<'_, S, C, P, B> {
    /// Does one page of a part of the index; whether there may be more.
    async fn page(&self, table: WorkTable, shard: &str) -> Result<bool, Error> {
        let due = self.world.store.find_due(table, shard, self.now, PAGE).await?;
        let Some(first) = due.first() else {
            return Ok(false);
        };
        let age = self.now.milliseconds().saturating_sub(first.at.milliseconds()) / 1000;
        self.note(|report| report.oldest_due_seconds = report.oldest_due_seconds.max(age.unsigned_abs()));
        let mut rows: Vec<ClaimedRow> = Vec::new();
        let mut transients: Vec<ClaimedTransient> = Vec::new();
        for claimed in stream::iter(&due).map(|due| self.claim(due)).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await
        {
            match claimed {
                Some(Claimed::Row(row)) => rows.push(*row),
                Some(Claimed::Transient(transient)) => transients.push(transient),
                None => {}
            }
        }
        // An index that lags shows what others have claimed: then it is not looked at again in this run.
        let is_any = !rows.is_empty() || !transients.is_empty();
        let published = self.publish(&rows).await;
        let cared = stream::iter(&rows).map(|row| self.care(row, &published)).buffer_unordered(AT_ONCE);
        cared.collect::<Vec<()>>().await;
        let ended = stream::iter(&transients).map(|row| self.end(row)).buffer_unordered(AT_ONCE);
        ended.collect::<Vec<()>>().await;
        Ok(is_any)
    }

    async fn claim(&self, due: &Due) -> Option<Claimed> {
        match self.world.store.claim(due, Timestamp::now().plus(CLAIM)).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(error = %InWords(&error), "a due row was not claimed");
                self.note(|report| report.failed += 1);
                None
            }
        }
    }

    /// Publishes the events that wait in the rows; those that were accepted.
    async fn publish(&self, rows: &[ClaimedRow]) -> Vec<EventId> {
        let events: Vec<&Event> = rows.iter().flat_map(|row| &row.events).collect();
        let mut published = Vec::new();
        for batch in events.chunks(B::BATCH_MAX) {
            match self.bus.publish(batch).await {
                Ok(accepted) => {
                    let accepted = batch.iter().zip(accepted).filter(|(_, is_accepted)| *is_accepted);
                    published.extend(accepted.map(|(event, _)| event.id.clone()));
                }
                // They stay where they are. Those of the other batches have a chance of their own.
                Err(error) => tracing::error!(error = %InWords(&error), "events wait to be published"),
            }
        }
        self.note(|report| report.published += u64::try_from(published.len()).unwrap_or_default());
        published
    }

    fn note(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.report.borrow_mut());
    }

    /// Whether a host may be called so many times more in this run.
    fn spend(&self, address: &str, calls: usize) -> bool {
        let host = address.split('/').nth(2).unwrap_or(address).to_owned();
        let mut spent = self.calls.borrow_mut();
        let spent = spent.entry(host).or_default();
        let is_allowed = *spent + calls <= self.rules.calls_per_host_max;
        if is_allowed {
            *spent += calls;
        }
        is_allowed
    }

    fn client(&self, provider: &Provider) -> Option<&Client> {
        self.rules.clients.iter().find(|client| client.registration.provider.id == provider.id)
    }
}
