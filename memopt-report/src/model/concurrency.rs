//! Who runs and who waits: every thread and every tracked task that is alive, plain values as
//! everything in a report.

use super::site_id::SiteId;
use super::status::Status;
use super::totals::Totals;
#[cfg(feature = "json")]
use serde::{Deserialize, Serialize};

/// What a thread does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize), serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum RunState {
    /// On a processor, or ready for one.
    Running,
    /// Waiting for an event.
    Sleeping,
    /// Waiting for a device, such as a disk, and not to be interrupted.
    Blocked,
    /// Stopped, by a signal or a debugger.
    Stopped,
    /// The system does not say.
    #[default]
    Unknown,
}

impl RunState {
    /// The word used in printed reports, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sleeping => "sleeping",
            Self::Blocked => "blocked",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}

/// A thread that is alive.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ThreadReport {
    /// Its name when this was read; empty where the system does not say.
    pub name: String,
    /// The number the system knows it by; 0 where that is not known.
    pub os_id: u64,
    /// What it did when this was read.
    pub state: RunState,
    /// What it allocated and freed since it began.
    pub totals: Totals,
    /// Blocks it allocated in a second, over the window.
    pub allocs_per_s: f64,
    /// Bytes it allocated in a second, over the window.
    pub bytes_per_s: f64,
    /// The sites it stands in, outermost first; empty outside every site.
    pub scopes: Vec<String>,
}

impl ThreadReport {
    /// Bytes that the thread allocated minus bytes that it freed, whichever thread allocated those.
    ///
    /// What one thread allocates and hands to another to free stays with the first and is taken off
    /// the second, which may be below zero: the difference of two threads that hand blocks to each
    /// other says who makes and who takes. Over all threads, ended ones included, hand-offs cancel
    /// out.
    pub fn live_bytes(&self) -> i64 {
        self.totals.live_bytes()
    }
}

/// Threads that have ended, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EndedThreads {
    /// How many.
    pub count: u64,
    /// What they allocated and freed.
    pub totals: Totals,
}

impl EndedThreads {
    /// So many threads, which did this together.
    pub fn new(count: u64, totals: Totals) -> Self {
        Self { count, totals }
    }
}

/// Some of a site's tasks that wait in the same place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Waiting {
    /// The sites from the root of the thread to the innermost tracked future that was pending at
    /// the end of the task's last poll.
    pub scopes: Vec<String>,
    /// How many tasks.
    pub tasks: u64,
    /// What they hold, see [`TaskSite::held_bytes`].
    pub held_bytes: i64,
}

/// The live tasks of a site at one reading, or at several that were near to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TaskPoint {
    /// When: nanoseconds since the process was first seen to allocate.
    pub at_ns: u64,
    /// Tasks alive then.
    pub live: u64,
    /// The fewest alive at any reading since the point before.
    pub low: u64,
    /// Those of `live` that are still alive now.
    pub still_live: u64,
}

/// All tasks that were made at one site.
///
/// A task is a tracked future that is not polled within another one, from its first pending poll to
/// its end.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TaskSite {
    /// Full name of the site.
    pub site: String,
    /// Source file of the site, as the compiler saw it.
    pub file: String,
    /// Line of the item's name.
    pub line: u32,
    /// Column of the item's name.
    pub column: u32,
    /// Folder of the package's manifest, to find the file from elsewhere.
    #[cfg_attr(feature = "json", serde(default, skip_serializing_if = "Option::is_none"))]
    pub manifest_dir: Option<String>,
    /// Tasks alive.
    pub live: u64,
    /// Polls of the site that are going on now.
    pub running: u64,
    /// Age of the youngest, ns. Ages are counted from the first pending poll, to some milliseconds.
    pub age_min_ns: u64,
    /// Age that half of the tasks have reached, ns.
    pub age_median_ns: u64,
    /// Age of the oldest, ns.
    pub age_max_ns: u64,
    /// Polls of the live tasks that were pending.
    pub polls: u64,
    /// Bytes the live tasks allocated in their polls less those they freed in them; without what
    /// was made before and moved in.
    pub held_bytes: i64,
    /// Sizes of the live futures themselves, bytes. Of an annotated `async fn` it is the size of
    /// what its first pending `.await` waited for: a lower bound.
    pub future_bytes: u64,
    /// Calls of the site that came to their end, tasks or not.
    pub completed: u64,
    /// Calls of the site that were dropped before.
    pub cancelled: u64,
    /// Calls of the site that panicked.
    pub panicked: u64,
    /// Where the live tasks wait, most tasks first.
    pub waiting: Vec<Waiting>,
    /// The site over the readings, oldest first; old points are thinned out.
    pub history: Vec<TaskPoint>,
}

