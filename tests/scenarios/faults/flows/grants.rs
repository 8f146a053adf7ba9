//! What is called where the console completes (S-22).

use tests::{GITHUB, Service};

use super::{
    super::{
        deeds::Deed,
        table::{Flow, Weight},
    },
    ACCOUNT, BINDS, CONSUMED, EXCHANGE, KEY, KEYS, REVOKE, STORAGE, TRANSACTION, point, told,
};

const HUB: Service = Service::Provider(GITHUB);

pub(super) static FLOWS: &[Flow] = &[
    Flow {
        name: "keep",
        function: "oauth-callback",
        provider: GITHUB,
        deed: Deed::Keep,
        success: "complete",
        before: &[],
        points: &[
            point("consume", STORAGE, "UpdateItem", CONSUMED, Weight::Proof),
            point("data_key", KEYS, KEY, "", Weight::Vital),
            point("keep_code", STORAGE, "PutItem", "", Weight::Vital),
        ],
    },
    Flow {
        name: "redeem",
        function: "token-bind",
        provider: GITHUB,
        deed: Deed::Redeem,
        success: "redeemed",
        before: &[],
        points: &[
            point("take_code", STORAGE, "UpdateItem", CONSUMED, Weight::Vital),
            point("open", KEYS, "Decrypt", "", Weight::Vital),
            point("data_key", KEYS, KEY, "", Weight::Vital),
            point("exchange", HUB, EXCHANGE, "", Weight::Exchange),
            point("account", HUB, ACCOUNT, "", Weight::Account),
            point("put_grant", STORAGE, "PutItem", "", Weight::Vital),
        ],
    },
    Flow {
        name: "bind_grant",
        function: "token-bind",
        provider: GITHUB,
        deed: Deed::BindGrant,
        success: "bound",
        before: &[],
        points: &[
            point("find", STORAGE, "GetItem", "", Weight::Vital),
            point("open", KEYS, "Decrypt", "", Weight::Vital),
            point("data_key", KEYS, KEY, "", Weight::Vital),
            point("write", STORAGE, TRANSACTION, BINDS, Weight::Write),
            point("siblings", STORAGE, "Query", "", Weight::Beside),
        ],
    },
    Flow {
        name: "end_grant",
        function: "token-bind",
        provider: GITHUB,
        deed: Deed::EndGrant,
        success: "authorization_invalid",
        before: &[],
        points: &[
            told(STORAGE, "GetItem", ""),
            point("end", STORAGE, "UpdateItem", "#used_by = :me", Weight::Vital),
            point("open", KEYS, "Decrypt", "", Weight::Vital),
            point("revoke", HUB, REVOKE, "", Weight::Beside),
        ],
    },
];
