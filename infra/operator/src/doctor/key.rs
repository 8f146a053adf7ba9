//! The key for the tokens.

use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyState, KeyUsageType};

use super::aws::{Aws, Failure, without};
use crate::{Variables, report::Finding};

const CHECK: &str = "key";

pub(super) async fn check(deployment: &Variables, aws: Option<&Aws>) -> Vec<Finding> {
    let Some(aws) = aws else { return vec![without(CHECK)] };
    let Ok(key_id) = deployment.environment().kms_key_id() else {
        return vec![Finding::skipped(CHECK, "none is configured")];
    };
    let described = aws.kms.describe_key().key_id(&key_id).send().await;
    let key = match described.map_err(|error| Failure::of(&error)) {
        Ok(described) => described.key_metadata,
        Err(Failure::NotFound) => {
            let cure = "there is no such key in this account and region: deploy it, or correct CODEBIND_KMS_KEY_ID";
            return vec![Finding::wrong(CHECK, cure)];
        }
        Err(failure) => return vec![failure.finding(CHECK, "kms:DescribeKey")],
    };
    match key {
        None => vec![Finding::cannot_tell(CHECK, "the server does not say")],
        Some(key) => vec![usable(&key), rotation(aws, key.key_id()).await],
    }
}

fn usable(key: &KeyMetadata) -> Finding {
    match key.key_state() {
        Some(KeyState::PendingDeletion) => {
            let cure = "will be deleted, and every binding's token with it: cancel that at once, then enable it";
            return Finding::wrong(CHECK, cure);
        }
        Some(KeyState::Disabled) => return Finding::wrong(CHECK, "is disabled: enable it"),
        Some(KeyState::Enabled) => {}
        state => {
            let state = state.map_or("unknown", KeyState::as_str);
            return Finding::wrong(
                CHECK,
                format!("is in the state {state} and not Enabled: look at it in the console"),
            );
        }
    }
    let is_symmetric = key.key_spec().is_none_or(|it| it == &KeySpec::SymmetricDefault);
    let encrypts = key.key_usage().is_none_or(|it| it == &KeyUsageType::EncryptDecrypt);
    if is_symmetric && encrypts {
        Finding::ok(CHECK, "is enabled, symmetric, for encryption")
    } else {
        Finding::wrong(CHECK, "is not a symmetric key for encryption: make one (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT)")
    }
}

async fn rotation(aws: &Aws, key_id: &str) -> Finding {
    let check = "rotation";
    match aws.kms.get_key_rotation_status().key_id(key_id).send().await {
        Ok(status) if status.key_rotation_enabled() => Finding::ok(check, "is on"),
        Ok(_) => Finding::warning(check, "is off: turn automatic rotation on"),
        Err(error) => Failure::of(&error).finding(check, "kms:GetKeyRotationStatus"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    fn key(state: KeyState, spec: KeySpec) -> KeyMetadata {
        let usage = KeyUsageType::EncryptDecrypt;
        KeyMetadata::builder().key_id("k").key_state(state).key_spec(spec).key_usage(usage).build().unwrap()
    }

    #[test]
    fn only_an_enabled_symmetric_key_will_do() {
        for (state, spec, outcome) in [
            (KeyState::Enabled, KeySpec::SymmetricDefault, Outcome::Ok),
            (KeyState::Enabled, KeySpec::Rsa2048, Outcome::Wrong),
            (KeyState::Disabled, KeySpec::SymmetricDefault, Outcome::Wrong),
            (KeyState::PendingDeletion, KeySpec::SymmetricDefault, Outcome::Wrong),
            (KeyState::PendingImport, KeySpec::SymmetricDefault, Outcome::Wrong),
        ] {
            let told = usable(&key(state.clone(), spec.clone()));
            assert_eq!(told.outcome, outcome, "{state:?} {spec:?}: {}", told.says);
        }
    }
}
