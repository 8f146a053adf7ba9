//! Random identifiers in the shapes that AWS gives them.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE};

/// Identifies a request at the gateway, e.g. `JKJaXmPLvHcESHA=`.
pub(crate) fn gateway_request_id() -> String {
    URL_SAFE.encode(rand::random::<[u8; 11]>())
}

/// Identifies an invocation: a random UUID.
pub(crate) fn invocation_id() -> String {
    let hex = format!("{:032x}", rand::random::<u128>());
    // The version and variant digits of RFC 9562, section 5.4.
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Identifies a request to X-Ray.
pub(crate) fn trace_id() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let random = format!("{:032x}", rand::random::<u128>());
    format!("Root=1-{seconds:08x}-{}", &random[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_right_shape() {
        assert_eq!(gateway_request_id().len(), 16);
        let lengths: Vec<usize> = invocation_id().split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        let lengths: Vec<usize> = trace_id().split('-').map(str::len).collect();
        assert_eq!(lengths, [6, 8, 24]);
    }
}
