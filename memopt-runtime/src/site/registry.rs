//! Every site that was entered at least once.

use super::Site;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

static HEAD: AtomicPtr<Site> = AtomicPtr::new(ptr::null_mut());

/// Adds a site to the list, once.
pub(crate) fn register(site: &'static Site) {
    if site.registered.swap(true, Ordering::Relaxed) {
        return;
    }
    let mut head = HEAD.load(Ordering::Relaxed);
    loop {
        site.next.store(head, Ordering::Relaxed);
        let own = ptr::from_ref(site).cast_mut();
        // Release: whoever finds the site by the list sees its `next`.
        match HEAD.compare_exchange_weak(head, own, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => head = now,
        }
    }
}
