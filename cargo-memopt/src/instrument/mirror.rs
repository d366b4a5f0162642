//! The copy of a package that is compiled: its sources annotated, all else links.
//!
//! A mirror belongs to one package and one set of settings, and lies in `target/memopt`. It holds
//! the folders of the package's crate roots; what lies beside them, up to the workspace's folder,
//! is links. A file is written anew only when the original changes, under a lock, whole or not at
//! all.

mod index;

pub(crate) use self::index::stamp;
use self::index::{FileIndex, Index};
use super::outcome::Plain;
use super::reach::{Free, Reach};
use super::settings::{Settings, fnv, link, replace};
use super::source::Source;
use crate::error::at as of;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Appended to a file that is a crate's root, in no new line.
const ROOT: &str = " #[cfg(all(memopt_root, not(any(OTHERS))))] #[global_allocator] static \
                    __MEMOPT_ALLOC: ::memopt::Alloc = ::memopt::Alloc::system();";

/// The mirror of a package.
pub(crate) struct Mirror<'a> {
    settings: &'a Settings,
    /// The name that patterns know the package by.
    package: String,
    /// What the mirror mirrors: the workspace's folder, or the package's parent.
    base: PathBuf,
    own: PathBuf,
    index: Index,
    _lock: File,
}

/// How a crate's root is to be changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root<'a> {
    /// Below the base.
    pub(crate) path: &'a Path,
    /// In the edition of 2015 a crate is named only after `extern crate`.
    pub(crate) is_2015: bool,
}

impl Root<'_> {
    /// The text of a root, and what stands at its end: memopt's name, and its allocator where the
    /// root has none but under the other `cfg`s.
    fn ended(self, mut text: String, others: Option<&str>) -> String {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        // A comment at the end would swallow it; no line below is anybody's.
        text.push('\n');
        if self.is_2015 {
            text.push_str("extern crate memopt;");
        }
        if let Some(others) = others {
            text.push_str(&ROOT.replace("OTHERS", others));
        }
        text.push('\n');
        text
    }
}

impl<'a> Mirror<'a> {
    /// Opens the mirror of the package at `package`; others wait.
    pub(crate) fn open(
        folder: &Path,
        settings: &'a Settings,
        package: &Path,
        name: &str,
        base: &Path,
    ) -> io::Result<Self> {
        let hash = fnv(package.as_os_str().as_encoded_bytes());
        let own = folder.join(format!("{name}-{hash:016x}"));
        fs::create_dir_all(&own)?;
        let lock = File::create(own.with_extension("lock"))?;
        crate::lock::wait_for(&lock)?;
        let index = Index::read(&own.with_extension("index"));
        let package = name.replace('-', "_");
        Ok(Self { settings, package, base: base.to_owned(), own, index, _lock: lock })
    }

    /// The folder that stands for the base.
    pub(crate) fn path(&self) -> &Path {
        &self.own
    }

    /// Brings the folder of a crate's root up to date.
    pub(crate) fn sync(&mut self, root: Root<'_>, wraps: bool) -> io::Result<()> {
        let folder = root.path.parent().unwrap_or(Path::new(""));
        self.frame(folder)?;
        let mut reach = Reach::default();
        let mut job = Job {
            root,
            wraps,
            folder,
            seen: BTreeSet::new(),
            read: BTreeMap::new(),
            free: Free::default(),
            is_changed: false,
            is_other: false,
        };
        self.survey(&mut job, &mut reach, folder)?;
        job.free = reach.free();
        let known = self.index.free.insert(to_text(folder), job.free.clone());
        job.is_other = known.is_none_or(|known| known != job.free);
        self.folder(&mut job, folder)?;
        let (seen, in_folder) = (&job.seen, folder.to_owned());
        let before = self.index.files.len();
        self.index
            .files
            .retain(|path, _| !Path::new(path).starts_with(&in_folder) || seen.contains(path));
        if job.is_changed || before != self.index.files.len() {
            self.save()?;
        }
        Ok(())
    }

    /// What is known of a file below the base.
    pub(crate) fn file(&self, path: &str) -> Option<&FileIndex> {
        self.index.files.get(path)
    }

    /// Leaves functions as they are from now on, until their file changes. The mirror has to be
    /// brought up to date after it.
    pub(crate) fn leave_plain(&mut self, plain: &BTreeSet<Plain>) -> io::Result<()> {
        for one in plain {
            if let Some(file) = self.index.files.get_mut(&one.file) {
                file.is_stale = true;
                for function in &mut file.functions {
                    if function.lines.start == one.line && function.path == one.path {
                        function.plain = Some(one.reason.clone());
                    }
                }
            }
        }
        self.save()
    }

