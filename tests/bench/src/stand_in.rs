//! AWS and providers over TLS on loopback: fixed answers, each step after a fixed delay, everything counted.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::Failure;
use crate::http;
use crate::steps::{CONNECT, Step, Steps};
use answers::Answers;

pub(crate) use answers::{BINDINGS, GITHUB, GITHUB_API, GITLAB, KEY, SECRET, TRANSIENTS};

mod answers;
mod rows;

/// Who can be asked. Each has a port, and so connections, of its own.
const SERVICES: [&str; 6] = ["dynamodb", "kms", "secretsmanager", GITHUB, GITHUB_API, GITLAB];

/// All servers.
#[derive(Debug)]
pub(crate) struct StandIn {
    /// What was done with them.
    pub(crate) steps: Steps,
    /// A file with what has to be trusted.
    pub(crate) authority: PathBuf,
    ports: BTreeMap<&'static str, u16>,
    answers: Arc<Answers>,
}

impl StandIn {
    /// Starts them; they end with the process. Each connection and each request takes `delay`.
    ///
    /// # Errors
    /// When there is no port, or `directory` cannot be written.
    pub(crate) fn start(directory: &Path, delay: Duration) -> Result<Self, Failure> {
        let (pem, server) = identity()?;
        let authority = directory.join("authority.pem");
        fs::write(&authority, pem)?;
        let (steps, answers) = (Steps::default(), Arc::new(Answers::new()?));
        let mut ports = BTreeMap::new();
        for service in SERVICES {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            ports.insert(service, listener.local_addr()?.port());
            let place = Place {
                service,
                delay,
                server: Arc::clone(&server),
                steps: steps.clone(),
                answers: Arc::clone(&answers),
            };
            thread::spawn(move || place.listen(&listener));
        }
        Ok(Self { steps, authority, ports, answers })
    }

    /// Where a service is.
    pub(crate) fn url(&self, service: &str) -> String {
        format!("https://{}", self.host(service))
    }

    /// Its name and port.
    pub(crate) fn host(&self, service: &str) -> String {
        format!("127.0.0.1:{}", self.ports.get(service).copied().unwrap_or_default())
    }

    /// From now on rows stay as they are, whatever is written: each call finds the same.
    pub(crate) fn keep_rows(&self) {
        self.answers.keep_rows();
    }
}

/// One server.
struct Place {
    service: &'static str,
    delay: Duration,
    server: Arc<ServerConfig>,
    steps: Steps,
    answers: Arc<Answers>,
}

impl Place {
    fn listen(self, listener: &TcpListener) {
        let place = Arc::new(self);
        for stream in listener.incoming().flatten() {
            let place = Arc::clone(&place);
            // A client that hangs up is no fault of the server's.
            thread::spawn(move || place.serve(stream));
        }
    }

    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let begin = Instant::now();
        stream.set_nodelay(true)?;
        thread::sleep(self.delay);
        let connection = ServerConnection::new(Arc::clone(&self.server)).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        self.note(CONNECT.to_owned(), begin);
        let mut stream = BufReader::new(stream);
        while let Some(request) = http::read(&mut stream)? {
            let begin = Instant::now();
            let (what, answer) = self.answers.to(self.service, &request);
            thread::sleep(self.delay);
            let headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            http::respond(stream.get_mut(), answer.status, &headers, &answer.body)?;
            self.note(what, begin);
        }
        Ok(())
    }

    fn note(&self, what: String, begin: Instant) {
        self.steps.add(Step { service: self.service, what, begin, end: Instant::now() });
    }
}

/// An authority of this run, and a certificate of its for loopback.
fn identity() -> Result<(String, Arc<ServerConfig>), Failure> {
    let mut params = CertificateParams::default();
    // With a name like that of the certificate, OpenSSL would take that for one that vouches for itself.
    params.distinguished_name.push(DnType::CommonName, "the authority of this run");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let (authority_key, key) = (KeyPair::generate()?, KeyPair::generate()?);
    let authority = params.self_signed(&authority_key)?;
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names)?.signed_by(&key, &authority, &authority_key)?;
    let private = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private)?;
    Ok((authority.pem(), Arc::new(config)))
}
