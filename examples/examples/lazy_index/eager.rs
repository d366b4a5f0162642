//! As such programs begin: all of it at the start.

use crate::query::Query;
use crate::words::Words;
use memopt_examples::files::Source;
use std::collections::BTreeMap;

struct Package {
    files: BTreeMap<String, Result<Words, String>>,
    words: Words,
}

/// By the place of the package.
pub(crate) struct Index(BTreeMap<usize, Package>);

#[memopt::track_alloc]
impl Index {
    #[track_alloc(name = "open")]
    pub(crate) fn load(sources: &[Source]) -> Self {
        let mut index = BTreeMap::new();
        for package in sources.chunk_by(|a, b| a.package == b.package) {
            let mut loaded = Package { files: BTreeMap::new(), words: Words::default() };
            for source in package {
                let words = Words::read(source);
                if let Ok(words) = &words {
                    loaded.words.add(words);
                }
                loaded.files.insert(source.name.clone(), words);
            }
            index.insert(package[0].package, loaded);
        }
        Self(index)
    }

    #[track_alloc(name = "answer")]
    pub(crate) fn answer(&self, query: &Query) -> String {
        match query {
            Query::Package(at, _) => self.0.get(at).map(|package| package.words.top(3)),
            Query::File(source) => self.0.get(&source.package).and_then(|package| {
                package.files.get(&source.name).map(|words| match words {
                    Ok(words) => words.top(3),
                    Err(error) => error.clone(),
                })
            }),
        }
        .unwrap_or_default()
    }

    #[track_alloc(skip)]
    pub(crate) fn skipped(&self) -> impl Iterator<Item = String> {
        self.0
            .values()
            .flat_map(|package| package.files.values())
            .filter_map(|words| words.as_ref().err().cloned())
    }
}
