//! Hostile inputs: the corpora of the fuzz targets played back, properties that hold for all inputs, and the table of
//! special addresses against a second opinion. The README of `tests/fuzz` tells how to look for more.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../fuzz/src/bodies/mod.rs"]
mod bodies;
mod properties;
mod replay;
mod special;
