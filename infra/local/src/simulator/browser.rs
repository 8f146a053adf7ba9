//! A person's browser and the app's client at a simulated authorization server, for the tests of each.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use codebind::domain::provider::ClientAuthentication;
use url::{Url, form_urlencoded};

use super::{
    fixture::{assert_like, body_of, call, header_of, response, stage},
    oauth::{Manners, decision_path},
    reply::Reply,
    stage::Stage,
};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters with some replaced; an empty value takes one away.
pub(super) type Changes<'a> = &'a [(&'a str, &'a str)];

/// Browser and client in one.
pub(super) struct Browser {
    pub(super) stage: Arc<Stage>,
}

impl Browser {
    pub(super) fn new(provider: &str) -> Self {
        Self { stage: stage(provider) }
    }

    fn manners(&self) -> &'static Manners {
        self.stage.declaration.oauth.as_ref().unwrap()
    }

    fn oauth(&self) -> &'static codebind::domain::provider::OAuth {
        self.stage.declaration.provider.oauth().unwrap()
    }

    fn authorization(&self, changes: Changes) -> String {
        let scopes = self.stage.declaration.provider.scope_names().join(" ");
        let parameters = [
            ("client_id", self.manners().client_id),
            ("redirect_uri", &self.stage.redirect_uri),
            ("response_type", "code"),
            ("scope", if self.oauth().scopes_in_request { &scopes } else { "" }),
            ("state", "st4te"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        with(&parameters, changes)
    }

    /// Opens the authorization endpoint.
    pub(super) fn ask(&self, changes: Changes) -> Reply {
        let target = format!("{}?{}", self.oauth().authorization_path, self.authorization(changes));
        self.stage.answer(&call("GET", &target, &[], ""))
    }

    /// Decides on the consent page, as the first account if no other is given.
    pub(super) fn decide(&self, changes: Changes) -> Reply {
        let chosen = [("decision", "authorize"), ("account", self.manners().accounts[0])];
        let kept = chosen.into_iter().filter(|(name, _)| !changes.iter().any(|(it, _)| it == name));
        let changes: Vec<_> = kept.chain(changes.iter().copied()).collect();
        self.stage.answer(&call("POST", &decision_path(self.oauth()), &[], &self.authorization(&changes)))
    }

    /// Decides, and catches the code.
    pub(super) fn code(&self, changes: Changes) -> String {
        let location = location(&self.decide(changes));
        location.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    /// Exchanges a code as the provider wants it.
    pub(super) fn exchange(&self, code: &str, changes: Changes) -> Reply {
        let redirect_uri = self.stage.redirect_uri.clone();
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.send(&parameters, changes)
    }

    /// Exchanges a refresh token as the provider wants it.
    pub(super) fn refresh(&self, refresh_token: &str, changes: Changes) -> Reply {
        self.send(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)], changes)
    }

    /// The client's credentials go where the provider wants them, and can be changed there; `user-agent` too.
    fn send(&self, parameters: &[(&str, &str)], changes: Changes) -> Reply {
        let value = |name: &str, own: &'static str| {
            changes.iter().find(|(it, _)| *it == name).map_or(own, |(_, value)| value).to_owned()
        };
        let (id, secret) =
            (value("client_id", self.manners().client_id), value("client_secret", self.manners().client_secret));
        let authorization = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let agent = value("user-agent", "codebind");
        let mut headers = vec![("accept", "application/json"), ("user-agent", agent.as_str())];
        let mut parameters = parameters.to_vec();
        match self.oauth().client_authentication {
            ClientAuthentication::Basic => headers.push(("authorization", &authorization)),
            ClientAuthentication::Body => parameters.extend([("client_id", id.as_str()), ("client_secret", &secret)]),
        }
        let of_headers = ["client_id", "client_secret", "user-agent"];
        let changes: Vec<_> = changes.iter().copied().filter(|(name, _)| !of_headers.contains(name)).collect();
        let body = with(&parameters, &changes);
        self.stage.answer(&call("POST", self.oauth().token_path, &headers, &body))
    }

    /// A new pair: access token and refresh token.
    pub(super) fn pair(&self, changes: Changes) -> (String, String) {
        pair_of(&self.exchange(&self.code(changes), &[]))
    }

    /// Asks whose a token is.
    pub(super) fn user(&self, token: &str) -> Reply {
        let authorization = format!("Bearer {token}");
        let headers = [("user-agent", "codebind"), ("authorization", authorization.as_str())];
        let path = format!("{}{}", self.stage.declaration.api_path, self.oauth().account_path);
        self.stage.answer(&call("GET", &path, &headers, ""))
    }

    /// Checks a redirect against a wire example, whose redirect URI is another one.
    pub(super) fn assert_redirect(&self, reply: &Reply, name: &str) {
        let expected = response(name);
        let expected = Url::parse(expected["headers"]["Location"].as_str().unwrap()).unwrap();
        let location = location(reply);
        assert_eq!(&location[..url::Position::AfterPath], self.stage.redirect_uri, "{name}");
        // A code is another one each time, of the same length; the order of parameters says nothing.
        let parameters = |url: &Url| {
            let pairs = url.query_pairs().into_owned();
            let blank = |(name, value): (String, String)| {
                if name == "code" { (name, value.len().to_string()) } else { (name, value) }
            };
            let mut pairs: Vec<_> = pairs.map(blank).collect();
            pairs.sort();
            pairs
        };
        assert_eq!(parameters(&location), parameters(&expected), "{name}");
    }

    /// Checks that a pair was issued as in the example, and returns it.
    pub(super) fn assert_pair(reply: &Reply, name: &str, varying: &[&str]) -> (String, String) {
        let varying: Vec<_> = ["access_token", "refresh_token"].into_iter().chain(varying.iter().copied()).collect();
        assert_like(reply, name, &varying);
        pair_of(reply)
    }
}

fn pair_of(reply: &Reply) -> (String, String) {
    let body = body_of(reply);
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{name}: {body}")).to_owned();
    (text("access_token"), text("refresh_token"))
}

fn location(reply: &Reply) -> Url {
    assert_eq!(reply.status, 302, "{:?}", reply.body);
    Url::parse(header_of(reply, "location").unwrap()).unwrap()
}

fn with(parameters: &[(&str, &str)], changes: Changes) -> String {
    let kept = parameters.iter().filter(|(name, _)| !changes.iter().any(|(it, _)| it == name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}
