//! Which page made a request. Browsers send `Origin` with each change, and with each request across
//! origins.

use crate::problem::Problem;
use axum::http::{HeaderMap, Method, StatusCode, header};

pub(crate) fn check(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: header::HeaderName| headers.get(name).map(|it| it.to_str().unwrap_or("null"));
    if let Some(origin) = text(header::ORIGIN) {
        let host = text(header::HOST).unwrap_or_default();
        let name = origin.split_once("://").map(|(_, name)| name);
        if headers.get_all(header::ORIGIN).iter().count() == 1
            && name.is_some_and(|name| name.eq_ignore_ascii_case(host))
        {
            return Ok(());
        }
        return Err(foreign());
    }
    let site = headers.get("sec-fetch-site").map(|it| it.to_str().unwrap_or_default());
    let own = matches!(site, None | Some("same-origin" | "none"));
    if *method == Method::GET || *method == Method::HEAD {
        // A link from elsewhere may lead to the page, and to nothing that costs something.
        let leads = headers.get("sec-fetch-mode").is_some_and(|it| it == "navigate");
        let costs = path.starts_with("/api/") || path.starts_with("/debug/") || path == "/metrics";
        return if own || (leads && !costs) { Ok(()) } else { Err(foreign()) };
    }
    // No browser leaves both out, so there is a cookie only if somebody put it there.
    if own && !headers.contains_key(header::COOKIE) {
        return Ok(());
    }
    Err(foreign())
}

fn foreign() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "the request was made by a page of another origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(method: &Method, path: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let mut all = HeaderMap::new();
        all.insert(header::HOST, "localhost:7700".parse().unwrap());
        for (name, value) in headers {
            all.append(*name, value.parse().unwrap());
        }
        check(method, path, &all).is_ok()
    }

    #[test]
    fn changes_come_from_the_own_page_or_from_no_page() {
        let passes = |headers| passes(&Method::POST, "/api/v1/reclaim", headers);
        assert!(passes(&[("origin", "http://localhost:7700")]));
        assert!(passes(&[("origin", "http://localhost:7700"), ("cookie", "a=b")]));
        assert!(passes(&[]));
        assert!(!passes(&[("cookie", "a=b")]));
        assert!(!passes(&[("origin", "null")]));
        assert!(!passes(&[("origin", "http://localhost:7701")]));
        assert!(!passes(&[("origin", "http://localhost:7700.evil")]));
        assert!(!passes(&[("origin", "http://localhost:7700"), ("origin", "http://evil")]));
        assert!(!passes(&[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&[("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn other_pages_may_link_to_the_page_alone() {
        let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert!(passes(&Method::GET, "/", &link));
        assert!(!passes(&Method::GET, "/api/v1/sites", &link));
        assert!(!passes(&Method::GET, "/debug/pprof/heap", &link));
        assert!(!passes(&Method::GET, "/", &[("sec-fetch-site", "cross-site")]));
        assert!(!passes(&Method::GET, "/", &[("origin", "null")]));
        assert!(passes(&Method::GET, "/api/v1/sites", &[("sec-fetch-site", "same-origin")]));
        assert!(passes(&Method::GET, "/metrics", &[]));
    }
}
