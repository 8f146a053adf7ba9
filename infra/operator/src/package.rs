//! `package`: builds the zips that are deployed, says what is in them, and refuses one that is too large.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use codebind_local::{
    FUNCTIONS,
    build::{self, NoCargoLambda, ReleaseBuild, ReleaseError},
};
use ring::digest::{SHA256, digest};

/// How to build.
#[derive(Debug, Args)]
pub struct Options {
    /// Directory to put the zips into; by default they stay in the target directory, under `lambda`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Most bytes that a zip may have
    #[arg(long, default_value_t = 3_000_000, value_name = "BYTES")]
    max_size: u64,
}

/// Why there are no zips to deploy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// They were not built.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// They were built, and would perhaps not start.
    #[error("the functions are not built for Lambda: {0}")]
    NotForLambda(NoCargoLambda),
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// More than is allowed.
    #[error("too large: {}", .0.join(", "))]
    TooLarge(Vec<String>),
}

/// What is known of one zip.
struct Zip {
    function: &'static str,
    path: PathBuf,
    bytes: usize,
    binary_bytes: u64,
    sha256: String,
}

/// Builds, and writes a line for each zip to `out`.
///
/// # Errors
/// [`Error`].
pub fn run(options: &Options, out: &mut impl io::Write) -> Result<(), Error> {
    let target_dir = target_dir().map_err(|source| Error::File { path: "the target directory".into(), source })?;
    let built = build::release(&target_dir)?;
    if let Some(reason) = built.not_for_lambda {
        return Err(Error::NotForLambda(reason));
    }
    let zips: Vec<Zip> = FUNCTIONS.iter().map(|it| zip(it.name, &built, options)).collect::<Result<_, _>>()?;
    // A closed pipe changes nothing about the zips.
    let _ = list(&zips, out);
    let large = |it: &&Zip| u64::try_from(it.bytes).is_ok_and(|bytes| bytes > options.max_size);
    let large: Vec<String> =
        zips.iter().filter(large).map(|it| format!("{} ({} bytes)", it.function, it.bytes)).collect();
    if large.is_empty() { Ok(()) } else { Err(Error::TooLarge(large)) }
}

/// The directory that cargo put this very program in, whatever configuration chose it.
fn target_dir() -> io::Result<PathBuf> {
    let executable = env::current_exe()?;
    let target_dir = executable.parent().and_then(Path::parent);
    target_dir.map(Path::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn zip(function: &'static str, built: &ReleaseBuild, options: &Options) -> Result<Zip, Error> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::File { path, source }
    };
    let binary = built.binaries.join(function);
    let mut path = built.zips.join(format!("{function}.zip"));
    let bytes = fs::read(&path).map_err(file(&path))?;
    if let Some(out) = &options.out {
        fs::create_dir_all(out).map_err(file(out))?;
        path = out.join(format!("{function}.zip"));
        fs::write(&path, &bytes).map_err(file(&path))?;
    }
    let binary_bytes = fs::metadata(&binary).map_err(file(&binary))?.len();
    Ok(Zip { function, path, bytes: bytes.len(), binary_bytes, sha256: hex(digest(&SHA256, &bytes).as_ref()) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn list(zips: &[Zip], out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "{:16} {:>10} {:>10}  {:64}  file", "function", "zip bytes", "binary", "SHA-256")?;
    for Zip { function, path, bytes, binary_bytes, sha256 } in zips {
        writeln!(out, "{function:16} {bytes:>10} {binary_bytes:>10}  {sha256}  {}", path.display())?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_written_as_others_write_it() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(digest(&SHA256, b"abc").as_ref()), known);
    }
}
