//! The page: files that were compressed when this crate was built, by names that hold their hash.

use crate::app::Shared;
use crate::problem::Problem;
use axum::Router;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, Request};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// A file of the page.
struct File {
    name: &'static str,
    kind: &'static str,
    /// As it is.
    plain: &'static [u8],
    /// Compressed by gzip; empty where that is no shorter.
    gzip: &'static [u8],
}

// `BUILD`, the hash of all files; `INDEX` and `REFERENCE`, the two pages; and `FILES`.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// How long a browser may keep a file whose name holds its hash.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The routes of the page and of the reference.
pub(crate) fn routes(_: &Shared) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/docs", get(async |headers: HeaderMap| answer(&REFERENCE, &headers, None)))
        .route("/assets/{build}/{*name}", get(asset))
        .fallback(elsewhere)
}

async fn index(OriginalUri(original): OriginalUri, headers: HeaderMap) -> Response<Body> {
    // Mounted below a path and asked for without a slash at its end: addresses of the page are
    // relative to its folder.
    if !original.path().ends_with('/') {
        let last = original.path().rsplit('/').next().unwrap_or_default();
        let place = HeaderValue::from_str(&format!("{last}/"));
        let place = place.unwrap_or(HeaderValue::from_static("./"));
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response();
    }
    answer(&INDEX, &headers, None)
}

async fn asset(Path((build, name)): Path<(String, String)>, headers: HeaderMap) -> Response<Body> {
    #[cfg(debug_assertions)]
    if let Some(answer) = from_folder(&name) {
        return answer;
    }
    let file = FILES.iter().find(|file| file.name == name).filter(|_| build == BUILD);
    match file {
        Some(file) => answer(file, &headers, Some(FOR_EVER)),
        None => Problem::missing("there is no such file: load the page again").into_response(),
    }
}

/// What is no route: the page where one goes there with a browser, so that each view has an
/// address.
async fn elsewhere(request: Request) -> Response<Body> {
    let headers = request.headers();
    let accepts = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    let is_view = !path.starts_with("/api/") && !path.starts_with("/assets/");
    // Relative addresses hold in the folder of the page alone.
    let is_flat = path.rfind('/') == Some(0);
    let reads = request.method() == axum::http::Method::GET;
    if is_view && is_flat && reads && accepts.contains("text/html") {
        return answer(&INDEX, headers, None);
    }
    StatusCode::NOT_FOUND.into_response()
}

fn answer(file: &File, headers: &HeaderMap, keep: Option<HeaderValue>) -> Response<Body> {
    #[cfg(debug_assertions)]
    if let Some(answer) = from_folder(file.name) {
        return answer;
    }
    let takes = headers.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok());
    let takes_gzip = takes.is_some_and(|takes| takes.contains("gzip"));
    let (body, gzip) = match file.gzip {
        [] => (file.plain, false),
        gzip if takes_gzip => (gzip, true),
        _ => (file.plain, false),
    };
    let mut answer = Response::new(Body::from(body));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.kind));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, keep.unwrap_or(HeaderValue::from_static("no-cache")));
    if gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// While the page is being written: files of the folder that `MEMOPT_SERVER_PAGE` names. Builds for
/// use do not have this.
#[cfg(debug_assertions)]
fn from_folder(name: &str) -> Option<Response<Body>> {
    let folder = std::env::var_os("MEMOPT_SERVER_PAGE")?;
    let path = std::path::Path::new(&folder).join(name);
    let mut bytes = std::fs::read(path).ok()?;
    if name == "index.html" {
        let text = String::from_utf8_lossy(&bytes);
        bytes = text.replace("\"assets/", &format!("\"assets/{BUILD}/")).into_bytes();
    }
    let kind = FILES.iter().find(|file| file.name == name).map(|file| file.kind);
    let kind = kind.or_else(|| match name.rsplit('.').next() {
        Some("html") => Some("text/html; charset=utf-8"),
        Some("css") => Some("text/css; charset=utf-8"),
        Some("js") => Some("text/javascript; charset=utf-8"),
        Some("svg") => Some("image/svg+xml"),
        _ => None,
    });
    let mut answer = Response::new(Body::from(bytes));
    let kind = HeaderValue::from_static(kind.unwrap_or("application/octet-stream"));
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    Some(answer)
}
