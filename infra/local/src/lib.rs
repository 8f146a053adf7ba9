#![doc = include_str!("../README.md")]

mod authorizer;
pub mod build;
mod claims;
mod cors;
mod crew;
mod data;
mod dev;
mod dynamodb;
mod emulator;
mod environment;
mod error;
mod event;
mod forward;
mod function;
mod gateway;
pub mod iam;
mod ids;
mod issuer;
mod kms;
mod output;
mod pool;
mod ports;
mod response;
pub mod routes;
mod runtime_api;
mod secrets_manager;
mod server;
pub mod simulator;
pub mod template;
mod worker;
mod world;

pub use data::Storage;
pub use error::Error;
pub use function::{FUNCTIONS, Function};
pub use secrets_manager::SecretsManager;
pub use world::{World, WorldOptions};
