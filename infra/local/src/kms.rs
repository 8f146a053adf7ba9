//! The embedded KMS: one key, made at the first start and remembered.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;
use winterbaume_core::StatefulService as _;
use winterbaume_kms::{KmsService, KmsStateView};

use crate::{
    Error,
    data::{read, write_whole},
    emulator::{call, router},
    environment::{ACCOUNT_ID, REGION},
    iam::{Gate, Ledger, Service, guarded},
    server::{Server, listen_on_loopback},
};

const KEY_DESCRIPTION: &str = "codebind tokens";

/// A running KMS.
pub(crate) struct Kms {
    pub(crate) url: String,
    /// The ARN of the key for the tokens.
    pub(crate) key_id: String,
    server: Server,
}

impl Kms {
    /// Starts on a free port, with the keys in `file` or in memory.
    pub(crate) async fn start(file: Option<&Path>, ledger: Ledger) -> Result<Self, Error> {
        let service = Arc::new(KmsService::new());
        let mut key_id = None;
        if let Some(file) = file {
            key_id = restore(&service, file).await?;
            persist_changes(&service, file.to_owned());
        }
        let key_id = match key_id {
            Some(key_id) => key_id,
            None => create_key(&service).await?,
        };
        let gate = Gate::new(Service::Kms { key: key_id.clone() }, ledger)?;
        let (listener, url) = listen_on_loopback().await.map_err(|error| Error::Kms(error.to_string()))?;
        let server = Server::spawn_router(listener, guarded(router(service), gate));
        Ok(Self { url, key_id, server })
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

async fn restore(service: &KmsService, file: &Path) -> Result<Option<String>, Error> {
    let Some(bytes) = read(file)? else { return Ok(None) };
    let damaged = |reason: String| Error::Damaged { path: file.to_owned(), reason };
    let view: KmsStateView = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    let key_id = view.keys.values().find(|key| key.description == KEY_DESCRIPTION).map(|key| key.arn.clone());
    service.restore(ACCOUNT_ID, REGION, view).await.map_err(|error| damaged(error.to_string()))?;
    Ok(key_id)
}

/// Writes every change before the call that made it is answered: a key that was handed out is never lost.
fn persist_changes(service: &KmsService, file: PathBuf) {
    let one_at_a_time = Mutex::new(());
    service.notifier().subscribe(move |_account, _region, view| {
        let _turn = one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_vec(view)
            .map_err(|error| Error::Kms(error.to_string()))
            .and_then(|bytes| write_whole(&file, &bytes));
        if let Err(error) = written {
            use std::io::Write as _;
            // A listener has no way to fail the call.
            let _ = writeln!(std::io::stderr(), "KMS keys are not saved: {error}");
        }
    });
}

async fn create_key(service: &KmsService) -> Result<String, Error> {
    let answer = call(service, "TrentService.CreateKey", &json!({"Description": KEY_DESCRIPTION})).await;
    match answer["KeyMetadata"]["Arn"].as_str() {
        Some(arn) => Ok(arn.to_owned()),
        None => Err(Error::Kms(format!("CreateKey answered {answer}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    #[tokio::test]
    async fn the_key_outlives_a_restart() {
        let scratch = Scratch::new();
        std::fs::create_dir(&scratch.0).unwrap();
        let file = scratch.0.join("kms.json");
        let first = Kms::start(Some(&file), Ledger::default()).await.unwrap().key_id;
        let second = Kms::start(Some(&file), Ledger::default()).await.unwrap().key_id;
        assert_eq!(first, second);
        assert!(first.starts_with("arn:aws:kms:us-east-1:123456789012:key/"), "{first}");
    }

    #[tokio::test]
    async fn a_damaged_file_is_not_overwritten() {
        let scratch = Scratch::new();
        std::fs::create_dir(&scratch.0).unwrap();
        let file = scratch.0.join("kms.json");
        std::fs::write(&file, "{").unwrap();
        assert!(matches!(Kms::start(Some(&file), Ledger::default()).await, Err(Error::Damaged { .. })));
        assert_eq!(std::fs::read(&file).unwrap(), b"{");
    }
}
