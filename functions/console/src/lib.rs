//! The console's page, embedded: `build.rs` takes it from `page/`, compresses its assets and names their version.

include!(concat!(env!("OUT_DIR"), "/page.rs"));
