//! What binding by personal access token calls.

use tests::{CODEUP, GITLAB, Service};

use super::{
    super::{
        deeds::Deed,
        table::{Flow, Weight},
    },
    ACCOUNT, BINDS, KEY, KEYS, RENEWS, STORAGE, point, told,
};

const LAB: Service = Service::Provider(GITLAB);
const UP: Service = Service::Provider(CODEUP);

/// How good tokens begin, and those of a server that cannot tell their scopes.
const GOOD: &str = "glpat-api";
const OLD: &str = "glpat-old";
const FULL: &str = "pt-full";

pub(super) static FLOWS: &[Flow] = &[
    Flow {
        name: "token_bind",
        function: "token-bind",
        provider: GITLAB,
        deed: Deed::Token { renews: false, token: GOOD },
        success: "bound",
        before: &[],
        points: &[
            point("facts", LAB, "GET /self", "", Weight::Verify),
            point("user", LAB, ACCOUNT, "", Weight::Verify),
            point("data_key", KEYS, KEY, "", Weight::Vital),
            point("write", STORAGE, "UpdateItem", BINDS, Weight::Write),
        ],
    },
    Flow {
        name: "token_renewal",
        function: "token-bind",
        provider: GITLAB,
        deed: Deed::Token { renews: true, token: GOOD },
        success: "renewed",
        before: &[],
        points: &[
            told(LAB, "GET /self", ""),
            told(LAB, ACCOUNT, ""),
            told(KEYS, KEY, ""),
            point("refused_write", STORAGE, "UpdateItem", BINDS, Weight::Vital),
            point("fresh_key", KEYS, KEY, "", Weight::Vital),
            point("renew", STORAGE, "UpdateItem", RENEWS, Weight::Write),
        ],
    },
    Flow {
        name: "old_server",
        function: "token-bind",
        provider: GITLAB,
        deed: Deed::Token { renews: false, token: OLD },
        success: "bound",
        before: &[],
        points: &[
            told(LAB, "GET /self", ""),
            told(LAB, ACCOUNT, ""),
            told(KEYS, KEY, ""),
            point("star", LAB, "POST /star", "", Weight::Verify),
            told(STORAGE, "UpdateItem", BINDS),
        ],
    },
    Flow {
        name: "codeup",
        function: "token-bind",
        provider: CODEUP,
        deed: Deed::Token { renews: false, token: FULL },
        success: "bound",
        before: &[],
        points: &[
            told(KEYS, KEY, ""),
            point("user", UP, "GET /user", "", Weight::Ask),
            told(UP, "GET /organizations", ""),
            point("members", UP, "GET /members", "", Weight::Ask),
            told(UP, "GET /departments", ""),
            told(UP, "GET /repositories", ""),
            point("branches", UP, "GET /branches", "", Weight::Ask),
            told(UP, "GET /tags", ""),
            told(UP, "GET /webhooks", ""),
            told(STORAGE, "UpdateItem", BINDS),
        ],
    },
];
