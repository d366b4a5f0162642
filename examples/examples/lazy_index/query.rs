//! What is asked of both indexes.

use memopt_examples::files::Source;
use std::fmt;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    /// The most frequent identifiers of the package at this place, with its name.
    Package(usize, String),
    /// Those of one file.
    File(Source),
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(_, name) => write!(f, "package {name}"),
            Self::File(source) => write!(f, "file {}", source.name),
        }
    }
}

/// Queries spread over all packages: half of them ask for a package, half for a file; each comes
/// twice, as users do.
pub(crate) fn some(sources: &[Source], count: usize) -> Vec<Query> {
    let different = count.div_ceil(2);
    (0..count)
        .filter_map(|n| {
            let at = n % different;
            let source = sources.get(at * sources.len() / different)?;
            Some(if at.is_multiple_of(2) {
                let name = source.name.split(['/', '\\']).next().unwrap_or_default();
                Query::Package(source.package, name.to_owned())
            } else {
                Query::File(source.clone())
            })
        })
        .collect()
}
