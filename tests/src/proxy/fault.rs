//! What can happen to a call, as its server, the network or somebody in between would do it.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use super::{Shared, lock, wire, wire::Request};

/// From one byte of a dripping answer to the next: no cap of any call outlasts a whole answer.
const DRIP: Duration = Duration::from_millis(100);

/// A page of somebody in between. What looks like a token in it must not be written down either.
const PAGE: &str = "<html><p>gho_nonsense0000000000000000000000000000</p></html>";

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused for too many others, and has no effect.
    Throttled,
    /// It is swallowed; nothing is ever answered.
    Silent,
    /// The connection is reset before it arrives.
    Reset,
    /// The server fails, without an effect.
    Failing,
    /// We are refused for good: no permission, or a key that is disabled.
    Refused,
    /// Somebody else answers, with success and a page.
    Nonsense,
    /// It takes effect, and the connection is reset before the answer.
    Unanswered,
    /// It takes effect, and the connection ends in the middle of the answer.
    Cut,
    /// It takes effect, and the answer's body is damaged.
    Garbled,
    /// It takes effect, and the answer drips for longer than anybody waits.
    Slow,
    /// The connection ends, and it takes effect when [`super::Proxy::deliver_late`] is called.
    Late,
    /// It is stopped before it arrives, until its sender is dead.
    Held,
    /// It takes effect, and its answer is stopped until its sender is dead.
    HeldAnswer,
}

impl Fault {
    /// Everything that can happen to a call whose sender lives on.
    pub const ALL: [Self; 10] = [
        Self::Silent,
        Self::Slow,
        Self::Throttled,
        Self::Reset,
        Self::Failing,
        Self::Refused,
        Self::Nonsense,
        Self::Unanswered,
        Self::Cut,
        Self::Garbled,
    ];

    /// Whether the server did what it was asked.
    pub fn takes_effect(self) -> bool {
        matches!(self, Self::Unanswered | Self::Cut | Self::Garbled | Self::Slow | Self::HeldAnswer)
    }
}

impl Shared {
    pub(super) async fn meet(&self, fault: Fault, request: &Request, mut client: TcpStream) -> io::Result<()> {
        let answer = if fault.takes_effect() { self.forward(request).await? } else { Vec::new() };
        match fault {
            Fault::Reset | Fault::Unanswered => client.set_zero_linger(),
            Fault::Late => {
                lock(&self.late).push(request.clone());
                Ok(())
            }
            Fault::Silent => until_gone(&mut client).await,
            Fault::Throttled | Fault::Failing | Fault::Refused => client.write_all(&refusal(request, fault)).await,
            Fault::Nonsense => client.write_all(&wire::answer(200, "text/html; charset=utf-8", PAGE.as_bytes())).await,
            Fault::Cut => client.write_all(&answer[..answer.len() / 2]).await,
            Fault::Garbled => {
                let mut body = wire::body(&answer).to_vec();
                body.truncate(body.len() / 2);
                body.extend(b"{\"");
                client.write_all(&wire::answer(200, request.json_type(), &body)).await
            }
            Fault::Slow => {
                for byte in answer {
                    client.write_all(&[byte]).await?;
                    sleep(DRIP).await;
                }
                Ok(())
            }
            Fault::Held | Fault::HeldAnswer => {
                self.held.notify_one();
                until_gone(&mut client).await
            }
        }
    }
}

async fn until_gone(client: &mut TcpStream) -> io::Result<()> {
    while client.read(&mut [0]).await? > 0 {}
    Ok(())
}

/// How each kind of server says that it will not or cannot.
fn refusal(request: &Request, fault: Fault) -> Vec<u8> {
    let target = request.header("x-amz-target").unwrap_or_default();
    let (error, status) = match (target.split(['_', '.']).next(), fault) {
        (Some("DynamoDB"), Fault::Throttled) => ("ProvisionedThroughputExceededException", 400),
        (Some("DynamoDB"), Fault::Refused) => ("AccessDeniedException", 400),
        (Some("DynamoDB"), _) => ("InternalServerError", 500),
        (Some("TrentService"), Fault::Throttled) => ("ThrottlingException", 400),
        (Some("TrentService"), Fault::Refused) => ("DisabledException", 400),
        (Some("TrentService"), _) => ("KMSInternalException", 500),
        (_, Fault::Throttled) => ("", 429),
        (_, Fault::Refused) => ("", 403),
        _ => ("", 500),
    };
    let body = if error.is_empty() {
        r#"{"message":"not now"}"#.to_owned()
    } else {
        format!(r#"{{"__type":"com.amazonaws#{error}","message":"not now"}}"#)
    };
    wire::answer(status, request.json_type(), body.as_bytes())
}
