//! The same, loaded when somebody asks.

use crate::query::Query;
use crate::words::Words;
use memopt::remedy::Lazy;
use memopt_examples::files::Source;
use std::collections::BTreeMap;

/// A package: its files, and what is in them once somebody has asked.
#[memopt::lazy_load]
struct Package {
    files: Vec<Source>,
    #[lazy(load = Self::read)]
    words: Words,
}

impl Package {
    /// A file that is no text has no identifiers; the query for the file says why.
    fn read(&self) -> Words {
        let mut words = Words::default();
        for source in &self.files {
            if let Ok(found) = Words::read(source) {
                words.add(&found);
            }
        }
        words
    }
}

/// The identifiers of one file. Those longest unused go where all together are more than 1 MiB.
#[memopt::lazy_load(max_bytes = "1 MiB")]
fn words_of(name: String, path: std::path::PathBuf) -> Result<Words, String> {
    Words::read(&Source { name, path, bytes: 0, package: 0 })
}

/// By the place of the package.
pub(crate) struct Index(BTreeMap<usize, Package>);

#[memopt::track_alloc]
impl Index {
    #[track_alloc(name = "open")]
    pub(crate) fn new(sources: &[Source]) -> Self {
        let packages = sources.chunk_by(|a, b| a.package == b.package);
        Self(
            packages
                .map(|files| {
                    (files[0].package, Package { files: files.to_vec(), words: Lazy::new() })
                })
                .collect(),
        )
    }

    #[track_alloc(name = "answer")]
    pub(crate) fn answer(&self, query: &Query) -> String {
        match query {
            Query::Package(at, _) => {
                self.0.get(at).map(|package| package.words().top(3)).unwrap_or_default()
            }
            Query::File(source) => match words_of(source.name.clone(), source.path.clone()) {
                Ok(words) => words.top(3),
                Err(error) => error,
            },
        }
    }

    /// How much was loaded, for people.
    #[track_alloc(skip)]
    pub(crate) fn loaded(&self) -> String {
        let loaded = self.0.values().filter(|package| package.words_is_loaded()).count();
        format!("{loaded} of {} packages loaded", self.0.len())
    }

    /// Lets the packages' identifiers go; the next query loads them again. Gives the bytes.
    #[track_alloc(skip)]
    pub(crate) fn unload(&mut self) -> usize {
        let held = self.0.values().map(Package::words_held_bytes).sum();
        for package in self.0.values_mut() {
            drop(package.unload_words());
        }
        held
    }
}
