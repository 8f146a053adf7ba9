//! The real git on a build worker, with the real credential helper, and nothing else of this machine.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    path::PathBuf,
    process::Stdio,
};

use tokio::{io::AsyncWriteExt as _, process::Command, task::spawn_blocking};

use crate::{Owner, Person, Scene, Scratch, binaries};

/// A build worker with git. Everything of it is in a directory of its own, which is removed with it.
pub struct Git<'a> {
    scene: &'a Scene,
    directory: Scratch,
    variables: Vec<(&'static str, String)>,
}

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// Whether it ended well.
    pub is_well: bool,
    /// What it printed.
    pub printed: String,
    /// What it said beside that.
    pub said: String,
}

impl<'a> Git<'a> {
    /// A worker whose helper asks for the account that `owner` has bound at `provider`. None where there is no git, which is
    /// said.
    pub async fn of(scene: &'a Scene, person: &Person, owner: &Owner, provider: &str) -> Option<Self> {
        if std::process::Command::new("git").arg("--version").output().is_err() {
            // Not by a macro: what those print of a test that passes is not shown.
            let _ = writeln!(io::stderr(), "THERE IS NO GIT: NOTHING OF THIS SCENARIO WAS RUN");
            return None;
        }
        let bin = spawn_blocking(binaries::worker_directory).await.expect("the helper builds");
        let directory = Scratch::default();
        std::fs::create_dir_all(directory.path()).expect("a directory can be made");
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths([bin].into_iter().chain(env::split_paths(&path))).expect("a path can be lengthened");
        let home = directory.path().to_string_lossy().into_owned();
        let owner = match owner {
            Owner::Me => format!("users/{}", person.subject),
            Owner::Instance { region, instance } => format!("instances/{region}/{instance}"),
        };
        let variables = vec![
            ("PATH", path.to_string_lossy().into_owned()),
            ("HOME", home),
            ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
            ("GIT_TERMINAL_PROMPT", "0".to_owned()),
            ("CODEBIND_WORKER_URL", scene.world().workers_url().to_owned()),
            ("CODEBIND_WORKER_OWNER", owner),
            ("CODEBIND_WORKER_PROVIDER", provider.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "worker-1".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "the-secret-key-of-a-build-worker".to_owned()),
        ];
        scene.keep_secret("the-secret-key-of-a-build-worker");
        Some(Self { scene, directory, variables })
    }

    /// With a variable that differs.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    /// Clones into a directory of this name.
    pub async fn clone(&self, url: &str, name: &str) -> Ran {
        self.git(&["-c", "credential.useHttpPath=true", "clone", "--quiet", url, name], "").await
    }

    /// Runs git with the helper.
    pub async fn git(&self, arguments: &[&str], input: &str) -> Ran {
        let helper = ["-c", "credential.helper=", "-c", "credential.helper=codebind"];
        self.run("git", &[&helper, arguments].concat(), input).await
    }

    /// Runs the helper by itself.
    pub async fn helper(&self, arguments: &[&str], input: &str) -> Ran {
        self.run("git-credential-codebind", arguments, input).await
    }

    /// A file of what was cloned, if it is there.
    pub fn file(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.path(path)).ok()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    async fn run(&self, program: &str, arguments: &[&str], input: &str) -> Ran {
        // A program is looked for on the path of this process, not on that of the worker.
        let path = self.variables.iter().find(|(name, _)| *name == "PATH").map(|(_, value)| value.as_str());
        let program =
            env::split_paths(OsStr::new(path.unwrap_or_default())).map(|it| it.join(program)).find(|it| it.is_file());
        let mut command = Command::new(program.expect("the program is on the path"));
        command.args(arguments).env_clear().envs(self.variables.iter().map(|(name, value)| (*name, value.as_str())));
        command.current_dir(self.directory.path()).kill_on_drop(true);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut pipe = child.stdin.take().expect("it has an input");
        // It need not read what it does not want.
        let _ = pipe.write_all(input.as_bytes()).await;
        drop(pipe);
        let output = child.wait_with_output().await.expect("the program ends");
        let [printed, said] = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
        // S-36: what people see holds no token. What git reads from the helper does.
        for secret in self.scene.world().secrets().iter().chain(&self.scene.secrets()) {
            assert!(!said.contains(secret.as_str()), "a secret is in: {said}");
        }
        Ran { is_well: output.status.success(), printed, said }
    }
}

impl Ran {
    /// Fails unless it ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert!(self.is_well, "{}\n{}", self.printed, self.said);
        self
    }

    /// Fails unless it failed, and said this.
    #[track_caller]
    pub fn failed(self, words: &str) -> Self {
        assert!(!self.is_well, "{}\n{}", self.printed, self.said);
        assert!(self.said.contains(words), "{}", self.said);
        self
    }
}
