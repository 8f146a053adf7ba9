//! Stands in front of DynamoDB or KMS and loses what a scenario tells it to: a request, an answer, or all hope.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

/// What is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection ends before the request arrives.
    Request,
    /// The request takes effect, and the connection ends before its answer.
    Answer,
    /// The request is swallowed and the connection stays open.
    Hope,
    /// The connection ends, and the request takes effect when [`Proxy::deliver_late`] is called.
    Late,
}

/// Which operations lose what.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    /// Name of the operation, e.g. `UpdateItem`.
    pub operation: &'static str,
    /// Text that must be in the request's body.
    pub mentions: &'static str,
    /// How many times.
    pub times: usize,
    /// What.
    pub lost: Lost,
}

/// A running proxy. Dropping it closes its connections.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
    task: AbortHandle,
}

#[derive(Debug, Default)]
struct Shared {
    upstream: OnceLock<String>,
    losses: Mutex<Vec<Loss>>,
    operations: Mutex<Vec<String>>,
    late: Mutex<Vec<Request>>,
}

/// A request as it came over the wire.
#[derive(Debug)]
struct Request {
    head: String,
    body: Vec<u8>,
}

impl Proxy {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("a listener has an address"));
        let shared = Arc::<Shared>::default();
        let for_server = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&for_server);
                connections.spawn(async move { shared.converse(stream).await });
            }
        });
        Self { url, shared, task: task.abort_handle() }
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Plans a loss, after those planned before.
    pub fn lose(&self, operation: &'static str, mentions: &'static str, times: usize, lost: Lost) {
        let mut losses = self.shared.losses.lock().unwrap_or_else(PoisonError::into_inner);
        losses.push(Loss { operation, mentions, times, lost });
    }

    /// Delivers what is late, in the order in which it was sent; how much that was. Nobody hears the answers.
    pub async fn deliver_late(&self) -> usize {
        let late = std::mem::take(&mut *self.shared.late.lock().unwrap_or_else(PoisonError::into_inner));
        for request in &late {
            self.shared.forward(request).await.expect("a late request is delivered");
        }
        late.len()
    }

    /// Fails unless everything that was planned has been lost: else the scenario proved nothing.
    #[track_caller]
    pub fn assert_all_lost(&self) {
        let losses = self.shared.losses.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(losses.iter().all(|it| it.times == 0), "still to be lost: {losses:?}");
    }

    /// The operations that were asked for, repeated ones each time.
    pub fn operations(&self) -> Vec<String> {
        self.shared.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn forward_to(&self, url: &str) {
        let authority = url.trim_start_matches("http://").to_owned();
        self.shared.upstream.set(authority).expect("a proxy is for one scene");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// One request per connection: the answer closes it.
    async fn converse(&self, mut client: TcpStream) -> io::Result<()> {
        let request = Request::read(&mut client).await?;
        match self.loss(&request) {
            Some(Lost::Request) => return Ok(()),
            Some(Lost::Hope) => std::future::pending().await,
            Some(Lost::Answer) => {
                self.forward(&request).await?;
                return Ok(());
            }
            Some(Lost::Late) => {
                self.late.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                return Ok(());
            }
            None => {}
        }
        let answer = self.forward(&request).await?;
        client.write_all(&answer).await
    }

    fn loss(&self, request: &Request) -> Option<Lost> {
        let operation = request.header("x-amz-target")?.rsplit('.').next()?;
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation.to_owned());
        let body = String::from_utf8_lossy(&request.body);
        let mut losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |it: &&mut Loss| it.times > 0 && it.operation == operation && body.contains(it.mentions);
        let loss = losses.iter_mut().find(is_meant)?;
        loss.times -= 1;
        Some(loss.lost)
    }

    async fn forward(&self, request: &Request) -> io::Result<Vec<u8>> {
        let upstream = self.upstream.get().ok_or(io::ErrorKind::NotConnected)?;
        let mut stream = TcpStream::connect(upstream).await?;
        stream.write_all(format!("{}connection: close\r\n\r\n", request.head).as_bytes()).await?;
        stream.write_all(&request.body).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

impl Request {
    async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
                break at;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end + 2]).into_owned();
        let mut request = Self { head, body: bytes.split_off(end + 4) };
        let length: usize = request.header("content-length").and_then(|it| it.parse().ok()).unwrap_or_default();
        while request.body.len() < length {
            if stream.read_buf(&mut request.body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(request)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}
