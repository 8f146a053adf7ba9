//! The two gateways: one for people and their consoles, one for build workers.

use std::sync::Arc;

use codebind::edge::route::Api;
use tokio::net::TcpListener;

use crate::{
    cors::Cors,
    dev::Dev,
    gateway::{Gateway, router},
    issuer::Issuer,
    runtime_api::Pools,
    server::Server,
};

/// Serves the one for people at `listeners`, and the other one at `for_workers`.
pub(super) fn start(
    (issuer, pools): (&Arc<Issuer>, &Arc<Pools>),
    (cors, dev): (Cors, Dev),
    listeners: Vec<TcpListener>,
    for_workers: TcpListener,
) -> Vec<Server> {
    let gateway = |api, cors, dev| {
        let (issuer, pools) = (Arc::clone(issuer), Arc::clone(pools));
        router(Arc::new(Gateway { api, issuer, cors, pools, dev }))
    };
    let public = gateway(Api::Public, Some(cors), Some(dev));
    let servers = listeners.into_iter().map(|it| Server::spawn_router(it, public.clone()));
    // Neither browsers nor people come there.
    servers.chain([Server::spawn_router(for_workers, gateway(Api::Workers, None, None))]).collect()
}
