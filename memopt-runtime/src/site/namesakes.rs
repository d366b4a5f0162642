//! Sites whose names would be the same, told apart by the traits they implement.
//!
//! A site is named after its type and method, `app::A::run`. Only where another site that was
//! entered has that name too does the trait stand in it: `app::A::Start::run`, and with its path
//! where that does not suffice.

use super::name::{self, Detail};
use super::{Site, registry};
use crate::thread::untracked::untracked;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

static NAMES: Mutex<Names> = Mutex::new(Names { by_name: None, newest: None });

struct Names {
    /// Who has a name; `None` stands for several sites that were asked to say more.
    by_name: Option<HashMap<String, Option<&'static Site>>>,
    /// The newest site looked at; those registered before it were too.
    newest: Option<&'static Site>,
}

impl Site {
    /// The name reports show: the full path, or the name given.
    pub fn full_name(&self) -> String {
        if self.named {
            return self.name.to_owned();
        }
        untracked(|| NAMES.lock().unwrap_or_else(PoisonError::into_inner).look());
        self.name_with(self.detail())
    }

    fn name_with(&self, detail: Detail) -> String {
        name::full(self.kind, self.name, (self.path)(), detail)
    }

    fn detail(&self) -> Detail {
        Detail::ALL[usize::from(self.detail.load(Relaxed))]
    }

    /// Lets it say more in its name; `false` where there is no more.
    fn says_more(&self) -> bool {
        let next = self.detail.load(Relaxed) + 1;
        let is_more = usize::from(next) < Detail::ALL.len();
        if is_more {
            self.detail.store(next, Relaxed);
        }
        is_more
    }
}

impl Names {
    /// Takes up the sites that were registered since.
    fn look(&mut self) {
        let known = self.newest;
        let is_new = |site: &&Site| known.is_none_or(|known| !ptr::eq(*site, known));
        let new: Vec<&'static Site> = registry::all().take_while(|site| is_new(site)).collect();
        self.newest = new.first().copied().or(known);
        for site in new.into_iter().rev().filter(|site| !site.named) {
            place(self.by_name.get_or_insert_default(), site);
        }
    }
}

/// Gives the site the first name that no other has.
fn place(names: &mut HashMap<String, Option<&'static Site>>, site: &'static Site) {
    loop {
        match names.entry(site.name_with(site.detail())) {
            Entry::Vacant(vacant) => {
                vacant.insert(Some(site));
                return;
            }
            Entry::Occupied(mut occupied) => {
                if let Some(other) = occupied.insert(None)
                    && other.says_more()
                {
                    place(names, other);
                }
            }
        }
        if !site.says_more() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::{Place, SiteKind};

    fn site(path: fn() -> &'static str) -> &'static Site {
        let place = Place { file: "", line: 1, column: 1, manifest_dir: None };
        Box::leak(Box::new(Site::new(SiteKind::Function, "run", path, place)))
    }

    #[test]
    fn only_sites_of_one_name_say_their_traits() {
        let sites = [
            site(|| "app::A::run::__memopt_path"),
            site(|| "<app::A as app::Start>::run::__memopt_path"),
            site(|| "<app::A as app::Work>::run::__memopt_path"),
            site(|| "<app::A as app::other::Work>::run::__memopt_path"),
            site(|| "<app::B as app::Work>::run::__memopt_path"),
        ];
        let mut names = HashMap::new();
        sites.iter().for_each(|site| place(&mut names, site));
        assert_eq!(
            sites.map(|site| site.name_with(site.detail())),
            [
                "app::A::run",
                "app::A::Start::run",
                "app::A::app::Work::run",
                "app::A::app::other::Work::run",
                "app::B::run",
            ]
        );
    }
}
