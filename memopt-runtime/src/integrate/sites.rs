//! Sites made while the program runs, one for each key, never freed.
//!
//! A site has to live as long as the process, since trees and records point at it. So keys must be
//! few: places in the source, or names under a limit.

use crate::site::{Place, Site, SiteKind};
use crate::untracked;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Chains; a program has some hundreds of spans and routes.
const CHAINS: usize = 256;

/// Sites by key. Finding one takes no lock.
#[derive(Debug)]
pub(super) struct Sites<K> {
    chains: [OnceLock<Box<Entry<K>>>; CHAINS],
    made: AtomicUsize,
}

#[derive(Debug)]
struct Entry<K> {
    key: K,
    site: Site,
    next: OnceLock<Box<Self>>,
}

impl<K> Sites<K> {
    pub(super) const fn new() -> Self {
        Self { chains: [const { OnceLock::new() }; CHAINS], made: AtomicUsize::new(0) }
    }

    /// Sites made so far.
    #[cfg(feature = "tower")]
    pub(super) fn made(&self) -> usize {
        self.made.load(Relaxed)
    }

    /// The site of the key that `is` tells, if it was made.
    #[cfg(feature = "tower")]
    pub(super) fn find(&'static self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&'static Site> {
        let mut at = self.chains[hash as usize % CHAINS].get();
        while let Some(entry) = at {
            if is(&entry.key) {
                return Some(&entry.site);
            }
            at = entry.next.get();
        }
        None
    }

    /// The site of the key that `is` tells; `make` gives key and site of a new one.
    pub(super) fn find_or_make(
        &'static self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        make: impl Fn() -> (K, Site),
    ) -> &'static Site {
        let mut place = &self.chains[hash as usize % CHAINS];
        loop {
            // Whoever loses the race for the end of the chain looks at what the winner put there,
            // and goes on.
            let entry = place.get_or_init(|| {
                self.made.fetch_add(1, Relaxed);
                untracked(|| {
                    let (key, site) = make();
                    Box::new(Entry { key, site, next: OnceLock::new() })
                })
            });
            if is(&entry.key) {
                return &entry.site;
            }
            place = &entry.next;
        }
    }
}

/// A site that is called `name`. The optimizer leaves it alone: nobody annotated it.
pub(super) fn site(kind: SiteKind, name: String, place: Place) -> Site {
    Site::new(kind, String::leak(name), || "", place).named().no_apply()
}

#[cfg(test)]
mod tests {
    use super::{CHAINS, Sites, site};
    use crate::site::{Place, SiteKind};
    use std::ptr;

    const NOWHERE: Place = Place { file: "", line: 0, column: 0, manifest_dir: None };

    #[test]
    fn a_key_has_one_site_whoever_asks_first() {
        static SITES: Sites<u64> = Sites::new();
        // More keys than chains, all of them asked for by four threads.
        let ask = || {
            let of = |key: u64| {
                let make = || (key, site(SiteKind::Span, format!("site {key}"), NOWHERE));
                ptr::from_ref(SITES.find_or_make(key, |k| *k == key, make)).addr()
            };
            (0..2 * CHAINS as u64).map(of).collect::<Vec<_>>()
        };
        let found: Vec<Vec<usize>> = std::thread::scope(|threads| {
            let threads: Vec<_> = (0..4).map(|_| threads.spawn(ask)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|sites| *sites == found[0]));
        let mut distinct = found[0].clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 2 * CHAINS);
        assert_eq!(SITES.made.load(super::Relaxed), 2 * CHAINS);
    }
}
