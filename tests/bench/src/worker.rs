//! One process behind a Lambda Runtime API of its own, for this process alone.

use std::ffi::OsString;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Failure;
use crate::http::{self, Message};
use crate::process;

/// Longer than any of these takes, under valgrind too.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is started, and with which variables.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its arguments.
    pub(crate) arguments: Vec<OsString>,
    /// All its variables: nothing is handed on.
    pub(crate) environment: Vec<(String, String)>,
}

/// A request of the process.
#[derive(Debug)]
struct Request {
    at: Instant,
    message: Message,
    /// To answer on, from this very thread.
    stream: TcpStream,
}

/// A process that waits for an event.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    requests: Receiver<Request>,
    waiting: Option<Request>,
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    calls: u64,
    /// When it was started.
    pub(crate) started: Instant,
    /// When it asked for its first event.
    pub(crate) polled: Instant,
}

/// One event and its answer.
#[derive(Debug)]
pub(crate) struct Call {
    /// When the event was handed out.
    pub(crate) sent: Instant,
    /// When the answer was there.
    pub(crate) answered: Instant,
    /// The processor time of the process until then.
    pub(crate) cpu: Duration,
    /// The answer.
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// How long it took.
    pub(crate) fn latency(&self) -> Duration {
        self.answered - self.sent
    }
}

impl Worker {
    /// Starts a process, and waits until it asks for an event.
    ///
    /// # Errors
    /// When it ends, or says that it cannot start.
    pub(crate) fn start(program: &Program) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (sender, requests) = channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        thread::spawn(move || listen(&listener, &sender, &ends));
        let mut command = Command::new(&program.path);
        command.args(&program.arguments).env_clear().envs(program.environment.iter().cloned());
        command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().map_err(|error| format!("{}: {error}", program.path.display()))?;
        let mut worker = Self { child, requests, waiting: None, address, is_over, calls: 0, started, polled: started };
        worker.wait()?;
        worker.polled = worker.waiting.as_ref().map_or(started, |it| it.at);
        Ok(worker)
    }

    /// The process's number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Hands out an event, and takes the answer.
    ///
    /// # Errors
    /// When the process fails at it.
    pub(crate) fn invoke(&mut self, event: &str) -> Result<Call, Failure> {
        let Some(Request { mut stream, .. }) = self.waiting.take() else {
            return Err("the process does not wait for an event".into());
        };
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + PATIENCE;
        let deadline = deadline.as_millis().to_string();
        // Another one each time, as Lambda has it: what is kept of each would not be seen otherwise.
        self.calls += 1;
        let trace = format!(
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent={:016x};Sampled=0",
            0x9a91_97af_755a_6419 + self.calls
        );
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
            ("lambda-runtime-deadline-ms", &*deadline),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench"),
            ("lambda-runtime-trace-id", &*trace),
        ];
        let sent = Instant::now();
        http::respond(&mut stream, 200, &headers, event.as_bytes())?;
        let Request { at, message, mut stream } = self.requests.recv_timeout(PATIENCE)?;
        let cpu = process::cpu(self.process());
        let (_, path) = message.method_and_path();
        if !path.ends_with("/response") {
            return Err(format!("{path}: {}", String::from_utf8_lossy(&message.body)).into());
        }
        http::respond(&mut stream, 202, &[], b"")?;
        self.wait()?;
        Ok(Call { sent, answered: at, cpu, body: message.body })
    }

    /// Waits until the process asks for an event.
    fn wait(&mut self) -> Result<(), Failure> {
        let request = self.requests.recv_timeout(PATIENCE).map_err(|_| "the process asks for no event")?;
        if !request.message.method_and_path().1.ends_with("/next") {
            return Err(format!("it cannot start: {}", String::from_utf8_lossy(&request.message.body)).into());
        }
        self.waiting = Some(request);
        Ok(())
    }

    /// Asks the process to end, which a program that counts instructions needs to write them down, and waits for it.
    ///
    /// # Errors
    /// When there is no `kill`.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        Command::new("kill").args(["-TERM", &self.process().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and is waited for all the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Wakes who listens, who then finds that it is over.
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn listen(listener: &TcpListener, sender: &Sender<Request>, is_over: &AtomicBool) {
    for stream in listener.incoming().flatten() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let sender = sender.clone();
        thread::spawn(move || serve(&stream, &sender));
    }
}

/// Reads requests until the process hangs up.
fn serve(stream: &TcpStream, sender: &Sender<Request>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    while let Some(message) = http::read(&mut reader).ok()? {
        let request = Request { at: Instant::now(), message, stream: stream.try_clone().ok()? };
        sender.send(request).ok()?;
    }
    None
}
