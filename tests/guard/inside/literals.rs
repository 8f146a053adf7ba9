//! Refused addresses in every spelling: nothing is sent and nothing is looked up.

use super::Stage;
use crate::refused::spellings;

#[tokio::test]
#[ignore = "needs the private network: cargo guard"]
async fn no_spelling_of_a_refused_address_sends_a_packet() {
    // S-23, S-24, S-25
    let stage = Stage::start().await;
    for (address, code) in spellings() {
        stage.is_refused(&address, code).await;
    }
    stage.assert_reached(&[]);
    assert_eq!(stage.names.asked(), Vec::<String>::new());
}
