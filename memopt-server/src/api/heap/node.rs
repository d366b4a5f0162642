//! A tree of frames, as a flamegraph shows it.

use memopt_report::{CallPath, HeapReport, Report};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

/// A frame.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Node {
    pub(crate) name: String,
    /// The part of the name before the function.
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    /// `root`, `scope`, `function`, `smaller`.
    pub(crate) kind: &'static str,
    /// What the frame has itself.
    #[serde(rename = "self")]
    pub(crate) own: u64,
    /// With all that is inside.
    pub(crate) total: u64,
    /// What the other profile has there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_self: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_total: Option<u64>,
    #[schema(no_recursion)]
    pub(crate) children: Vec<Node>,
}

/// What a tree of a heap report shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeapWeight {
    /// What is in use.
    Live,
    /// What was in use at the peak of the process.
    Peak,
    /// All that was allocated.
    Allocated,
}

/// Frames above each other at most: a frame is two levels of JSON, and common readers take 128.
const DEEPEST: usize = 56;

impl Node {
    pub(crate) fn new(name: impl Into<String>, kind: &'static str) -> Self {
        Self { name: name.into(), kind, ..Self::default() }
    }

    pub(crate) fn root() -> Self {
        Self::new("all", "root")
    }

    fn function(name: &str, file: &str, line: u32) -> Self {
        Self {
            module: name.rsplit_once("::").map(|(module, _)| module.to_owned()),
            file: (!file.is_empty()).then(|| file.to_owned()),
            line: (line > 0).then_some(line),
            ..Self::new(name, "function")
        }
    }

    /// The site tree by allocated bytes: all of it, or what is inside of one site.
    pub(crate) fn of_scopes(report: &Report, of: Option<usize>) -> Self {
        let nodes = report.tree().nodes();
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut tops = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            match (of, node.parent) {
                (Some(site), _) if node.site == site => tops.push(index),
                (None, None) => tops.push(index),
                _ => {}
            }
            if let Some(parent) = node.parent.filter(|parent| *parent < nodes.len()) {
                inside[parent].push(index);
            }
        }
        let mut root = match of.and_then(|site| report.sites().get(site)) {
            Some(site) => {
                Self { kind: "scope", ..Self::function(&site.name, &site.file, site.line) }
            }
            None => Self { own: report.unattributed().bytes, ..Self::root() },
        };
        for top in tops {
            let node = scope(report, &inside, top, DEEPEST);
            if of.is_some() {
                root.own += node.own;
                node.children.into_iter().for_each(|child| root.merge(child));
            } else {
                root.merge(node);
            }
        }
        root.sum();
        root
    }

    /// The tree of a heap report: the scopes outermost first, then the functions of the stack.
    pub(crate) fn of_heap(
        heap: &HeapReport,
        weight: HeapWeight,
        thread: Option<u32>,
        inverted: bool,
    ) -> Self {
        let mut tree = Building::default();
        for path in &heap.call_paths {
            let bytes = weigh(path, weight, thread);
            if bytes == 0 {
                continue;
            }
            let mut frames = frames(heap, path);
            frames.truncate(DEEPEST);
            if inverted {
                frames.reverse();
            }
            tree.add(frames, bytes);
        }
        let mut root = tree.finish();
        root.sum();
        root
    }

    /// Adds a frame inside, or to the one of its name.
    fn merge(&mut self, other: Self) {
        let same = |child: &&mut Self| child.name == other.name && child.kind == other.kind;
        match self.children.iter_mut().find(same) {
            Some(child) => {
                child.own += other.own;
                other.children.into_iter().for_each(|one| child.merge(one));
            }
            None => self.children.push(other),
        }
    }

    /// Sums up from the leaves, and puts the largest first.
    fn sum(&mut self) -> u64 {
        self.total = self.own + self.children.iter_mut().map(Self::sum).sum::<u64>();
        self.children.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.name.cmp(&b.name)));
        self.total
    }

    /// Adds what another tree has at each frame; frames that only it has are added with nothing.
    pub(crate) fn compare(&mut self, base: Self) {
        (self.base_self, self.base_total) = (Some(base.own), Some(base.total));
        let key = |node: &Self| (node.name.clone(), node.kind);
        let mut others: HashMap<_, Self> =
            base.children.into_iter().map(|child| (key(&child), child)).collect();
        for child in &mut self.children {
            let nothing = Self::new("", child.kind);
            let other = others.remove(&key(child)).unwrap_or(nothing);
            child.compare(other);
        }
        let mut gone: Vec<Self> = others.into_values().collect();
        gone.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.name.cmp(&b.name)));
        for mut one in gone {
            one.go();
            self.children.push(one);
        }
    }

    /// What is only in the other tree.
    fn go(&mut self) {
        (self.base_self, self.base_total) = (Some(self.own), Some(self.total));
        (self.own, self.total) = (0, 0);
        self.children.iter_mut().for_each(Self::go);
    }

    /// Puts frames below this weight together. How many were.
    pub(crate) fn fold(&mut self, least: u64) -> usize {
        let (kept, small): (Vec<Self>, Vec<Self>) = std::mem::take(&mut self.children)
            .into_iter()
            .partition(|child| child.weight() >= least);
        self.children = kept;
        let mut folded: usize = self.children.iter_mut().map(|child| child.fold(least)).sum();
        if let [_, ..] = small.as_slice() {
            folded += small.iter().map(Self::count).sum::<usize>();
            let mut rest = Self::new("(smaller)", "smaller");
            rest.own = small.iter().map(|child| child.total).sum();
            rest.total = rest.own;
            if small.iter().any(|child| child.base_total.is_some()) {
                let base = small.iter().filter_map(|child| child.base_total).sum();
                (rest.base_self, rest.base_total) = (Some(base), Some(base));
            }
            self.children.push(rest);
        }
        folded
    }

    fn weight(&self) -> u64 {
        self.total.max(self.base_total.unwrap_or(0))
    }

    fn count(&self) -> usize {
        1 + self.children.iter().map(Self::count).sum::<usize>()
    }
}

