//! Where the gateway listens, so that every browser of this machine finds it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::Error;

/// The gateway's listeners and its URL. A browser may try `::1` first for `localhost`,
/// so the default address is joined by its sibling where that is free.
pub(crate) async fn listen_for_browsers(address: SocketAddr) -> Result<(Vec<TcpListener>, String), Error> {
    let failed = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AddrInUse => Error::AddressInUse { address },
        _ => Error::Listen { address, source },
    };
    let first = TcpListener::bind(address).await.map_err(failed)?;
    let bound = first.local_addr().map_err(failed)?;
    let mut listeners = vec![first];
    let is_default_host = bound.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST);
    if is_default_host {
        listeners.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, bound.port())).await.ok());
    }
    let url = if is_default_host || bound.ip().is_unspecified() {
        format!("http://localhost:{}", bound.port())
    } else {
        format!("http://{bound}")
    };
    Ok((listeners, url))
}

/// The listener of the gateway that build workers call, and its URL: at the port before the other gateway's where that is
/// free, so that it is the same at each run.
pub(crate) async fn listen_for_workers(gateway_port: u16) -> Result<(TcpListener, String), Error> {
    let address = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let preferred = TcpListener::bind(address(gateway_port.saturating_sub(1))).await;
    let listener = match preferred {
        Ok(listener) => listener,
        Err(_) => {
            TcpListener::bind(address(0)).await.map_err(|source| Error::Listen { address: address(0), source })?
        }
    };
    let failed = |source| Error::Listen { address: address(0), source };
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    Ok((listener, url))
}

pub(crate) fn port_of(listeners: &[TcpListener]) -> Option<u16> {
    listeners.first()?.local_addr().ok().map(|it| it.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_address_is_named() {
        let (listeners, url) = listen_for_browsers(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listeners[0].local_addr().unwrap();
        assert_eq!(url, format!("http://localhost:{}", address.port()));
        let refused = listen_for_browsers(address).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("{address} is in use: stop what listens there, or choose another address with --listen"),
        );
    }
}
