//! What starting, looking and unbinding call.

use tests::{GITHUB, GITLAB, Service};

use super::{
    super::{
        deeds::Deed,
        table::{Flow, Weight},
    },
    KEYS, REVOKE, STORAGE, point,
};

const HUB: Service = Service::Provider(GITHUB);
const LAB: Service = Service::Provider(GITLAB);

pub(super) static FLOWS: &[Flow] = &[
    Flow {
        name: "start",
        function: "oauth-start",
        provider: GITHUB,
        deed: Deed::Start,
        success: "started",
        before: &[],
        points: &[point("put", STORAGE, "PutItem", "", Weight::Vital)],
    },
    Flow {
        name: "status",
        function: "status",
        provider: GITHUB,
        deed: Deed::Status,
        success: "listed",
        before: &[],
        points: &[point("list", STORAGE, "Query", "", Weight::Vital)],
    },
    Flow {
        name: "unbind",
        function: "unbind",
        provider: GITHUB,
        deed: Deed::Unbind,
        success: "revoked",
        before: &[],
        points: &[
            point("remove", STORAGE, "UpdateItem", "#unbound_by", Weight::Vital),
            point("open", KEYS, "Decrypt", "", Weight::Receipt("revocation_scheduled")),
            point("revoke", HUB, REVOKE, "", Weight::Receipt("revocation_scheduled")),
            point("settle", STORAGE, "UpdateItem", "REMOVE #revocation", Weight::Beside),
        ],
    },
    Flow {
        name: "unbind_token",
        function: "unbind",
        provider: GITLAB,
        deed: Deed::UnbindToken { token: "glpat-api" },
        success: "revoked",
        before: &[],
        points: &[
            point("remove", STORAGE, "UpdateItem", "#unbound_by", Weight::Vital),
            point("siblings", STORAGE, "Query", "", Weight::Receipt("left_in_place")),
            point("open", KEYS, "Decrypt", "", Weight::Receipt("revocation_scheduled")),
            point("revoke", LAB, "DELETE /self", "", Weight::Receipt("revocation_scheduled")),
            point("settle", STORAGE, "UpdateItem", "REMOVE #revocation", Weight::Beside),
        ],
    },
];
