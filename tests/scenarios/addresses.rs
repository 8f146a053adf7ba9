//! The address of a server that a person enters: what is accepted, and what nothing is ever sent to.

use serde_json::{Value, json};
use tests::{Answer, GITLAB, Owner, Person, Scene, Silence};

const TOKEN: &str = "glpat-api-glfake";

async fn bind(person: &Person, address: &str) -> Answer {
    person.put(&Owner::Me, GITLAB, &json!({"address": address, "username": "glfake", "token": TOKEN})).await
}

/// The problem with an address, which is always about that field.
async fn refused(person: &Person, address: &str, code: &str) -> Value {
    let problem = bind(person, address).await.problem(422, code);
    assert_eq!(problem["field"], "address", "{address}");
    problem
}

#[tokio::test]
async fn spellings_of_one_address_are_one_address() {
    // S-23
    let scene = Scene::start().await;
    let (alice, url) = (scene.person("alice"), scene.simulator(GITLAB).url().to_owned());
    let mut statuses = Vec::new();
    for address in [url.clone(), format!("{url}/"), format!(" {url} "), url.replace("http", "HTTP")] {
        let answer = bind(&alice, &address).await;
        assert_eq!(answer.json()["address"], *url, "{address}");
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [201, 200, 200, 200]);
}

#[tokio::test]
async fn http_is_accepted_with_a_warning() {
    // S-23
    let scene = Scene::start().await;
    let (alice, url) = (scene.person("alice"), scene.simulator(GITLAB).url().to_owned());
    let warnings = bind(&alice, &url).await.expect(201).json()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "address_unencrypted", "{warnings}");
}

#[tokio::test]
async fn the_operator_may_refuse_http() {
    // S-23
    let scene = Scene::builder().variable("CODEBIND_HTTP_ADDRESSES", "refuse").start().await;
    let (alice, url) = (scene.person("alice"), scene.simulator(GITLAB).url().to_owned());
    refused(&alice, &url, "address_http_refused").await;
}

#[tokio::test]
async fn an_installation_below_a_path_works() {
    // S-23
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let url = scene.simulator(GITLAB).url().to_owned();
    let bound = bind(&alice, &format!("{url}/gitlab/")).await.expect(201).json();
    assert_eq!(bound["address"], format!("{url}/gitlab"));
    let requests = scene.simulator(GITLAB).requests().await;
    assert!(requests.iter().all(|it| it.path.starts_with("/gitlab/api/v4/")), "{requests:?}");
    assert_eq!(alice.unbind_and_revoke(&Owner::Me, GITLAB).await.json()["revocation"], "revoked");
}

#[tokio::test]
async fn a_link_to_a_project_is_answered_with_the_server_it_means() {
    // S-23
    let scene = Scene::start().await;
    let (alice, url) = (scene.person("alice"), scene.simulator(GITLAB).url().to_owned());
    for path in ["/group/project", "/group/project.git", "/group/project/-/tree/main"] {
        let problem = refused(&alice, &format!("{url}{path}"), "address_project_link").await;
        assert!(problem["detail"].as_str().unwrap().contains(&url), "{problem}");
    }
    assert!(scene.simulator(GITLAB).requests().await.is_empty());
}

#[tokio::test]
async fn what_is_no_plain_address_is_refused() {
    // S-23
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    for (address, code) in [
        ("gitlab.com", "address_scheme"),
        ("ftp://gitlab.com", "address_scheme"),
        ("ssh://git@gitlab.com", "address_scheme"),
        ("https:gitlab.com", "address_scheme"),
        ("javascript:alert(1)", "address_scheme"),
        ("https://user:pass@gitlab.com", "address_userinfo"),
        ("https://gitlab.com@evil.com", "address_userinfo"),
        ("https://gitlab.com?x=1", "address_query"),
        ("https://gitlab.com/#x", "address_query"),
        ("https://gitlab.com\\@evil.com", "address_malformed"),
        ("https://git lab.com", "address_malformed"),
        ("https://gitlab.com:99999", "address_malformed"),
        ("https://\u{ff47}itlab.com", "address_host_rewritten"),
        ("https://gitlab.com%2eevil.com", "address_host_rewritten"),
    ] {
        refused(&alice, address, code).await;
    }
}