fn scope(report: &Report, inside: &[Vec<usize>], index: usize, deepest: usize) -> Node {
    let node = &report.tree().nodes()[index];
    let mut frame = match report.sites().get(node.site) {
        Some(site) => Node { kind: "scope", ..Node::function(&site.name, &site.file, site.line) },
        None => Node::new("?", "scope"),
    };
    frame.own = node.own.bytes;
    if deepest > 0 {
        for child in &inside[index] {
            frame.merge(scope(report, inside, *child, deepest - 1));
        }
    }
    frame
}

fn weigh(path: &CallPath, weight: HeapWeight, thread: Option<u32>) -> u64 {
    match (weight, thread) {
        (HeapWeight::Live, Some(thread)) => {
            let own = path.live_by_thread.iter().filter(|it| it.thread == thread);
            own.map(|it| it.live.bytes).sum()
        }
        (HeapWeight::Live, None) => path.live.bytes,
        (HeapWeight::Peak, _) => path.at_peak.bytes,
        (HeapWeight::Allocated, _) => path.allocated.bytes,
    }
}

/// The frames of a call path, outermost first.
fn frames<'a>(heap: &'a HeapReport, path: &'a CallPath) -> Vec<Frame<'a>> {
    let scopes = path.scopes.iter().map(|name| Frame { name, kind: "scope", file: "", line: 0 });
    let mut frames: Vec<Frame<'a>> = scopes.collect();
    // Without what every stack has: the allocator inside, the start of the thread outside.
    let mut lines: Vec<Frame<'a>> = heap
        .lines(path)
        .map(|line| Frame {
            name: &line.function,
            kind: "function",
            file: &line.file,
            line: line.line,
        })
        .collect();
    lines.reverse();
    frames.extend(lines);
    frames
}

/// A frame as it is found.
#[derive(Clone, Copy, Debug)]
struct Frame<'a> {
    name: &'a str,
    kind: &'static str,
    file: &'a str,
    line: u32,
}

