//! The site of a span's callsite.

use crate::integrate::sites::{Sites, site};
use crate::site::{Place, Site, SiteKind};
use std::ptr;
use tracing_core::Metadata;

/// By the address of the metadata, which is static and belongs to one callsite.
static SITES: Sites<usize> = Sites::new();

/// The site of a callsite, made when first asked for.
pub(super) fn site_of(metadata: &'static Metadata<'static>) -> &'static Site {
    let key = ptr::from_ref(metadata).addr();
    // Statics lie 8 bytes apart at least; the product spreads them over the chains.
    let hash = (key as u64 >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    SITES.find_or_make(
        hash,
        |known| *known == key,
        || {
            let place = Place {
                file: metadata.file().unwrap_or(""),
                line: metadata.line().unwrap_or(0),
                column: 1,
                manifest_dir: None,
            };
            (
                key,
                site(SiteKind::Span, format!("{}::{}", metadata.target(), metadata.name()), place),
            )
        },
    )
}
