//! The fuzz target `address`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codebind_fuzz::run("address", data));
