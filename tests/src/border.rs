//! Everything that the functions call lies beyond this: DynamoDB, KMS and providers, each behind a [`Proxy`].

use std::{collections::BTreeMap, time::Duration};

use codebind::providers;
use codebind_local::simulator::Simulators;

use crate::{Call, Plan, Proxy};

/// What lies beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// DynamoDB.
    Storage,
    /// KMS.
    Keys,
    /// The event bus.
    Bus,
    /// A provider, by its id.
    Provider(&'static str),
}

/// The proxies. A scene stands behind a border of its own.
#[derive(Debug)]
pub struct Border {
    storage: Proxy,
    keys: Proxy,
    bus: Proxy,
    providers: BTreeMap<&'static str, Proxy>,
}

impl Border {
    /// A border before DynamoDB, KMS and these providers.
    pub async fn start(providers: &[&'static str]) -> Self {
        let mut proxies = BTreeMap::new();
        for &provider in providers {
            proxies.insert(provider, Proxy::start().await);
        }
        Self {
            storage: Proxy::start().await,
            keys: Proxy::start().await,
            bus: Proxy::start().await,
            providers: proxies,
        }
    }

    /// The proxy before `service`.
    pub fn proxy(&self, service: Service) -> &Proxy {
        match service {
            Service::Storage => &self.storage,
            Service::Keys => &self.keys,
            Service::Bus => &self.bus,
            Service::Provider(id) => &self.providers[id],
        }
    }

    /// Plans a fault.
    pub fn plan(&self, service: Service, plan: Plan) {
        self.proxy(service).plan(plan);
    }

    /// Forgets what was planned and has not happened.
    pub fn plan_nothing(&self) {
        self.proxies().for_each(|(_, proxy)| proxy.plan_nothing());
    }

    /// Forgets what was planned, met and noted.
    pub fn clear(&self) {
        self.proxies().for_each(|(_, proxy)| proxy.clear());
    }

    /// The calls that came by.
    pub fn calls(&self) -> Vec<(Service, Call)> {
        self.proxies().flat_map(|(service, proxy)| proxy.calls().into_iter().map(move |call| (service, call))).collect()
    }

    /// How long the slowest call took that met no fault.
    pub fn slowest(&self) -> Duration {
        self.proxies().map(|(_, proxy)| proxy.slowest()).max().unwrap_or_default()
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.proxies().flat_map(|(_, proxy)| proxy.secrets()).collect()
    }

    /// Starts the simulators of its providers; the variables that lead the functions to them over the border.
    pub(crate) async fn start_simulators(&self, public_url: &str) -> (Simulators, Vec<(String, String)>) {
        let others = providers::ALL.iter().filter(|it| !self.providers.contains_key(it.id));
        let skip: Vec<_> = others.map(|it| it.id.to_owned()).collect();
        let simulators = Simulators::start(public_url, &BTreeMap::new(), &skip, None).await.expect("they start");
        let mut variables = simulators.environment();
        for (id, url) in simulators.urls() {
            let proxy = &self.providers[id.as_str()];
            proxy.forward_to(url);
            let (before, after) = (authority(url), authority(proxy.url()));
            for (_, value) in &mut variables {
                *value = value.replace(before, after);
            }
        }
        (simulators, variables)
    }

    fn proxies(&self) -> impl Iterator<Item = (Service, &Proxy)> {
        let providers = self.providers.iter().map(|(id, proxy)| (Service::Provider(id), proxy));
        let own = [(Service::Storage, &self.storage), (Service::Keys, &self.keys), (Service::Bus, &self.bus)];
        own.into_iter().chain(providers)
    }
}

fn authority(url: &str) -> &str {
    url.trim_start_matches("http://")
}
