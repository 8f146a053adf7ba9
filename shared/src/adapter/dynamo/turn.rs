//! Refreshing a credential: whose turn it is, and what becomes of the credential (S-50).
//!
//! Every write names the binding and the mark of the token that it is about. So whatever comes late, or twice, finds
//! another mark and changes nothing.

use super::bindings::{key, named};
use super::change::{Change, Changed};
use super::event_row::{due, event_attribute, write_told};
use super::row::{
    Item, Reader, item, number, read_binding, read_sealed, text, unreadable, write_credential, write_problem,
};
use super::{Dynamo, store_error};
use crate::domain::binding::{BindingProblem, BindingState, Evidence, Place};
use crate::domain::credential::Sealed;
use crate::domain::event::{EventId, EventKind, Told};
use crate::domain::refresh::{Holder, Turn};
use crate::domain::sibling::TokenMark;
use crate::domain::timestamp::Timestamp;
use crate::ports::{
    JudgeCredential, ReadCredential, SaveRefreshed, StandingCredential, StoreError, SuspectToken, TakeTurn,
};

/// What is read of a row.
const READ: &str = "#provider, #schema, #binding, #credential, #token_mark, #turn, #suspect_at";

/// The names in [`READ`].
const READ_NAMES: [&str; 7] =
    ["#provider", "#schema", "#binding", "#credential", "#token_mark", "#turn", "#suspect_at"];

/// Holds while the credential is the one that was seen.
const AS_SEEN: &str = "#schema = :schema AND #binding.#id = :id AND #token_mark = :seen";

impl Dynamo {
    fn credential_change(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        update: &str,
        names: &[&'static str],
    ) -> Change {
        let mut change = self.binding_change(place.owner, place.provider.id, update, AS_SEEN);
        change.names.extend(named(["#binding", "#id", "#token_mark"]));
        change.names.extend(names.iter().map(|name| (*name, name.trim_start_matches('#').to_owned())));
        change.values.push((":id", text(seen.binding.id.as_str())));
        change.values.push((":seen", text(seen.token_mark.as_str())));
        change
    }
}

impl ReadCredential for Dynamo {
    async fn read_credential(&self, place: Place<'_>) -> Result<Option<StandingCredential>, StoreError> {
        let get = self.client.get_item().table_name(&self.tables.bindings).consistent_read(true);
        let mut get = get.set_key(Some(key(place.owner, place.provider.id))).projection_expression(READ);
        for (name, attribute) in named(READ_NAMES) {
            get = get.expression_attribute_names(name, attribute);
        }
        let row = get.send().await.map_err(|error| store_error(&error))?.item;
        row.map_or(Ok(None), |row| read_standing(&row))
    }
}

fn read_standing(row: &Item) -> Result<Option<StandingCredential>, StoreError> {
    let Some(binding) = read_binding(row)? else {
        return Ok(None);
    };
    let reader = Reader(row);
    let sealed = read_sealed(reader.map("credential")?.ok_or_else(|| unreadable("credential"))?)?;
    let turn = reader.map("turn")?.map(|turn| {
        let turn = Reader(turn);
        Ok::<_, StoreError>(Turn { holder: Holder::stored(turn.text("holder")?), until: turn.time("until")? })
    });
    Ok(Some(StandingCredential {
        binding,
        sealed,
        token_mark: TokenMark::stored(reader.text("token_mark")?),
        turn: turn.transpose()?,
        suspect_at: reader.optional_number("suspect_at")?.map(Timestamp::from_milliseconds),
    }))
}

impl TakeTurn for Dynamo {
    async fn take_turn(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        turn: &Turn,
        left: Option<BindingProblem>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (update, names): (_, &[_]) = match left {
            Some(_) => ("SET #turn = :turn, #binding.#problem = :problem", &["#turn", "#holder", "#problem"]),
            None => ("SET #turn = :turn", &["#turn", "#holder"]),
        };
        let mut change = self.credential_change(place, seen, update, names);
        // A repeated request finds itself.
        change.condition.push_str(match &seen.turn {
            None => " AND (attribute_not_exists(#turn) OR #turn.#holder = :me)",
            Some(_) => " AND ((#turn.#holder = :left AND #turn.#until <= :now) OR #turn.#holder = :me)",
        });
        if let Some(over) = &seen.turn {
            change.names.extend(named(["#until"]));
            change.values.push((":left", text(over.holder.as_str())));
            change.values.push((":now", number(now.milliseconds())));
        }
        let map =
            item([("holder", Some(text(turn.holder.as_str()))), ("until", Some(number(turn.until.milliseconds())))]);
        change.values.push((":turn", aws_sdk_dynamodb::types::AttributeValue::M(map)));
        change.values.push((":me", text(turn.holder.as_str())));
        change.values.extend(left.map(|problem| (":problem", write_problem(problem))));
        Ok(is_done(&self.change(change).await?))
    }

