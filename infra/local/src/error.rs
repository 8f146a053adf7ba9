//! Why the local run could not start, in words that say what to do.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why the local run could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something else listens on the address that was asked for.
    #[error("{address} is in use: stop what listens there, or choose another address with --listen")]
    AddressInUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Two runs on the same data would overwrite each other's keys.
    #[error("another run uses the data in {}: stop it, or choose another directory with --data", directory.display())]
    DataInUse {
        /// The data directory.
        directory: PathBuf,
    },
    /// The directory holds files that this program did not put there.
    #[error("{} holds files that are not ours: choose an empty or a new directory with --data", directory.display())]
    ForeignDirectory {
        /// The directory that was asked for.
        directory: PathBuf,
    },
    /// A file of the data directory cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the data directory does not hold what it should.
    #[error("{} is damaged ({reason}): remove the data directory to start afresh", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Stored addresses name the port of a simulator, and something else took it.
    #[error(
        "port {port} of the {provider} simulator is in use: stop what listens there, or remove {} \
         (bindings that were made with the old port stop working)",
        file.display()
    )]
    SimulatorPortInUse {
        /// The provider's id.
        provider: String,
        /// The port that was used in earlier runs.
        port: u16,
        /// Where the port is remembered.
        file: PathBuf,
    },
    /// A simulator could not be started.
    #[error("cannot start the provider simulators: {0}")]
    Simulators(io::Error),
    /// The embedded database refused.
    #[error("cannot start the database: {0}")]
    Database(String),
    /// The embedded KMS refused.
    #[error("cannot start the KMS: {0}")]
    Kms(String),
    /// The deployment's template cannot be understood.
    #[error("cannot read infra/aws/template.yaml: {0}")]
    Template(String),
    /// The token issuer's key could not be made or read.
    #[error("cannot make the issuer's key: {0}")]
    Issuer(String),
    /// A function's binary is not where it should be.
    #[error("{} is missing: run `cargo build --workspace --bins` first", path.display())]
    BinaryMissing {
        /// Where the binary should be.
        path: PathBuf,
    },
    /// A function ended before it asked for its first request.
    #[error("function {function} does not start: {reason}")]
    FunctionStart {
        /// The function's name.
        function: &'static str,
        /// Its exit status and last words.
        reason: String,
    },
}
