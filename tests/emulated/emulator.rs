//! An emulator of AWS on this machine, and the deployment of the template into it with an operator's own commands.

use std::{
    fs::{self, File},
    io::Write as _,
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tests::{Scratch, python_tools, run};
use url::Url;

/// The emulator runs the functions' own zips and holds them to their roles.
const EMULATOR: &[&str] =
    &["ministack==1.5.33", "cryptography==50.0.2", "aws-sam-translator==1.115.0", "boto3==1.43.106"];
pub(super) const SAM: &[&str] = &["aws-sam-cli==1.170.0"];
/// Eight hexadecimal digits, or the emulator finds no API by its host name.
const API_ID: &str = "c0deb18d";
pub(super) const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/aws/template.yaml");
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/emulated");
const STACK: &str = "codebind";
const REGION: &str = "us-east-1";
const START_MAX: Duration = Duration::from_mins(1);

/// A running emulator. Dropping it ends it, and every function that it runs.
pub(super) struct Emulator {
    scratch: Scratch,
    tools: PathBuf,
    sam: PathBuf,
    address: SocketAddr,
    child: Child,
}

impl Emulator {
    /// Installs it and starts it.
    pub(super) fn start() -> Result<Self, String> {
        let (tools, sam) = (python_tools("emulator", EMULATOR)?, python_tools("sam", SAM)?);
        let scratch = Scratch::default();
        fs::create_dir_all(scratch.path()).map_err(|error| error.to_string())?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.map_err(|error| error.to_string())?;
        let log = File::create(scratch.path().join("emulator.log")).map_err(|error| error.to_string())?;
        let mut command = Command::new(tools.join("ministack"));
        let directory = |name: &str| scratch.path().join(name);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", scratch.path())
            .env("TMPDIR", scratch.path())
            .env("STATE_DIR", directory("state"))
            .env("S3_DATA_DIR", directory("s3"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", address.port().to_string())
            .env("IOT_MTLS_PORT", "0")
            .env("AUTH", "true")
            // What the functions are given too.
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(|error| error.to_string())?)
            .stderr(log)
            // With its functions it is one group, which can be ended as one.
            .process_group(0);
        let child = command.spawn().map_err(|error| error.to_string())?;
        let emulator = Self { scratch, tools, sam, address, child };
        emulator.wait()?;
        Ok(emulator)
    }

    fn wait(&self) -> Result<(), String> {
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(self.address).is_err() {
            if Instant::now() > deadline {
                return Err(format!("the emulator does not start:\n{}", self.log()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// The API as browsers name it, and where that is.
    pub(super) fn api(&self) -> (Url, SocketAddr) {
        let url = format!("http://{API_ID}.execute-api.localhost:{}", self.address.port());
        (Url::parse(&url).expect("an address"), self.address)
    }

    /// Deploys the template with the zips in `zips`; what of it the emulator cannot do and did not get.
    pub(super) fn deploy(&self, zips: &Path, parameters: &[(&str, String)]) -> Result<String, String> {
        let deployed = self.scratch.path().join("template.json");
        let mut derive = self.python("derive.py");
        derive.arg(zips).arg(API_ID).stdin(File::open(TEMPLATE).map_err(|error| error.to_string())?);
        let derived = derive.output().map_err(|error| error.to_string())?;
        let left_out = String::from_utf8_lossy(&derived.stderr).into_owned();
        if !derived.status.success() {
            return Err(left_out);
        }
        fs::write(&deployed, &derived.stdout).map_err(|error| error.to_string())?;
        let mut sam = self.sam("deploy");
        sam.arg("--template-file").arg(&deployed).args(["--resolve-s3", "--capabilities", "CAPABILITY_IAM"]);
        sam.args(["--no-confirm-changeset", "--no-progressbar", "--parameter-overrides"]);
        sam.args(parameters.iter().map(|(name, value)| format!("{name}=\"{value}\"")));
        run(&mut sam).map_err(|error| format!("{error}\n{}", self.log()))?;
        Ok(left_out)
    }

    /// Repeats the CORS rules of what was deployed, as `operate.py` explains.
    pub(super) fn repeat_cors(&self, origin: &str) -> Result<String, String> {
        let deployed = self.scratch.path().join("template.json");
        run(self.python("operate.py").args(["cors", API_ID]).arg(deployed).arg(origin))
    }

    /// Puts a client secret in, as the guide says.
    pub(super) fn put_secret(&self, provider: &str, secret: &str) -> Result<(), String> {
        let mut command = self.python("operate.py");
        command.args(["put-secret", &format!("{STACK}/{provider}-client-secret")]);
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let mut input = child.stdin.take().expect("it was asked for");
        input.write_all(secret.as_bytes()).map_err(|error| error.to_string())?;
        drop(input);
        let status = child.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the secret of {provider} is not stored: {status}")) }
    }

    /// Everything the functions wrote.
    pub(super) fn function_output(&self) -> Result<String, String> {
        run(self.python("operate.py").args(["logs", &format!("/aws/lambda/{STACK}-")]))
    }

    /// Takes the stack away again.
    pub(super) fn delete(&self) -> Result<String, String> {
        run(self.sam("delete").args(["--no-prompts", "--region", REGION]))
    }

    fn sam(&self, command: &str) -> Command {
        let mut sam = Command::new(self.sam.join("sam"));
        sam.args([command, "--stack-name", STACK]);
        self.as_operator(sam)
    }

    fn python(&self, script: &str) -> Command {
        let mut python = Command::new(self.tools.join("python"));
        python.arg(Path::new(SCRIPTS).join(script));
        self.as_operator(python)
    }

    fn as_operator(&self, mut command: Command) -> Command {
        command
            .current_dir(self.scratch.path())
            .env("HOME", self.scratch.path())
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_DEFAULT_REGION", REGION)
            // The emulator's administrator.
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("SAM_CLI_TELEMETRY", "0");
        command
    }

    /// The emulator's own log.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("emulator.log")).unwrap_or_default()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.function_output().unwrap_or_else(|error| error));
        }
        // Only its own group, which it leads.
        let group = format!("-{}", self.child.id());
        for signal in ["-TERM", "-KILL"] {
            let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
            let deadline = Instant::now() + Duration::from_secs(5);
            while signal == "-TERM" && matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(50));
            }
        }
        let _ = self.child.wait();
    }
}
