//! The console's page: what is served, under which headers, and what stands in it.

use std::io::Read as _;
use std::{collections::BTreeSet, fs, path::Path};

use codebind::{domain::provider::Revocation, providers};
use console::PAGE;
use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Person, Scene};

/// All of it, compressed: a first visit on a bad line.
const TRANSFER_MAX: usize = 60 * 1024;

/// What others wrote: byte for byte theirs.
const VENDORED: [&str; 2] = ["lit-html.js", "oauth4webapi.js"];

async fn fetched(person: &Person, path: &str) -> Answer {
    person.send(person.browse(Method::GET, path)).await
}

/// Whether a file is of one of these kinds, by the end of its name.
fn is_of(name: &str, kinds: &[&str]) -> bool {
    name.rsplit('.').next().is_some_and(|end| kinds.contains(&end))
}

/// The page's own files, with their texts.
fn files() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/console/page");
    let entries = fs::read_dir(directory).expect("the page's directory").map(|it| it.expect("an entry").path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(path).expect("a text"))
    };
    entries.map(read).filter(|(name, _)| !VENDORED.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn the_page_is_served_under_its_policy_and_names_one_version() {
    // S-68
    let scene = Scene::start().await;
    let anybody = scene.person("anybody");
    let url = scene.world().url().trim_end_matches('/').to_owned();
    let page = fetched(&anybody, "/console").await.expect(200);
    let expected = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http:; connect-src 'self' {url}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types lit-html"
    );
    assert_eq!(page.header("content-security-policy"), expected);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text.contains("{assets}"), "{}", page.text);
    let directory = format!("\"/console/{}/", PAGE.version);
    let named: Vec<_> = page.text.split(&directory).skip(1).filter_map(|it| it.split('"').next()).collect();
    assert!(named.contains(&"app.js") && named.contains(&"style.css"), "{named:?}");
    for name in named {
        fetched(&anybody, &format!("/console/{}/{name}", PAGE.version)).await.expect(200);
    }
    let root = fetched(&anybody, "/").await.expect(303);
    assert_eq!(root.header("location"), format!("{url}/console"));
}

#[tokio::test]
async fn the_page_is_told_its_client_at_the_issuer() {
    // S-68
    let given = [
        ("CODEBIND_CONSOLE_SCOPE", "openid codebind"),
        ("CODEBIND_CONSOLE_RESOURCE", "urn:codebind"),
        ("CODEBIND_CONSOLE_CONNECT", "https://tokens.example.com"),
    ];
    let scene = given.iter().fold(Scene::builder(), |scene, (name, value)| scene.variable(name, value)).start().await;
    let anybody = scene.person("anybody");
    let url = scene.world().url().trim_end_matches('/').to_owned();
    let config = fetched(&anybody, "/console/config.json").await.expect(200);
    let expected = json!({
        "api": url,
        "issuer": format!("{url}/dev"),
        "client_id": "codebind-console",
        "scope": "openid codebind",
        "resource": "urn:codebind",
    });
    assert_eq!(config.json(), expected);
    assert_eq!(config.header("cache-control"), "no-store");
    let policy = fetched(&anybody, "/console").await.header("content-security-policy").to_owned();
    assert!(policy.contains(&format!("connect-src 'self' {url} https://tokens.example.com;")), "{policy}");
}

