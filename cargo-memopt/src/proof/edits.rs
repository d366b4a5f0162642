//! What the findings propose: places of the user's own files, each with what it would save.

use super::package::Package;
use super::rewrite::{self, Sizes};
use super::splice::{self, Splice};
use memopt_report::{Edit, Evidence, Finding, Floor, Remedy, Report, Saving, SiteReport};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) site: String,
    /// What the change does.
    pub(crate) rule: Remedy,
    /// The file, absolute.
    pub(crate) file: PathBuf,
    /// The first line that changes, from 1.
    pub(crate) line: usize,
    pub(crate) splices: Vec<Splice>,
    /// Blocks that need not be allocated, by the finding.
    pub(crate) allocs: u64,
    /// Bytes that need not be allocated, by the finding.
    pub(crate) bytes: u64,
    /// Calls of `realloc` that are not needed, by the finding.
    pub(crate) reallocs: u64,
    /// Bytes that need not be held, by the finding.
    pub(crate) peak: u64,
    /// CPU time that need not be taken, by the finding.
    pub(crate) cpu_ns: u64,
    /// It is an attribute of memopt, and its package does not depend on memopt.
    pub(crate) lacks_memopt: bool,
    /// The line of the package's manifest that it needs.
    pub(crate) manifest: Option<(PathBuf, Splice)>,
}

impl Proposal {
    /// Whether both change one place.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let meets = |one: &Splice| other.splices.iter().any(|two| one.meets(two));
        self.file == other.file && self.splices.iter().any(meets)
    }

    /// The files that it changes.
    pub(crate) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.file].into_iter().chain(self.manifest.iter().map(|(path, _)| path))
    }
}

/// What proposals change in a file. Several may need one line of a manifest, which stands there
/// once.
pub(crate) fn of_file<'a>(file: &Path, all: &[&'a Proposal]) -> Vec<&'a Splice> {
    let mut found: Vec<&Splice> =
        all.iter().filter(|one| one.file == file).flat_map(|one| &one.splices).collect();
    for (path, line) in all.iter().filter_map(|one| one.manifest.as_ref()) {
        if path == file && !found.contains(&line) {
            found.push(line);
        }
    }
    found
}

/// Files as they were when edits of them were made: who works on them meanwhile changes no proof.
pub(crate) type Texts = HashMap<PathBuf, String>;

/// What stands in a line that only memopt reads.
const NAMES: [&str; 3] = ["memopt::", "#[presize", "#[pool"];

/// Remedies that may be a line of the source, where that of the finding is not.
const OTHERS: [Remedy; 2] = [Remedy::PreSize, Remedy::Shrink];

/// The least worth of a finding whose edit is tried: a tenth of what is told. A share of the CPU
/// time varies from run to run, and a waste of 1 % of it must not be tried in one run and left out
/// in the next. The proof says by exact counts whether it is a gain.
const WORTH_CPU: f64 = 0.001;
const WORTH_BYTES: u64 = 100 << 10;

/// The changes that a report's findings propose to files below `root`, the most valuable first.
/// Those of one finding stand together: where one of them is kept, those that change the same place
/// are not needed. `package` says what is known of the package of a file.
pub(crate) fn proposals(
    report: &Report,
    root: &Path,
    package: impl Fn(&Path) -> Package,
) -> (Vec<Proposal>, Texts) {
    let findings = report.findings_above(Floor::new(WORTH_CPU, WORTH_BYTES));
    let mut texts = Texts::new();
    let mut all: Vec<Proposal> = Vec::new();
    for finding in &findings {
        // Of a file that was changed since, no line is where the program has it.
        if finding.source_is_newer {
            continue;
        }
        let Some(file) = file_of(finding, &finding.file, root) else { continue };
        if !texts.contains_key(&file) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            texts.insert(file.clone(), text);
        }
        let text = texts[&file].clone();
        let text = text.as_str();
        let own = package(&file);
        let others = OTHERS.iter().filter_map(|remedy| finding.edit_for(*remedy));
        let edits = finding.edit.clone().into_iter().chain(others);
        let lines = edits.filter_map(|edit| {
            // A line that is no place of this file is another's.
            let own = file_of(finding, &edit.file, root).is_some_and(|path| path == file);
            let splice = if own { of_line(text, &edit)? } else { return None };
            Some((finding.remedy.unwrap_or(Remedy::PreSize), vec![splice]))
        });
        // Plain Rust needs nothing, and most of it saves more than an attribute.
        let plain = rewrite::of(text, finding, sizes(report, finding), own.crates);
        for (remedy, splices) in plain.into_iter().chain(lines) {
            let saving = predicted(finding, remedy);
            let names_memopt =
                splices.iter().any(|splice| NAMES.iter().any(|name| splice.after.contains(name)));
            let is_of_smallvec = splices.iter().any(|splice| splice.after.contains("smallvec::"));
            let manifest = own.smallvec.as_ref().filter(|_| is_of_smallvec);
            if let Some((path, text, _)) = manifest {
                texts.entry(path.clone()).or_insert_with(|| text.clone());
            }
            let first = splices.iter().map(|splice| splice.at.start).min().unwrap_or(0);
            let proposal = Proposal {
                site: finding.site.clone(),
                rule: remedy,
                file: file.clone(),
                line: 1 + text[..first].matches('\n').count(),
                splices,
                allocs: saving.allocs,
                bytes: saving.bytes,
                reallocs: saving.reallocs,
                peak: saving.peak_bytes,
                cpu_ns: saving.cpu_ns,
                lacks_memopt: names_memopt && !own.crates.memopt,
                manifest: manifest.map(|(path, _, line)| (path.clone(), line.clone())),
            };
            let is_new = all
                .iter()
                .all(|known| known.file != proposal.file || known.splices != proposal.splices);
            if is_new {
                all.push(proposal);
            }
        }
    }
    (all, texts)
}

