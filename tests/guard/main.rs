//! The address guard, against the release binaries as they are: no packet leaves for a refused address (S-25).
//!
//! `cargo guard` builds the functions for release and runs what is in [`inside`] in a private network, in which every
//! address of the internet is this machine and every packet is seen. Where such a network is not permitted it says so,
//! and runs [`in_process`] instead, which plain `cargo test` runs too.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a panic is how a scenario fails")]

mod hostile;
mod in_process;
mod inside;
mod names;
mod network;
mod packets;
mod refused;
mod server;

#[test]
#[ignore = "builds the functions for release: run it with `cargo guard`"]
fn the_guard_holds_in_the_release_binaries() {
    // what each of them takes is said where it is shown, in `inside`.
    tests::build_release();
    match network::way_in() {
        Ok(way) => {
            let passed = network::run(network::inside(&way, &["inside::", "--ignored", "--test-threads=1"]));
            assert!(passed > 0, "nothing ran inside the private network");
        }
        Err(why) => {
            network::shout(&format!(
                "THE ADDRESS GUARD WAS NOT SHOWN AGAINST THE RELEASE BINARIES: a private network is not to be had \
                 here.\n{why}\nIt takes `unshare` and `ip` (util-linux and iproute2), and root or user namespaces. \
                 What can be shown inside this process runs instead."
            ));
            assert!(network::run(network::outside(&["in_process::"])) > 0, "nothing ran inside this process");
        }
    }
}
