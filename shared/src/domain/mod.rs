//! The nouns: what codebind talks about. No IO, no Lambda, no SDK.

pub mod address;
pub mod answer;
pub mod authorization;
pub mod binding;
pub mod credential;
pub mod deadline;
pub mod event;
pub mod grant;
pub mod owner;
pub mod port_set;
pub mod provider;
pub mod public;
pub mod refresh;
pub mod registration;
pub mod return_to;
pub mod rotation;
pub mod secret;
pub mod sibling;
pub mod text;
pub mod timestamp;
pub mod token_answer;
pub mod verification;
pub mod work;
