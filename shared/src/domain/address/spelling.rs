//! How the parts of an address may be spelled: so that no two readers see two servers (S-23).

use url::{Host, Url};

use super::{AddressError, Scheme};

pub(super) fn split_scheme(text: &str) -> Result<(Scheme, &str), AddressError> {
    let (name, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
    if name.eq_ignore_ascii_case("https") {
        Ok((Scheme::Https, rest))
    } else if name.eq_ignore_ascii_case("http") {
        Ok((Scheme::Http, rest))
    } else {
        Err(AddressError::Scheme)
    }
}

/// The parsed host, if it is what stands in the text: the parser quietly turns `2130706433`, full-width letters and
/// escapes into other hosts, and two readers of such a text see two servers.
pub(super) fn plain_host(url: &Url, authority: &str) -> Result<Host<String>, AddressError> {
    let host = url.host().ok_or(AddressError::Malformed)?.to_owned();
    let port_at = authority.rfind(':').filter(|&at| !authority[at..].contains(']'));
    let (written, port) = port_at.map_or((authority, None), |at| (&authority[..at], Some(&authority[at + 1..])));
    let is_plain_port = |port: &str| (1..=5).contains(&port.len()) && !port.starts_with('0');
    if port.is_some_and(|port| !is_plain_port(port)) {
        return Err(AddressError::Malformed);
    }
    if !written.eq_ignore_ascii_case(&host.to_string()) {
        return Err(AddressError::HostRewritten { plain: host.to_string() });
    }
    if let Host::Domain(name) = &host {
        check_name(name)?;
    }
    Ok(host)
}

fn check_name(name: &str) -> Result<(), AddressError> {
    if let Some(plain) = name.strip_suffix('.') {
        return Err(AddressError::HostRewritten { plain: plain.to_owned() });
    }
    let is_label = |label: &str| {
        let plain = label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(AddressError::Malformed);
    }
    Ok(())
}

/// The path without slashes at the end, if the parser left it as it was written.
pub(super) fn plain_path(url: &Url, written: &str) -> Result<String, AddressError> {
    let path = written.trim_end_matches('/');
    if url.path().trim_end_matches('/') != path {
        return Err(AddressError::Malformed);
    }
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"._~-".contains(&it);
    let is_segment = |segment: &str| !segment.is_empty() && segment.bytes().all(is_plain);
    if !path.is_empty() && !path[1..].split('/').all(is_segment) {
        return Err(AddressError::Malformed);
    }
    Ok(path.to_owned())
}