#[tokio::test]
async fn a_file_of_this_version_may_be_kept_and_no_other_is_there() {
    // S-13, S-69
    let scene = Scene::start().await;
    let anybody = scene.person("anybody");
    for asset in PAGE.assets {
        let path = format!("/console/{}/{}", PAGE.version, asset.name);
        let answer = fetched(&anybody, &path).await.expect(200);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(answer.header("content-type"), asset.kind);
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", "accept-encoding, origin"));
        assert_eq!(answer.text, asset.text, "{path}");
        let request = scene.http().get(format!("{}{path}", scene.world().url().trim_end_matches('/')));
        let answer = request.header("accept-encoding", "gzip, br").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(bytes, asset.gzip, "{path}");
        let mut text = String::new();
        GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        assert_eq!(text, asset.text, "{path}");
    }
    for path in ["0123456789abcdef/app.js".to_owned(), format!("{}/README.md", PAGE.version), "a/index.html".to_owned()]
    {
        let answer = fetched(&anybody, &format!("/console/{path}")).await;
        answer.problem(404, "not_found");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[test]
fn the_files_load_one_another_and_are_small() {
    // S-69
    let names: BTreeSet<_> = PAGE.assets.iter().map(|it| it.name).collect();
    for asset in PAGE.assets.iter().filter(|it| is_of(it.name, &["js"]) && !VENDORED.contains(&it.name)) {
        for from in asset.text.split(" from '").skip(1).filter_map(|rest| rest.split('\'').next()) {
            let name = from.strip_prefix("./").unwrap_or_else(|| panic!("{} imports {from}", asset.name));
            assert!(names.contains(name), "{} imports {from}", asset.name);
        }
    }
    let transfer: usize = PAGE.assets.iter().map(|it| it.gzip.len()).sum();
    assert!(transfer < TRANSFER_MAX, "{transfer} bytes");
}

#[test]
fn nothing_in_the_page_needs_a_weaker_policy() {
    // S-68: no script and no style in markup, and no markup out of text.
    let is_letter = |it: char| it.is_ascii_lowercase();
    for (name, text) in files().iter().filter(|(name, _)| is_of(name, &["html", "js", "svg"])) {
        for word in
            ["<style", " style=", "javascript:", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"]
        {
            assert!(!text.contains(word), "{name}: {word}");
        }
        for word in ["eval(", "new Function(", "unsafeHTML", "srcdoc"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
        for rest in text.split("<script").skip(1) {
            let (tag, inside) = rest.split_once('>').expect("a tag ends");
            assert!(tag.contains(" src=\"{assets}/") && inside.starts_with("</script>"), "{name}: <script{tag}>");
        }
        for rest in text.split(" on").skip(1) {
            let attribute = rest.trim_start_matches(is_letter);
            assert!(attribute.len() == rest.len() || !attribute.starts_with('='), "{name}: on{rest:.20}");
        }
    }
}

/// `--cb-name:value` of each variable, in the light and in the dark.
fn variables(style: &str) -> BTreeSet<String> {
    let parts = style.split(['{', ';', '}']).map(|it| it.chars().filter(|it| !it.is_whitespace()).collect::<String>());
    let both = |it: String| {
        let (name, values) = it.split_once(":light-dark(")?;
        let (light, dark) = values.strip_suffix(')')?.split_once(',')?;
        Some([light, dark].map(|value| format!("{name}:{value}")).to_vec())
    };
    parts.filter(|it| it.starts_with("--cb-")).flat_map(|it| both(it.clone()).unwrap_or(vec![it])).collect()
}

#[tokio::test]
async fn the_pages_of_the_callback_look_like_it_and_lead_to_it() {
    // S-13, S-68
    let scene = Scene::start().await;
    let anybody = scene.person("anybody");
    let refused = fetched(&anybody, "/v1/oauth/callback/github").await;
    refused.page(400, "");
    let (_, rest) = refused.text.split_once("<style>").expect("a style");
    let (style, _) = rest.split_once("</style>").expect("it ends");
    let (ours, console) = (variables(style), PAGE.assets.iter().find(|it| it.name == "style.css").unwrap().text);
    assert!(ours.len() > 15 && ours.is_subset(&variables(console)), "{ours:?}");
    let link = format!("<a rel=\"noreferrer\" href=\"{}/console\">", scene.world().url().trim_end_matches('/'));
    assert_eq!(refused.text.matches(&link).count(), 1, "{}", refused.text);
    // Without a client there is no console, and none to go to.
    let without = Scene::builder().variable("CODEBIND_CONSOLE_CLIENT_ID", "").start().await;
    let anybody = without.person("anybody");
    let refused = fetched(&anybody, "/v1/oauth/callback/github").await;
    refused.page(400, "");
    assert!(!refused.text.contains("/console"), "{}", refused.text);
    for path in ["/".to_owned(), "/console".to_owned(), format!("/console/{}/app.js", PAGE.version)] {
        fetched(&anybody, &path).await.problem(404, "not_found");
    }
}

#[test]
fn the_page_names_no_provider() {
    // S-7, S-8: a new one is drawn from the catalogue.
    for (name, text) in files().iter().filter(|(name, _)| is_of(name, &["css", "html", "js", "svg"])) {
        let text = text.to_lowercase();
        for provider in providers::ALL {
            // Of words such as a site's address nothing is left over.
            let is_named = text.split(|it: char| !it.is_alphanumeric()).any(|word| word == provider.id);
            assert!(!is_named, "{name} names {}", provider.id);
        }
    }
}

#[tokio::test]
async fn the_catalogue_tells_what_a_page_has_to_know_of_a_provider() {
    // S-7, S-31
    let scene = Scene::start().await;
    let catalogue = scene.person("alice").get("providers").await.expect(200).json();
    for (shown, provider) in catalogue["providers"].as_array().unwrap().iter().zip(providers::ALL) {
        assert_eq!(shown["id"], provider.id);
        let is_by_self = matches!(provider.revocation, Revocation::DeleteBySelf { .. });
        assert_eq!(shown["revocable"], is_by_self, "{}", provider.id);
        let completion = provider.oauth().map_or(Value::Null, |oauth| oauth.completion.name().into());
        assert_eq!(shown["completion"], completion, "{}", provider.id);
        for field in shown["fields"].as_array().unwrap() {
            let expected = match field["name"].as_str().unwrap() {
                "address" => "address",
                "token" => "secret",
                "rotate" => "boolean",
                _ => "text",
            };
            assert_eq!(field["type"], expected, "{}: {field}", provider.id);
        }
    }
}
