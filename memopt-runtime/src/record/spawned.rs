//! Tasks whose future is that of a tracked function: task and function are one site.

use crate::report::SiteKind;
use crate::site::Site;
use std::collections::HashMap;
use std::ptr;

/// The function of each site that a spawn made, where the function is tracked itself: it lies below
/// the spawn's site and has the same name. The nodes are given by parent and site.
pub(super) fn functions(
    nodes: impl Iterator<Item = (Option<usize>, &'static Site)>,
) -> HashMap<*const Site, &'static Site> {
    let mut found = HashMap::new();
    let mut sites: Vec<&'static Site> = Vec::new();
    for (parent, site) in nodes {
        sites.push(site);
        let Some(above) = parent.map(|at| sites[at]) else { continue };
        if is_task_of(above, site) {
            found.insert(ptr::from_ref(above), site);
        }
    }
    found
}

/// Whether `task` is the site of a spawn of `function`'s future.
pub(crate) fn is_task_of(task: &Site, function: &Site) -> bool {
    task.kind() == SiteKind::Future
        && function.kind() == SiteKind::AsyncFunction
        && task.full_name() == function.full_name()
}
