//! What each request passes before and behind its route.

mod admit;

use crate::app::Shared;
use crate::problem::Problem;
use crate::role::Role;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tower::ServiceExt;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing but files and answers of this server; nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// The routes behind the guard. All requests go through it, those of no route too.
pub(crate) fn guarded(app: &Shared, routes: Router) -> Router {
    let routes = routes.layer(DefaultBodyLimit::max(app.settings.limits.body_bytes));
    let app = app.clone();
    Router::new().fallback(move |request: Request| {
        let (app, routes) = (app.clone(), routes.clone());
        async move { front(&app, routes, request).await }
    })
}

/// What a port that speaks https answers to plain HTTP. Nothing else is looked at.
#[cfg(feature = "tls")]
pub(crate) fn speaks_https(app: &Shared) -> Router {
    let app = app.clone();
    Router::new().fallback(move || {
        app.counters.refused.fetch_add(1, Relaxed);
        let detail = "this port speaks https: begin the address with `https://`";
        let problem = Problem::new(StatusCode::BAD_REQUEST, detail).into_response();
        let mut answer = finished(problem, &next_id(&app));
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        async { answer }
    })
}

/// The id of a request.
fn next_id(app: &Shared) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", app.identity.started_ms, COUNT.fetch_add(1, Relaxed))
}

async fn front(app: &Shared, routes: Router, request: Request) -> Response<Body> {
    let change = Change::of(&request);
    let (answer, role) = answered(app, routes, request).await;
    if let Some(change) = change {
        change.tell(role, &answer);
    }
    answer
}

/// A request that may change something.
struct Change(Method, String);

impl Change {
    fn of(request: &Request) -> Option<Self> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        // What was in the query is not told: somebody may have put a token there.
        let path = || request.uri().path().chars().take(PATH).collect();
        (!reads).then(|| Self(request.method().clone(), path()))
    }

    /// Who changed what, for the log of the program.
    fn tell(&self, role: Option<Role>, answer: &Response<Body>) {
        let (method, path, status) = (&self.0, &self.1, answer.status().as_u16());
        let id = answer.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let (role, id) = (role.map_or("none", Role::word), id.unwrap_or_default());
        tracing::info!(
            target: "memopt::audit", %method, path = path.as_str(), role, status, request_id = id,
            "a change was asked for"
        );
    }
}

/// Letters of a path that are told.
const PATH: usize = 200;

async fn answered(
    app: &Shared,
    routes: Router,
    mut request: Request,
) -> (Response<Body>, Option<Role>) {
    let id = next_id(app);
    name_host(&mut request);
    let mut role = None;
    let answer = match admit::admit(app, &request) {
        Ok(who) => {
            role = who.0;
            app.counters.requests.fetch_add(1, Relaxed);
            request.extensions_mut().insert(who);
            let time = app.settings.limits.request_time;
            match tokio::time::timeout(time, routes.oneshot(request)).await {
                Ok(Ok(answer)) => answer,
                Err(_) => Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("no answer could be made within {} s", time.as_secs()),
                )
                .after(5)
                .into_response(),
            }
        }
        Err(problem) => {
            app.counters.refused.fetch_add(1, Relaxed);
            problem.into_response()
        }
    };
    (finished(answer, &id), role)
}

/// In HTTP/2 the name stands in `:authority`, which a mounted router sees in the address; `Host`
/// may be absent.
fn name_host(request: &mut Request) {
    if request.version() < Version::HTTP_2 || request.headers().contains_key(header::HOST) {
        return;
    }
    let name = request.uri().authority().and_then(|it| HeaderValue::from_str(it.as_str()).ok());
    if let Some(name) = name {
        request.headers_mut().insert(header::HOST, name);
    }
}

/// Adds what every answer has, and writes problems down.
fn finished(mut answer: Response<Body>, id: &str) -> Response<Body> {
    let status = answer.status();
    if status.is_client_error() || status.is_server_error() {
        let problem = answer.extensions_mut().remove::<Problem>();
        // What axum answers by itself has a text, or nothing.
        let problem = problem.unwrap_or_else(|| Problem::new(status, words(status)));
        let allow = answer.headers_mut().remove(header::ALLOW);
        answer = problem.document(id);
        if let Some(allow) = allow {
            answer.headers_mut().insert(header::ALLOW, allow);
        }
    }
    let headers = answer.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    answer
}

fn words(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "there is no such route: see `docs`",
        StatusCode::METHOD_NOT_ALLOWED => "the route does not know this method: see `Allow`",
        StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than the limit",
        _ => "the request cannot be answered",
    }
}
