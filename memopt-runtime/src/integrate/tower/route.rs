//! What a request's route is.

use http::{Method, Request};
use std::borrow::Cow;

/// Names the route of a request. Closures `Fn(&Request) -> impl Into<Cow<'static, str>>` do.
pub trait Route<Request> {
    /// The route's name. It becomes a site's, so there should be few.
    fn route(&self, request: &Request) -> Cow<'static, str>;
}

impl<F, N, Request> Route<Request> for F
where
    F: Fn(&Request) -> N,
    N: Into<Cow<'static, str>>,
{
    fn route(&self, request: &Request) -> Cow<'static, str> {
        self(request).into()
    }
}

/// Method and first segment of the path: `GET /users/..` for `/users/7/orders`, `GET /users` for
/// `/users` itself.
///
/// A path alone does not tell which of its segments are ids, so no more than the first is taken,
/// and that one only if it looks like a word of the program's: at most 32 ASCII letters, `-`, `_`
/// and `.`, and no digit but in `v1` and the like. Else it is `*`. Methods other than those of RFC
/// 9110 and `PATCH` are `*` too. Who scans for paths can still name many: they fall under
/// [`max_routes`](super::RequestLayer::max_routes). A router that tells what it matched names
/// routes better.
///
/// ```
/// use http::Request;
/// use memopt::integrate::tower::{FirstSegment, Route};
///
/// let route = |path: &str| FirstSegment.route(&Request::get(path).body(()).unwrap()).into_owned();
/// assert_eq!(route("/"), "GET /");
/// assert_eq!(route("/users?page=2"), "GET /users");
/// assert_eq!(route("/users/7/orders"), "GET /users/..");
/// assert_eq!(route("/v1/users"), "GET /v1/..");
/// assert_eq!(route("/7f3a9"), "GET /*");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FirstSegment;

/// Bytes of a segment that is shown.
const LONGEST: usize = 32;

impl<B> Route<Request<B>> for FirstSegment {
    fn route(&self, request: &Request<B>) -> Cow<'static, str> {
        let known = [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::CONNECT,
            Method::OPTIONS,
            Method::TRACE,
            Method::PATCH,
        ];
        let method = if known.contains(request.method()) { request.method().as_str() } else { "*" };
        let path = request.uri().path().trim_start_matches('/');
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let first = if is_word(first) { first } else { "*" };
        let tail = if rest.is_empty() { "" } else { "/.." };
        format!("{method} /{first}{tail}").into()
    }
}

fn is_word(segment: &str) -> bool {
    let of_word = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '.');
    let is_version = segment.strip_prefix('v').is_some_and(|number| {
        (1..=2).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit())
    });
    segment.len() <= LONGEST && (is_version || segment.chars().all(of_word))
}

#[cfg(test)]
mod tests {
    use super::{FirstSegment, Route};
    use http::Request;

    #[test]
    fn what_may_be_an_id_is_not_shown() {
        let route = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            FirstSegment.route(&request).into_owned()
        };
        for (method, path, expected) in [
            ("POST", "/upload", "POST /upload"),
            ("GET", "/users/", "GET /users"),
            ("GET", "//users/7", "GET /users/.."),
            ("GET", "/robots.txt", "GET /robots.txt"),
            ("GET", "/v12/a", "GET /v12/.."),
            ("GET", "/v123/a", "GET /*/.."),
            ("GET", "/user7", "GET /*"),
            ("GET", "/d%C3%A9j%C3%A0", "GET /*"),
            ("GET", "/abcdefghijklmnopqrstuvwxyzabcdefg", "GET /*"),
            ("BREW", "/pot", "* /pot"),
            ("OPTIONS", "*", "OPTIONS /*"),
        ] {
            assert_eq!(route(method, path), expected, "{method} {path}");
        }
    }
}
