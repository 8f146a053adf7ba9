//! The simulators' ports: stored addresses name them, so they stay the same over restarts.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use url::Url;

use crate::{
    Error,
    data::{read, write_whole},
};

/// Ports by provider id.
pub(crate) type Ports = BTreeMap<String, u16>;

/// The ports to ask for: those of earlier runs, else those after the gateway's, where they are free.
pub(crate) fn preferred(providers: &[String], gateway_port: u16, file: &Path) -> Result<Ports, Error> {
    let saved = saved(file)?;
    let mut ports = Ports::new();
    for (provider, candidate) in providers.iter().zip(gateway_port.saturating_add(1)..) {
        match saved.get(provider) {
            Some(port) if is_free(*port) => {
                ports.insert(provider.clone(), *port);
            }
            Some(port) => {
                return Err(Error::SimulatorPortInUse {
                    provider: provider.clone(),
                    port: *port,
                    file: file.to_owned(),
                });
            }
            None if is_free(candidate) && !saved.values().any(|it| *it == candidate) => {
                ports.insert(provider.clone(), candidate);
            }
            None => {}
        }
    }
    Ok(ports)
}

/// Remembers the ports that the simulators got, beside those of providers that did not run this time.
pub(crate) fn save(urls: &BTreeMap<String, String>, file: &Path) -> Result<(), Error> {
    let before = saved(file)?;
    let mut ports = before.clone();
    for (provider, url) in urls {
        if let Some(port) = Url::parse(url).ok().and_then(|it| it.port()) {
            ports.insert(provider.clone(), port);
        }
    }
    if ports == before {
        return Ok(());
    }
    let damaged = |reason| Error::Damaged { path: file.to_owned(), reason };
    let content = serde_json::to_vec(&ports).map_err(|error| damaged(error.to_string()))?;
    write_whole(file, &content)
}

fn saved(file: &Path) -> Result<Ports, Error> {
    let Some(content) = read(file)? else { return Ok(Ports::new()) };
    serde_json::from_slice(&content)
        .map_err(|error| Error::Damaged { path: file.to_owned(), reason: error.to_string() })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;

    fn taken_port() -> (TcpListener, u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    fn saved_ports_are_asked_for_again() {
        let scratch = Scratch::new();
        std::fs::create_dir(&scratch.0).unwrap();
        let file = scratch.0.join("ports.json");
        let (listener, port) = taken_port();
        let urls = BTreeMap::from([("a".to_owned(), format!("http://127.0.0.1:{port}/base"))]);
        save(&urls, &file).unwrap();
        save(&BTreeMap::new(), &file).unwrap();

        let providers = ["a".to_owned()];
        let refused = preferred(&providers, 1, &file);
        assert!(matches!(refused, Err(Error::SimulatorPortInUse { port: it, .. }) if it == port));
        drop(listener);
        assert_eq!(preferred(&providers, 1, &file).unwrap(), Ports::from([("a".to_owned(), port)]));
    }

    #[test]
    fn a_taken_port_is_not_asked_for_at_first() {
        let (_listener, port) = taken_port();
        let nowhere = Scratch::new();
        let ports = preferred(&["a".to_owned()], port - 1, &nowhere.0.join("ports.json")).unwrap();
        assert!(ports.is_empty());
    }
}
