//! The data directory: ours alone, private, and whole after every kill.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Error, iam::EVERYTHING};

const LOCK_FILE: &str = "codebind.lock";
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
const ENVIRONMENT_FILE: &str = "functions.env";

/// Where bindings, keys and ports are kept.
#[derive(Debug, Clone)]
pub enum Storage {
    /// Nowhere: they end with the run.
    Memory,
    /// In a directory that is made when it is absent.
    Directory(PathBuf),
}

/// A data directory in use. The operating system gives the lock back however the run ends.
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory, or takes one that an earlier run made.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        // Somebody's own files must not get our permissions and our .gitignore.
        let ours = path.join(LOCK_FILE).exists();
        if !ours && fs::read_dir(path).map_err(failed)?.next().is_some() {
            return Err(Error::ForeignDirectory { directory: path.to_owned() });
        }
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        let lock = private_file(&path.join(LOCK_FILE)).map_err(failed)?;
        take(&lock, path)?;
        let directory = Self { path: path.to_owned(), _lock: lock };
        write_whole(&directory.file(".gitignore"), b"*\n")?;
        Ok(directory)
    }

    /// Writes down what the functions find in their environment, for other runners of the same binaries (S-47).
    pub(crate) fn write_environment(&self, environment: &BTreeMap<String, String>) -> Result<(), Error> {
        let mut environment = environment.clone();
        // These run under one environment, so that no function can be told from another.
        environment.entry("AWS_ACCESS_KEY_ID".to_owned()).or_insert_with(|| EVERYTHING.to_owned());
        let line = |(name, value): (&String, &String)| [name, "=\"", value, "\"\n"].concat();
        let lines: String = environment.iter().map(line).collect();
        write_whole(&self.file(ENVIRONMENT_FILE), lines.as_bytes())
    }

    /// A file of the directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

/// Takes the lock, with some patience: a run that was killed gives it up a moment later, when the last process that it
/// was just starting has.
fn take(lock: &File, path: &Path) -> Result<(), Error> {
    for _ in 0..LOCK_ATTEMPTS {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(Error::File { path: path.to_owned(), source }),
        }
    }
    Err(Error::DataInUse { directory: path.to_owned() })
}

/// Reads a file; none when it does not exist.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::File { path: path.to_owned(), source }),
    }
}

/// Writes a file that only its owner can read: it has the old or the new content, whenever the run is killed.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("tmp");
    let written = (|| {
        let mut file = private_file(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|source| Error::File { path: path.to_owned(), source })
}

fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A directory of its own for one test, removed when it is dropped.
    pub(crate) struct Scratch(pub(crate) PathBuf);

    impl Scratch {
        pub(crate) fn new() -> Self {
            let name = format!("codebind-test-{:016x}", rand::random::<u64>());
            Self(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_directory_is_private_and_ignored_by_git() {
        let scratch = Scratch::new();
        let directory = DataDirectory::open(&scratch.0).unwrap();
        assert_eq!(fs::read(directory.file(".gitignore")).unwrap(), b"*\n");
        assert_eq!(fs::metadata(&scratch.0).unwrap().permissions().mode() & 0o777, 0o700);
        write_whole(&directory.file("key"), b"secret").unwrap();
        let mode = fs::metadata(directory.file("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn two_runs_do_not_share_a_directory() {
        let scratch = Scratch::new();
        let first = DataDirectory::open(&scratch.0).unwrap();
        assert!(matches!(DataDirectory::open(&scratch.0), Err(Error::DataInUse { .. })));
        drop(first);
        DataDirectory::open(&scratch.0).unwrap();
    }

    #[test]
    fn a_foreign_directory_is_left_alone() {
        let scratch = Scratch::new();
        fs::create_dir(&scratch.0).unwrap();
        fs::write(scratch.0.join("thesis.tex"), "").unwrap();
        assert!(matches!(DataDirectory::open(&scratch.0), Err(Error::ForeignDirectory { .. })));
        assert!(!scratch.0.join(".gitignore").exists());
    }
}
