//! Stands in front of DynamoDB, KMS or a provider and does to its calls what a scenario plans: see [`Fault`].

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{AbortHandle, JoinSet},
};

pub use fault::Fault;
use wire::Request;

mod fault;
mod wire;

/// What is lost, in the scenarios that only lose something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection ends before the request arrives.
    Request,
    /// The request takes effect, and the connection ends before its answer.
    Answer,
    /// The request is swallowed and the connection stays open.
    Hope,
    /// The connection ends, and the request takes effect when [`Proxy::deliver_late`] is called.
    Late,
}

impl From<Lost> for Fault {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Request => Self::Reset,
            Lost::Answer => Self::Unanswered,
            Lost::Hope => Self::Silent,
            Lost::Late => Self::Late,
        }
    }
}

/// What happens to which calls.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The operation of AWS, such as `UpdateItem`, or method and end of the path, such as `GET /user`.
    pub operation: &'static str,
    /// Text that must be in the request's body.
    pub mentions: &'static str,
    /// How many such calls pass first.
    pub skip: usize,
    /// How many it then happens to.
    pub times: usize,
    /// What happens.
    pub fault: Fault,
}

/// A call that came by.
#[derive(Debug, Clone)]
pub struct Call {
    /// The operation of AWS, or method and path.
    pub operation: String,
    /// Its body.
    pub body: String,
}

impl Call {
    /// Whether it is what a plan or a table means by `operation` and `mentions`.
    pub fn is(&self, operation: &str, mentions: &str) -> bool {
        let is_operation = match (operation.split_once(' '), self.operation.split_once(' ')) {
            (Some((method, path_end)), Some((own, path))) => own == method && path.ends_with(path_end),
            _ => self.operation == operation,
        };
        is_operation && self.body.contains(mentions)
    }
}

/// A running proxy. Dropping it closes its connections.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    upstream: OnceLock<String>,
    plans: Mutex<Vec<Plan>>,
    calls: Mutex<Vec<Call>>,
    late: Mutex<Vec<Request>>,
    secrets: Mutex<Vec<String>>,
    slowest: Mutex<Duration>,
    met: Mutex<usize>,
    held: Notify,
}

impl Proxy {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let shared = Arc::<Shared>::default();
        let for_server = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&for_server);
                connections.spawn(async move { shared.converse(stream).await });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { url, shared, task: task.abort_handle() }
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Plans a loss, after what was planned before.
    pub fn lose(&self, operation: &'static str, mentions: &'static str, times: usize, lost: Lost) {
        self.plan(Plan { operation, mentions, skip: 0, times, fault: lost.into() });
    }

    /// Plans a fault, after what was planned before.
    pub fn plan(&self, plan: Plan) {
        lock(&self.shared.plans).push(plan);
    }

    /// Forgets what was planned and has not happened.
    pub fn plan_nothing(&self) {
        lock(&self.shared.plans).clear();
    }

    /// Forgets what was planned, met and noted.
    pub fn clear(&self) {
        self.plan_nothing();
        lock(&self.shared.calls).clear();
        *lock(&self.shared.slowest) = Duration::ZERO;
        *lock(&self.shared.met) = 0;
    }

    /// Delivers what is late, in the order in which it was sent; how much that was. Nobody hears the answers.
    pub async fn deliver_late(&self) -> usize {
        let late = std::mem::take(&mut *lock(&self.shared.late));
        for request in &late {
            self.shared.forward(request).await.expect("a late request is delivered");
        }
        late.len()
    }

    /// Fails unless everything that was planned has been lost: else the scenario proved nothing.
    #[track_caller]
    pub fn assert_all_lost(&self) {
        let plans = lock(&self.shared.plans);
        assert!(plans.iter().all(|it| it.times == 0), "still to be lost: {plans:?}");
    }

    /// How many calls met a fault.
    pub fn met(&self) -> usize {
        *lock(&self.shared.met)
    }

    /// Returns once a call is held ([`Fault::Held`], [`Fault::HeldAnswer`]).
    pub async fn held(&self) {
        self.shared.held.notified().await;
    }

    /// The calls that came by, the oldest first.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }

    /// How long the slowest call took that met no fault: the machine may be too loaded for a verdict.
    pub fn slowest(&self) -> Duration {
        *lock(&self.shared.slowest)
    }

    /// What came by and must not be seen: data keys in clear.
    pub(crate) fn secrets(&self) -> Vec<String> {
        lock(&self.shared.secrets).clone()
    }

    pub(crate) fn forward_to(&self, url: &str) {
        let authority = url.trim_start_matches("http://").to_owned();
        self.shared.upstream.set(authority).expect("a proxy is for one scene");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// One request per connection: the answer closes it.
    async fn converse(&self, mut client: TcpStream) -> io::Result<()> {
        let request = Request::read(&mut client).await?;
        if let Some(fault) = self.fault(&request.call()) {
            return self.meet(fault, &request, client).await;
        }
        let started = Instant::now();
        let answer = self.forward(&request).await?;
        let written = client.write_all(&answer).await;
        let took = started.elapsed();
        let mut slowest = lock(&self.slowest);
        *slowest = took.max(*slowest);
        written
    }

    /// Notes the call; the fault that is planned for it.
    fn fault(&self, call: &Call) -> Option<Fault> {
        lock(&self.calls).push(call.clone());
        let mut plans = lock(&self.plans);
        for plan in plans.iter_mut().filter(|it| it.times > 0 && call.is(it.operation, it.mentions)) {
            if plan.skip > 0 {
                plan.skip -= 1;
                continue;
            }
            plan.times -= 1;
            *lock(&self.met) += 1;
            return Some(plan.fault);
        }
        None
    }

    async fn forward(&self, request: &Request) -> io::Result<Vec<u8>> {
        let upstream = self.upstream.get().ok_or(io::ErrorKind::NotConnected)?;
        let answer = request.send(upstream).await?;
        lock(&self.secrets).extend(wire::data_key(&answer));
        Ok(answer)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
