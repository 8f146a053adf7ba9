//! An HTTP server of the local run: where it listens, and how it ends.

use std::{future::Future, io, net::SocketAddr, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

/// How long open connections may take to finish when the run ends.
const STOP_MAX: Duration = Duration::from_secs(2);

/// A running server. Dropping it closes its listener and, as they fall idle, its connections.
pub(crate) struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Runs `serve`, which ends soon after the future it is given does.
    pub(crate) fn spawn<F>(serve: impl FnOnce(Stopped) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(Box::pin(async move {
            // The sender is dropped with the server, which means stop just as a message does.
            let _ = stopped.await;
        })));
        Self { stop, task }
    }

    /// Serves `router` on `listener`, telling handlers the address of their peer.
    pub(crate) fn spawn_router(listener: TcpListener, router: Router) -> Self {
        Self::spawn(|stopped| async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            // `serve` only ends by the signal: it repeats what fails when accepting.
            let _ = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        })
    }

    /// Ends the server and waits for it, within reason.
    pub(crate) async fn stop(self) {
        let Self { stop, mut task } = self;
        drop(stop);
        if timeout(STOP_MAX, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Resolves when a server is to stop.
pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Listens on any free port of the loopback interface; the URL has no slash at its end.
pub(crate) async fn listen_on_loopback() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
