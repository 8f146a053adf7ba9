//! The whole product on one machine: started, asked for its parts, and ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    Error, FUNCTIONS, Storage,
    cors::Cors,
    data::DataDirectory,
    dev::Dev,
    dynamodb::{Bindings, DynamoDb},
    environment::{Addresses, Environment, assemble},
    event_bus::EventBus,
    iam::{Ledger, Permission},
    issuer::{Issuer, Lifetimes},
    kms::Kms,
    listen::{listen_for_browsers, listen_for_workers, port_of},
    origins::Origins,
    output::Output,
    pool::Pool,
    runtime_api::{self, Pools},
    schedule,
    server::{Server, listen_on_loopback},
    simulator::Simulators,
    worker::Launcher,
};

mod events;
mod gateways;
mod providers;

pub(crate) const PUBLIC_URL: &str = "CODEBIND_PUBLIC_URL";

/// How to start a world.
#[derive(Debug)]
pub struct WorldOptions {
    /// Where the gateway listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Where bindings, keys and ports are kept.
    pub storage: Storage,
    /// Where the functions' binaries are.
    pub function_dir: PathBuf,
    /// How many workers one function may have at a time.
    pub workers: usize,
    /// Variables for the functions, which win over what the world sets.
    pub environment: Environment,
    /// Whether what the functions write also goes to standard error.
    pub echo_logs: bool,
    /// Whether the sweeper runs every minute. Without, only [`World::sweep`] runs it.
    pub sweeps: bool,
    /// How long what the development issuer gives out is good.
    pub lifetimes: Lifetimes,
}

/// A running world. Dropping it ends its workers and servers.
pub struct World {
    url: String,
    workers_url: String,
    issuer: Arc<Issuer>,
    workers: Workers,
    gateways: Vec<Server>,
    runtime_api: Server,
    simulators: Simulators,
    dynamodb: DynamoDb,
    kms: Kms,
    event_bus: EventBus,
    schedule: Option<Server>,
    ledger: Ledger,
    output: Output,
    environment: Arc<Environment>,
    _data: Option<DataDirectory>,
}

/// Listens on any free port of the loopback interface.
async fn free_port() -> Result<(TcpListener, String), Error> {
    let refused = |source| Error::Listen { address: (Ipv4Addr::LOCALHOST, 0).into(), source };
    listen_on_loopback().await.map_err(refused)
}

/// The workers of all functions, which end when this is dropped.
struct Workers(Arc<Pools>);

impl World {
    /// Starts everything and returns when every function has asked for its first request.
    ///
    /// # Errors
    ///
    /// Says what stands in the way, and what to do about it.
    pub async fn start(options: WorldOptions) -> Result<Self, Error> {
        let WorldOptions { listen, storage, function_dir, workers, environment, echo_logs, sweeps, lifetimes } =
            options;
        let data = match &storage {
            Storage::Memory => None,
            Storage::Directory(path) => Some(DataDirectory::open(path)?),
        };
        let file = |name: &str| data.as_ref().map(|it| it.file(name));
        let (listeners, url) = listen_for_browsers(listen).await?;
        let public_url = environment.get(PUBLIC_URL).map_or(url.as_str(), |it| it.trim_end_matches('/'));

        let issuer = Arc::new(Issuer::start(public_url, file("issuer.pem").as_deref()).await?);
        let ledger = Ledger::default();
        let dynamodb = DynamoDb::start(file("dynamodb.sqlite").as_deref(), ledger.clone()).await?;
        let kms = Kms::start(file("kms.json").as_deref(), ledger.clone()).await?;
        let event_bus = EventBus::start(ledger.clone()).await?;
        let port = port_of(&listeners).unwrap_or(listen.port());
        let simulators = providers::start(public_url, port, data.as_ref(), &environment).await?;

        let addresses = Addresses {
            public_url,
            issuer: issuer.name(),
            dynamodb_url: &dynamodb.url,
            kms_url: &kms.url,
            kms_key_id: &kms.key_id,
            eventbridge_url: &event_bus.url,
        };
        let environment = assemble(&addresses, simulators.environment(), &environment);
        if let Some(data) = &data {
            data.write_environment(&environment)?;
        }
        let origins = Origins::of(&url, &environment);
        let dev = Dev::new(Arc::clone(&issuer), event_bus.events(), &origins, &environment, lifetimes);
        let output = Output::new(echo_logs);
        let (runtime_api_listener, runtime_api_url) = free_port().await?;
        let environment = Arc::new(environment);
        let for_workers = Arc::clone(&environment);
        let launcher =
            Launcher { directory: function_dir, runtime_api_url, environment: for_workers, output: output.clone() };
        launcher.check()?;
        let pools = Arc::new(pools(&launcher, workers));
        let runtime_api = Server::spawn_router(runtime_api_listener, runtime_api::router(Arc::clone(&pools)));
        let workers = Workers(Arc::clone(&pools));
        workers.start().await?;
        let schedule = sweeps.then(|| schedule::start(Arc::clone(&pools)));
        let (listener, workers_url) = listen_for_workers(port).await?;
        let gateways = gateways::start((&issuer, &pools), (Cors::new(origins), dev), listeners, listener);
        Ok(Self {
            url,
            workers_url,
            issuer,
            workers,
            gateways,
            runtime_api,
            simulators,
            dynamodb,
            kms,
            event_bus,
            schedule,
            ledger,
            output,
            environment,
            _data: data,
        })
    }