impl TaskSite {
    /// What the site is known by in every run, on every machine.
    pub fn id(&self) -> SiteId {
        SiteId::of(&self.site, &self.file, self.line, self.column)
    }
}

/// Every thread and every tracked task that is alive. Its `Display` is two tables.
///
/// Neither making, cloning nor dropping it shows in the figures of the program.
#[derive(Debug, PartialEq)]
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Concurrency {
    /// Whether the figures mean anything.
    pub status: Status,
    /// When this was read: nanoseconds since the process was first seen to allocate.
    pub at_ns: u64,
    /// What rates are taken over: nanoseconds up to this reading. See [`since`](Self::since).
    pub window_ns: u64,
    /// The window begins with the process.
    pub since_start: bool,
    /// Threads alive, most bytes first.
    pub threads: Vec<ThreadReport>,
    /// Threads that have ended.
    pub ended: EndedThreads,
    /// What threads did before they were known and after they were gone.
    pub outside: Totals,
    /// Sites that had tasks at this reading or an earlier one, most live tasks first.
    pub tasks: Vec<TaskSite>,
    /// Bytes that the entries of tasks take, free ones included: as many as the most tasks that
    /// were alive at once.
    pub own_bytes: u64,
    /// Times a task was left out because the memory for records had reached its cap.
    pub unlisted: u64,
}

impl Concurrency {
    /// The same with the rates of what happened since an earlier profile of this process, whoever
    /// else took profiles meanwhile.
    ///
    /// Threads are matched by the system's number. If that is not known, rates stay as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::runtime::concurrency;
    ///
    /// let before = concurrency();
    /// // .. a while later ..
    /// let now = concurrency().since(&before);
    /// assert_eq!(now.window_ns, now.at_ns - before.at_ns);
    /// ```
    #[must_use]
    pub fn since(mut self, earlier: &Self) -> Self {
        self.window_ns = self.at_ns.saturating_sub(earlier.at_ns);
        self.since_start = false;
        let seconds = self.window_ns.max(1) as f64 / 1e9;
        for thread in self.threads.iter_mut().filter(|thread| thread.os_id > 0) {
            let same = |before: &&ThreadReport| {
                before.os_id == thread.os_id && before.totals.bytes <= thread.totals.bytes
            };
            // One that is not there has begun since.
            let before = earlier.threads.iter().find(same).map(|before| before.totals);
            let before = before.unwrap_or_default();
            let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
            thread.allocs_per_s = rate(thread.totals.allocs, before.allocs);
            thread.bytes_per_s = rate(thread.totals.bytes, before.bytes);
        }
        self
    }

    /// Nothing alive.
    pub fn empty(status: Status) -> Self {
        Self {
            status,
            at_ns: 0,
            window_ns: 0,
            since_start: true,
            threads: Vec::new(),
            ended: EndedThreads::default(),
            outside: Totals::default(),
            tasks: Vec::new(),
            own_bytes: 0,
            unlisted: 0,
        }
    }

    /// The threads called `name`.
    pub fn threads_named(&self, name: &str) -> impl Iterator<Item = &ThreadReport> {
        self.threads.iter().filter(move |thread| thread.name == name)
    }

    /// The tasks of the site called `name`: by its full name, or the end of it behind a `::`.
    pub fn task_site(&self, name: &str) -> Option<&TaskSite> {
        let ends =
            |site: &TaskSite| site.site.strip_suffix(name).is_some_and(|rest| rest.ends_with("::"));
        self.tasks
            .iter()
            .find(|site| site.site == name)
            .or_else(|| self.tasks.iter().find(|site| ends(site)))
    }

    /// Tasks alive, of all sites.
    pub fn live_tasks(&self) -> u64 {
        self.tasks.iter().map(|site| site.live).sum()
    }
}

impl Clone for Concurrency {
    fn clone(&self) -> Self {
        crate::untracked(|| Self {
            threads: self.threads.clone(),
            tasks: self.tasks.clone(),
            ..*self
        })
    }
}

impl Drop for Concurrency {
    fn drop(&mut self) {
        crate::untracked(|| {
            drop(std::mem::take(&mut self.threads));
            drop(std::mem::take(&mut self.tasks));
        });
    }
}
