//! Gives what libFuzzer makes up to `kamaelia_net::fuzz::framing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kamaelia_net::fuzz::framing(data));
