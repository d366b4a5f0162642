//! The sampled heap for Pyroscope, as a profile in pprof's format through its push API: the JSON of
//! `push.v1.PusherService`.

use crate::api::{Format, write};
use crate::app::Shared;
use crate::settings::Push;
use memopt_monitor::profiles::Profile;
use memopt_report::HeapReport;
use serde_json::json;
use std::collections::BTreeMap;

/// Where profiles are pushed.
pub(super) const PATH: &str = "/push.v1.PusherService/Push";

/// Nothing where no block is sampled.
pub(super) fn make(app: &Shared, push: &Push) -> Option<Vec<u8>> {
    let heap = match app.heap.fresh() {
        Some(heap) => HeapReport::clone(&heap),
        None => app.heap_now().ok()?,
    };
    let bytes = write(&Profile::Heap(Box::new(heap)), Format::Pprof).ok()?;
    // By this name Pyroscope knows memory profiles, whose sums of allocations only grow.
    let mut labels = BTreeMap::from([
        ("__name__".to_owned(), "memory".to_owned()),
        ("service_name".to_owned(), app.program_name.clone()),
        ("instance".to_owned(), app.identity.instance.clone()),
    ]);
    if let Some(version) = app.settings.version.clone() {
        labels.insert("version".to_owned(), version);
    }
    let name = std::env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty());
    labels.extend(name.map(|name| ("service_name".to_owned(), name)));
    labels.extend(push.labels.clone());
    let labels: Vec<_> =
        labels.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let samples = json!([{"rawProfile": base64(&bytes)}]);
    serde_json::to_vec(&json!({"series": [{"labels": labels, "samples": samples}]})).ok()
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |at: usize| u32::from(part.get(at).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= part.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_the_standard() {
        // RFC 4648, section 10.
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