    /// The gateway's URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of the gateway that build workers call, without a slash at its end.
    #[must_use]
    pub fn workers_url(&self) -> &str {
        &self.workers_url
    }

    /// Where DynamoDB is.
    #[must_use]
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb.url
    }

    /// The rows of bindings, past all functions.
    #[must_use]
    pub fn bindings(&self) -> Bindings {
        self.dynamodb.bindings()
    }

    /// Where KMS is.
    #[must_use]
    pub fn kms_url(&self) -> &str {
        &self.kms.url
    }

    /// The ARN of the key for the tokens.
    #[must_use]
    pub fn kms_key_id(&self) -> &str {
        &self.kms.key_id
    }

    /// The variables that the functions find.
    #[must_use]
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The permissions that calls of the functions made use of so far.
    #[must_use]
    pub fn permissions_used(&self) -> BTreeSet<Permission> {
        self.ledger.used()
    }

    /// What DynamoDB and KMS refused so far, because nothing allows it or who called is not known.
    #[must_use]
    pub fn calls_refused(&self) -> Vec<String> {
        self.ledger.refused()
    }

    /// Where a provider's simulator is; none when that provider has none in this run.
    #[must_use]
    pub fn simulator_url(&self, provider: &str) -> Option<&str> {
        self.simulators.urls().get(provider).map(String::as_str)
    }

    /// A caller's token with these claims; issuer, audience and times are set, and a null claim takes one away.
    ///
    /// # Panics
    /// When `claims` is not a JSON object.
    #[must_use]
    #[expect(clippy::expect_used, reason = "signing an object cannot fail, and a test that passes none is wrong")]
    pub fn token(&self, claims: &Value) -> String {
        let claims = claims.as_object().expect("claims are a JSON object");
        self.issuer.token(claims.clone()).expect("the issuer signs every object")
    }

    /// Everything the functions wrote so far.
    #[must_use]
    pub fn function_output(&self) -> String {
        self.output.text()
    }

    /// What must not be seen in any output, as far as the world knows it: what its simulators gave out, know or saw, and
    /// the verifiers of authorizations in flight.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        [self.simulators.secrets(), self.dynamodb.transient_texts("code_verifier")].concat()
    }

    /// Kills the workers of a function where they stand, as a crash would; returns how many there were.
    #[must_use = "a test that killed nobody proves nothing"]
    pub fn kill_workers(&self, function: &str) -> usize {
        self.workers.0.get(function).map_or(0, |pool| pool.kill_workers())
    }

    /// Ends every worker and server and waits for them.
    pub async fn stop(self) {
        if let Some(schedule) = self.schedule {
            schedule.stop().await;
        }
        // Workers first: what they had in hand is answered, so that the gateway has nothing to wait for.
        for pool in self.workers.0.values() {
            pool.stop().await;
        }
        for gateway in self.gateways {
            gateway.stop().await;
        }
        self.runtime_api.stop().await;
        self.dynamodb.stop().await;
        self.kms.stop().await;
        self.event_bus.stop().await;
    }
}

impl Workers {
    async fn start(&self) -> Result<(), Error> {
        // All at once: each takes its time to load.
        let starts: Vec<_> = self.0.values().map(|pool| (pool.function.name, pool.begin_start())).collect();
        for (function, started) in starts {
            started.await.map_err(|reason| Error::FunctionStart { function, reason })?;
        }
        Ok(())
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        for pool in self.0.values() {
            pool.abort();
        }
    }
}

fn pools(launcher: &Launcher, workers: usize) -> Pools {
    let pool = |function| Pool::new(function, workers, launcher.output.clone(), launcher.for_function(function));
    FUNCTIONS.iter().map(|function| (function.name, pool(function))).collect()
}
