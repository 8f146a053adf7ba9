//! git on a build worker, the real one, clones private repositories with what `git-credential-codebind` borrows.

use serde_json::json;
use tests::{BITBUCKET, CODEUP, GITEE, GITHUB, GITLAB, Git, OCTO, Owner, Scene, sha256_hex};

/// Where git stops instead of asking a person.
const NOBODY_ASKED: &str = "terminal prompts disabled";

/// The private repository of an account, below a server's address.
fn repository(server: &str, login: &str) -> String {
    format!("{server}/{login}/private.git")
}

#[tokio::test]
async fn git_clones_a_private_repository_of_each_provider() {
    // S-48, R-107
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for owner in Owner::of_each_kind() {
        for provider in Scene::oauth_providers() {
            alice.authorize(&owner, provider.id, OCTO).await.page(200, "bound");
        }
        alice.bind_gitlab(&owner, "glpat-api-octo-fake", OCTO).await.expect(201);
        let form = json!({"username": OCTO, "token": "pt-full-octo-fake"});
        alice.put(&owner, CODEUP, &form).await.expect(201);
        for provider in [GITHUB, GITEE, BITBUCKET, GITLAB, CODEUP] {
            let Some(git) = Git::of(&scene, &alice, &owner, provider).await else { return };
            let url = repository(scene.simulator(provider).url(), OCTO);
            git.clone(&url, "app").await.well();
            let content = git.file("app/README.md");
            assert_eq!(content.as_deref(), Some("# The private repository of octo-fake\n"), "{provider}");
            git.git(&["-C", "app", "fetch", "--quiet"], "").await.well();
            git.git(&["clone", "--quiet", "--depth", "1", &url, "shallow"], "").await.well();
            assert_eq!(git.file("shallow/README.md"), content);
            // No token stays behind on the worker.
            let kept = git.file("app/.git/config").unwrap();
            assert!(kept.contains(&url) && !kept.contains('@'), "{kept}");
        }
    }
}

#[tokio::test]
async fn without_the_helper_nothing_is_cloned() {
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "bound");
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITHUB).await else { return };
    let github = scene.simulator(GITHUB);
    let url = repository(github.url(), OCTO);
    git.git(&["-c", "credential.helper=", "clone", &url, "app"], "").await.failed(NOBODY_ASKED);
    // Another account's repository is not there for this one.
    git.clone(&repository(github.url(), "hubot-fake"), "other").await.failed("not found");
    git.clone(&url, "app").await.well();
}

#[tokio::test]
async fn a_revoked_token_is_reported_and_not_lent_again() {
    // S-49, R-104: git's 401 is a hint, the provider's word decides
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "bound");
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITHUB).await else { return };
    let github = scene.simulator(GITHUB);
    let url = repository(github.url(), OCTO);
    git.clone(&url, "before").await.well();
    assert_eq!(scene.log(1).await.events("suspect_reported").len(), 0);
    github.revoke_tokens().await;
    github.forget_requests().await;
    git.clone(&url, "after").await.failed("Authentication failed");
    assert_eq!(github.count("GET", "/user").await, 0, "nobody had a doubt");
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "bound", "a hint alone changes nothing");
    assert_eq!(scene.log(1).await.events("suspect_reported").len(), 1);
    let refused = git.clone(&url, "again").await.failed("does not accept the stored credential");
    assert!(
        refused.said.contains("git-credential-codebind: ") && !refused.said.contains(NOBODY_ASKED),
        "{}",
        refused.said
    );
    assert!(github.count("GET", "/user").await > 0, "the doubted token was looked at");
    assert_eq!(alice.entry(&Owner::Me, GITHUB).await["state"], "reauthorization_required");
    alice.authorize(&Owner::Me, GITHUB, OCTO).await.page(200, "renewed");
    git.clone(&url, "renewed").await.well();
}

#[tokio::test]
async fn a_token_that_ends_is_refreshed_on_the_way() {
    // S-48, R-102
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let gitee = scene.simulator(GITEE);
    gitee.issue(json!({"expires_in": 120})).await;
    alice.authorize(&Owner::Me, GITEE, OCTO).await.page(200, "bound");
    gitee.issue(json!({})).await;
    gitee.expire_tokens().await;
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITEE).await else { return };
    git.clone(&repository(gitee.url(), OCTO), "app").await.well();
    assert_eq!(gitee.refreshes().await, 1);
    git.clone(&repository(gitee.url(), OCTO), "again").await.well();
    assert_eq!(gitee.refreshes().await, 1, "the new one is good for a while");
}

#[tokio::test]
async fn another_server_gets_nothing() {
    // S-25, R-55, R-107
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.bind_gitlab(&Owner::Me, "glpat-api-glfake", "glfake").await.expect(201);
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITLAB).await else { return };
    let (gitlab, github) = (scene.simulator(GITLAB), scene.simulator(GITHUB));
    let elsewhere = repository(github.url(), "glfake");
    git.clone(&elsewhere, "elsewhere").await.failed(NOBODY_ASKED);
    // Nor where its own server leads to.
    let location = format!("{elsewhere}/info/refs?service=git-upload-pack");
    gitlab.fail(json!({"path": "/info/refs", "status": 302, "headers": {"Location": location}})).await;
    git.clone(&repository(gitlab.url(), "glfake"), "led-away").await.failed(NOBODY_ASKED);
    // Nor by another scheme, another name of this machine, or what a URL smuggles in.
    let authority = gitlab.url().strip_prefix("http://").unwrap();
    let localhost = authority.replace("127.0.0.1", "localhost");
    for (protocol, host) in [("https", authority), ("http", "127.0.0.1"), ("http", &localhost), ("ftp", authority)] {
        let ran = git.helper(&["get"], &format!("protocol={protocol}\nhost={host}\n\n")).await.well();
        assert_eq!((ran.printed.as_str(), ran.said.as_str()), ("", ""), "{protocol} {host}");
    }
    for smuggled in [format!("host=evil.example\nhost={authority}\n"), format!("host={authority}\rhost=evil.example\n")]
    {
        let ran = git.helper(&["get"], &format!("protocol=http\n{smuggled}\n")).await.well();
        assert_eq!(ran.printed, "quit=1\n", "{smuggled}");
    }
    let asked = github.requests().await;
    let is_open = asked.iter().all(|it| it.headers.get("authorization").is_none());
    assert!(!asked.is_empty() && is_open, "{asked:?}");
    git.clone(&repository(gitlab.url(), "glfake"), "app").await.well();
}

