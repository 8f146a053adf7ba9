//! The scenarios: what codebind promises, shown against its real binaries. The README tells how they work.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a scenario fails")]

mod addresses;
mod api_description;
mod budget;
mod callback;
mod client_secrets;
mod codes;
mod codeup;
mod doctor;
mod every_provider;
mod exchange;
mod faults;
mod grants;
mod headers;
mod late_writes;
mod lease;
mod logs;
mod lost_answers;
mod oauth;
mod owners;
mod permissions;
mod problems;
mod races;
mod requests;
mod restart;
mod return_to;
mod secrets;
mod siblings;
mod status;
mod sweeper;
mod template;
mod tidy;
mod tls;
mod token;
mod unbind;
mod unopened;
