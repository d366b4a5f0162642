//! Where memory is allocated: a site, or a function outside of every scope; and what a watch
//! remembers of it.

use super::limits;
use super::recent::Recent;
use super::series::{Point, Series};
use crate::{CallPath, Contents, Estimate, HeapReport, Line, SiteReport};

/// What places are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The innermost open site.
    Site(String),
    /// Outside of sites the innermost function of the program's own, and its line.
    Function(String, String, u32),
    /// Without symbols the stack.
    Stack(Vec<u64>),
}

impl Key {
    pub(super) fn of(call_path: &CallPath, heap: &HeapReport) -> Self {
        if let Some(site) = call_path.scopes.last() {
            return Self::Site(site.clone());
        }
        match heap
            .lines(call_path)
            .find(|line| line.is_own())
            .or_else(|| heap.lines(call_path).next())
        {
            Some(line) => Self::Function(line.function.clone(), line.file.clone(), line.line),
            None => Self::Stack(frames(call_path, heap).map(|(address, _)| address).collect()),
        }
    }
}

/// Addresses and lines of a call path's stack, innermost first.
fn frames<'a>(
    call_path: &'a CallPath,
    heap: &'a HeapReport,
) -> impl Iterator<Item = (u64, &'a [Line])> + Clone {
    let frames = call_path.stack.iter().filter_map(|i| heap.frames.get(*i as usize));
    frames.map(|frame| (frame.address, frame.lines.as_slice()))
}

fn functions(call_path: &CallPath, heap: &HeapReport) -> Vec<Function> {
    let lines = frames(call_path, heap).flat_map(|(_, lines)| lines);
    lines.map(|line| Function { name: line.function.clone(), own: line.is_own() }).collect()
}

/// One chain of sites and stack of a place.
#[derive(Clone, Debug)]
pub(super) struct Trail {
    pub(super) scopes: Vec<String>,
    addresses: Vec<u64>,
    /// The same as text, for where there are no symbols.
    unnamed: Vec<String>,
    /// Its functions, innermost first; empty where no snapshot had symbols.
    pub(super) functions: Vec<Function>,
    first_bytes: u64,
    last_bytes: u64,
}

/// A function of a stack.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// Whether it is the program's own.
    pub(super) own: bool,
}

impl Trail {
    /// The stack as text, innermost first: functions, or addresses where there are no symbols.
    pub(super) fn stack(&self) -> Vec<String> {
        if self.functions.is_empty() {
            self.unnamed.clone()
        } else {
            self.functions.iter().map(|function| function.name.clone()).collect()
        }
    }

    fn grown(&self) -> i128 {
        i128::from(self.last_bytes) - i128::from(self.first_bytes)
    }
}

/// When most blocks were in use.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peak {
    pub(super) blocks: u64,
    pub(super) bytes: u64,
    /// Bytes allocated by then.
    pub(super) born_bytes: u64,
}

/// A place's figures in one snapshot, its call paths added up.
#[derive(Clone, Debug, Default)]
pub(super) struct Now {
    pub(super) live: Estimate,
    pub(super) allocated: Estimate,
    pub(super) usable_bytes: u64,
    pub(super) contents: Contents,
    /// Blocks freed whose lifetime is known, and its sum.
    pub(super) freed: u64,
    pub(super) lifetimes_ns: f64,
    /// Most bytes in use that a snapshot need not have seen: at the process's peak.
    pub(super) at_peak: u64,
}

impl Now {
    pub(super) fn add(&mut self, call_path: &CallPath) {
        self.live.add(&call_path.live);
        self.allocated.add(&call_path.allocated);
        self.usable_bytes += call_path.usable_bytes;
        self.contents.looked_at += call_path.contents.looked_at;
        self.contents.never_written += call_path.contents.never_written;
        self.freed += call_path.lifetimes.blocks;
        self.lifetimes_ns += call_path.lifetimes.total_ns;
        self.contents.samples += call_path.contents.samples;
        self.at_peak += call_path.at_peak.bytes;
    }
}

/// Where it stands in the source.
#[derive(Clone, Debug, Default)]
pub(super) struct Location {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) manifest_dir: Option<String>,
}

/// What a watch remembers of a place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) series: Series<Point>,
    /// The newest of it, where the watch is asked for that.
    pub(super) recent: Option<Box<Recent>>,
    pub(super) now: Now,
    pub(super) peak: Peak,
    /// Most bytes in use, of all snapshots.
    pub(super) most_bytes: u64,
    pub(super) location: Location,
    trails: Vec<Trail>,
}

impl Place {
    pub(super) fn new(key: &Key) -> Self {
        let location = match key {
            Key::Function(_, file, line) => {
                Location { file: file.clone(), line: *line, ..Location::default() }
            }
            Key::Site(_) | Key::Stack(_) => Location::default(),
        };
        Self {
            series: Series::default(),
            recent: None,
            now: Now::default(),
            peak: Peak::default(),
            most_bytes: 0,
            location,
            trails: Vec::new(),
        }
    }