    async fn give_back(
        &self,
        place: Place<'_>,
        holder: &Holder,
        problem: Option<BindingProblem>,
    ) -> Result<(), StoreError> {
        let update = match problem {
            Some(_) => "SET #binding.#problem = :problem REMOVE #turn",
            None => "REMOVE #turn",
        };
        let condition = "#schema = :schema AND #turn.#holder = :me";
        let mut change = self.binding_change(place.owner, place.provider.id, update, condition);
        change.names.extend(named(["#turn", "#holder"]));
        change.values.push((":me", text(holder.as_str())));
        if let Some(problem) = problem {
            change.names.extend(named(["#binding", "#problem"]));
            change.values.push((":problem", write_problem(problem)));
        }
        // Refused: it ended by itself, with the credential that it was about.
        self.change(change).await.map(drop)
    }
}

impl SaveRefreshed for Dynamo {
    async fn save_refreshed(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        sealed: &Sealed,
        token_mark: &TokenMark,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let update = "SET #credential = :credential, #token_mark = :token_mark, #binding.#last_verified_at = :now, \
                      #binding.#refreshed_at = :now \
                      REMOVE #turn, #suspect_at, #binding.#problem ADD #version :one";
        let names =
            ["#credential", "#last_verified_at", "#refreshed_at", "#turn", "#suspect_at", "#problem", "#version"];
        let mut change = self.credential_change(place, seen, update, &names);
        let credential = write_credential(sealed, seen.binding.id.as_str(), &seen.binding.address);
        change.values.push((":credential", credential));
        change.values.push((":token_mark", text(token_mark.as_str())));
        change.values.push((":now", number(now.milliseconds())));
        change.values.push((":one", number(1)));
        match self.change(change).await? {
            Changed::Done(_) => Ok(true),
            // A repeated request finds what it wrote itself.
            Changed::Refused(Some(row)) => {
                let standing = read_standing(&row)?;
                Ok(standing.is_some_and(|it| it.token_mark == *token_mark && it.binding.id == seen.binding.id))
            }
            Changed::Refused(None) | Changed::SecondRefused(_) => Ok(false),
        }
    }
}

impl JudgeCredential for Dynamo {
    async fn judge_credential(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        problem: BindingProblem,
    ) -> Result<bool, StoreError> {
        let is_over = problem.kind.state() == BindingState::ReauthorizationRequired;
        let told = if is_over { ", #event = :event, #work_shard = :work_shard, #work_at = :work_at" } else { "" };
        let update = format!("SET #binding.#problem = :problem{told} REMOVE #turn, #suspect_at ADD #version :one");
        let names = ["#problem", "#turn", "#suspect_at", "#version"];
        let mut change = self.credential_change(place, seen, &update, &names);
        if is_over {
            let id = EventId::fresh(EventKind::ReauthorizationRequired, problem.since);
            let id = id.map_err(|error| StoreError::Unavailable(error.into()))?;
            let reason = Some(problem.evidence.map_or(problem.kind.name(), Evidence::name).to_owned());
            change.names.push(("#event", event_attribute(&id)));
            change.values.push((":event", write_told(&Told { reason, ..Told::of(&seen.binding) })));
            due(&mut change, place.owner, place.provider.id, problem.since);
        }
        change.values.push((":problem", write_problem(problem)));
        change.values.push((":one", number(1)));
        Ok(is_done(&self.change(change).await?))
    }

    async fn note_verified(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        heals: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (update, names): (_, &[_]) = if heals {
            (
                "SET #binding.#last_verified_at = :now REMOVE #suspect_at, #binding.#problem",
                &["#last_verified_at", "#suspect_at", "#problem"],
            )
        } else {
            ("SET #binding.#last_verified_at = :now REMOVE #suspect_at", &["#last_verified_at", "#suspect_at"])
        };
        let mut change = self.credential_change(place, seen, update, names);
        change.values.push((":now", number(now.milliseconds())));
        Ok(is_done(&self.change(change).await?))
    }
}

impl SuspectToken for Dynamo {
    async fn suspect_token(
        &self,
        place: Place<'_>,
        seen: &StandingCredential,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let update = "SET #suspect_at = :now, #work_shard = :work_shard, #work_at = :work_at";
        let mut change = self.credential_change(place, seen, update, &["#suspect_at"]);
        due(&mut change, place.owner, place.provider.id, now);
        change.values.push((":now", number(now.milliseconds())));
        // Refused: it is another token by now.
        self.change(change).await.map(drop)
    }
}

fn is_done(changed: &Changed) -> bool {
    matches!(changed, Changed::Done(_))
}
