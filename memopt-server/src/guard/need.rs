//! What a route needs.

use crate::role::Role;
use axum::http::Method;

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// The page, how to log in, whether the program lives.
    Nothing,
    /// The route of metrics, which has tokens of its own.
    Metrics,
    /// The routes of pprof, which have tokens of their own.
    Pprof,
    /// At least this role.
    Role(Role),
}

/// Routes that need more than their method says.
const ADMINISTER: [&str; 4] =
    ["/api/v1/config", "/api/v1/control/optimizer", "/api/v1/control/reset", "/api/v1/bundles"];

/// What a request with this method to this path needs.
pub(crate) fn need(method: &Method, path: &str) -> Need {
    let reads = *method == Method::GET || *method == Method::HEAD;
    let below = |prefix: &str| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if below("/metrics") {
        return Need::Metrics;
    }
    if below("/debug/pprof") {
        return Need::Pprof;
    }
    if path == "/api/v1/session" || path == "/login" || path == "/logout" {
        return Need::Nothing;
    }
    if !below("/api") {
        // The page and its files, the description, the probes: nothing of the program. Nothing
        // there changes anything.
        return Need::Nothing;
    }
    if below("/api/v1/bundles") {
        return Need::Role(Role::Administer);
    }
    if reads {
        return Need::Role(Role::Read);
    }
    if path == "/api/v1/config/validate" {
        return Need::Role(Role::Operate);
    }
    let administers = ADMINISTER.iter().any(|prefix| below(prefix));
    Need::Role(if administers { Role::Administer } else { Role::Operate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_route_has_its_need() {
        for (method, path, expected) in [
            (Method::GET, "/", Need::Nothing),
            (Method::GET, "/assets/ab/app.js", Need::Nothing),
            (Method::POST, "/login", Need::Nothing),
            (Method::GET, "/metrics", Need::Metrics),
            (Method::GET, "/metrics/", Need::Metrics),
            (Method::GET, "/debug/pprof/heap", Need::Pprof),
            (Method::GET, "/api/v1/sites", Need::Role(Role::Read)),
            (Method::GET, "/api/v1/unknown", Need::Role(Role::Read)),
            (Method::GET, "/api/v1/config", Need::Role(Role::Read)),
            (Method::POST, "/api/v1/reclaim", Need::Role(Role::Operate)),
            (Method::DELETE, "/api/v1/profiles/x", Need::Role(Role::Operate)),
            (Method::PUT, "/api/v1/config", Need::Role(Role::Administer)),
            (Method::POST, "/api/v1/config/validate", Need::Role(Role::Operate)),
            (Method::POST, "/api/v1/control/optimizer", Need::Role(Role::Administer)),
            (Method::POST, "/api/v1/control/reset", Need::Role(Role::Administer)),
            (Method::POST, "/api/v1/control/stop", Need::Role(Role::Operate)),
            (Method::GET, "/api/v1/bundles/x", Need::Role(Role::Administer)),
        ] {
            assert_eq!(need(&method, path), expected, "{method} {path}");
        }
    }
}
