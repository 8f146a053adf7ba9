//! The fuzz target `answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| codebind_fuzz::run("answer", data));
