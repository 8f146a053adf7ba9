//! The processes of the functions: started with a clean environment, watched, and never left behind.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    sync::Notify,
    time::timeout,
};

use crate::{
    Error, FUNCTIONS, Function,
    crew::WorkerId,
    iam::access_key_id,
    output::{LastWords, Output},
    pool::{Launch, Running},
    runtime_api::worker_url,
};

/// How long the output of an ended worker may still trickle in.
const LAST_WORDS_WAIT: Duration = Duration::from_secs(1);

/// What every worker needs to start.
#[derive(Clone)]
pub(crate) struct Launcher {
    pub(crate) directory: PathBuf,
    pub(crate) runtime_api_url: String,
    pub(crate) environment: Arc<BTreeMap<String, String>>,
    pub(crate) output: Output,
}

impl Launcher {
    /// Whether the binaries of all functions are there.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let paths = FUNCTIONS.iter().map(|function| self.directory.join(function.name));
        match paths.into_iter().find(|path| !path.is_file()) {
            Some(path) => Err(Error::BinaryMissing { path }),
            None => Ok(()),
        }
    }

    /// How a pool runs the workers of `function`.
    pub(crate) fn for_function(&self, function: &'static Function) -> Launch {
        let launcher = self.clone();
        Box::new(move |id, kill| -> Running { Box::pin(launcher.clone().run(function, id, kill)) })
    }

    async fn run(self, function: &'static Function, id: WorkerId, kill: Arc<Notify>) -> String {
        let mut child = match self.command(function, id).spawn() {
            Ok(child) => child,
            Err(error) => return format!("cannot be started: {error}"),
        };
        let last_words = LastWords::default();
        let collected = self.collect(function, &mut child, &last_words);
        let ended = tokio::select! {
            ended = child.wait() => ended,
            () = kill.notified() => {
                // SIGKILL through the handle: the process id cannot have been given to another one.
                match child.kill().await {
                    Ok(()) => child.wait().await,
                    Err(error) => Err(error),
                }
            }
        };
        let _ = timeout(LAST_WORDS_WAIT, collected).await;
        match ended {
            Ok(status) => format!("{}{}", describe(status), last_words.text()),
            Err(error) => format!("was lost: {error}"),
        }
    }

    fn command(&self, function: &'static Function, id: WorkerId) -> Command {
        let mut command = Command::new(self.directory.join(function.name));
        command
            .env_clear()
            .envs(function_environment(function, id))
            .env("AWS_LAMBDA_RUNTIME_API", worker_url(&self.runtime_api_url, function.name, id))
            .envs(self.environment.iter())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in the terminal is for this process, which then ends its workers.
            .process_group(0)
            .kill_on_drop(true);
        command
    }

    fn collect(
        &self,
        function: &'static Function,
        child: &mut Child,
        last_words: &LastWords,
    ) -> impl Future<Output = ()> + use<> {
        let collect = |stream: Option<_>| {
            let output = self.output.clone();
            let last_words = last_words.clone();
            tokio::spawn(async move {
                if let Some(stream) = stream {
                    output.collect(function.name, stream, last_words).await;
                }
            })
        };
        let stdout: Option<Box<dyn tokio::io::AsyncRead + Send + Unpin>> =
            child.stdout.take().map(|it| Box::new(it) as _);
        let stderr: Option<Box<dyn tokio::io::AsyncRead + Send + Unpin>> =
            child.stderr.take().map(|it| Box::new(it) as _);
        let (stdout, stderr) = (collect(stdout), collect(stderr));
        async move {
            let _ = tokio::join!(stdout, stderr);
        }
    }
}

/// What Lambda itself sets.
fn function_environment(function: &Function, id: WorkerId) -> [(&'static str, String); 10] {
    [
        // As who it calls: Lambda puts the credentials of the function's role there.
        ("AWS_ACCESS_KEY_ID", access_key_id(function.name)),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_megabytes.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", function.name)),
        ("AWS_LAMBDA_LOG_STREAM_NAME", format!("local/[$LATEST]{id}")),
        ("TZ", ":UTC".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
    ]
}

fn describe(status: ExitStatus) -> String {
    format!("ended with {status}")
}