#[tokio::test]
async fn a_refused_port_is_told_with_the_accepted_ones_and_the_ways_out() {
    // S-24
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let problem = refused(&alice, "https://gitlab.com:8443", "address_port").await;
    let detail = problem["detail"].as_str().unwrap();
    for part in ["443", "8443", "http", "operator"] {
        assert!(detail.contains(part), "{detail}");
    }
    let problem = refused(&alice, "http://gitlab.com:22", "address_port").await;
    for port in ["80", "21", "443", "70", "210", "280", "488", "591", "777", "1025"] {
        assert!(problem["detail"].as_str().unwrap().contains(port), "{problem}");
    }
}

#[tokio::test]
async fn private_places_are_one_code_for_all_and_get_no_packet() {
    // S-25
    let silence = Silence::start().await;
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let port = silence.url().rsplit(':').next().unwrap().to_owned();
    let mut details = Vec::new();
    for address in [
        silence.url().to_owned(),
        format!("http://localhost:{port}"),
        format!("http://[::1]:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        "http://0.0.0.0:8080".to_owned(),
        "http://10.0.0.1".to_owned(),
        "http://169.254.169.254".to_owned(),
        "http://[fd00:ec2::254]".to_owned(),
        "http://100.100.100.200".to_owned(),
        "http://192.168.1.1".to_owned(),
        "http://[64:ff9b::7f00:1]".to_owned(),
        "https://vault.internal".to_owned(),
        "https://gitlab".to_owned(),
    ] {
        let answer = bind(&alice, &address).await;
        let rewritten = answer.code() == "address_host_rewritten";
        if !rewritten {
            details.push(answer.problem(422, "address_not_public")["detail"].to_string());
        }
    }
    assert!(details.len() > 10, "{details:?}");
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
    assert_eq!(silence.connections(), 0);
}

#[tokio::test]
async fn no_spelling_of_this_machine_gets_through() {
    // S-23, S-25
    let silence = Silence::start().await;
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let port = silence.url().rsplit(':').next().unwrap().to_owned();
    for host in [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.000.000.001",
        "017700000001",
        "127.0.0.1.",
        "\u{2460}\u{2461}\u{2466}.0.0.1",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "0",
    ] {
        let answer = bind(&alice, &format!("http://{host}:{port}")).await;
        let code = answer.code();
        assert_eq!(answer.status, 422, "{host}: {code}");
        assert!(["address_host_rewritten", "address_not_public"].contains(&&*code), "{host}: {code}");
    }
    assert_eq!(silence.connections(), 0);
}

#[tokio::test]
async fn a_listed_host_is_listed_with_its_port_alone() {
    // S-25
    let silence = Silence::start().await;
    let listed = silence.url().trim_start_matches("http://").to_owned();
    let scene = Scene::builder().variable("CODEBIND_ALLOWED_HOSTS", &listed).start().await;
    let alice = scene.person("alice");
    let port: u16 = listed.rsplit(':').next().unwrap().parse().unwrap();
    refused(&alice, &format!("http://127.0.0.1:{}", port ^ 1), "address_not_public").await;
    refused(&alice, &format!("http://localhost:{port}"), "address_not_public").await;
    assert_eq!(silence.connections(), 0);
}

#[tokio::test]
async fn a_server_that_refuses_the_connection_is_told_apart() {
    // S-27
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let scene = Scene::builder().variable("CODEBIND_ALLOWED_HOSTS", &address).start().await;
    let answer = bind(&scene.person("alice"), &format!("http://{address}")).await;
    assert_eq!(answer.problem(502, "server_refused")["field"], "address");
}
