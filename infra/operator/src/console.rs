//! `console`: writes the page for hosting it elsewhere, with its configuration, and says which policy to send with it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use codebind::config::{ConfigError, ConsoleConfig};
use console::PAGE;

use crate::Variables;

/// Where to, and which configuration.
#[derive(Debug, Args)]
pub struct Options {
    /// Directory to write the page into; it is made if it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The configuration to put beside it; by default it is made of the variables of the function `console`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Why the page was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable is missing or malformed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Neither a file nor variables say which client the page is.
    #[error("give --config FILE, or set CODEBIND_CONSOLE_CLIENT_ID, CODEBIND_PUBLIC_URL and CODEBIND_ISSUER")]
    NoConfig,
    /// The configuration is none.
    #[error("{} is no configuration: {problem}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Writes the page, and what there is to know of it to `out`.
///
/// # Errors
/// [`Error`].
pub fn run(options: &Options, variables: &Variables, out: &mut impl io::Write) -> Result<(), Error> {
    let (document, policy) = configuration(options, variables)?;
    let assets = options.directory.join(PAGE.version);
    fs::create_dir_all(&assets).map_err(|source| Error::File { path: assets.clone(), source })?;
    for asset in PAGE.assets {
        write(&assets.join(asset.name), asset.text)?;
    }
    write(&options.directory.join("config.json"), &document)?;
    // Last: it names what has to be there by then.
    write(&options.directory.join("index.html"), &PAGE.with_assets_in(&format!("./{}", PAGE.version)))?;
    let directory = options.directory.display();
    let policy = policy.map_or_else(
        || "as infra/aws/README.md says, with the origins of API and issuer in connect-src".to_owned(),
        |policy| format!("\n  {policy}"),
    );
    let text = format!(
        "{directory}/index.html, config.json: serve with cache-control: no-store\n\
         {directory}/{}/: may be cached for good\n\
         content-security-policy of index.html: {policy}\n",
        PAGE.version
    );
    // A closed pipe has nobody behind it who could be told.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

/// The text of `config.json`; and the policy, where the origins that belong into it are known.
fn configuration(options: &Options, variables: &Variables) -> Result<(String, Option<String>), Error> {
    let Some(path) = &options.config else {
        let config: ConsoleConfig = variables.environment().console()?.ok_or(Error::NoConfig)?;
        return Ok((format!("{:#}\n", config.document()), Some(config.policy_elsewhere())));
    };
    let text = fs::read_to_string(path).map_err(|source| Error::File { path: path.clone(), source })?;
    let malformed = |problem: String| Error::Malformed { path: path.clone(), problem };
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    let missing = ["api", "issuer", "client_id"].into_iter().find(|name| !document[*name].is_string());
    missing.map_or(Ok((text, None)), |name| Err(malformed(format!("{name} is missing"))))
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC_URL: (&str, &str) = ("CODEBIND_PUBLIC_URL", "https://api.example.com");
    const ISSUER: (&str, &str) = ("CODEBIND_ISSUER", "https://id.example.com/");
    const CLIENT: (&str, &str) = ("CODEBIND_CONSOLE_CLIENT_ID", "console");

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("codebind-console-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn written(options: &Options, variables: &Variables) -> Result<String, String> {
        let mut out = Vec::new();
        run(options, variables, &mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn the_page_is_whole_wherever_it_is_put() {
        // S-68, S-69
        let scratch = Scratch::new("whole");
        let options = Options { directory: scratch.0.join("new"), config: None };
        let told = written(&options, &[PUBLIC_URL, ISSUER, CLIENT].into()).unwrap();
        let calls = "connect-src 'self' https://api.example.com https://id.example.com;";
        assert!(told.contains(calls), "{told}");
        let read = |name: &str| fs::read_to_string(options.directory.join(name)).unwrap();
        let config: serde_json::Value = serde_json::from_str(&read("config.json")).unwrap();
        assert_eq!((&config["api"], &config["client_id"]), (&"https://api.example.com".into(), &"console".into()));
        let index = read("index.html");
        let named: Vec<_> = index.split("=\"./").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(named.len() > 3 && !index.contains("{assets}"), "{index}");
        for name in named {
            assert!(!read(name).is_empty(), "{name}");
        }
        for asset in PAGE.assets {
            assert_eq!(read(&format!("{}/{}", PAGE.version, asset.name)), asset.text);
        }
    }

    #[test]
    fn a_configuration_of_ones_own_is_taken_as_it_is() {
        let scratch = Scratch::new("own");
        let config = scratch.0.join("own.json");
        let options = Options { directory: scratch.0.join("page"), config: Some(config.clone()) };
        let text =
            r#"{"api": "https://a.example", "issuer": "https://i.example", "client_id": "c", "completion": "console"}"#;
        fs::write(&config, text).unwrap();
        written(&options, &Variables::default()).unwrap();
        assert_eq!(fs::read_to_string(options.directory.join("config.json")).unwrap(), text);
        for (text, problem) in [("{}", "api is missing"), ("[", "is no configuration")] {
            fs::write(&config, text).unwrap();
            let error = written(&options, &Variables::default()).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn without_a_configuration_nothing_is_written() {
        let scratch = Scratch::new("none");
        let options = Options { directory: scratch.0.join("page"), config: None };
        assert!(written(&options, &[PUBLIC_URL, ISSUER].into()).unwrap_err().contains("--config"));
        let error = written(&options, &[ISSUER, CLIENT].into()).unwrap_err();
        assert_eq!(error, "CODEBIND_PUBLIC_URL is missing");
        assert!(!options.directory.exists());
    }
}