    /// Annotates functions again that were left: what did not compile was not for the attribute.
    pub(crate) fn annotate_again(&mut self, plain: &BTreeSet<Plain>) -> io::Result<()> {
        for one in plain {
            let Some(file) = self.index.files.get_mut(&one.file) else { continue };
            let is_it =
                |entry: &&mut index::Entry| entry.path == one.path && entry.lines.start == one.line;
            if let Some(entry) = file.functions.iter_mut().find(is_it) {
                entry.plain = None;
                file.is_stale = true;
            }
        }
        self.save()
    }

    /// How many functions are left as they are: others of the package may leave more of them.
    pub(crate) fn count_plain(&self) -> usize {
        let entries = self.index.files.values().flat_map(|file| &file.functions);
        entries.filter(|entry| entry.plain.is_some()).count()
    }

    fn save(&self) -> io::Result<()> {
        replace(&self.own.with_extension("index"), self.index.to_text().as_bytes())
    }

    /// Real folders from the base to `folder`; what lies beside each is a link.
    fn frame(&self, folder: &Path) -> io::Result<()> {
        let mut at = PathBuf::new();
        for part in folder.components() {
            let Component::Normal(name) = part else { continue };
            make_folder(&self.own.join(&at))?;
            let beside = self.base.join(&at);
            for entry in fs::read_dir(&beside).map_err(of(&beside))?.flatten() {
                let to = self.own.join(&at).join(entry.file_name());
                let is_next = entry.file_name() == name;
                if !is_next && !is_target(&entry.path()) && to.symlink_metadata().is_err() {
                    link(&entry.path(), &to)?;
                }
            }
            at.push(name);
        }
        make_folder(&self.own.join(at))
    }

    /// Learns what the functions of a crate call, in all of its files.
    fn survey(&self, job: &mut Job<'_>, reach: &mut Reach, folder: &Path) -> io::Result<()> {
        let original = self.base.join(folder);
        for entry in fs::read_dir(&original).map_err(of(&original))? {
            let entry = entry.map_err(of(&original))?;
            let (path, from) = (folder.join(entry.file_name()), entry.path());
            if is_target(&from) || self.own.starts_with(&from) {
                continue;
            }
            if is_source(&path, &from) {
                let known = self.index.files.get(&to_text(&path));
                let stamp = index::stamp(&from).map_err(of(&from))?;
                if let Some(known) = known.filter(|known| known.stamp == stamp) {
                    known.calls.iter().for_each(|(path, calls)| reach.add(path, calls));
                } else if let Ok(text) = String::from_utf8(fs::read(&from).map_err(of(&from))?) {
                    let source = Source::read(&text);
                    for (path, calls) in source.iter().flat_map(Source::calls) {
                        reach.add(path, calls);
                    }
                    job.read.insert(path, (stamp, text, source));
                }
            } else if is_part(&entry, &path)? {
                self.survey(job, reach, &path)?;
            }
        }
        Ok(())
    }

