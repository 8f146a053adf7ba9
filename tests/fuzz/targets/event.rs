//! The fuzz target `event`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codebind_fuzz::run("event", data));