/// A tree that grows: children are found by name.
#[derive(Debug, Default)]
struct Building<'a> {
    own: u64,
    frame: Option<Frame<'a>>,
    children: HashMap<(&'a str, &'static str), Building<'a>>,
}

impl<'a> Building<'a> {
    fn add(&mut self, frames: Vec<Frame<'a>>, bytes: u64) {
        let mut at = self;
        for frame in frames {
            at = at.children.entry((frame.name, frame.kind)).or_default();
            at.frame.get_or_insert(frame);
        }
        at.own += bytes;
    }

    fn finish(self) -> Node {
        let mut node = match self.frame {
            Some(Frame { name, kind, file, line }) => {
                Node { kind, ..Node::function(name, file, line) }
            }
            None => Node::root(),
        };
        node.own = self.own;
        node.children = self.children.into_values().map(Self::finish).collect();
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::{Estimate, Line, StackFrame};

    fn heap() -> HeapReport {
        let path = |scopes: &[&str], stack: &[u32], bytes| {
            let scopes = scopes.iter().map(|name| (*name).to_owned()).collect();
            let mut path =
                CallPath::new(scopes, Estimate::exact(1, bytes), Estimate::exact(1, bytes));
            path.stack = stack.to_vec();
            path
        };
        let mut heap = HeapReport::new(vec![
            path(&["serve", "parse"], &[0, 1], 70),
            path(&["serve", "parse"], &[1], 20),
            path(&["serve"], &[], 9),
            path(&[], &[1], 1),
        ]);
        let frame = |name: &str| StackFrame::new(0, vec![Line::new(name, "src/a.rs", 3)]);
        heap.frames = vec![frame("app::push"), frame("app::main")];
        heap
    }

    #[test]
    fn a_tree_of_scopes_and_functions() {
        let tree = Node::of_heap(&heap(), HeapWeight::Live, None, false);
        assert_eq!((tree.total, tree.own, tree.children.len()), (100, 0, 2));
        let serve = &tree.children[0];
        assert_eq!((&*serve.name, serve.total, serve.own, serve.kind), ("serve", 99, 9, "scope"));
        let main = &serve.children[0].children[0];
        assert_eq!((&*main.name, main.total, main.own), ("app::main", 90, 20));
        assert_eq!(main.module.as_deref(), Some("app"));
        assert_eq!(main.children[0].total, 70);
    }

    #[test]
    fn upside_down_the_innermost_is_first() {
        let tree = Node::of_heap(&heap(), HeapWeight::Live, None, true);
        let tops: Vec<(&str, u64)> =
            tree.children.iter().map(|node| (&*node.name, node.total)).collect();
        assert_eq!(tops, [("app::push", 70), ("app::main", 21), ("serve", 9)]);
    }

    #[test]
    fn two_trees_are_laid_over_each_other() {
        let mut tree = Node::of_heap(&heap(), HeapWeight::Live, None, false);
        let mut other = heap();
        other.call_paths.remove(2);
        other.call_paths.push(CallPath::new(
            vec!["gone".to_owned()],
            Estimate::exact(1, 5),
            Estimate::exact(1, 5),
        ));
        tree.compare(Node::of_heap(&other, HeapWeight::Live, None, false));
        assert_eq!((tree.total, tree.base_total), (100, Some(96)));
        assert_eq!(tree.children[0].base_self, Some(0));
        let gone = tree.children.last().unwrap();
        assert_eq!((&*gone.name, gone.total, gone.base_total), ("gone", 0, Some(5)));
    }

    #[test]
    fn what_is_small_is_put_together_and_not_lost() {
        let mut tree = Node::of_heap(&heap(), HeapWeight::Live, None, false);
        assert_eq!(tree.fold(10), 1);
        let sum: u64 = tree.children.iter().map(|child| child.total).sum();
        assert_eq!((sum, &*tree.children[1].name), (100, "(smaller)"));
    }
}
