//! The operator's way to AWS: credentials of the process, and what an error of a service means.

use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use codebind::{
    adapter::aws::{self, retries, timeouts, with_causes},
    config::Environment,
    error::BoxError,
};

use crate::{
    Variables,
    report::{Finding, shown},
};

/// Clients of the services.
pub(super) struct Aws {
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) secrets_manager: aws_sdk_secretsmanager::Client,
    region: String,
}

impl Aws {
    /// Credentials are those of the process alone. The region and the services' addresses are too, or else those of the
    /// deployment.
    pub(super) fn new(deployment: &Variables, process: &Variables) -> Result<Self, BoxError> {
        let lookup = |name: &str| {
            let own =
                process.get(name).or_else(|| process.get(if name == "AWS_REGION" { "AWS_DEFAULT_REGION" } else { "" }));
            let is_shared = name == "AWS_REGION" || name.starts_with("AWS_ENDPOINT_URL");
            own.or_else(|| deployment.get(name).filter(|_| is_shared)).map(str::to_owned)
        };
        let aws = aws::Aws::new(Environment::new(lookup).aws()?)?;
        Ok(Self {
            dynamodb: dynamodb(&aws),
            kms: kms(&aws),
            secrets_manager: secrets_manager(&aws),
            region: aws.config.region,
        })
    }
}

/// Whether there are credentials at all.
pub(super) fn credentials(aws: &Result<Aws, BoxError>) -> Finding {
    let check = "AWS";
    match aws {
        Ok(aws) => Finding::ok(check, format!("those of the environment, in {}", shown(&aws.region))),
        Err(error) => {
            let cure = "export yours, for example by `aws configure export-credentials --format env`";
            Finding::wrong(check, format!("{error}: {cure}"))
        }
    }
}

/// What takes the place of an area that needs AWS.
pub(super) fn without(check: &str) -> Finding {
    Finding::skipped(check, "needs credentials for AWS")
}

/// Declares how to build a client: each service's types are its own.
macro_rules! clients {
    ($($name:ident, $service:ident, $url:ident;)+) => {$(
        fn $name(aws: &aws::Aws) -> $service::Client {
            let mut builder = $service::Config::builder()
                .behavior_version($service::config::BehaviorVersion::latest())
                .region($service::config::Region::new(aws.config.region.clone()))
                .credentials_provider(aws.credentials())
                .http_client(aws.http_client())
                .timeout_config(timeouts())
                .retry_config(retries());
            if let Some(url) = &aws.config.$url {
                builder = builder.endpoint_url(url);
            }
            $service::Client::from_conf(builder.build())
        }
    )+};
}

clients! {
    dynamodb, aws_sdk_dynamodb, dynamodb_url;
    kms, aws_sdk_kms, kms_url;
    secrets_manager, aws_sdk_secretsmanager, secrets_manager_url;
}

/// Why a service gave no answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// What was asked for is not there.
    NotFound,
    /// The operator may not ask.
    Denied,
    /// The operator's credentials are not accepted.
    Credentials(String),
    /// The server has no such call: an emulator's.
    UnknownCall,
    /// The server cannot be reached.
    Unreachable(String),
    /// Anything else.
    Other(String),
}

impl Failure {
    pub(super) fn of<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: fmt::Debug + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(context) => Self::of_code(context.err().code().unwrap_or_default()),
            SdkError::TimeoutError(_) => Self::Unreachable("no answer in time".to_owned()),
            SdkError::DispatchFailure(_) => Self::Unreachable(shown(&with_causes(error).to_string())),
            _ => Self::Other("something that is no answer".to_owned()),
        }
    }

    fn of_code(code: &str) -> Self {
        match code {
            "ResourceNotFoundException" | "NotFoundException" | "TableNotFoundException" => Self::NotFound,
            "AccessDeniedException" | "AccessDenied" => Self::Denied,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignatureException"
            | "MissingAuthenticationTokenException"
            | "ExpiredToken"
            | "ExpiredTokenException" => Self::Credentials(code.to_owned()),
            "UnknownOperationException"
            | "UnknownOperation"
            | "InvalidAction"
            | "NotImplemented"
            | "NotImplementedException"
            | "UnsupportedOperationException" => Self::UnknownCall,
            "" => Self::Other("an error without a code".to_owned()),
            _ => Self::Other(shown(code)),
        }
    }

    /// What the failure of a call means, whose permission has this name; what is not found is the caller's to say.
    pub(super) fn finding(self, check: &str, permission: &str) -> Finding {
        let service = permission.split(':').next().unwrap_or_default();
        match self {
            Self::NotFound => Finding::wrong(check, "is not there"),
            Self::Denied => Finding::cannot_tell(check, format!("you lack the permission {permission}")),
            Self::Credentials(code) => {
                Finding::wrong(check, format!("AWS does not accept your credentials ({code}): get fresh ones"))
            }
            Self::UnknownCall => Finding::cannot_tell(check, format!("the server does not know {permission}")),
            Self::Unreachable(why) => {
                let cure = "look at the region, at AWS_ENDPOINT_URL and at the network";
                Finding::wrong(check, format!("{service} cannot be reached ({why}): {cure}"))
            }
            Self::Other(what) => Finding::cannot_tell(check, format!("{permission} brought {what}: try again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    #[test]
    fn credentials_of_the_deployment_are_not_used() {
        let deployment = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "here")].into();
        let finding = credentials(&Aws::new(&deployment, &Variables::default()));
        assert_eq!(finding.outcome, Outcome::Wrong);
        assert!(finding.says.starts_with("AWS_ACCESS_KEY_ID is missing: "), "{}", finding.says);
        let own = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_DEFAULT_REGION", "there")].into();
        assert_eq!(credentials(&Aws::new(&deployment, &own)).says, "those of the environment, in there");
        let own = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")].into();
        assert_eq!(credentials(&Aws::new(&deployment, &own)).says, "those of the environment, in here");
    }

    #[test]
    fn failures_are_told_apart() {
        let told = |code| Failure::of_code(code).finding("x", "kms:DescribeKey");
        assert_eq!(told("AccessDeniedException"), Finding::cannot_tell("x", "you lack the permission kms:DescribeKey"));
        assert_eq!(told("NotFoundException").outcome, Outcome::Wrong);
        assert_eq!(told("ExpiredTokenException").outcome, Outcome::Wrong);
        assert_eq!(told("UnknownOperationException").outcome, Outcome::CannotTell);
        assert_eq!(told("ThrottlingException").outcome, Outcome::CannotTell);
    }
}
