//! Who may ask what. It stands before all routes; what it does not let through reaches none.
//!
//! In this order: the process is not a forked child; the path is written in the one normal way; the
//! `Host` is one of ours; not too many requests come; the request was made by our own page or by no
//! page at all; the token is known; its role is enough.

use crate::app::App;
use crate::guard::need::{Need, need};
use crate::guard::{Who, origin, path, token};
use crate::problem::Problem;
use crate::role::Role;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};

/// Lets a request through, or says why not.
pub(super) fn admit(app: &App, request: &Request) -> Result<Who, Problem> {
    if std::process::id() != app.identity.pid {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this is a forked child, and its monitor is in the parent",
        ));
    }
    let (method, headers) = (request.method(), request.headers());
    let at = request.uri().path();
    path::check(at)?;
    app.hosts.check(request.uri(), headers)?;
    // Who looks whether the program lives is not to end it because others ask too often.
    if !matches!(at, "/livez" | "/readyz") {
        app.pace.check()?;
    }
    origin::check(method, at, headers)?;
    let need = need(method, at);
    let who = who(app, headers, need)?;
    match need {
        Need::Nothing => Ok(who),
        Need::Metrics if !app.settings.metrics => Err(switched_off("metrics")),
        Need::Pprof if !app.settings.pprof => Err(switched_off("pprof")),
        Need::Metrics | Need::Pprof => enough(who, Role::Read),
        Need::Role(role) => enough(who, role),
    }
}

fn enough(who: Who, needed: Role) -> Result<Who, Problem> {
    match who.0 {
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "a token is needed: send `Authorization: Bearer ..`, or log in on the page",
        )),
        Some(role) if role < needed => Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("this needs the role `{needed}`, and the token has `{role}`"),
        )),
        Some(_) => Ok(who),
    }
}

fn switched_off(what: &str) -> Problem {
    Problem::missing(format!("`{what}` is switched off in the settings of the server"))
}

/// The one rule of authentication: a token in `Authorization`, or the cookie of a session.
fn who(app: &App, headers: &HeaderMap, need: Need) -> Result<Who, Problem> {
    let settings = &app.settings;
    if settings.tokens.is_empty() {
        let own = match need {
            Need::Metrics => &settings.metrics_tokens,
            Need::Pprof => &settings.pprof_tokens,
            Need::Nothing | Need::Role(_) => return Ok(Who(Some(Role::Administer))),
        };
        // Only that route has tokens: without one of them it is closed.
        let given = bearer(headers)?;
        let known = own.is_empty()
            || given
                .is_some_and(|given| token::among(given, own.iter().map(|it| (it, ()))).is_some());
        return Ok(Who(known.then_some(Role::Read)));
    }
    if let Some(given) = bearer(headers)? {
        let all = settings.tokens.iter().map(|(role, token)| (token, *role));
        let own = match need {
            Need::Metrics => &settings.metrics_tokens[..],
            Need::Pprof => &settings.pprof_tokens[..],
            Need::Nothing | Need::Role(_) => &[],
        };
        let all = all.chain(own.iter().map(|token| (token, Role::Read)));
        return match token::among(given, all) {
            Some(role) => Ok(Who(Some(role))),
            None => Err(Problem::new(StatusCode::UNAUTHORIZED, "the token is not known")),
        };
    }
    Ok(Who(app.sessions.role(headers)))
}

/// The token of `Authorization: Bearer ..`.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match token {
        Some((_, token)) => Ok(Some(token.trim())),
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "`Authorization` must be `Bearer` and a token",
        )),
    }
}
