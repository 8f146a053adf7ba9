//! Servers that do as they are told, and keep what they were sent.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::ServerConfig;
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    task::{AbortHandle, JoinSet},
    time::sleep,
};
use tokio_rustls::TlsAcceptor;

/// The account behind every token here.
pub(crate) const USERNAME: &str = "glfake";

/// How long an address may still be in use.
const FREE_AGAIN_MAX: Duration = Duration::from_secs(5);

/// What a server does next. After the last step the connection is closed.
#[derive(Clone)]
pub(crate) enum Step {
    /// Sends this at once.
    Send(Vec<u8>),
    /// Sends this over and over, with a pause in between.
    Forever(Vec<u8>, Duration),
    /// Sends this byte by byte, with a pause in between.
    Drip(Vec<u8>, Duration),
    /// Does nothing more.
    Hang,
}

/// What a server does after it has read a request, given its head.
pub(crate) type Script = Arc<dyn Fn(&str) -> Vec<Step> + Send + Sync>;

/// A running server. Dropping it closes its connections and frees its address.
pub(crate) struct Server {
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: AbortHandle,
}

impl Server {
    /// A server without TLS.
    pub(crate) async fn plain(address: &str, script: Script) -> Self {
        Self::start(address, None, script).await
    }

    /// A server with TLS.
    pub(crate) async fn tls(address: &str, config: Arc<ServerConfig>, script: Script) -> Self {
        Self::start(address, Some(TlsAcceptor::from(config)), script).await
    }

    async fn start(address: &str, acceptor: Option<TlsAcceptor>, script: Script) -> Self {
        let address: SocketAddr = address.parse().expect("an address with a port");
        let listener = listen(address).await;
        let (heads, connections) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicUsize>::default());
        let (keeps, counts) = (Arc::clone(&heads), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            // Ends every connection when the server is dropped.
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counts.fetch_add(1, Ordering::Relaxed);
                let (acceptor, script, keeps) = (acceptor.clone(), Arc::clone(&script), Arc::clone(&keeps));
                open.spawn(async move {
                    match acceptor {
                        None => serve(stream, &script, &keeps).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, &script, &keeps).await;
                            }
                        }
                    }
                });
            }
        });
        Self { heads, connections, task: task.abort_handle() }
    }

    /// The heads of all requests so far; what is no HTTP, as far as it was read.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections were made to it.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a server before has let go is free a moment later.
async fn listen(address: SocketAddr) -> TcpListener {
    let deadline = Instant::now() + FREE_AGAIN_MAX;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < deadline, "{address}: {error}"),
        }
        sleep(Duration::from_millis(2)).await;
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: &Script, heads: &Mutex<Vec<String>>) {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    // What is no HTTP, a TLS handshake for one, is answered as soon as something has come.
    while !head.ends_with(b"\r\n\r\n") && head.first().is_none_or(u8::is_ascii_uppercase) {
        match stream.read(&mut buffer).await {
            Ok(length) if length > 0 => head.extend_from_slice(&buffer[..length]),
            _ => break,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    if !head.is_empty() {
        heads.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    }
    for step in script(&head) {
        if play(&mut stream, step).await.is_err() {
            return;
        }
    }
    let _ = stream.shutdown().await;
}

async fn play(stream: &mut (impl AsyncWrite + Unpin), step: Step) -> std::io::Result<()> {
    match step {
        Step::Send(bytes) => stream.write_all(&bytes).await?,
        Step::Forever(bytes, pause) => loop {
            stream.write_all(&bytes).await?;
            sleep(pause).await;
        },
        Step::Drip(bytes, pause) => {
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                sleep(pause).await;
            }
        }
        Step::Hang => std::future::pending::<()>().await,
    }
    stream.flush().await
}

/// The same for every request.
pub(crate) fn always(steps: Vec<Step>) -> Script {
    Arc::new(move |_| steps.clone())
}

/// A whole answer with this head, but for the length, and this body.
pub(crate) fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A JSON answer.
pub(crate) fn json_answer(status: &str, body: &str) -> Vec<u8> {
    answer(&format!("{status}\r\ncontent-type: application/json"), body.as_bytes())
}

/// A server that accepts any token, as GitLab does a good one.
pub(crate) fn gitlab() -> Script {
    Arc::new(|head| {
        let facts = json!({"id": 7, "revoked": false, "active": true, "scopes": ["api"], "expires_at": null});
        let user = json!({"id": 42, "username": USERNAME, "name": "GL Fake", "state": "active"});
        let answer = match head.split(' ').take(2).collect::<Vec<_>>()[..] {
            ["GET", "/api/v4/personal_access_tokens/self"] => json_answer("200 OK", &facts.to_string()),
            ["GET", "/api/v4/user"] => json_answer("200 OK", &user.to_string()),
            ["DELETE", "/api/v4/personal_access_tokens/self"] => answer("204 No Content", b""),
            _ => json_answer("404 Not Found", "{}"),
        };
        vec![Step::Send(answer)]
    })
}
