//! The sites of routes: one for each name, up to a limit, and one for the rest.

use crate::integrate::sites::{Sites, site};
use crate::site::{Place, Site, SiteKind};
use crate::untracked;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

/// By name, in the whole process: a site is never freed, however often layers are made.
static SITES: Sites<String> = Sites::new();

/// A route stands nowhere in the source that we know of.
const NOWHERE: Place = Place { file: "", line: 0, column: 0, manifest_dir: None };

static OTHER_ROUTE: Site =
    Site::new(SiteKind::Request, "other route", || "", NOWHERE).named().no_apply();

/// The site of the route that `name` gives.
///
/// NOTE: threads that meet new routes at the same moment may each make one: there may be as many
/// more sites than `max` as threads.
pub(super) fn site_of_route(name: impl FnOnce() -> Cow<'static, str>, max: usize) -> &'static Site {
    untracked(|| {
        let name = name();
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let hash = hasher.finish();
        let is = |known: &String| *known == *name;
        if let Some(site) = SITES.find(hash, is) {
            return site;
        }
        if SITES.made() >= max {
            return &OTHER_ROUTE;
        }
        SITES.find_or_make(hash, is, || {
            (name.clone().into_owned(), site(SiteKind::Request, name.clone().into_owned(), NOWHERE))
        })
    })
}
