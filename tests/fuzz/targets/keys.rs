//! The fuzz target `keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codebind_fuzz::run("keys", data));
