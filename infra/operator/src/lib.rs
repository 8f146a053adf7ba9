#![doc = include_str!("../README.md")]

pub mod console;
pub mod doctor;
pub mod package;
pub mod redirect_uris;
mod report;
mod variables;

pub use variables::{Variables, VariablesError};
