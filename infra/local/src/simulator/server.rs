//! The HTTP server of a simulator: it can hang up without an answer, which tests need.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, to_bytes},
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::sleep,
};

use super::{call::Call, control, fault::Fate, reply::Reply, stage::Stage, state::lock};

/// Longest body that is read.
const BODY_MAX: usize = 64 * 1024;

/// How long to wait when no connection can be accepted, such as for want of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed on purpose")]
struct Closed;

/// A running server. Dropping it frees its port at once and closes every connection.
#[derive(Debug)]
pub(super) struct Server {
    listener: Arc<Mutex<Option<TcpListener>>>,
    task: AbortHandle,
}

impl Server {
    pub(super) fn spawn(listener: TcpListener, stage: Arc<Stage>) -> Self {
        let listener = Arc::new(Mutex::new(Some(listener)));
        let task = tokio::spawn(serve(Arc::clone(&listener), stage)).abort_handle();
        Self { listener, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An aborted task is dropped later, by the runtime; whoever restarts wants the port now.
        lock(&self.listener).take();
        self.task.abort();
    }
}

async fn serve(listener: Arc<Mutex<Option<TcpListener>>>, stage: Arc<Stage>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept(&listener) => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&stage)));
                }
                Err(_) => sleep(ACCEPT_RETRY).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn accept(listener: &Mutex<Option<TcpListener>>) -> io::Result<(TcpStream, SocketAddr)> {
    let poll = |context: &mut Context| match &*lock(listener) {
        Some(listener) => listener.poll_accept(context),
        // The server was dropped, and this task is about to be.
        None => Poll::Pending,
    };
    poll_fn(poll).await
}

async fn converse(stream: TcpStream, stage: Arc<Stage>) {
    let service = service_fn(move |request| respond(Arc::clone(&stage), request));
    // A connection may end in many ways; all of them are the client's business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(stage: Arc<Stage>, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(Body::new(body), BODY_MAX).await else {
        return Ok(Reply::empty(413).into_response());
    };
    let call = Call::new(head, body);
    if let Some(reply) = control::answer(&stage, &call) {
        return Ok(reply.into_response());
    }
    stage.journal.record(&call);
    let reply = meet_fate(&stage, &call).await?;
    sleep(reply.delay).await;
    Ok(reply.into_response())
}

async fn meet_fate(stage: &Stage, call: &Call) -> Result<Reply, Closed> {
    let Some(fault) = stage.faults.take(call.method.as_str(), &call.path) else {
        return Ok(stage.answer(call));
    };
    if fault.takes_effect_first() {
        // The answer is what gets lost.
        let _ = stage.answer(call);
    }
    sleep(fault.delay()).await;
    match fault.fate() {
        Fate::Usual => Ok(stage.answer(call)),
        Fate::Answered => Ok(fault.reply()),
        Fate::Closed => Err(Closed),
    }
}
