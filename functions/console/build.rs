//! Embeds the page: each asset plain and compressed, and one version over all of them (S-69). It tells cargo nothing, and
//! so runs whenever a file of the package has changed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, error, fs};

use flate2::{Compression, GzBuilder};
use ring::digest::{Context, SHA256};

/// What may be an asset, with its media type.
const KINDS: [(&str, &str); 3] =
    [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"), ("svg", "image/svg+xml")];

/// How much of the hash names a version: as much as nobody meets twice.
const VERSION_LENGTH: usize = 16;

#[expect(clippy::disallowed_methods, reason = "it is cargo that tells a build script where to write, and no operator")]
fn main() -> Result<(), Box<dyn error::Error>> {
    let page = Path::new("page");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut hash = Context::new(&SHA256);
    let mut assets = String::new();
    for path in files(page)? {
        let Some(kind) = kind(&path) else { continue };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
        let bytes = fs::read(&path)?;
        // With their lengths: what ends one is not what begins the next.
        for part in [name.as_bytes(), &bytes] {
            hash.update(&u64::try_from(part.len())?.to_be_bytes());
            hash.update(part);
        }
        fs::write(out.join(name), &bytes)?;
        fs::write(out.join(format!("{name}.gz")), gzip(&bytes)?)?;
        writeln!(
            assets,
            "        codebind::edge::console::Asset {{ name: {name:?}, kind: {kind:?}, text: include_str!({name:?}), \
             gzip: include_bytes!(\"{name}.gz\") }},"
        )?;
    }
    let mut version = hash.finish().as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    version.truncate(VERSION_LENGTH);
    fs::copy(page.join("index.html"), out.join("index.html"))?;
    let code = format!(
        "/// The page, as it is in `page/`.\n\
         pub static PAGE: codebind::edge::console::Page = codebind::edge::console::Page {{\n    \
         index: include_str!(\"index.html\"),\n    version: {version:?},\n    assets: &[\n{assets}    ],\n}};\n"
    );
    Ok(fs::write(out.join("page.rs"), code)?)
}

/// The files of the page, always in the same order.
fn files(page: &Path) -> Result<Vec<PathBuf>, Box<dyn error::Error>> {
    let mut files = fs::read_dir(page)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    Ok(files)
}

fn kind(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    KINDS.iter().find(|it| it.0 == extension).map(|it| it.1)
}

/// Compressed, without a time in it: the same page makes the same function.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
