//! Whether git asks for the very server that a token may be sent to.

use crate::{failure::Failure, request::Request};

/// Where a token may be sent.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) scheme: &'a str,
    /// With the port, if it is not the scheme's own.
    pub(crate) host: &'a str,
    /// The path that the server is installed below, if any.
    pub(crate) path: Option<&'a str>,
}

impl Place<'_> {
    /// Whether the request is for this place. Where that cannot be told, it is a failure: the way out is a setting.
    pub(crate) fn is_of(&self, request: &Request) -> Result<bool, Failure> {
        let (Some(protocol), Some(host)) = (&request.protocol, &request.host) else { return Ok(false) };
        // Texts are compared, so that no reading of an odd host can differ from git's own.
        let is_same =
            |host: &str| without_port(self.scheme, host).eq_ignore_ascii_case(without_port(protocol, self.host));
        if protocol != self.scheme || !["https", "http"].contains(&protocol.as_str()) || !is_same(host) {
            return Ok(false);
        }
        let mut below = self.path.unwrap_or_default().split('/').filter(|it| !it.is_empty()).peekable();
        if below.peek().is_none() {
            return Ok(true);
        }
        let path = request.path.as_deref().ok_or(Failure::NoPath)?;
        let mut segments = path.strip_prefix('/').unwrap_or(path).split('/');
        // A step up leads to another application of the server.
        let is_straight = !path.split(['/', '\\']).any(|it| [".", ".."].contains(&it));
        Ok(is_straight && below.all(|it| segments.next() == Some(it)))
    }
}

/// The host as it is written when the port is the scheme's own.
fn without_port<'a>(scheme: &str, host: &'a str) -> &'a str {
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return host,
    };
    host.strip_suffix(port).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(protocol: &str, host: &str, path: Option<&str>) -> Request {
        let mut request = Request::default();
        request.protocol = Some(protocol.to_owned());
        request.host = Some(host.to_owned());
        request.path = path.map(str::to_owned);
        request
    }

    fn is_of(place: &Place, protocol: &str, host: &str) -> bool {
        place.is_of(&request(protocol, host, None)).unwrap()
    }

    #[test]
    fn a_token_goes_to_its_own_server_alone() {
        // S-25
        let place = Place { scheme: "https", host: "git.example.com", path: None };
        for host in ["git.example.com", "GIT.example.com", "git.example.com:443"] {
            assert!(is_of(&place, "https", host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "git.example.com.",
            "git.example.com:80",
            "git.example.com:8443",
            "git.example.com:",
            "git.example.com.evil.example",
            "evil-git.example.com",
            "evil.example/git.example.com",
            "git.example.com@evil.example",
            "git.example.com:443@evil.example",
            "git.example.com:443:443",
            "git.example.com%2eevil.example",
            "git.example.com\\evil.example",
            "xgit.example.com",
            "git.example.com ",
        ] {
            assert!(!is_of(&place, "https", host), "{host}");
        }
        for protocol in ["http", "HTTPS", "ssh", "git", "ftp", ""] {
            assert!(!is_of(&place, protocol, "git.example.com"), "{protocol}");
            assert!(!is_of(&place, protocol, "git.example.com:443"), "{protocol}");
        }
        assert!(!place.is_of(&Request::default()).unwrap());
        let odd = Place { scheme: "ftp", host: "git.example.com", path: None };
        assert!(!is_of(&odd, "ftp", "git.example.com"));
    }

    #[test]
    fn a_port_belongs_to_the_server() {
        // S-25
        let place = Place { scheme: "http", host: "[::1]:8080", path: Some("/") };
        assert!(is_of(&place, "http", "[::1]:8080"));
        assert!(!is_of(&place, "http", "[::1]"));
        assert!(!is_of(&place, "http", "[::1]:80"));
        let place = Place { scheme: "http", host: "a.example", path: None };
        assert!(is_of(&place, "http", "a.example:80"));
        assert!(!is_of(&place, "http", "a.example:443"));
    }

    #[test]
    fn a_server_below_a_path_is_another_than_its_host() {
        // S-23, S-25
        let place = Place { scheme: "https", host: "a.example", path: Some("/dev/gitlab") };
        let is_of = |path| place.is_of(&request("https", "a.example", path));
        for path in ["dev/gitlab/team/app.git", "/dev/gitlab/team/app.git", "dev/gitlab"] {
            assert!(is_of(Some(path)).unwrap(), "{path}");
        }
        for path in [
            "",
            "dev",
            "dev/gitlabs/a.git",
            "dev/gitlab2",
            "DEV/gitlab/a.git",
            "x/dev/gitlab/a.git",
            "dev//gitlab/a.git",
            "dev/gitlab/../../evil/a.git",
            "dev/gitlab/./a.git",
            "dev/gitlab/..\\..\\evil",
            "//dev/gitlab/a.git",
        ] {
            assert!(!is_of(Some(path)).unwrap(), "{path}");
        }
        assert!(matches!(is_of(None), Err(Failure::NoPath)));
    }
}
