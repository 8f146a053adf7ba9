//! The function `console`: the page on which people bind, see and unbind (S-68, S-69). It needs nothing of the world.

use super::code::Code;
use super::problem::Problem;
use super::request::{Frame, Incoming};
use super::response::Reply;
use super::route::Operation;
use crate::config::{ConfigError, ConsoleConfig, Environment};

/// What stands in the page for the directory of its assets.
pub const ASSETS: &str = "{assets}";

/// The page as it was built into the function.
#[derive(Debug)]
pub struct Page {
    /// `index.html`, with [`ASSETS`] in it.
    pub index: &'static str,
    /// A hash over all assets. It stands in their addresses, so that a browser never mixes those of two versions.
    pub version: &'static str,
    /// What the page loads.
    pub assets: &'static [Asset],
}

/// A file that the page loads.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What is in it.
    pub text: &'static str,
    /// The same, compressed.
    pub gzip: &'static [u8],
}

impl Page {
    /// The page, for assets in `directory`.
    #[must_use]
    pub fn with_assets_in(&self, directory: &str) -> String {
        self.index.replace(ASSETS, directory)
    }
}

/// What the function knows: nothing, where the operator has registered no client for a console.
#[derive(Debug)]
pub struct Console(Option<Served>);

#[derive(Debug)]
struct Served {
    page: &'static Page,
    config: ConsoleConfig,
    html: String,
    policy: String,
}

impl Console {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When a variable is missing or malformed.
    pub fn new<F: Fn(&str) -> Option<String>>(
        environment: &Environment<F>,
        page: &'static Page,
    ) -> Result<Self, ConfigError> {
        let served = |config: ConsoleConfig| {
            let html = page.with_assets_in(&format!("{}/{}", config.path(), page.version));
            Served { page, html, policy: config.policy(), config }
        };
        Ok(Self(environment.console()?.map(served)))
    }

    /// Answers.
    #[must_use]
    pub fn handle(&self, incoming: &Incoming, frame: &Frame) -> Reply {
        let reply = self.0.as_ref().and_then(|served| served.reply(incoming));
        reply.unwrap_or_else(|| Reply::problem(&Problem::new(Code::NotFound), frame))
    }
}

impl Served {
    /// `None` where there is nothing.
    fn reply(&self, incoming: &Incoming) -> Option<Reply> {
        match incoming.operation {
            Operation::ConsoleRoot => Some(Reply::see_other(self.config.address(), "console_moved")),
            Operation::Console => Some(Reply::console_page(self.html.clone(), self.policy.clone(), "console_page")),
            Operation::ConsoleConfig => Some(Reply::json(200, &self.config.document(), "console_page")),
            Operation::ConsoleAsset => self.asset(incoming),
            _ => None,
        }
    }

    fn asset(&self, incoming: &Incoming) -> Option<Reply> {
        incoming.variable("version").filter(|version| *version == self.page.version)?;
        let name = incoming.variable("file")?;
        let asset = self.page.assets.iter().find(|it| it.name == name)?;
        let gzip = takes_gzip(incoming.header("accept-encoding").unwrap_or_default()).then_some(asset.gzip);
        Some(Reply::immutable(asset.kind, asset.text, gzip, "console_asset"))
    }
}

/// Whether `Accept-Encoding` lists gzip and does not rule it out. What is meant by a bare `*` is left alone: no browser
/// sends it.
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
        is_gzip && weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        // S-69
        for accepted in ["gzip", "gzip, deflate, br", "br;q=1.0, GZIP;q=0.8", "deflate,gzip ; q=0.001"] {
            assert!(takes_gzip(accepted), "{accepted}");
        }
        for refused in ["", "identity", "br", "gzip;q=0", "x-gzip", "gzip;q=0.0, br", "*", "gzip;q=often"] {
            assert!(!takes_gzip(refused), "{refused}");
        }
    }

    #[test]
    fn assets_are_where_the_page_is_told() {
        // S-68
        static PAGE: Page = Page { index: "<link href=\"{assets}/a.css\">{assets}", version: "v1", assets: &[] };
        let of = |name: &str| match name {
            "CODEBIND_PUBLIC_URL" => Some("https://example.com/codebind/".to_owned()),
            "CODEBIND_ISSUER" => Some("https://login.example.com".to_owned()),
            "CODEBIND_CONSOLE_CLIENT_ID" => Some("console".to_owned()),
            _ => None,
        };
        let console = Console::new(&Environment::new(of), &PAGE).unwrap();
        assert_eq!(console.0.unwrap().html, "<link href=\"/codebind/console/v1/a.css\">/codebind/console/v1");
        assert_eq!(PAGE.with_assets_in("./v1"), "<link href=\"./v1/a.css\">./v1");
    }
}
