//! The lists at the end: what is most frequent, largest, most widely used.

use crate::index::Index;
use memopt_examples::units::{count, of};
use std::collections::HashMap;
use std::io::{self, Write};

/// Entries of a list.
const LENGTH: usize = 10;

/// Prints the three lists.
#[memopt::track_alloc(name = "top lists")]
pub(crate) fn print(out: &mut impl Write, index: &Index) -> io::Result<()> {
    let packages = packages_by_identifier(index);
    writeln!(out, "\nmost frequent identifiers")?;
    for (name, times) in most(&index.identifiers) {
        writeln!(out, "  {:>10}  {name}, in {}", count(times), of(packages[&name], "package"))?;
    }
    writeln!(out, "\nlargest packages, by tokens")?;
    for (name, tokens) in most(&index.packages) {
        writeln!(out, "  {:>10}  {name}", count(tokens))?;
    }
    writeln!(out, "\nlargest files, by tokens")?;
    let files = index.files.iter().map(|file| (file.name.clone(), file.tokens)).collect();
    for (name, tokens) in most(&files) {
        writeln!(out, "  {:>10}  {name}", count(tokens))?;
    }
    Ok(())
}

/// The entries with the highest counts; of equals, the first by name.
#[memopt::track_alloc]
fn most(counts: &HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> =
        counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    all.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
    all.truncate(LENGTH);
    all
}

/// In how many packages each identifier occurs.
#[memopt::track_alloc]
fn packages_by_identifier(index: &Index) -> HashMap<String, u64> {
    let mut packages = HashMap::new();
    for key in index.uses.keys() {
        let identifier = key.split(' ').next().unwrap_or_default();
        *packages.entry(identifier.to_string()).or_default() += 1;
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::{most, packages_by_identifier};
    use crate::index::Index;

    #[test]
    fn equal_counts_are_ordered_by_name() {
        let counts = [("b", 1), ("a", 1), ("c", 2)].map(|(name, count)| (name.to_string(), count));
        let names: Vec<String> = most(&counts.into()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["c", "a", "b"]);
    }

    #[test]
    fn an_identifier_counts_once_a_package() {
        let uses =
            [("x one", 5), ("x two", 1), ("y one", 1)].map(|(key, count)| (key.to_string(), count));
        let packages = packages_by_identifier(&Index { uses: uses.into(), ..Index::default() });
        assert_eq!((packages["x"], packages["y"]), (2, 1));
    }
}
