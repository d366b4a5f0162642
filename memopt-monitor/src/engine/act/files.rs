//! What actions write: profiles, differences, incident bundles. All lie beside the history.

use super::{Actor, done};
use crate::clock::Stamp;
use crate::config::Config;
use crate::history::Window;
use crate::profiles::{Kind, Limits, Meta, Profile, Profiles};
use crate::rules::bundle::{self, Bundle};
use crate::rules::{Order, Outcome};
use crate::series::Key;
use memopt_report::file::fresh;
use std::cmp::Reverse;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How far back the series of a bundle go.
const LAST: Duration = Duration::from_secs(15 * 60);
/// Profiles of each kind in a bundle.
const PROFILES: usize = 3;
/// Bytes of a bundle, at most, and of the series in it.
const BUNDLE: u64 = 64 << 20;
const SERIES: u64 = BUNDLE / 4 * 3;

/// The folders.
#[derive(Debug)]
pub(in crate::engine) struct Files {
    folder: PathBuf,
    limits: Limits,
    profiles: Profiles,
}

impl Files {
    /// Beside the history; none where that is in memory alone.
    pub(in crate::engine) fn of(config: &Config) -> Option<Self> {
        let folder = config.storage.path.as_deref()?.parent()?.to_owned();
        let limits = Limits {
            count: config.retention.profiles_count as usize,
            age: config.retention.profiles,
            bytes: config.retention.profiles_total.0,
        };
        let profiles = Profiles::new(folder.join("profiles"), limits);
        Some(Self { folder, limits, profiles })
    }

    pub(in crate::engine) fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// Those of profiles. The clock may be wrong, and judges no age then.
    fn limits(&self, at: Stamp) -> Limits {
        let age = if self.profiles.trusts(at) { self.limits.age } else { Duration::MAX };
        Limits { age, ..self.limits }
    }

    fn path_of(&self, meta: &Meta) -> String {
        self.profiles.path(&meta.id).display().to_string()
    }

    /// Keeps a profile.
    pub(super) fn keep(
        &self,
        profile: &Profile,
        at: Stamp,
        why: &str,
        rule: &str,
    ) -> Result<Outcome, String> {
        let labels = [("rule", rule)];
        let kept = self.profiles.keep(profile, at, why, &labels).map_err(|e| e.to_string())?;
        let outputs = [("path", self.path_of(&kept)), ("id", kept.id.clone())];
        Ok(done(&outputs, kept.bytes, None))
    }

    /// The heap profile that was kept at this moment, by an earlier action of a rule.
    pub(super) fn heap_of(&self, at: Stamp) -> Option<Meta> {
        let is_of = |meta: &Meta| meta.kind == Kind::Heap && meta.unix_ms == at.unix_ms;
        self.profiles.list().into_iter().find(is_of)
    }

    /// Compares the heap profile of this moment with the baseline of this name. It becomes the
    /// baseline where there is none.
    pub(super) fn difference(&self, baseline: &str, at: Stamp) -> Result<Outcome, String> {
        let newest = self.heap_of(at).ok_or("there is no heap profile of this moment")?;
        let Some(before) = self.profiles.baseline(Kind::Heap, baseline) else {
            let named = self.profiles.set_baseline(baseline, &newest.id);
            named.map_err(|error| error.to_string())?;
            let told = format!("there was no `{baseline}`: the new profile is the baseline now");
            return Ok(done(&[("text", told), ("id", newest.id)], 0, None));
        };
        let difference = self.profiles.diff(&before.id, &newest.id).map_err(|e| e.to_string())?;
        let folder = self.folder.join("differences");
        // A name is no way out of the folder.
        let plain = baseline.replace(['/', '\\'], "_");
        let path = folder.join(format!("{plain}-{}.txt", at.unix_ms));
        let text = difference.to_string();
        fs::create_dir_all(&folder)
            .and_then(|()| fresh(&path)?.write_all(text.as_bytes()))
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        clean(&folder, &path, is_difference, self.limits(at));
        Ok(done(&[("path", path.display().to_string())], text.len() as u64, None))
    }

    /// Writes an incident bundle.
    pub(super) fn bundle(&self, order: &Order, actor: &Actor<'_>) -> Result<Outcome, String> {
        let name = bundle::name(&order.rule, actor.at.unix_ms);
        let mut bundle = Bundle::new(&name, actor.at.unix_ms);
        bundle.add("why.txt", "why this bundle was written", order.why.clone());
        let report = actor.program.report();
        bundle.add(
            "report.json",
            "what each site allocated: `Report::from_json`",
            report.to_json(),
        );
        bundle.add("report.txt", "the same as a table", report.to_string());
        bundle.add("findings.txt", "what is worth changing", actor.findings.to_string());
        let activity = actor.program.activity();
        bundle.add("activity.txt", "threads and tasks", activity.to_string());
        match actor.program.heap() {
            Some(mut heap) => {
                memopt_runtime::heap::resolve(&mut heap);
                bundle.add("heap.json", "live blocks: `HeapReport::from_json`", heap.to_json());
            }
            None => bundle.lacks("heap.json", "no blocks are sampled"),
        }
        for kind in [Kind::Heap, Kind::Activity, Kind::Allocation] {
            let all = self.profiles.list().into_iter().filter(|meta| meta.kind == kind);
            for meta in all.take(PROFILES) {
                let name = format!("profiles/{}.json", meta.id);
                bundle.add_file(&name, &meta.why, self.profiles.path(&meta.id));
            }
        }
        let failed = |error: io::Error| format!("the bundle cannot be written: {error}");
        let folder = self.folder.join("bundles");
        let mut keys = actor.history.keys();
        // Those of the whole process first: the others may not fit.
        keys.sort_by_key(|key| key.label.is_some());
        let of = |key: &Key| actor.history.series(key, Window::Last(LAST));
        bundle.add_series(&folder, SERIES, &keys, of).map_err(failed)?;
        bundle.add_config(actor.config);
        let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
        bundle.add_versions([("system", &*system)]);
        let (path, bytes) = bundle.write(&folder, BUNDLE).map_err(failed)?;
        clean(&folder, &path, bundle::is_own, self.limits(actor.at));
        Ok(done(&[("path", path.display().to_string())], bytes, None))
    }
}

