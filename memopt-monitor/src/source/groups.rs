//! The control groups of the process: which version, where their files lie, and those around them.

use super::root::Root;
use std::path::{Path, PathBuf};

/// The version of the interface that has the memory controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// The group of the process and those around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Groups {
    pub(super) version: Version,
    /// Its folder, as seen by the process.
    pub(super) own: PathBuf,
    /// Where the hierarchy is mounted.
    mount: PathBuf,
}

/// The group of the process, asked for at each reading: a process may be moved to another.
///
/// PERF: the list of mounts, which is long, is read again only where the process was moved: it took
/// an eighth of a reading.
#[derive(Debug, Default)]
pub(super) struct Finder {
    found: Option<(String, Groups)>,
}

impl Finder {
    /// The group of this process; why there is none.
    pub(super) fn find(&mut self, root: &Root) -> Result<Groups, String> {
        let lines = root.read("proc/self/cgroup")?;
        if let Some((_, groups)) = self.found.as_ref().filter(|(known, _)| *known == lines) {
            return Ok(groups.clone());
        }
        let groups = Groups::of(root, &lines)?;
        self.found = Some((lines, groups.clone()));
        Ok(groups)
    }
}

impl Groups {
    fn of(root: &Root, lines: &str) -> Result<Self, String> {
        // A controller is in one version: where version 1 has the memory controller, that counts,
        // whatever version 2 is mounted for.
        let of = |line: &str| {
            let mut parts = line.splitn(3, ':').skip(1);
            Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
        };
        let all: Vec<(String, String)> = lines.lines().filter_map(of).collect();
        let one = all.iter().find(|(list, _)| list.split(',').any(|name| name == "memory"));
        let two = || all.iter().find(|(list, _)| list.is_empty());
        let (version, path) = match (one, two()) {
            (Some((_, path)), _) => (Version::One, path),
            (None, Some((_, path))) => (Version::Two, path),
            (None, None) => return Err("the process is in no control group".to_owned()),
        };
        let mounts = root.read("proc/self/mountinfo")?;
        let (mounted, mount) = mounts
            .lines()
            .find_map(|line| mounted_at(line, version))
            .ok_or("no control group of memory is mounted")?;
        // In a container the mount may begin at the group, or the path lead out of what is seen.
        let below = Path::new(path).strip_prefix(&mounted).unwrap_or(Path::new(""));
        let is_seen = !below.components().any(|part| part.as_os_str() == "..");
        let own = if is_seen { mount.join(below) } else { mount.clone() };
        Ok(Self { version, own, mount })
    }

    /// Its folder and those around it, the innermost first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Path> {
        self.own.ancestors().take_while(|folder| folder.starts_with(&self.mount))
    }

    /// The name of one of them: its path below the mount, `/` for the outermost.
    pub(super) fn name(&self, folder: &Path) -> String {
        let below = folder.strip_prefix(&self.mount).unwrap_or(folder);
        format!("/{}", below.display())
    }
}

/// Which part of the hierarchy a line of `mountinfo` mounts where, if it is the one looked for.
fn mounted_at(line: &str, version: Version) -> Option<(PathBuf, PathBuf)> {
    let (front, back) = line.split_once(" - ")?;
    let mut back = back.split(' ');
    let (kind, _, options) = (back.next()?, back.next()?, back.next().unwrap_or(""));
    let is_wanted = match version {
        Version::One => kind == "cgroup" && options.split(',').any(|name| name == "memory"),
        Version::Two => kind == "cgroup2",
    };
    let mut front = front.split(' ').skip(3);
    let (root, place) = (front.next()?, front.next()?);
    is_wanted.then(|| (PathBuf::from(plain(root)), PathBuf::from(plain(place))))
}

/// The kernel writes a space in a path as `\040`.
fn plain(path: &str) -> String {
    let mut parts = path.split('\\');
    let mut plain = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(byte) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(&part[3..]);
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_are_told_apart() {
        let two = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
        let one = "33 25 0:28 /docker/a /sys/fs/my\\040cg/memory rw - cgroup cgroup rw,memory";
        let here = (PathBuf::from("/"), PathBuf::from("/sys/fs/cgroup"));
        assert_eq!(mounted_at(two, Version::Two), Some(here));
        assert_eq!(mounted_at(two, Version::One), None);
        let there = (PathBuf::from("/docker/a"), PathBuf::from("/sys/fs/my cg/memory"));
        assert_eq!(mounted_at(one, Version::One), Some(there));
        assert_eq!(mounted_at("nonsense", Version::One), None);
    }
}
