//! Tests of what the environment says about files.

use std::env::temp_dir;
use std::fs;

use super::{AwsConfig, ConfigError, Environment};

fn aws(ca_bundle: Option<String>) -> Result<AwsConfig, ConfigError> {
    Environment::new(move |name: &str| match name {
        "AWS_CA_BUNDLE" => ca_bundle.clone(),
        "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("any".to_owned()),
        _ => None,
    })
    .aws()
}

#[test]
fn further_authorities_come_from_a_file() {
    assert_eq!(aws(None).unwrap().ca_bundle, None);
    assert_eq!(aws(Some(" ".to_owned())).unwrap().ca_bundle, None);
    let file = temp_dir().join(format!("codebind-bundle-{}.pem", std::process::id()));
    fs::write(&file, b"PEM").unwrap();
    let read = aws(Some(file.display().to_string()));
    fs::remove_file(&file).unwrap();
    assert_eq!(read.unwrap().ca_bundle.as_deref(), Some(&b"PEM"[..]));
    let gone = aws(Some(file.display().to_string())).unwrap_err();
    assert_eq!(gone.to_string(), "AWS_CA_BUNDLE names a file that cannot be read");
    let relative = aws(Some("bundle.pem".to_owned())).unwrap_err();
    assert_eq!(relative.to_string(), "AWS_CA_BUNDLE must be an absolute path");
}