    /// Takes in one snapshot.
    pub(super) fn add(
        &mut self,
        mut now: Now,
        at_ns: u64,
        site: Option<&SiteReport>,
        span_ns: Option<u64>,
    ) {
        if now.allocated.bytes < self.now.allocated.bytes {
            // A report that left the place out.
            now.allocated = self.now.allocated;
        }
        let (low, high) = now.live.bytes_interval();
        let mut point = Point {
            at_ns,
            bytes: now.live.bytes,
            low,
            high,
            most: now.live.bytes,
            blocks: now.live.blocks,
            born: now.allocated.blocks,
            live: now.live.blocks,
            ..Point::default()
        };
        if let Some(site) = site {
            point.calls = site.calls;
            point.observed =
                site.capacity.map_or([0; 3], |seen| [seen.count, seen.held_bytes, seen.used_bytes]);
            self.location = Location {
                file: site.file.clone(),
                line: site.line,
                column: site.column,
                manifest_dir: site.manifest_dir.clone(),
            };
        } else if let Some(last) = self.series.points().last() {
            (point.calls, point.observed) = (last.calls, last.observed);
        }
        self.series.push(point);
        if let Some(span_ns) = span_ns {
            let recent = self.recent.get_or_insert_with(|| Box::new(Recent::new(span_ns, at_ns)));
            recent.look_back(span_ns);
            recent.push(point);
        }
        self.most_bytes = self.most_bytes.max(now.live.bytes).max(now.at_peak);
        if now.live.blocks >= self.peak.blocks {
            let (blocks, bytes) = (now.live.blocks, now.live.bytes);
            self.peak = Peak { blocks, bytes, born_bytes: now.allocated.bytes };
        }
        self.now = now;
    }

    /// Notes which chain of sites and stack holds how much.
    pub(super) fn note(&mut self, call_path: &CallPath, heap: &HeapReport) {
        let bytes = call_path.live.bytes;
        let same = |trail: &&mut Trail| {
            trail.scopes == call_path.scopes
                && trail
                    .addresses
                    .iter()
                    .copied()
                    .eq(frames(call_path, heap).map(|(address, _)| address))
        };
        if let Some(trail) = self.trails.iter_mut().find(same) {
            trail.last_bytes = bytes;
            if trail.functions.is_empty() {
                trail.functions = functions(call_path, heap);
            }
            return;
        }
        if self.trails.len() == limits::TRAILS {
            let least = (0..self.trails.len()).min_by_key(|i| self.trails[*i].last_bytes);
            match least.filter(|i| self.trails[*i].last_bytes < bytes) {
                Some(least) => _ = self.trails.swap_remove(least),
                None => return,
            }
        }
        self.trails.push(Trail {
            scopes: call_path.scopes.clone(),
            addresses: frames(call_path, heap).map(|(address, _)| address).collect(),
            unnamed: frames(call_path, heap).map(|(address, _)| heap.unnamed(address)).collect(),
            functions: functions(call_path, heap),
            // In a place that was seen before, it is new.
            first_bytes: if self.series.points().is_empty() { bytes } else { 0 },
            last_bytes: bytes,
        });
    }

    /// The chain and stack that grew most, of those that did alike the one that holds most.
    pub(super) fn main_trail(&self) -> Option<&Trail> {
        self.trails.iter().max_by_key(|trail| (trail.grown(), trail.last_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StackFrame;

    fn frame(address: u64, function: &str, file: &str) -> StackFrame {
        let line = Line { function: function.to_owned(), file: file.to_owned(), line: 7 };
        let lines = if function.is_empty() { Vec::new() } else { vec![line] };
        StackFrame { address, lines }
    }

    fn heap() -> HeapReport {
        let frames = vec![
            frame(1, "alloc::raw_vec::finish_grow", "/rustc/0/library/alloc/src/raw_vec.rs"),
            frame(2, "bytes::BytesMut::reserve", "/home/me/.cargo/registry/src/bytes/lib.rs"),
            frame(3, "shop::basket::add", "src/basket.rs"),
            frame(4, "", ""),
        ];
        HeapReport { frames, ..HeapReport::default() }
    }

    #[test]
    fn outside_of_scopes_the_programs_own_function_is_named() {
        let mut call_path = CallPath { stack: vec![0, 1, 2], ..CallPath::default() };
        let own = Key::Function("shop::basket::add".to_owned(), "src/basket.rs".to_owned(), 7);
        assert_eq!(Key::of(&call_path, &heap()), own);
        call_path.scopes = vec!["shop::main".to_owned(), "shop::serve".to_owned()];
        assert_eq!(Key::of(&call_path, &heap()), Key::Site("shop::serve".to_owned()));
    }

    #[test]
    fn without_symbols_the_stack_tells_places_apart() {
        let call_path = CallPath { stack: vec![3], ..CallPath::default() };
        assert_eq!(Key::of(&call_path, &heap()), Key::Stack(vec![4]));
    }

    #[test]
    fn the_trail_that_grew_is_the_main_one() {
        let mut place = Place::new(&Key::Site("shop::serve".to_owned()));
        let at = |scope: &str, bytes| {
            let live = Estimate { bytes, ..Estimate::default() };
            CallPath { scopes: vec![scope.to_owned()], live, ..CallPath::default() }
        };
        for (steady, growing) in [(1000, 10), (1000, 500)] {
            place.note(&at("steady", steady), &heap());
            place.note(&at("growing", growing), &heap());
        }
        assert_eq!(place.main_trail().unwrap().scopes, ["growing"]);
        // Many small ones do not push the large ones out.
        (0..20).for_each(|i| place.note(&at(&format!("small {i}"), 1), &heap()));
        assert_eq!(place.trails.len(), limits::TRAILS);
        assert_eq!(place.main_trail().unwrap().scopes, ["growing"]);
    }
}