/// A bundle is written in less.
const DRAFT: Duration = Duration::from_secs(120);

/// Whether a file of this name is a difference: `BASELINE-UNIX_MS.txt`.
fn is_difference(name: &str) -> bool {
    let parts = name.strip_suffix(".txt").and_then(|name| name.rsplit_once('-'));
    parts.is_some_and(|(baseline, at)| {
        !baseline.is_empty() && !at.is_empty() && at.bytes().all(|it| it.is_ascii_digit())
    })
}

/// Removes the bundles or differences that are over the limits of profiles: the oldest first, and
/// never `newest`. Only names that `is_own` knows: the folder may be somebody else's too. What
/// another process may be writing now is none of them.
fn clean(folder: &Path, newest: &Path, is_own: fn(&str) -> bool, limits: Limits) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let known = |entry: fs::DirEntry| {
        if !entry.file_name().to_str().is_some_and(is_own) {
            return None;
        }
        let of = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let at = of.modified().ok()?;
        let is_draft = entry.file_name().as_encoded_bytes().starts_with(b".");
        if is_draft && at.elapsed().unwrap_or_default() < DRAFT {
            return None;
        }
        Some((at, of.len(), entry.path()))
    };
    let mut all: Vec<(SystemTime, u64, PathBuf)> = entries.filter_map(known).collect();
    all.sort_by_key(|(at, _, path)| Reverse((path == newest, *at)));
    let (mut count, mut bytes) = (0, 0_u64);
    for (at, size, path) in all {
        (count, bytes) = (count + 1, bytes.saturating_add(size));
        let age = at.elapsed().unwrap_or_default();
        let is_over = count > limits.count || bytes > limits.bytes || age > limits.age;
        if is_over && path != newest {
            // Where it cannot be removed, the next one tries again.
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_bundles_go_first_and_the_newest_stays() {
        let folder = std::env::temp_dir().join(format!("memopt-bundles-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, bytes: usize, age: u64| {
            let path = folder.join(name);
            fs::write(&path, vec![0; bytes]).unwrap();
            let at = SystemTime::now() - Duration::from_secs(age);
            fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
            path
        };
        let names = || {
            let mut names: Vec<String> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let mut limits = Limits { count: 3, ..Limits::default() };
        let bundle = |age: u64| format!("incident-{age}-a.tar.gz");
        (1..=4).for_each(|age| drop(write(&bundle(age), 10, age * 60)));
        // What a process that was killed left, and what is no bundle of ours.
        write(".incident-5-a.tar.gz.17", 10, 300);
        // What another process is writing.
        let draft = ".incident-9-b.tar.gz.18";
        write(draft, 10, 9);
        let others = ["incident-report.tar.gz", "readme", "vendor.tar.gz"];
        others.iter().for_each(|name| drop(write(name, 10, 9_000)));
        let left = |ages: &[u64]| {
            let own = ages.iter().map(|age| bundle(*age));
            let all = std::iter::once(draft.to_owned()).chain(own);
            all.chain(others.map(str::to_owned)).collect::<Vec<_>>()
        };
        let newest = write(&bundle(0), 10, 0);
        let clean = |limits| clean(&folder, &newest, bundle::is_own, limits);
        clean(limits);
        assert_eq!(names(), left(&[0, 1, 2]));
        limits.bytes = 15;
        clean(limits);
        assert_eq!(names(), left(&[0]));
        (limits.age, limits.bytes) = (Duration::ZERO, 0);
        clean(limits);
        assert_eq!(names(), left(&[0]), "the one just written");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn differences_are_cleaned_too_and_their_owners_alone() {
        let root = std::env::temp_dir().join(format!("memopt-differences-{}", std::process::id()));
        let mut config = Config::default();
        config.storage.path = Some(root.join("history.redb"));
        config.retention.profiles_count = 2;
        let files = Files::of(&config).unwrap();
        let heap = || Profile::Heap(Box::default());
        let at = |unix_ms| Stamp { run: 1, monotonic_ns: 0, unix_ms };
        let compare = |ms| {
            files.keep(&heap(), at(ms), "", "").unwrap();
            files.difference("good", at(ms))
        };
        let first = compare(1).unwrap();
        assert_eq!(
            first.outputs["text"],
            "there was no `good`: the new profile is the baseline now"
        );
        fs::create_dir_all(root.join("differences")).unwrap();
        fs::write(root.join("differences/notes-7.md"), "mine").unwrap();
        (2..8).for_each(|ms| drop(compare(ms).unwrap()));
        fs::remove_file(root.join("differences/notes-7.md")).expect("it is not memopt's");
        let left = fs::read_dir(root.join("differences")).unwrap();
        let left: Vec<PathBuf> = left.map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
        #[cfg(unix)]
        for path in left {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(root).unwrap();
    }
}
