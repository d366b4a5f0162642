//! Whether the calls of one site are counted, while the program runs.
//!
//! A site that is switched off is asked about on the slow path of an entry alone, as one that
//! rests. So calls that a thread may make without the slow path are still counted: fewer than 400
//! on each thread. What a call that is not counted allocates belongs to the scope around it, so
//! sums stay exact.

use super::{Site, registry};
use crate::report::SiteId;

/// Whether calls of a site open scopes.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Tracking {
    On,
    /// It costs more than it tells.
    Rests,
    /// Somebody switched it off.
    Off,
}

/// Switches the sites of this id on or off: those that were entered at least once. Their name;
/// `None` where there is none. Call it untracked.
pub fn track_site(id: SiteId, on: bool) -> Option<String> {
    let mut found = None;
    for site in registry::all() {
        let name = site.full_name();
        if id_of(site, &name) == id {
            site.track(if on { Tracking::On } else { Tracking::Off });
            found = Some(name);
        }
    }
    found
}

/// The sites that somebody switched off, with their names. Call it untracked.
pub fn untracked_sites() -> Vec<(SiteId, String)> {
    let off = registry::all().filter(|site| site.is_untracked());
    let named = |site: &'static Site| {
        let name = site.full_name();
        (id_of(site, &name), name)
    };
    off.map(named).collect()
}

/// Name, file and line of every site that was entered. Call it untracked.
pub fn site_places() -> Vec<(String, &'static str, u32)> {
    let place = |site: &'static Site| (site.full_name(), site.place().file, site.place().line);
    registry::all().map(place).collect()
}

fn id_of(site: &Site, name: &str) -> SiteId {
    let place = site.place();
    SiteId::of(name, place.file, place.line, place.column)
}
