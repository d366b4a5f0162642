//! Profiles for pprof and what reads its format (`go tool pprof`, Grafana Pyroscope, Speedscope,
//! Polar Signals): gzip over a protocol buffer. `heap` makes one of a heap report, `profile` writes
//! the message, `wire` numbers and texts.

mod heap;
mod profile;
/// The tests' reader of the format.
#[cfg(test)]
#[path = "../../tests/exports/proto.rs"]
mod proto;
mod wire;

use self::profile::{Profile, ValueType};
use self::wire::Message;
use crate::label::OUTSIDE;
use crate::text::names::Labels;
use crate::untracked;
use crate::{HeapReport, Line, Report};
use std::io::{self, Write};

/// The quantities of a heap profile, as the readers of Go's expect them.
const HEAP: [ValueType; 4] = [
    ("alloc_objects", "count"),
    ("alloc_space", "bytes"),
    ("inuse_objects", "count"),
    ("inuse_space", "bytes"),
];

/// The same where nothing is in use: what was at the process's peak.
const AT_PEAK: [ValueType; 4] =
    [HEAP[0], HEAP[1], ("peak_objects", "count"), ("peak_space", "bytes")];

impl HeapReport {
    /// Writes the heap as a gzipped profile for pprof: `go tool pprof -http=: heap.pb.gz`.
    ///
    /// Quantities: `alloc_objects`, `alloc_space`, `inuse_objects` and `inuse_space` (shown first),
    /// scaled to all blocks. Where nothing is in use, the last two are `peak_objects` and
    /// `peak_space`: what was in use at the process's peak. Labels: `scope`, the innermost site,
    /// `scopes`, all that were open, separated by ` > `, and `thread`, which allocated what is in
    /// use; so `-tagfocus=scope=parse` shows one site, and `-tags` what there is. Where stacks were
    /// not taken the scopes are the frames. Of a stack the program's own part is in it, see
    /// [`lines`](Self::lines). Addresses without symbols are looked up by pprof, through path and
    /// build id; `drop_frames` hides the allocator among what it finds.
    ///
    /// # Errors
    ///
    /// Where `writer` fails.
    ///
    /// # Limits
    ///
    /// - Without the feature `pprof` the profile is not compressed: ten times as large, and as
    ///   readable to pprof.
    /// - The format has no interval, and the peak only where nothing is in use; the
    ///   [table](Self::table), [JSON](Self::to_json) and [DHAT](Self::to_dhat) do.
    /// - `alloc_objects` and `alloc_space` have no `thread`: which one allocated is known of blocks
    ///   in use alone. Who freed whose blocks is known by site, not by stack
    ///   ([`hand_offs`](Self::hand_offs)), and not in the profile.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::HeapReport;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = Vec::new();
    /// HeapReport::default().write_pprof(&mut file)?;
    /// assert!(!file.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_pprof(&self, writer: impl Write) -> io::Result<()> {
        write(|| heap::profile(&self.resolved()), writer)
    }
}

impl Report {
    /// Writes the site tree as a gzipped profile for pprof: each site is a frame, below those it
    /// was entered from.
    ///
    /// Exact, not sampled: the site tree counts every allocation. Quantities: `alloc_objects` and
    /// `alloc_space` (shown first). What was allocated outside every site is a frame of its own.
    ///
    /// # Errors
    ///
    /// Where `writer` fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = Vec::new();
    /// memopt::report().write_pprof(&mut file)?;
    /// assert!(!file.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn write_pprof(&self, writer: impl Write) -> io::Result<()> {
        write(|| tree_profile(self), writer)
    }
}

/// Writes what `make` gives, compressed. The message and the compressor's tables, some 300 KB, do
/// not show in the figures.
fn write(make: impl FnOnce() -> Message, mut writer: impl Write) -> io::Result<()> {
    let file = untracked(|| compressed(make().as_bytes()));
    let written =
        file.as_ref().map_or(Ok(()), |file| writer.write_all(file).and_then(|()| writer.flush()));
    // Freed where it was made.
    untracked(|| file.map(drop)).and(written)
}

#[cfg(feature = "pprof")]
fn compressed(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(message)?;
    gzip.finish()
}

/// As it is: readers of the format take both.
#[cfg(not(feature = "pprof"))]
#[expect(clippy::unnecessary_wraps, reason = "the same face as with the feature")]
fn compressed(message: &[u8]) -> io::Result<Vec<u8>> {
    Ok(message.to_vec())
}

fn tree_profile(report: &Report) -> Message {
    let mut profile = Profile::new(&HEAP[..2]);
    profile.default_type("alloc_space");
    profile.time(0, report.elapsed().as_nanos() as u64);
    profile.comment("memopt: the site tree, exact");
    let labels = Labels::full(report.sites());
    let mut locations = Vec::with_capacity(report.sites().len());
    for (site, name) in report.sites().iter().zip(&labels.names) {
        let line = Line { function: name.clone(), file: site.file.clone(), line: site.line };
        locations.push(profile.location(0, 0, &[line]));
    }
    for (index, node) in report.tree().nodes().iter().enumerate() {
        if node.own.allocs == 0 && node.own.bytes == 0 {
            continue;
        }
        let path = report.tree().path(index);
        let stack: Vec<u64> = path.iter().rev().map(|&site| locations[site]).collect();
        profile.sample(&stack, &[node.own.allocs, node.own.bytes], &[]);
    }
    let outside = report.unattributed();
    if outside.allocs > 0 || outside.bytes > 0 {
        let line = Line { function: OUTSIDE.to_owned(), ..Line::default() };
        let location = profile.location(0, 0, &[line]);
        profile.sample(&[location], &[outside.allocs, outside.bytes], &[]);
    }
    profile.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    #[test]
    fn the_scope_tree_is_a_profile_of_what_each_site_allocated_itself() {
        let text = proto::decode(tree_profile(&fixture::sample()).as_bytes());
        let samples: Vec<&str> = text
            .split("sample\n")
            .skip(1)
            .map(|s| s.lines().nth(1).unwrap_or_default().trim())
            .collect();
        assert_eq!(
            samples,
            [
                "value [4, 4096]",
                "value [100, 10800000]",
                "value [100000, 6400000]",
                "value [1000, 800000]",
                "value [67, 12345]"
            ],
            "{text}"
        );
        // `app::io::read`, site 2, was entered from `app::main`, site 1.
        assert!(text.contains("sample\n  location [2, 1]\n  value [100, 10800000]\n"), "{text}");
        assert!(text.contains("name \"app::io::read\"\n  file \"src/lib.rs\"\n"), "{text}");
    }

    #[test]
    fn a_writer_that_fails_is_told() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = HeapReport::default().write_pprof(Full).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
