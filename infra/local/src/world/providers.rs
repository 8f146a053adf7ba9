//! The providers' simulators, on the ports that they had before.

use codebind::providers;

use crate::{
    Error,
    data::DataDirectory,
    environment::{Environment, is_elsewhere},
    ports::{self, Ports},
    simulator::Simulators,
};

pub(super) async fn start(
    public_url: &str,
    gateway_port: u16,
    data: Option<&DataDirectory>,
    overrides: &Environment,
) -> Result<Simulators, Error> {
    let ids = providers::ALL.iter().map(|provider| provider.id.to_owned());
    let (skip, wanted): (Vec<_>, Vec<_>) = ids.partition(|id| is_elsewhere(id, overrides));
    let Some(data) = data else {
        let any = Ports::new();
        return Simulators::start(public_url, &any, &skip, None).await.map_err(Error::Simulators);
    };
    let file = data.file("ports.json");
    let ports = ports::preferred(&wanted, gateway_port, &file)?;
    let state = data.file("simulators");
    let simulators = Simulators::start(public_url, &ports, &skip, Some(&state)).await.map_err(Error::Simulators)?;
    ports::save(simulators.urls(), &file)?;
    Ok(simulators)
}