    fn folder(&mut self, job: &mut Job<'_>, folder: &Path) -> io::Result<()> {
        let own = self.own.join(folder);
        make_folder(&own)?;
        let mut names = BTreeSet::new();
        let original = self.base.join(folder);
        for entry in fs::read_dir(&original).map_err(of(&original))? {
            let entry = entry.map_err(of(&original))?;
            let (name, from) = (entry.file_name(), entry.path());
            let path = folder.join(&name);
            if is_target(&from) || self.own.starts_with(&from) {
                continue;
            }
            names.insert(name);
            if is_source(&path, &from) {
                self.file_of(job, &path)?;
            } else if is_part(&entry, &path)? {
                self.folder(job, &path)?;
            } else {
                let to = self.own.join(&path);
                if to.symlink_metadata().is_err() {
                    link(&from, &to)?;
                }
            }
        }
        // What is no longer there must not be compiled.
        for entry in fs::read_dir(&own)?.flatten() {
            if !names.contains(&entry.file_name()) {
                let gone = entry.path();
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(&gone)?;
                } else {
                    fs::remove_file(&gone)?;
                }
            }
        }
        Ok(())
    }

    fn file_of(&mut self, job: &mut Job<'_>, path: &Path) -> io::Result<()> {
        let (from, to) = (self.base.join(path), self.own.join(path));
        let name = to_text(path);
        job.seen.insert(name.clone());
        let is_root = job.root.path == path;
        let stamp = index::stamp(&from).map_err(of(&from))?;
        let known = self.index.files.get(&name);
        let is_same = known.is_some_and(|known| {
            known.stamp == stamp
                && !known.is_stale
                && !job.is_other
                && (known.is_root || !is_root)
                && known.is_wrapped == job.wraps
                && to.is_file()
        });
        if is_same {
            return Ok(());
        }
        job.is_changed = true;
        let known = known.filter(|known| known.stamp == stamp).cloned().unwrap_or_default();
        let is_root = is_root || known.is_root;
        let mut fresh = FileIndex { stamp, is_root, is_wrapped: job.wraps, ..FileIndex::default() };
        let read = job.read.remove(path).filter(|(read, ..)| *read == stamp);
        let text = match read {
            Some((_, text, source)) => Ok((text, source)),
            None => String::from_utf8(fs::read(&from).map_err(of(&from))?).map(|text| {
                let source = Source::read(&text);
                (text, source)
            }),
        };
        // What is no text is no source either: rustc says so.
        let Ok((text, source)) = text else {
            let _ = fs::remove_file(&to);
            fs::copy(&from, &to)?;
            self.index.files.insert(name, fresh);
            return Ok(());
        };
        let written = match source {
            // What syn cannot read, rustc may: as the root it names memopt for its modules.
            None if is_root => job.root.ended(text, Some("")),
            None => text,
            Some(source) => {
                let module = module_path(&self.package, job.folder, path);
                fresh.has_allocator = source.has_allocator;
                fresh.is_wrapping = !source.allocators.is_empty();
                for function in &source.functions {
                    let plain = known.plain_of(&function.path, function.lines.start);
                    let reaches = job.free.reaches(&function.calls);
                    let is_chosen = self.settings.choice.takes(&module, function, reaches);
                    fresh.functions.push(index::Entry {
                        path: function.path.clone(),
                        lines: function.lines.clone(),
                        mark: 1 + text[..function.at].matches('\n').count(),
                        is_chosen,
                        plain,
                    });
                }
                let calls = source.calls().map(|(path, calls)| (path.to_owned(), calls.clone()));
                fresh.calls = calls.collect();
                let mut entries = fresh.functions.iter();
                let chosen = |_: &_| {
                    entries.next().is_some_and(|entry| entry.is_chosen && entry.plain.is_none())
                };
                let folder = from.parent().unwrap_or(&self.base);
                let text = source.annotated(&text, chosen, job.wraps, folder);
                let others = (!source.has_allocator).then(|| source.allocator_cfgs.join(", "));
                if is_root { job.root.ended(text, others.as_deref()) } else { text }
            }
        };
        if to.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
            fs::remove_file(&to)?;
        }
        replace(&to, written.as_bytes())?;
        self.index.files.insert(name, fresh);
        Ok(())
    }
}

/// One bringing up to date.
struct Job<'a> {
    root: Root<'a>,
    wraps: bool,
    folder: &'a Path,
    seen: BTreeSet<String>,
    /// Files that were read.
    read: BTreeMap<PathBuf, Read>,
    /// What the functions of the crate reach.
    free: Free,
    is_changed: bool,
    /// The functions reach something else than when the files were written.
    is_other: bool,
}

/// A file that was read: its stamp, its text, and what it has if that is a source.
type Read = ((u64, u64), String, Option<Source>);

fn is_source(path: &Path, from: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs") && from.is_file()
}

/// Whether a folder belongs to the package.
fn is_part(entry: &fs::DirEntry, path: &Path) -> io::Result<bool> {
    let (from, kind) = (entry.path(), entry.file_type().map_err(of(&entry.path()))?);
    Ok(kind.is_dir() && !is_hidden(path) && !from.join("Cargo.toml").is_file())
}

/// A real folder, also where a link was.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_ok_and(|data| data.is_symlink()) {
        fs::remove_file(path)?;
    }
    fs::create_dir_all(path)
}

/// Cargo's target folder: nothing in it is source.
pub(crate) fn is_target(path: &Path) -> bool {
    // A module may be named `target` too.
    let is_named = || path.file_name().is_some_and(|name| name == "target");
    path.join("CACHEDIR.TAG").is_file()
        || path.join("memopt/build").is_dir()
        || is_named() && path.join(".rustc_info.json").is_file()
}

/// Histories, editors' settings and the like.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// A path with `/` between its parts, as the index names files.
pub(crate) fn to_text(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The path of a file's module: `shop::pool::slab` for `src/pool/slab.rs` of `shop`.
fn module_path(package: &str, folder: &Path, file: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let mut parts = vec![package.to_owned()];
    parts.extend(below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()));
    let is_named_after = |last: &str| matches!(last, "mod" | "lib" | "main");
    if parts.len() > 1 && parts.last().is_some_and(|last| is_named_after(last)) {
        parts.pop();
    }
    parts.join("::")
}
