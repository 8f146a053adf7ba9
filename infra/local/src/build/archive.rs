//! The zip that is uploaded: one file, `bootstrap`. The same binary gives the same bytes, whenever and wherever.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process,
};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

/// What Lambda starts.
const BOOTSTRAP: &str = "bootstrap";
/// Best compression: a smaller zip is fetched faster.
const LEVEL: i64 = 9;
/// Runnable by everybody, as Lambda needs it.
const MODE: u32 = 0o755;

/// Writes the zip of `binary` to `{directory}/{name}.zip`; where it is.
pub(super) fn write(binary: &Path, directory: &Path, name: &str) -> io::Result<PathBuf> {
    put(directory, &format!("{name}.zip"), |aside| archive(&fs::read(binary)?, File::create(aside)?))
}

/// Copies `binary` to `{directory}/{name}`; where it is.
pub(super) fn copy(binary: &Path, directory: &Path, name: &str) -> io::Result<PathBuf> {
    put(directory, name, |aside| fs::copy(binary, aside).map(drop))
}

/// Makes a file aside and moves it to its place: whoever reads or runs it meanwhile has a whole one.
fn put(directory: &Path, name: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<PathBuf> {
    let (file, aside) = (directory.join(name), directory.join(format!(".{name}.{}", process::id())));
    fs::create_dir_all(directory)?;
    if let Err(error) = make(&aside).and_then(|()| fs::rename(&aside, &file)) {
        // It is of no use to anybody; that it stays where it cannot be removed does no harm.
        let _ = fs::remove_file(&aside);
        return Err(error);
    }
    Ok(file)
}

fn archive(binary: &[u8], file: File) -> io::Result<()> {
    // Neither the time nor the owner of the file is written: cargo-lambda's own zip has the time of the build in it.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let options = options.compression_level(Some(LEVEL)).last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(file);
    zip.start_file(BOOTSTRAP, options.unix_permissions(MODE))?;
    zip.write_all(binary)?;
    zip.finish()?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::tests::Scratch;
    use std::io::Read as _;
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_same_binary_gives_the_same_bytes() {
        let scratch = Scratch::new();
        fs::create_dir(&scratch.0).unwrap();
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let zipped = [0, 1_000_000].map(|age| {
            let binary = scratch.0.join(format!("binary-{age}"));
            fs::write(&binary, &bytes).unwrap();
            let then = SystemTime::now() - Duration::from_secs(age);
            File::options().write(true).open(&binary).unwrap().set_modified(then).unwrap();
            let zip = write(&binary, &scratch.0.join(age.to_string()), "status").unwrap();
            assert_eq!(zip.file_name().unwrap(), "status.zip");
            fs::read(zip).unwrap()
        });
        assert!(zipped[0] == zipped[1]);
        assert!(zipped[0].len() < bytes.len());
        let mut archive = zip::ZipArchive::new(io::Cursor::new(&zipped[0])).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name(BOOTSTRAP).unwrap();
        assert_eq!(file.unix_mode().map(|it| it & 0o777), Some(MODE));
        let mut read = Vec::new();
        file.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }

    #[test]
    fn what_fails_leaves_nothing_behind() {
        let scratch = Scratch::new();
        fs::create_dir(&scratch.0).unwrap();
        let taken = scratch.0.join("status.zip");
        fs::create_dir(&taken).unwrap();
        fs::write(scratch.0.join("status"), b"x").unwrap();
        write(&scratch.0.join("status"), &scratch.0, "status").unwrap_err();
        assert_eq!(fs::read_dir(&scratch.0).unwrap().count(), 2);
    }
}
