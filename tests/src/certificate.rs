//! Certificates, of an authority that nobody knows but whom a scenario tells.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A test authority.
pub struct Authority {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Default for Authority {
    fn default() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "an authority of the test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = key();
        Self { certificate: params.self_signed(&key).expect("it vouches for itself"), key }
    }
}

impl Authority {
    /// What it takes to trust it.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Vouches for a server.
    pub fn issue(&self, params: CertificateParams) -> Identity {
        let key = key();
        let certificate = params.signed_by(&key, &self.certificate, &self.key).expect("the authority signs");
        Identity::of(&certificate, &key)
    }
}

/// A certificate with its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// One that vouches for itself.
    pub fn self_signed(name: &str) -> Self {
        let key = key();
        Self::of(&certificate_for(name).self_signed(&key).expect("it vouches for itself"), &key)
    }

    fn of(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("the key was just made");
        Self { chain: vec![certificate.der().clone()], key }
    }

    /// The configuration of a server that shows it.
    pub fn server(self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("the versions are known").with_no_client_auth();
        Arc::new(config.with_single_cert(self.chain, self.key).expect("certificate and key belong together"))
    }
}

/// A certificate for a name or an IP address, with nothing wrong about it so far.
pub fn certificate_for(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).expect("it is a name")
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}
