//! What the service does with a request; it does not know where its memory comes from.

use crate::catalog::Catalog;
use serde_json::{Map, Value, json};
use std::fmt;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses the body, looks up every package it names, and says what was found.
pub(crate) fn answer(body: &[u8], catalog: &Catalog) -> Result<String, Refused> {
    let request: Value =
        serde_json::from_slice(body).map_err(|error| Refused(format!("not JSON: {error}")))?;
    let mut found = Found::default();
    found.walk(&request, 1, catalog);
    let answer = json!({
        "commit": request.pointer("/git/sha1"),
        "path": request.get("path_in_vcs"),
        "keys": request.as_object().map(|object| object.keys().take(8).collect::<Vec<_>>()),
        "values": found.values,
        "depth": found.depth,
        "packages": found.packages,
    });
    Ok(answer.to_string())
}

/// What a request is made of.
#[derive(Default)]
struct Found {
    values: u64,
    depth: u64,
    packages: Map<String, Value>,
}

impl Found {
    fn walk(&mut self, value: &Value, depth: u64, catalog: &Catalog) {
        self.values += 1;
        self.depth = self.depth.max(depth);
        match value {
            Value::String(text) => self.look_up(text, catalog),
            Value::Array(values) => {
                values.iter().for_each(|value| self.walk(value, depth + 1, catalog));
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    self.look_up(key, catalog);
                    self.walk(value, depth + 1, catalog);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A name, or a path that ends in one.
    fn look_up(&mut self, text: &str, catalog: &Catalog) {
        let name = text.rsplit('/').next().unwrap_or(text);
        if let Some(versions) = catalog.versions(name) {
            self.packages.insert(name.to_owned(), json!(versions));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::catalog::Catalog;
    use memopt_examples::input::named;
    use serde_json::{Value, json};

    #[test]
    fn packages_are_found_wherever_they_are_named() {
        let catalog = Catalog::of(&named(&["/r/syn-2.0.1".into(), "/r/log-0.4.0".into()]));
        let body =
            br#"{"git": {"sha1": "abc"}, "path_in_vcs": "crates/log", "deps": {"syn": [1]}}"#;
        let answered: Value = serde_json::from_str(&answer(body, &catalog).unwrap()).unwrap();
        let expected = json!({
            "commit": "abc", "path": "crates/log", "keys": ["deps", "git", "path_in_vcs"], "values": 7, "depth": 4,
            "packages": {"log": ["0.4.0"], "syn": ["2.0.1"]},
        });
        assert_eq!(answered, expected);
    }

    #[test]
    fn what_is_no_json_is_refused_with_the_place() {
        let catalog = Catalog::of(&named(&[]));
        let refused = answer(b"{\"a\": // a comment\n1}", &catalog).unwrap_err();
        assert!(refused.to_string().starts_with("not JSON: "), "{refused}");
        assert!(refused.to_string().ends_with("at line 1 column 7"), "{refused}");
    }
}
