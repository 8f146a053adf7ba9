//! Signature Version 4, by which API Gateway knows the worker.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use codebind::error::BoxError;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// The service that is called.
const SERVICE: &str = "execute-api";

/// The headers that prove who sends this body there at this time.
pub(crate) fn headers(
    url: &Url,
    body: &[u8],
    region: &str,
    credentials: &Credentials,
    at: SystemTime,
) -> Result<HeaderMap, BoxError> {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder().identity(&identity).region(region).name(SERVICE);
    let parameters = parameters.time(at).settings(SigningSettings::default()).build()?.into();
    let request = SignableRequest::new("POST", url.as_str(), std::iter::empty(), SignableBody::Bytes(body))?;
    let (signed, _) = sign(request, &parameters)?.into_parts();
    let mut headers = HeaderMap::new();
    for (name, value) in signed.headers() {
        let mut value = HeaderValue::from_str(value)?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ring::{digest, hmac};

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    fn mac(key: &[u8], text: &str) -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    }

    #[test]
    fn a_request_is_signed_as_the_gateway_checks_it() {
        // By the book, written here once more: the path is encoded twice, as for every service but S3.
        let url = Url::parse("https://api.example.com/prod/v1/users/auth0%7Ca/bindings/acme/credential").unwrap();
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", Some("session".to_owned()), None, "test");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_446_421);
        let headers = headers(&url, b"{}", "eu-central-1", &credentials, at).unwrap();
        assert_eq!(headers["x-amz-date"], "20261123T150701Z");
        assert_eq!(headers["x-amz-security-token"], "session");

        let body = hex(digest::digest(&digest::SHA256, b"{}").as_ref());
        let path = "/prod/v1/users/auth0%257Ca/bindings/acme/credential";
        let names = "host;x-amz-date;x-amz-security-token";
        let values = "host:api.example.com\nx-amz-date:20261123T150701Z\nx-amz-security-token:session\n";
        let canonical = format!("POST\n{path}\n\n{values}\n{names}\n{body}");
        let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
        let scope = "20261123/eu-central-1/execute-api/aws4_request";
        let parts = ["20261123", "eu-central-1", "execute-api", "aws4_request"];
        let key = parts.iter().fold(b"AWS4wJalrXUtnFEMI".to_vec(), |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &format!("AWS4-HMAC-SHA256\n20261123T150701Z\n{scope}\n{canonical}")));
        let credential = format!("Credential=AKIDEXAMPLE/{scope}");
        let expected = format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}");
        assert_eq!(headers["authorization"], expected);
        assert!(headers.values().all(HeaderValue::is_sensitive));
    }
}
