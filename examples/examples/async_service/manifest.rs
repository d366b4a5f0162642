//! Reads the few facts the service is asked for out of a `Cargo.toml`.
//!
//! No TOML parser: headers and keys at the start of a line are all that is looked at, and what is
//! not understood is passed over.

use serde::{Deserialize, Serialize};

/// What a manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// `package.name`.
    pub(crate) name: String,
    /// `package.version`.
    pub(crate) version: String,
    /// Names of all dependencies: normal, for building, for development, for one platform.
    pub(crate) dependencies: Vec<String>,
}

/// Reads `text`.
#[memopt::track_alloc]
pub(crate) fn parse(text: &str) -> Result<Summary, String> {
    let lines: Vec<String> = text.lines().map(|line| line.trim().to_string()).collect();
    let mut summary = Summary::default();
    let mut section = Vec::new();
    for line in &lines {
        if let Some(header) = line.strip_prefix('[') {
            section = header_parts(header);
            if let Some([.., name]) = dependency_of(&section) {
                summary.dependencies.push(name.clone());
            }
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (unquote(key), unquote(value));
            match section.last().map(String::as_str) {
                Some("package") if key == "name" => summary.name = value,
                Some("package") if key == "version" => summary.version = value,
                Some(last) if is_dependencies(last) => summary.dependencies.push(key),
                _ => {}
            }
        }
    }
    summary.dependencies.sort();
    summary.dependencies.dedup();
    if summary.name.is_empty() {
        return Err("no `name` under `[package]`; is this the manifest of a workspace?".to_owned());
    }
    Ok(summary)
}

/// `target.'cfg(unix)'.dependencies.libc]` as its parts, without the quotes.
#[memopt::track_alloc]
fn header_parts(header: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for c in header.trim_start_matches('[').chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('.', None) => parts.push(String::new()),
            (']', None) => break,
            (c, _) => parts.last_mut().expect("starts with one part").push(c),
        }
    }
    parts
}

/// The section's parts, where it is the table of one dependency.
fn dependency_of(section: &[String]) -> Option<&[String]> {
    let [.., table, _] = section else { return None };
    is_dependencies(table).then_some(section)
}

fn is_dependencies(section: &str) -> bool {
    matches!(section, "dependencies" | "dev-dependencies" | "build-dependencies")
}

fn unquote(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_string()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_both_ways_to_write_a_dependency() {
        let text = "[package]\nname = \"a\"\nversion = '1.2.0'\n[dependencies]\nserde = \"1\"\n\
                    [target.'cfg(windows)'.dependencies.windows-sys]\nversion = \"0.61\"\n[features]\nx = []";
        let summary = parse(text).unwrap();
        assert_eq!((summary.name.as_str(), summary.version.as_str()), ("a", "1.2.0"));
        assert_eq!(summary.dependencies, ["serde", "windows-sys"]);
    }

    #[test]
    fn a_dependency_named_twice_counts_once() {
        let text = "[package]\nname = \"a\"\n[dependencies]\nlibc = \"0\"\n[dev-dependencies.libc]\nversion = \"0\"";
        assert_eq!(parse(text).unwrap().dependencies, ["libc"]);
    }

    #[test]
    fn what_is_no_package_is_an_error() {
        for text in ["", "[workspace]\nmembers = []", "]][[=", "[", "[package]\nname = \"\""] {
            assert!(parse(text).unwrap_err().starts_with("no `name`"), "{text}");
        }
    }
}