#[tokio::test]
async fn a_server_below_a_path_is_not_its_neighbour() {
    // S-23, S-25
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let host = scene.simulator(GITLAB).url().to_owned();
    let server = format!("{host}/gitlab");
    let form = json!({"address": server, "username": "glfake", "token": "glpat-api-glfake"});
    alice.put(&Owner::Me, GITLAB, &form).await.expect(201);
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITLAB).await else { return };
    git.clone(&repository(&server, "glfake"), "app").await.well();
    git.clone(&repository(&host, "glfake"), "neighbour").await.failed(NOBODY_ASKED);
    // Without the path it cannot be told, which is said.
    let url = repository(&server, "glfake");
    git.git(&["clone", "--quiet", &url, "pathless"], "").await.failed("credential.useHttpPath");
}

#[tokio::test]
async fn the_helper_says_what_git_reads_and_no_more() {
    // S-36, S-48
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    alice.authorize(&Owner::Me, BITBUCKET, OCTO).await.page(200, "bound");
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, BITBUCKET).await else { return };
    let bitbucket = scene.simulator(BITBUCKET);
    let host = bitbucket.url().strip_prefix("http://").unwrap();
    let asked = format!(
        "capability[]=authtype\ncapability[]=state\nprotocol=http\nhost={host}\npath=a/b.git\nwwwauth[]=Basic\n\n"
    );
    let got = git.helper(&["get"], &asked).await.well();
    let lines: Vec<_> = got.printed.lines().map(|line| line.split_once('=').unwrap()).collect();
    let [("username", "x-token-auth"), ("password", token), ("password_expiry_utc", end)] = lines[..] else {
        panic!("{:?}", lines.iter().map(|it| it.0).collect::<Vec<_>>())
    };
    assert!(bitbucket.tokens().await.iter().any(|it| it.sha256 == sha256_hex(token.as_bytes())));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!((now + 300..now + 7300).contains(&end.parse().unwrap()), "{end} at {now}");
    let log = scene.log(1).await;
    let [event] = &*log.events("leased") else { panic!("not one lease") };
    assert_eq!(event["purpose"], "clone");
    assert_eq!(event["repository"].as_str().map(str::len), Some(64), "its hash");
    // What is not asked of it is ignored in silence, whatever its options are.
    for operation in ["store", "capability", "something-new"] {
        let bare = Git::of(&scene, &alice, &Owner::Me, BITBUCKET).await.unwrap().with("CODEBIND_WORKER_URL", "");
        let ran = bare.helper(&[operation], &got.printed).await.well();
        assert_eq!((ran.printed.as_str(), ran.said.as_str()), ("", ""), "{operation}");
    }
    // A password that is not the account's changes nothing, and none is no report.
    for password in ["", "password=not-the-token\n"] {
        let ran = git.helper(&["erase"], &format!("protocol=http\nhost={host}\n{password}\n")).await.well();
        assert_eq!((ran.printed.as_str(), ran.said.as_str()), ("", ""));
    }
    assert_eq!(scene.log(1).await.events("suspect_reported").len(), 0);
}

#[tokio::test]
async fn what_keeps_the_helper_from_a_lease_is_said_in_one_line() {
    // S-12
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let url = repository(scene.simulator(GITHUB).url(), OCTO);
    let Some(git) = Git::of(&scene, &alice, &Owner::Me, GITHUB).await else { return };
    let refused = git.clone(&url, "app").await.failed("git-credential-codebind: ");
    assert!(refused.said.contains("told us to quit") && !refused.said.contains(NOBODY_ASKED), "{}", refused.said);
    for (name, value, words) in [
        ("AWS_ACCESS_KEY_ID", "somebody", "execute-api:Invoke"),
        ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is missing"),
        ("CODEBIND_WORKER_PROVIDER", "nothing", "provider"),
        ("CODEBIND_WORKER_OWNER", "alice", "--owner"),
        ("CODEBIND_WORKER_MIN_TTL", "soon", "min-ttl"),
        ("CODEBIND_WORKER_URL", "http://codebind.example.com", "https"),
        ("CODEBIND_WORKER_URL", "http://127.0.0.1:9", "cannot be called"),
    ] {
        let git = Git::of(&scene, &alice, &Owner::Me, GITHUB).await.unwrap().with(name, value);
        let ran = git.helper(&["get"], "protocol=https\nhost=github.com\n\n").await;
        assert_eq!(ran.printed, "quit=1\n", "{name}={value}");
        assert!(ran.said.contains(words), "{name}={value}: {}", ran.said);
        git.clone(&url, "app").await.failed("told us to quit");
    }
}
