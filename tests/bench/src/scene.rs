//! The stand-in with rows in it, and every program with its variables and its event.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::baselines::Baselines;
use crate::events;
use crate::stand_in::{BINDINGS, GITHUB, GITHUB_API, GITLAB, KEY, SECRET, StandIn, TRANSIENTS};
use crate::worker::{Program, Worker};

/// One program to measure.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// What is started.
    pub(crate) program: Program,
    /// What it is called with.
    pub(crate) event: String,
    /// The bytes of its zip.
    pub(crate) zip: u64,
    /// Whether it is ours.
    pub(crate) is_ours: bool,
}

impl Subject {
    /// Whether its name has one of the parts in it; without any, all are meant.
    pub(crate) fn is_among(&self, parts: &[String]) -> bool {
        parts.is_empty() || parts.iter().any(|part| self.name.contains(part.as_str()))
    }
}

/// What a subject is called, the function that it is, and what that is asked.
const OURS: [(&str, &str); 7] = [
    ("oauth-start", "oauth-start"),
    ("status", "status"),
    ("token-bind", "token-bind"),
    ("oauth-callback", "oauth-callback"),
    ("unbind", "unbind"),
    ("unbind, revoking", "unbind"),
    ("credential", "credential"),
];

/// The world that is measured in.
#[derive(Debug)]
pub(crate) struct Scene {
    /// AWS and providers.
    pub(crate) stand_in: StandIn,
    /// What is measured, ours first.
    pub(crate) subjects: Vec<Subject>,
}

impl Scene {
    /// Starts the stand-in and fills its tables by our own functions.
    ///
    /// # Errors
    /// When a function does not do what it is there for.
    pub(crate) fn new(
        directory: &Path,
        functions: &Path,
        delay: Duration,
        baselines: Option<&Baselines>,
    ) -> Result<Self, Failure> {
        let stand_in = StandIn::start(directory, delay)?;
        let program = |function: &str| Program {
            path: functions.join("bin").join(function),
            arguments: Vec::new(),
            environment: environment(&stand_in),
        };
        let bind = events::token_bind(&stand_in.url(GITLAB))?;
        let started = ask(&program("oauth-start"), &events::event("oauth-start")?)?;
        let callback = events::callback(&started)?;
        ask(&program("oauth-callback"), &callback)?;
        ask(&program("token-bind"), &bind)?;
        stand_in.keep_rows();
        let mut subjects = Vec::new();
        for (name, function) in OURS {
            let event = match name {
                "oauth-start" => events::event("oauth-start")?,
                "status" => events::event("status-list")?,
                "token-bind" => bind.clone(),
                "oauth-callback" => callback.clone(),
                "unbind" => events::unbind("gitlab")?,
                "unbind, revoking" => events::unbind("github")?,
                _ => events::lease("github")?,
            };
            let zip = std::fs::metadata(functions.join(format!("{function}.zip")))?.len();
            let event = event.to_string();
            subjects.push(Subject { name, program: program(function), event, zip, is_ours: true });
        }
        if let Some(baselines) = baselines {
            subjects.extend(baselines.subjects(&stand_in)?);
        }
        Ok(Self { stand_in, subjects })
    }

    /// A subject by its name.
    pub(crate) fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.iter().find(|it| it.name == name)
    }
}

/// One call in a process of its own.
fn ask(program: &Program, event: &Value) -> Result<Vec<u8>, Failure> {
    let answer = Worker::start(program)?.invoke(&event.to_string())?.body;
    if events::is_success(&answer) {
        return Ok(answer);
    }
    Err(format!("{}: {}", program.path.display(), String::from_utf8_lossy(&answer)).into())
}

/// What every AWS client finds.
pub(crate) fn aws(stand_in: &StandIn) -> Vec<(String, String)> {
    let authority = stand_in.authority.display().to_string();
    let variables = [
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        ("AWS_SESSION_TOKEN", "session".repeat(100)),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", stand_in.url("dynamodb")),
        ("AWS_ENDPOINT_URL_KMS", stand_in.url("kms")),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", stand_in.url("secretsmanager")),
        ("AWS_CA_BUNDLE", authority),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What our functions find: as deployed with two providers, one of them an own server.
fn environment(stand_in: &StandIn) -> Vec<(String, String)> {
    let variables = [
        ("CODEBIND_PUBLIC_URL", "https://codebind.example.com".to_owned()),
        ("CODEBIND_BINDINGS_TABLE", BINDINGS.to_owned()),
        ("CODEBIND_TRANSIENTS_TABLE", TRANSIENTS.to_owned()),
        ("CODEBIND_KMS_KEY_ID", KEY.to_owned()),
        // That of the events.
        ("CODEBIND_ISSUER", "http://localhost:4180/dev".to_owned()),
        ("CODEBIND_EVENT_BUS", "codebind".to_owned()),
        ("CODEBIND_REGIONS", "local-1 local-2".to_owned()),
        ("CODEBIND_GITHUB_CLIENT_ID", "Ov23liFAKEFAKEFAKE00".to_owned()),
        ("CODEBIND_GITHUB_CLIENT_SECRET_ARN", SECRET.to_owned()),
        ("CODEBIND_GITHUB_URL", stand_in.url(GITHUB)),
        ("CODEBIND_GITHUB_API_URL", stand_in.url(GITHUB_API)),
        ("CODEBIND_ALLOWED_HOSTS", stand_in.host(GITLAB)),
        ("CODEBIND_EXTRA_CA", stand_in.authority.display().to_string()),
    ];
    let own = variables.map(|(name, value)| (name.to_owned(), value));
    aws(stand_in).into_iter().chain(own).collect()
}