/// Bytes of a list that may be kept in its owner, at most: moves of it cost more beyond.
const SMALL: u64 = 64;
/// Blocks from which a size is a pattern.
const MANY: u64 = 1_000;

/// How large the blocks of a finding's site are.
fn sizes(report: &Report, finding: &Finding) -> Sizes {
    let is_it = |site: &&SiteReport| site.name == finding.site && site.line == finding.line;
    let Some(site) = report.sites().iter().find(is_it) else { return Sizes::default() };
    Sizes { grown: grown(site), small: small(site) }
}

/// What buffers that grow grew to, nearly all of them: bytes.
fn grown(site: &SiteReport) -> Option<u64> {
    let capacity = &site.final_capacity;
    let most = Some(capacity.p95().min(capacity.max())).filter(|most| *most > 0)?;
    // Buffers double, and a quantile is the end of a range of sizes: the power in it is the size.
    let power = 1 << most.ilog2();
    Some(if most - power <= most / 8 { power } else { most })
}

/// Within how many bytes its blocks end, where nine of ten are small.
fn small(site: &SiteReport) -> Option<u64> {
    let classes = || site.size_classes.iter();
    let all: u64 = classes().map(|class| class.count).sum();
    let large = classes().filter(|class| class.high > SMALL).map(|class| class.count).sum::<u64>();
    let grown = site.final_capacity.buckets().filter(|(low, ..)| *low > SMALL);
    let large = large + grown.map(|(.., count)| count).sum::<u64>();
    let first = classes().map(|class| class.high).filter(|high| *high <= SMALL).max()?;
    let most = first.max(site.final_capacity.p95()).min(SMALL);
    (all >= MANY && large <= all / 10).then_some(most)
}

/// What a remedy would save, by the finding, which may be another remedy's.
fn predicted(finding: &Finding, remedy: Remedy) -> Saving {
    let of = |fact: &Evidence| match fact {
        Evidence::WouldSave { remedy: of, saving, .. }
        | Evidence::Alternative { remedy: of, saving, .. } => (*of == remedy).then_some(*saving),
        Evidence::CapacityAtOnce { saving, .. } => (remedy == Remedy::PreSize).then_some(*saving),
        _ => None,
    };
    finding.evidence.iter().find_map(of).unwrap_or(finding.saving)
}

/// Where a file of a finding is, if that is below `root`. Links are followed: the file that would
/// change counts, and where that lies.
fn file_of(finding: &Finding, name: &str, root: &Path) -> Option<PathBuf> {
    let package = finding.manifest_dir.as_ref().map(PathBuf::from);
    let parent = package.as_deref().and_then(Path::parent).map(Path::to_owned);
    let places = [Some(root.to_owned()), package, parent];
    places.into_iter().flatten().find_map(|place| below(root, &place.join(name)))
}

/// The file that a path leads to, if it is one below `root`.
pub(crate) fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    let (real_root, real) = (fs::canonicalize(root).ok()?, fs::canonicalize(path).ok()?);
    let inner = real.strip_prefix(&real_root).ok()?;
    real.is_file().then(|| root.join(inner))
}

/// The change of one line, if the line is still what it was. The ends of lines stay.
fn of_line(text: &str, edit: &Edit) -> Option<Splice> {
    let mut start = 0;
    for _ in 1..edit.line {
        start += text[start..].find('\n')? + 1;
    }
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let line = text[start..end].trim_end_matches('\r');
    if line != edit.before.trim_end_matches(['\r', '\n']) {
        return None;
    }
    let own_end = if text[start..end].ends_with('\r') { "\r\n" } else { "\n" };
    let after: Vec<&str> = edit.after.trim_end_matches('\n').lines().collect();
    Some(Splice::replace(text, start..start + line.len(), after.join(own_end)))
}

/// The text of a file with all of these changes; none where two of them change one place.
pub(crate) fn apply_all(texts: &Texts, file: &Path, kept: &[&Proposal]) -> Option<String> {
    splice::apply(texts.get(file)?, &of_file(file, kept))
}

#[cfg(all(test, unix))]
mod tests {
    use super::below;
    use std::{env, fs};

    #[test]
    fn a_file_outside_is_none() {
        let folder = env::temp_dir().join(format!("memopt-edits-{}", std::process::id()));
        let root = folder.join("root");
        fs::create_dir_all(root.join("src")).unwrap();
        for file in ["own.rs", "root/src/a.rs"] {
            fs::write(folder.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.join("own.rs"), root.join("src/led.rs")).unwrap();
        std::os::unix::fs::symlink("a.rs", root.join("src/b.rs")).unwrap();
        assert_eq!(below(&root, &root.join("../own.rs")), None);
        assert_eq!(below(&root, &root.join("src/led.rs")), None);
        let own = Some(root.join("src/a.rs"));
        assert_eq!(below(&root, &root.join("src/../src/a.rs")), own);
        assert_eq!(below(&root, &root.join("src/b.rs")), own, "the file that would change");
        fs::remove_dir_all(folder).unwrap();
    }
}
