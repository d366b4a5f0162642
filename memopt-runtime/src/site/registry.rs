//! Every site that was entered at least once.

use super::Site;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

static HEAD: AtomicPtr<Site> = AtomicPtr::new(ptr::null_mut());

/// Every site that was entered at least once, newest first.
pub(crate) fn all() -> impl Iterator<Item = &'static Site> {
    let site = |at: *mut Site| {
        // SAFETY: null, or a `&'static Site`; Acquire and the chain of Releases in `register` show
        // its `next`.
        unsafe { at.as_ref() }
    };
    let first: Option<&'static Site> = site(HEAD.load(Ordering::Acquire));
    std::iter::successors(first, move |at| site(at.next.load(Ordering::Relaxed)))
}

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
