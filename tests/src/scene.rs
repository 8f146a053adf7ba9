//! A world of one scenario's own, with people in it. At its end nothing secret may have been seen, and every
//! answer must have been as the API's description says.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc, thread};

use codebind::domain::provider::Provider;
use codebind::providers;
use codebind_local::{Lifetimes, Storage, World, WorldOptions, simulator::Simulators};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Border, Browser, Occurrence, Owner, Person, Proxy, Rows, Scratch, Seals, Service, Simulator, Worker, binaries,
    http::{http_client, http_client_with},
    journal::Journal,
};

use start::start;

mod start;

/// Where a console would be, in scenes that have one.
pub const CONSOLE: &str = "https://console.example.com/sources";

const PUBLIC_URL: &str = "CODEBIND_PUBLIC_URL";

/// A public address that is known before the gateway has a port.
const FIXED_URL: &str = "http://codebind.test";

/// A running world and what a scenario may look at. Dropping it kills the world where it stands.
pub struct Scene {
    world: World,
    /// Those that stand behind a border, and not in the world.
    simulators: Option<Simulators>,
    border: Option<Arc<Border>>,
    link: Arc<Link>,
    rows: Rows,
    seals: Seals,
    expects_refusals: bool,
}

/// What people need of a scene.
#[derive(Debug)]
pub(crate) struct Link {
    /// The gateway, without a slash at the end.
    pub(crate) url: String,
    /// Whose tokens it trusts.
    pub(crate) issuer: String,
    pub(crate) http: reqwest::Client,
    pub(crate) journal: Journal,
}

/// A scene to be.
#[derive(Default)]
pub struct SceneBuilder<'a> {
    variables: BTreeMap<String, String>,
    directory: Option<PathBuf>,
    workers: Option<usize>,
    is_release: bool,
    expects_refusals: bool,
    lifetimes: Lifetimes,
    dynamodb: Option<&'a Proxy>,
    kms: Option<&'a Proxy>,
    border: Option<Arc<Border>>,
}

impl<'a> SceneBuilder<'a> {
    /// With a console at [`CONSOLE`].
    pub fn console(self) -> Self {
        self.variable("CODEBIND_RETURN_TO", CONSOLE)
    }

    /// With a variable of the functions.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With its data on disk, and with a public address that is the same after a restart.
    pub fn on_disk(mut self, scratch: &Scratch) -> Self {
        self.directory = Some(scratch.path().to_owned());
        self.variable(PUBLIC_URL, FIXED_URL)
    }

    /// With so many processes per function.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// With the functions as they are deployed.
    pub fn release(mut self) -> Self {
        self.is_release = true;
        self
    }

    /// With calls that no policy allows. In any other scene one that is refused shows that a permission is missing (S-38).
    pub fn expect_refusals(mut self) -> Self {
        self.expects_refusals = true;
        self
    }

    /// With such lifetimes of what the development issuer gives out.
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// With `proxy` between the functions and DynamoDB.
    pub fn dynamodb_behind(mut self, proxy: &'a Proxy) -> Self {
        self.dynamodb = Some(proxy);
        self.variable("AWS_ENDPOINT_URL_DYNAMODB", proxy.url())
    }

    /// With `proxy` between the functions and KMS.
    pub fn kms_behind(mut self, proxy: &'a Proxy) -> Self {
        self.kms = Some(proxy);
        self.variable("AWS_ENDPOINT_URL_KMS", proxy.url())
    }

    /// With `border` between the functions and everything that they call.
    pub fn behind(mut self, border: &Arc<Border>) -> Self {
        self.border = Some(Arc::clone(border));
        let url = |service| border.proxy(service).url();
        self.variable("AWS_ENDPOINT_URL_DYNAMODB", url(Service::Storage))
            .variable("AWS_ENDPOINT_URL_KMS", url(Service::Keys))
            .variable("AWS_ENDPOINT_URL_EVENTBRIDGE", url(Service::Bus))
    }

