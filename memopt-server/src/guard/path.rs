//! Paths in their one normal form. What a proxy and a route may read in two ways is refused.

use crate::problem::Problem;
use axum::http::StatusCode;

/// Escapes of `.`, `/` and `\`, and of a zero byte: a route would see them unescaped.
const ESCAPES: [&str; 4] = ["%2e", "%2f", "%5c", "%00"];

pub(crate) fn check(path: &str) -> Result<(), Problem> {
    let lower = path.to_ascii_lowercase();
    let dots = path.split('/').any(|part| part == "." || part == "..");
    let is_normal = path.starts_with('/')
        && !dots
        && !path.contains("//")
        && !path.contains('\\')
        && !ESCAPES.iter().any(|escape| lower.contains(escape));
    if is_normal {
        return Ok(());
    }
    let detail = "the path has `//`, `.`, `..`, `\\` or an escape of one: write it plainly";
    Err(Problem::new(StatusCode::BAD_REQUEST, detail))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_plain_paths_pass() {
        for fine in ["/", "/api/v1/sites", "/api/v1/rules/a%20b", "/assets/..a.js"] {
            assert!(check(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["//x", "/a//b", "/a/../b", "/a/./b", "/..", "/a/%2E%2e/b", "/a%2Fb", "/a\\b", "*", ""]
        {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
