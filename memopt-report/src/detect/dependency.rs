//! Whose code makes a site's blocks: a dependency's, by sampled stacks or by the source, and what
//! people do about it there.

use super::evidence::Evidence;
use super::subject::Subject;
use crate::CallPath;
use crate::model::heap::{HeapReport, Line};
use crate::units::ratio;
use std::collections::BTreeMap;

/// What people change where these crates allocate.
const ADVICE: [(&str, &str); 8] = [
    (
        "serde_json",
        "read into a struct with `#[derive(Deserialize)]` in place of `serde_json::Value`, which \
         makes a block for each key, string and map; `&str` or `Cow<str>` fields \
         (`#[serde(borrow)]`) copy no strings, `RawValue` leaves a part unread; write with \
         `to_writer` into a buffer that is kept",
    ),
    (
        "regex",
        "compile the expression once (`LazyLock<Regex>`), ask `is_match` or `find` where no groups \
         are needed, and keep `CaptureLocations` in place of `captures` in a loop",
    ),
    ("toml", "read into a struct with `#[derive(Deserialize)]` in place of `toml::Value`"),
    (
        "serde_yaml",
        "read into a struct with `#[derive(Deserialize)]` in place of `serde_yaml::Value`",
    ),
    ("chrono", "write dates with `write!(buffer, \"{}\", ..)` in place of `to_string()`"),
    ("url", "parse each address once and keep it, or compare parts of the text"),
    (
        "prost",
        "decode into a message that is kept (`clear` and `merge`), and use `bytes::Bytes` for \
         fields of bytes",
    ),
    (
        "csv",
        "read into one `StringRecord` or `ByteRecord` with `read_record` in place of `records`",
    ),
];

/// A dependency that makes blocks of a site.
pub(super) struct Inside {
    package: String,
    /// By stacks: its function, and the share of the site's sampled blocks.
    sampled: Option<(String, f64)>,
}

/// The dependency that makes at least half of the site's sampled blocks; without samples the one
/// that its source names, of those that advice is known for.
pub(super) fn of(subject: &Subject<'_>) -> Option<Inside> {
    if let (Some(heap), Some(of_site)) = (subject.report.heap(), subject.of_heap())
        && let Some(found) = by_stacks(heap, &of_site.call_paths, &subject.site.name)
    {
        return Some(found);
    }
    let body = subject.body()?;
    let (package, _) = ADVICE.into_iter().find(|(package, _)| body.names(package))?;
    Some(Inside { package: package.to_owned(), sampled: None })
}

fn by_stacks(heap: &HeapReport, paths: &[&CallPath], site: &str) -> Option<Inside> {
    let own_crate = site.trim_start_matches('<').split("::").next()?;
    let mut blocks: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let mut all = 0.0;
    for path in paths {
        let made = path.allocated.blocks as f64;
        all += made;
        let Some(line) = maker(heap, path) else { continue };
        let package = line.package().filter(|package| *package != own_crate);
        if let Some(package) = package.filter(|_| !line.is_own()) {
            *blocks.entry((package, line.function.as_str())).or_default() += made;
        }
    }
    let mut packages: BTreeMap<&str, f64> = BTreeMap::new();
    for ((package, _), made) in &blocks {
        *packages.entry(package).or_default() += made;
    }
    let (package, made) = packages.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    if all == 0.0 || made / all < 0.5 {
        return None;
    }
    let of_package = blocks.iter().filter(|((of, _), _)| *of == package);
    let ((_, function), _) = of_package.max_by(|a, b| a.1.total_cmp(b.1))?;
    let share = ratio(made as u64, all as u64);
    Some(Inside { package: package.to_owned(), sampled: Some(((*function).to_owned(), share)) })
}

/// The innermost function that is not the allocator's or the standard library's.
fn maker<'a>(heap: &'a HeapReport, path: &CallPath) -> Option<&'a Line> {
    let frames = path.stack.iter().filter_map(|index| heap.frames.get(*index as usize));
    frames.flat_map(|frame| &frame.lines).find(|line| !line.is_allocator())
}

impl Inside {
    /// What people do about this crate, where that is known.
    pub(super) fn advice(&self) -> Option<&'static str> {
        ADVICE.iter().find(|(package, _)| *package == self.package).map(|(_, advice)| *advice)
    }

    pub(super) fn evidence(self) -> Option<Evidence> {
        let (function, share) = self.sampled?;
        Some(Evidence::MadeInside { package: self.package, function, share })
    }
}

#[cfg(test)]
mod tests {
    use super::by_stacks;
    use crate::{CallPath, Estimate, HeapReport, Line, StackFrame};

    #[test]
    fn the_crate_and_its_function_come_from_the_stacks() {
        let registry = "/home/me/.cargo/registry/src/index/serde_json-1.0/src/value/de.rs";
        let frame =
            |function: &str, file: &str| StackFrame::new(1, vec![Line::new(function, file, 1)]);
        let estimate = |blocks| Estimate::exact(blocks * 10, blocks);
        let path = |stack: Vec<u32>, blocks| {
            let mut path =
                CallPath::new(vec!["app::load".to_owned()], estimate(blocks), estimate(0));
            path.stack = stack;
            path
        };
        let mut heap = HeapReport::new(vec![path(vec![0, 1, 2], 90), path(vec![0, 2], 10)]);
        heap.frames = vec![
            frame("alloc::vec::Vec<T,A>::push", ""),
            frame("serde_json::value::de::visit_map", registry),
            frame("app::load", "src/main.rs"),
        ];
        let paths: Vec<&CallPath> = heap.call_paths.iter().collect();
        let found = by_stacks(&heap, &paths, "app::load").unwrap();
        assert!(found.advice().is_some_and(|advice| advice.contains("Deserialize")));
        let text = found.evidence().unwrap().to_string();
        assert!(text.starts_with("90 % of its sampled blocks"), "{text}");
        // A function of the site's own crate is no dependency.
        assert!(by_stacks(&heap, &paths, "serde_json::from_str").is_none());
    }
}
