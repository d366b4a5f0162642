//! The packages that requests may ask for.

use memopt_examples::input::Packages;
use std::collections::HashMap;

/// Versions by the name of the package.
#[derive(Debug)]
pub(crate) struct Catalog(HashMap<String, Vec<String>>);

impl Catalog {
    pub(crate) fn of(packages: &Packages) -> Self {
        let mut catalog: HashMap<String, Vec<String>> = HashMap::new();
        for package in &packages.list {
            let (name, version) = split(&package.name);
            catalog.entry(name.to_owned()).or_default().push(version.to_owned());
        }
        Self(catalog)
    }

    pub(crate) fn versions(&self, name: &str) -> Option<&[String]> {
        self.0.get(name).map(Vec::as_slice)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// `serde-1.0.219` as `serde` and `1.0.219`; a folder without a version has none.
fn split(folder: &str) -> (&str, &str) {
    let dash = folder
        .match_indices('-')
        .find(|(at, _)| folder[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    dash.map_or((folder, ""), |(at, _)| (&folder[..at], &folder[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{Catalog, split};
    use memopt_examples::input::named;

    #[test]
    fn the_version_begins_at_the_first_dash_before_a_digit() {
        assert_eq!(split("crossbeam-utils-0.8.23"), ("crossbeam-utils", "0.8.23"));
        assert_eq!(split("memopt"), ("memopt", ""));
    }

    #[test]
    fn versions_are_found_by_name() {
        let catalog = Catalog::of(&named(&["/r/syn-2.0.1".into(), "/r/syn-3.0.0".into()]));
        assert_eq!(
            (catalog.len(), catalog.versions("syn").unwrap()),
            (1, &["2.0.1".to_owned(), "3.0.0".to_owned()][..])
        );
        assert!(catalog.versions("none").is_none());
    }
}
