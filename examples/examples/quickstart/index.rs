//! What is known after reading: counts by identifier, by file and by package.

use crate::lex::{Kind, Token};
use crate::walk::Source;
use std::collections::HashMap;

/// One file's figures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileCount {
    /// The file, from its package on.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: u64,
    /// Its lines.
    pub(crate) lines: u64,
    /// Lines that are not blank.
    pub(crate) filled_lines: u64,
    /// Its tokens.
    pub(crate) tokens: u64,
}

/// The whole index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Index {
    /// Every file.
    pub(crate) files: Vec<FileCount>,
    /// How often each identifier occurs.
    pub(crate) identifiers: HashMap<String, u64>,
    /// How often each identifier occurs in one package; the key is `identifier package`.
    pub(crate) uses: HashMap<String, u64>,
    /// Tokens of each package.
    pub(crate) packages: HashMap<String, u64>,
}

#[memopt::track_alloc]
impl Index {
    /// Adds one file.
    pub(crate) fn add(&mut self, source: &Source, text: &str, tokens: &[Token]) {
        let (lines, filled_lines) = count_lines(text);
        self.files.push(FileCount {
            name: source.name.clone(),
            bytes: text.len() as u64,
            lines,
            filled_lines,
            tokens: tokens.len() as u64,
        });
        *self.packages.entry(source.package.clone()).or_default() += tokens.len() as u64;
        for token in tokens {
            if token.kind == Kind::Identifier {
                self.count(&source.package, &token.text);
            }
        }
    }

    fn count(&mut self, package: &str, identifier: &str) {
        *self.identifiers.entry(identifier.to_string()).or_default() += 1;
        *self.uses.entry(format!("{identifier} {package}")).or_default() += 1;
    }

    /// Adds what another thread counted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.files.extend(other.files);
        for (identifier, count) in other.identifiers {
            *self.identifiers.entry(identifier).or_default() += count;
        }
        for (key, count) in other.uses {
            *self.uses.entry(key).or_default() += count;
        }
        for (package, tokens) in other.packages {
            *self.packages.entry(package).or_default() += tokens;
        }
    }

    /// Brings the files into one order, whichever thread read them.
    pub(crate) fn sort(&mut self) {
        self.files.sort();
    }
}

/// Lines, and lines that are not blank.
#[memopt::track_alloc]
fn count_lines(text: &str) -> (u64, u64) {
    let lines: Vec<String> = text.lines().map(|line| line.trim().to_string()).collect();
    let filled = lines.iter().filter(|line| !line.is_empty()).count();
    (lines.len() as u64, filled as u64)
}

#[cfg(test)]
mod tests {
    use super::{Index, count_lines};
    use crate::{lex::Lexer, walk::Source};
    use std::path::PathBuf;

    fn index(package: &str, text: &str) -> Index {
        let name = format!("{package}/lib.rs");
        let path = PathBuf::from(&name);
        let source = Source { package: package.to_owned(), path, name, bytes: text.len() as u64 };
        let mut index = Index::default();
        index.add(&source, text, &Lexer::new(text).tokens());
        index
    }

    #[test]
    fn identifiers_are_counted_in_all_and_by_package() {
        let index = index("a", "fn f() { g(g) }");
        assert_eq!(
            (index.identifiers["g"], index.uses["g a"], index.identifiers.get("fn")),
            (2, 2, None)
        );
        assert_eq!((index.packages["a"], index.files[0].tokens), (10, 10));
    }

    #[test]
    fn merging_in_either_order_gives_the_same() {
        let (a, b) = (index("a", "x y"), index("b", "y z"));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(b);
        ba.merge(a);
        ab.sort();
        ba.sort();
        assert_eq!(ab, ba);
        assert_eq!(ab.identifiers["y"], 2);
    }

    #[test]
    fn blank_lines_are_lines_but_not_filled() {
        assert_eq!(count_lines("a\n\n  \nb"), (4, 2));
        assert_eq!(count_lines(""), (0, 0));
    }
}
