//! TLS towards providers: Mozilla's roots, the operator's own beside them, and a name for what is wrong (S-26).

use std::sync::Arc;
use std::{fmt, io};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use crate::error::BoxError;
use crate::ports::TlsProblem;

/// The configuration of every connection to a provider. `extra_ca` is a PEM bundle of the operator's (S-25).
///
/// # Errors
/// When the bundle holds no certificate, or something that is none.
pub fn client_config(extra_ca: Option<&[u8]>) -> Result<ClientConfig, BoxError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = extra_ca {
        roots.roots.extend(certificates(pem)?.roots);
    }
    let provider = Arc::new(default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    // The verifier is webpki's own; the wrapper refuses what it refuses, and only finds a better name for it.
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(Verifier(verifier))).with_no_client_auth())
}

/// The certificates of a PEM bundle.
///
/// # Errors
/// When it holds none, or something that is none.
pub fn certificates(pem: &[u8]) -> Result<RootCertStore, BoxError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|error| format!("no PEM certificates: {error}"))?)?;
    }
    if roots.is_empty() { Err("no PEM certificate in the bundle".into()) } else { Ok(roots) }
}

/// What is wrong, found in the causes of a failed request.
#[must_use]
pub fn problem(error: &(dyn std::error::Error + 'static)) -> Option<TlsProblem> {
    causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()).map(classify)
}

/// Whether a server took the connection and ended it instead of shaking hands, as old ones do that know no version of
/// ours. Whoever refuses the connection itself is another case.
#[must_use]
pub fn is_cut_off(error: &(dyn std::error::Error + 'static)) -> bool {
    let ended = [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset];
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|it| ended.contains(&it.kind()))
}

/// The error itself, and what lies behind it.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |current| {
        // An IO error hides what it carries from `source`.
        let carried = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        carried.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| current.source())
    })
}

fn classify(error: &rustls::Error) -> TlsProblem {
    use CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(C::Other(OtherError(other))) if other.is::<SelfSigned>() => {
            TlsProblem::SelfSigned
        }
        rustls::Error::InvalidCertificate(
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. },
        ) => TlsProblem::Expired,
        rustls::Error::InvalidCertificate(C::NotValidForName | C::NotValidForNameContext { .. }) => {
            TlsProblem::WrongName
        }
        rustls::Error::InvalidCertificate(_) => TlsProblem::UnknownIssuer,
        _ => TlsProblem::Handshake,
    }
}

/// The certificate vouches for itself.
#[derive(Debug)]
struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("self-signed certificate")
    }
}

impl std::error::Error for SelfSigned {}

#[derive(Debug)]
struct Verifier(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified.map_err(|error| match classify(&error) {
            TlsProblem::UnknownIssuer if is_self_signed(end_entity) => {
                CertificateError::Other(OtherError(Arc::new(SelfSigned))).into()
            }
            _ => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate).is_ok_and(|parsed| parsed.issuer() == parsed.subject())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_a_certificate_has_its_name() {
        // S-26, R-59
        let of = |error: CertificateError| classify(&error.into());
        for (error, problem) in [
            (CertificateError::Other(OtherError(Arc::new(SelfSigned))), TlsProblem::SelfSigned),
            (CertificateError::Other(OtherError(Arc::new(std::fmt::Error))), TlsProblem::UnknownIssuer),
            (CertificateError::Expired, TlsProblem::Expired),
            (CertificateError::NotValidYet, TlsProblem::Expired),
            (CertificateError::NotValidForName, TlsProblem::WrongName),
            (CertificateError::UnknownIssuer, TlsProblem::UnknownIssuer),
            (CertificateError::BadSignature, TlsProblem::UnknownIssuer),
        ] {
            assert_eq!(of(error.clone()), problem, "{error:?}");
        }
        assert_eq!(classify(&rustls::Error::DecryptError), TlsProblem::Handshake);
    }

    #[test]
    fn the_cause_is_found_below_what_carries_it() {
        // S-26
        let error = rustls::Error::InvalidCertificate(CertificateError::Expired);
        let carried = std::io::Error::other(std::io::Error::other(error));
        assert_eq!(problem(&carried), Some(TlsProblem::Expired));
        assert_eq!(problem(&std::io::Error::other("something else")), None);
    }

    #[test]
    fn the_verifier_takes_the_signatures_of_its_library() {
        // Without any, no handshake would come about.
        let provider = Arc::new(default_provider());
        let roots = Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
        let inner = WebPkiServerVerifier::builder_with_provider(roots, provider).build().unwrap();
        let schemes = inner.supported_verify_schemes();
        assert!(!schemes.is_empty());
        assert_eq!(Verifier(inner).supported_verify_schemes(), schemes);
    }
}