    /// Starts it.
    pub async fn start(self) -> Scene {
        let Self { mut variables, directory, workers, is_release, expects_refusals, lifetimes, dynamodb, kms, border } =
            self;
        let mut simulators = None;
        if let Some(border) = &border {
            let public_url = variables.entry(PUBLIC_URL.to_owned()).or_insert_with(|| FIXED_URL.to_owned());
            let (own, leading_there) = border.start_simulators(public_url).await;
            simulators = Some(own);
            variables.extend(leading_there);
        }
        let public_url = variables.get(PUBLIC_URL).cloned();
        let built = if is_release { binaries::release_directory } else { binaries::directory };
        let function_dir = tokio::task::spawn_blocking(built).await.expect("the functions build");
        let storage = directory.map_or(Storage::Memory, Storage::Directory);
        let options = || WorldOptions {
            listen: ([127, 0, 0, 1], 0).into(),
            storage: storage.clone(),
            function_dir: function_dir.to_owned(),
            workers: workers.unwrap_or(8),
            environment: variables.clone(),
            echo_logs: false,
            sweeps: false,
            lifetimes,
        };
        let world = start(options).await;
        let at_border = |service| border.as_deref().map(|border| border.proxy(service));
        let (storage, keys, bus) = (at_border(Service::Storage), at_border(Service::Keys), at_border(Service::Bus));
        let (dynamodb_url, kms_url) = (world.dynamodb_url(), world.kms_url());
        let bus_url = world.event_bus_url();
        for (proxy, url) in
            [(dynamodb, dynamodb_url), (kms, kms_url), (storage, dynamodb_url), (keys, kms_url), (bus, bus_url)]
        {
            if let Some(proxy) = proxy {
                proxy.forward_to(url);
            }
        }
        let url = world.url().to_owned();
        let issuer = format!("{}/dev", public_url.as_deref().unwrap_or(&url));
        let link = Link { url, issuer, http: http_client(), journal: Journal::default() };
        let (rows, seals) = (Rows::at(world.dynamodb_url()), Seals::at(world.kms_url()));
        Scene { world, simulators, border, link: Arc::new(link), rows, seals, expects_refusals }
    }
}

impl Scene {
    /// Starts one in memory, as it comes.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts one that differs.
    pub fn builder<'a>() -> SceneBuilder<'a> {
        SceneBuilder::default()
    }

    /// A person who may act for themselves and for `local-1/team`, with a browser of their own.
    pub fn person(&self, subject: &str) -> Person {
        self.person_of(subject, &Owner::of_each_kind())
    }

    /// A person who may act for these owners.
    pub fn person_of(&self, subject: &str, owners: &[Owner]) -> Person {
        let instances: Vec<_> = owners.iter().filter_map(Owner::claim).collect();
        let token = self.world.token(&json!({"sub": subject, "instances": instances}));
        self.link.journal.keep_secret(&token);
        Person::new(Arc::clone(&self.link), subject, token, Browser::default())
    }

    /// The person that [`Scene::person`] gives, who calls the API at `url` instead, an address that leads to `at`.
    /// What is answered there is searched for secrets together with what is answered here.
    pub fn person_elsewhere(&self, subject: &str, scope: &str, url: &Url, at: SocketAddr) -> Person {
        let instances: Vec<_> = Owner::of_each_kind().iter().filter_map(Owner::claim).collect();
        let token = self.world.token(&json!({"sub": subject, "instances": instances, "scope": scope}));
        let host = url.host_str().expect("an address with a host");
        let http = http_client_with(|builder| builder.resolve(host, at));
        let link = Link {
            url: url.as_str().trim_end_matches('/').to_owned(),
            issuer: self.link.issuer.clone(),
            http,
            journal: Journal::default(),
        };
        link.journal.keep_secret(&token);
        Person::new(Arc::new(link), subject, token, Browser::default())
    }

    /// A build worker.
    pub fn worker(&self) -> Worker {
        Worker::new(Arc::clone(&self.link), self.world.workers_url())
    }

    /// The world itself.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// A provider's simulator.
    pub fn simulator(&self, provider: &str) -> Simulator {
        let behind_border = self.simulators.as_ref().and_then(|it| it.urls().get(provider)).map(String::as_str);
        let url = behind_border.or(self.world.simulator_url(provider)).expect("the provider is simulated");
        Simulator::new(url, self.link.http.clone())
    }

    /// The tables.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The key management.
    pub fn seals(&self) -> &Seals {
        &self.seals
    }

    /// Adds a text that must not be seen.
    pub fn keep_secret(&self, text: &str) {
        self.link.journal.keep_secret(text);
    }

    /// Every text so far that must not be seen.
    pub fn secrets(&self) -> Vec<String> {
        self.link.journal.secrets().into_iter().collect()
    }

    /// One exchange of each kind so far, with the body if that was JSON.
    pub fn seen(&self) -> BTreeMap<Occurrence, Value> {
        self.link.journal.seen()
    }

    /// The client that follows no redirect.
    pub fn http(&self) -> &reqwest::Client {
        &self.link.http
    }

    /// The providers that bind by OAuth.
    pub fn oauth_providers() -> impl Iterator<Item = &'static Provider> {
        providers::ALL.iter().copied().filter(|provider| provider.oauth().is_some())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // S-36: no secret in any output of a function, nor in any answer but the one that is to hand it over.
        if !thread::panicking() {
            let refused = self.world.calls_refused();
            assert_eq!(self.expects_refusals, !refused.is_empty(), "refused by a policy: {refused:?}");
            for secret in self.world.secrets().into_iter().chain(self.border.iter().flat_map(|it| it.secrets())) {
                self.link.journal.keep_secret(&secret);
            }
            for secret in self.simulators.iter().flat_map(Simulators::secrets) {
                self.link.journal.keep_secret(&secret);
            }
            self.link.journal.search(&self.world.function_output());
            self.link.journal.assert_as_described();
        }
    }
}
