//! Redirects are not followed, wherever they lead, and nothing of the token goes along.

use std::sync::Arc;

use super::{ADDRESS, NAME, OTHER, PUBLIC, Stage, at, carries_token, gitlab_at};
use crate::{
    hostile::CANARY,
    server::{Server, Step, answer},
};

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn no_redirect_is_followed_and_none_is_shown() {
    // S-25, S-27
    let stage = Stage::start().await;
    let other = gitlab_at(OTHER).await;
    stage.names.tell(NAME, &[PUBLIC]);
    stage.names.tell("other.acme.dev", &[OTHER]);
    let targets = [
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[fd00:ec2::254]/latest/meta-data/".to_owned(),
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next?".to_owned(),
        format!("http://{OTHER}/"),
        "http://other.acme.dev/".to_owned(),
        "//other.acme.dev/".to_owned(),
        "https://git.acme.dev/".to_owned(),
        "http://git.acme.dev/api/v4/user?".to_owned(),
        "/api/v4/user?".to_owned(),
        "http://git.acme.dev:8080/".to_owned(),
        "file:///etc/passwd?".to_owned(),
        "http://2852039166/".to_owned(),
    ];
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for target in &targets {
            let moved =
                answer(&format!("{status} Moved\r\nlocation: {target}{CANARY}\r\nrefresh: 0;url={target}"), b"");
            let server = Server::plain(&at(PUBLIC, 80), Arc::new(move |_| vec![Step::Send(moved.clone())])).await;
            stage.is_refused(ADDRESS, "not_the_provider").await;
            let heads = server.heads();
            assert!(heads.len() == 2 && heads.iter().all(|it| carries_token(it)), "{status} {target}: {heads:?}");
        }
    }
    assert_eq!(other.connections(), 0);
    stage.assert_reached(&[&at(PUBLIC, 80)]);
    assert!(!stage.names.asked().contains(&"other.acme.dev".to_owned()));
}
