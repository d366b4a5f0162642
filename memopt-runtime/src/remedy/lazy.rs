//! Lazy loading: values made when they are first read, kept while they are used, let go when memory
//! is needed.
//!
//! Waiting is by `std` alone: any executor will do.

// Files: `cell` (one value in a struct), `evictable` (one that may go) and `fields` (all of these),
// `loading` (who waits for a load, and who loads), `needs` (loads that would wait for each other),
// `singleton` (one value of a function), `cache`
// (one for each set of arguments) over `recency` (which was used last), `options` (what both are
// told), `loaded` (the handle both give out), `weigh` (bytes a value holds), `idle` (what was not
// used for long).

mod cache;
mod cell;
mod evictable;
mod fields;
mod idle;
mod loaded;
mod loading;
mod needs;
mod options;
mod pinned;
mod recency;
mod singleton;
mod slot;
mod weigh;

pub use self::cache::Cache;
pub use self::cell::Lazy;
pub use self::evictable::Evictable;
pub use self::loaded::Loaded;
pub use self::singleton::Singleton;
pub use self::weigh::{HeldBytes, Shallow, Weigher, weigh_held};

/// What a reclaimable is called: a name, or a function whose type name holds its path.
#[derive(Clone, Copy, Debug)]
enum Name {
    Given(&'static str),
    Path(fn() -> &'static str),
}

impl Name {
    fn text(self) -> String {
        match self {
            Self::Given(name) => name.to_owned(),
            // What the compiler and the macro put around the path of the function is not its name.
            Self::Path(path) => {
                let ours = |part: &str| {
                    ["{{", "__memopt", "__MEMOPT"].iter().any(|own| part.starts_with(own))
                };
                path().split("::").filter(|part| !ours(part)).collect::<Vec<_>>().join("::")
            }
        }
    }
}

#[cfg(test)]
mod tests;
