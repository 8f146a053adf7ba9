//! What a problem looks like, in both languages.

use tests::{Answer, GITLAB, Owner, Person, Scene};

async fn in_language(person: &Person, language: &str) -> Answer {
    let request = person.request(reqwest::Method::DELETE, "users/me/bindings/gitlab");
    person.send(request.header("accept-language", language)).await
}

#[tokio::test]
async fn words_come_in_the_readers_language_and_codes_never_change() {
    // S-12
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let english = in_language(&alice, "en").await;
    let chinese = in_language(&alice, "zh-CN,zh;q=0.9,en;q=0.8").await;
    let other = in_language(&alice, "de, fr;q=0.5").await;
    let titles = [&english, &chinese, &other].map(|it| it.problem(404, "not_bound")["title"].clone());
    assert_eq!(titles[0], titles[2]);
    assert_ne!(titles[0], titles[1]);
    assert!(!titles[1].as_str().unwrap().is_ascii(), "{}", titles[1]);
    let languages = [&english, &chinese].map(|it| it.header("content-language").to_owned());
    assert_eq!(languages, ["en", "zh-CN"]);
}

#[tokio::test]
async fn a_problem_names_the_request_that_the_gateway_named() {
    // S-12
    let scene = Scene::start().await;
    let answer = scene.person("alice").unbind(&Owner::Me, GITLAB).await;
    assert_eq!(answer.json()["request_id"], answer.header("apigw-requestid"));
    assert!(scene.world().function_output().contains(answer.header("apigw-requestid")));
}

#[tokio::test]
async fn nothing_that_was_sent_comes_back() {
    // S-13, S-29
    let scene = Scene::start().await;
    let alice = scene.person("alice");
    let hostile = "<script>alert(1)</script>";
    let form = serde_json::json!({"address": hostile, "username": hostile, "token": "glpat-api-glfake"});
    for answer in [
        alice.put(&Owner::Me, GITLAB, &form).await,
        alice.get("users/me/bindings/%3Cscript%3E").await,
        alice.send(alice.browse(reqwest::Method::GET, "/v1/oauth/callback/%3Cscript%3E?state=%3Cscript%3E")).await,
        alice.send(alice.browse(reqwest::Method::GET, "/v1/oauth/callback/github?error=%3Cscript%3E")).await,
    ] {
        assert!(answer.status >= 400 && !answer.text.contains("<script"), "{}", answer.everything());
    }
}

#[tokio::test]
async fn a_login_is_text_wherever_it_is_shown() {
    // S-13
    let scene = Scene::start().await;
    let alice = scene.person("<b>alice</b>");
    let simulator = scene.simulator(tests::GITHUB);
    let user = serde_json::json!({"id": 7, "login": "<img src=x>", "name": "</p>", "html_url": "javascript:alert(1)"});
    let headers = serde_json::json!({"x-oauth-scopes": "repo, admin:repo_hook"});
    simulator.fail(serde_json::json!({"path": "/user", "status": 200, "headers": headers, "body": user})).await;
    let page = alice.authorize(&Owner::Me, tests::GITHUB, "octo-fake").await;
    page.page(200, "&lt;img");
    assert!(!page.text.contains("<img") && !page.text.contains("<b>alice"), "{}", page.text);
    let entry = alice.entry(&Owner::Me, tests::GITHUB).await;
    assert!(entry["account"]["profile_url"].is_null(), "{entry}");
}
