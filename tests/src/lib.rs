#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::return_self_not_must_use,
    reason = "a panic is how a scenario fails"
)]

mod answer;
mod binaries;
mod books;
mod border;
mod browser;
mod certificate;
mod completion;
mod consent;
mod description;
mod git;
mod http;
mod journal;
mod log;
mod owner;
mod person;
mod proxy;
mod race;
mod rows;
mod scene;
mod scratch;
mod seals;
mod silence;
mod simulator;
mod sweep;
mod tools;
mod worker;

pub use answer::Answer;
pub use binaries::{build_release, build_release_zips, function_binary, operator_binary};
pub use books::Books;
pub use border::{Border, Service};
pub use browser::Browser;
pub use certificate::{Authority, Identity, certificate_for};
pub use description::{Description, Exchange, Occurrence, Operation};
pub use git::{Git, Ran};
pub use log::Log;
pub use owner::Owner;
pub use person::{Attempt, Person};
pub use proxy::{Call, Fault, Lost, Plan, Proxy};
pub use race::race;
pub use rows::{Item, Rows};
pub use scene::{CONSOLE, Scene, SceneBuilder};
pub use scratch::Scratch;
pub use seals::Seals;
pub use silence::Silence;
pub use simulator::{Seen, SeenToken, Simulator, sha256_hex};
pub use sweep::Published;
pub use tools::{find_program, install_debian_packages, node_packages, python_tools, run};
pub use worker::{Lent, Worker};

/// The provider that most scenarios about OAuth use.
pub const GITHUB: &str = "github";
/// The provider that scenarios about personal tokens use.
pub const GITLAB: &str = "gitlab";
/// An OAuth provider whose tokens live for a day.
pub const GITEE: &str = "gitee";
/// An OAuth provider whose owner is chosen after consent.
pub const BITBUCKET: &str = "bitbucket";
/// The provider of personal tokens whose address is known.
pub const CODEUP: &str = "codeup";
/// An account that a person may consent with.
pub const OCTO: &str = "octo-fake";
/// Another account.
pub const HUBOT: &str = "hubot-fake";
