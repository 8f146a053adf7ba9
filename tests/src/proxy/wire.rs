//! As much of HTTP as a proxy needs: one request and one answer per connection.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Call;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(super) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(super) async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|it| it == END_OF_HEAD) {
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

    /// Sends it to `upstream`; the whole answer.
    pub(super) async fn send(&self, upstream: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(upstream).await?;
        stream.write_all(format!("{}connection: close\r\n\r\n", self.head).as_bytes()).await?;
        stream.write_all(&self.body).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(answer)
    }

    pub(super) fn call(&self) -> Call {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let of_aws = self.header("x-amz-target").and_then(|it| it.rsplit('.').next()).map(str::to_owned);
        let operation = of_aws.unwrap_or_else(|| {
            let line = self.head.lines().next().unwrap_or_default();
            let (method, rest) = line.split_once(' ').unwrap_or_default();
            let path = rest.split([' ', '?']).next().unwrap_or_default();
            format!("{method} {path}")
        });
        Call { operation, body }
    }

    /// The content type of JSON, as the service it is for has it.
    pub(super) fn json_type(&self) -> &str {
        let is_of_aws = self.header("x-amz-target").is_some();
        self.header("content-type").filter(|_| is_of_aws).unwrap_or("application/json; charset=utf-8")
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// An answer of the proxy's own.
pub(super) fn answer(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nretry-after: 7\r\n\
         connection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The body of a whole answer.
pub(super) fn body(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|it| it == END_OF_HEAD);
    end.map_or(&[], |end| &answer[end + 4..])
}

/// The data key in clear that KMS hands out in this answer, as it travels.
pub(super) fn data_key(answer: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body(answer)).ok()?;
    document.get("Plaintext")?.as_str().map(str::to_owned)
}
