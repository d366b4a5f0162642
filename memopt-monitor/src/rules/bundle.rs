//! Incident bundles: one archive with all that is known of the last minutes.
//!
//! It is made for somebody who was not there: a `README.txt` in it says what each file is. It holds
//! no secret of the configuration. What did not fit is told in it.

use crate::config::Config;
use crate::series::{Key, Point, Series};
use flate2::Compression;
use flate2::write::GzEncoder;
use memopt_report::file::fresh;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The name of the bundle of an incident: the time first, since a long rule is cut off.
pub fn name(rule: &str, unix_ms: i64) -> String {
    format!("incident-{unix_ms}-{rule}")
}

/// Whether a file of this name is a [finished](is_whole) bundle, or what a process that ended left
/// of one.
pub fn is_own(file: &str) -> bool {
    let file = file.strip_prefix('.').unwrap_or(file);
    let Some((time, rest)) = file.strip_prefix("incident-").and_then(|it| it.split_once('-'))
    else {
        return false;
    };
    let is_time = !time.is_empty() && time.bytes().all(|it| it.is_ascii_digit());
    is_time && [".tar.gz", ".series."].iter().any(|end| rest.contains(end))
}

/// Whether a file of this name is a finished bundle, and not one that is being written.
pub fn is_whole(file: &str) -> bool {
    is_own(file) && file.starts_with("incident-") && file.ends_with(".tar.gz")
}

/// A bundle that is being put together.
#[derive(Debug, Default)]
pub struct Bundle {
    name: String,
    unix_ms: i64,
    files: Vec<Member>,
    left_out: Vec<String>,
}

#[derive(Debug)]
struct Member {
    path: String,
    about: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
    Passing(Passing),
}

/// A file that is there until the bundle is written.
#[derive(Debug)]
struct Passing(PathBuf);

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Content {
    /// What is in it, and how many bytes that are.
    fn open(&self) -> io::Result<(Box<dyn io::Read + '_>, u64)> {
        match self {
            Self::Bytes(bytes) => Ok((Box::new(&bytes[..]), bytes.len() as u64)),
            Self::File(path) | Self::Passing(Passing(path)) => {
                let file = File::open(path)?;
                let size = file.metadata()?.len();
                Ok((Box::new(file), size))
            }
        }
    }
}

impl Bundle {
    /// An empty bundle. The name is that of the folder in the archive; characters that do not
    /// belong in one are replaced.
    pub fn new(name: &str, unix_ms: i64) -> Self {
        Self { name: plain(name), unix_ms, ..Self::default() }
    }

    /// Adds a text, and what it is.
    pub fn add(&mut self, path: &str, about: &str, text: impl Into<Vec<u8>>) {
        self.push(path, about, Content::Bytes(text.into()));
    }

    /// Adds a file of the disk, and what it is. It is read when the bundle is written.
    pub fn add_file(&mut self, path: &str, about: &str, file: impl Into<PathBuf>) {
        self.push(path, about, Content::File(file.into()));
    }

    /// Says that something is missing, and why.
    pub fn lacks(&mut self, what: &str, why: &str) {
        self.left_out.push(format!("{what}: {why}"));
    }

    /// Adds series as `series.csv`, a line a value. Each is asked for and written to a file in this
    /// folder before the next one is, so that memory has one of them. The first that does not fit
    /// into `most` bytes and those after it are left out, and the README says so.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written to.
    pub fn add_series(
        &mut self,
        folder: &Path,
        most: u64,
        keys: &[Key],
        of: impl Fn(&Key) -> Series,
    ) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!(".{}.series.{}", self.name, std::process::id()));
        let mut out = BufWriter::new(fresh(&path)?);
        let passing = Passing(path);
        let mut text = String::from("metric,label,value_of_label,run,monotonic_ns,unix_ms,value\n");
        let mut written = text.len() as u64;
        out.write_all(text.as_bytes())?;
        for (index, key) in keys.iter().enumerate() {
            text.clear();
            csv(&mut text, key, &of(key));
            written += text.len() as u64;
            if written > most {
                let more = keys.len() - index;
                self.lacks("series.csv", &format!("{more} more series, which do not fit"));
                break;
            }
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        let about = "the last minutes of all series: a line a value; `unix_ms` is the wall clock, \
                     `run` and `monotonic_ns` tell the time between two values";
        self.push("series.csv", about, Content::Passing(passing));
        Ok(())
    }

    /// Adds the configuration as `memopt.toml`, without secrets.
    pub fn add_config(&mut self, config: &Config) {
        self.add("memopt.toml", "the settings in force, without secrets", config.to_string());
    }

    /// Adds names and versions as `versions.txt`.
    pub fn add_versions<'a>(&mut self, versions: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let mut out = format!("memopt-monitor {}\n", env!("CARGO_PKG_VERSION"));
        for (name, version) in versions {
            let _ = writeln!(out, "{name} {version}");
        }
        self.add("versions.txt", "versions of the program, of memopt and of the system", out);
    }

    fn push(&mut self, path: &str, about: &str, content: Content) {
        let mut path: String = path.split('/').map(plain).collect::<Vec<_>>().join("/");
        // Of two with one name the second gets another.
        let taken = |path: &str| self.files.iter().any(|member| member.path == path);
        if taken(&path) || path == README {
            path = (2..self.files.len() + 3)
                .map(|number| format!("{number}-{}", path.replace('/', "-")))
                .find(|path| !taken(path))
                .unwrap_or(path);
        }
        self.files.push(Member { path, about: about.to_owned(), content });
    }

    /// Writes the archive into a folder, `NAME.tar.gz`, at most this many bytes. It is there as a
    /// whole or not at all. Files that cannot be read or do not fit are left out, and its README
    /// says so. Its path and size.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written to.
    pub fn write(mut self, folder: &Path, most: u64) -> io::Result<(PathBuf, u64)> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.tar.gz", self.name));
        let partial = folder.join(format!(".{}.tar.gz.{}", self.name, std::process::id()));
        let written = self.write_to(&partial, most).and_then(|size| {
            fs::rename(&partial, &path)?;
            Ok(size)
        });
        if written.is_err() {
            let _ = fs::remove_file(&partial);
        }
        written.map(|size| (path, size))
    }

    fn write_to(&mut self, path: &Path, most: u64) -> io::Result<u64> {
        let archive = GzEncoder::new(fresh(path)?, Compression::default());
        let mut archive = tar::Builder::new(archive);
        let mut contents = String::new();
        let mut written = 0u64;
        for member in std::mem::take(&mut self.files) {
            let (content, size) = match member.content.open() {
                Ok(opened) => opened,
                Err(error) => {
                    self.left_out.push(format!("{}: {error}", member.path));
                    continue;
                }
            };
            // Before compression, so that the limit holds for whoever unpacks it too.
            if written + size > most {
                let why = format!("{size} bytes more than the bundle may have");
                self.left_out.push(format!("{}: {why}", member.path));
                continue;
            }
            written += size;
            append(&mut archive, &self.name, &member.path, (content, size), self.unix_ms)?;
            let _ = writeln!(contents, "{}\n    {}", member.path, member.about);
        }
        let readme = self.readme(&contents);
        let readme = (readme.as_bytes(), readme.len() as u64);
        append(&mut archive, &self.name, README, readme, self.unix_ms)?;
        let mut file = archive.into_inner()?.finish()?;
        file.flush()?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }

    fn readme(&self, contents: &str) -> String {
        let mut out =
            format!("{}\n\nAn incident bundle of memopt. It holds:\n\n{contents}", self.name);
        if !self.left_out.is_empty() {
            out.push_str("\nNot in it:\n\n");
            for what in &self.left_out {
                let _ = writeln!(out, "{what}");
            }
        }
        out
    }
}

const README: &str = "README.txt";

fn append(
    archive: &mut tar::Builder<GzEncoder<File>>,
    folder: &str,
    path: &str,
    (content, size): (impl io::Read, u64),
    unix_ms: i64,
) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(u64::try_from(unix_ms / 1_000).unwrap_or(0));
    // A file that has another length by now has this one in the archive.
    let content = content.chain(io::repeat(0)).take(size);
    archive.append_data(&mut header, format!("{folder}/{path}"), content)
}

/// A name of a file or folder: what may have a meaning to a shell or a file system is replaced.
fn plain(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let name: String =
        name.chars().map(|letter| if fits(letter) { letter } else { '-' }).take(100).collect();
    if name.trim_matches('.').is_empty() { "unnamed".to_owned() } else { name }
}

/// The lines of a series.
fn csv(out: &mut String, key: &Key, series: &Series) {
    let (label, of) = key.label.as_ref().map_or(("", ""), |(name, of)| (name, of));
    let head = [&*key.metric, label, of].map(cell).join(",");
    for Point { at, value } in series.points() {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{head},{},{},{},{value}", at.run, at.monotonic_ns, at.unix_ms);
    }
}

/// A cell of CSV.
fn cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Stamp;
    use crate::config::{Address, AlertRule, Layers, Secret};
    use std::cell::Cell;
    use std::collections::BTreeMap;

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("memopt-bundle-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        path
    }

    /// The files in an archive.
    fn unpack(path: &Path) -> BTreeMap<String, String> {
        let mut archive =
            tar::Archive::new(flate2::read::GzDecoder::new(File::open(path).unwrap()));
        let read = |entry: io::Result<tar::Entry<'_, flate2::read::GzDecoder<File>>>| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            let path = entry.path().unwrap().to_str().unwrap().to_owned();
            entry.read_to_string(&mut text).unwrap();
            (path, text)
        };
        archive.entries().unwrap().map(read).collect()
    }

    #[test]
    fn all_that_was_added_is_in_it_and_no_secret() {
        let folder = folder("all");
        let config = Layers::new().with(|config| {
            let sink = crate::config::SinkConfig {
                name: "hook".to_owned(),
                kind: crate::config::SinkKind::Webhook,
                url: Some(Address::new("http://h/s3cret")),
                token: Some(Secret::new("hunter2")),
                ..crate::config::SinkConfig::default()
            };
            config.alerts.sinks.push(sink);
            config.alerts.rules.push(AlertRule {
                name: "a".to_owned(),
                watch: crate::config::Watch::Leak,
                ..AlertRule::default()
            });
        });
        let mut bundle = Bundle::new("incident 7/../x", 951_782_400_000);
        bundle.add_config(&config.load().unwrap().config);
        let key = Key::new("site.live").of("site", "a,\"b\"");
        let at = Stamp { run: 1, monotonic_ns: 2, unix_ms: 3 };
        let series = Series::new(vec![Point { at, value: 1.5 }]);
        bundle.add_series(&folder, 1 << 20, &[key], |_| series.clone()).unwrap();
        bundle.add_versions([("shop", "2.0")]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("heap"), "a profile").unwrap();
        bundle.add_file("profiles/../heap.pb", "a heap profile", folder.join("heap"));
        bundle.add_file("gone.pb", "another", folder.join("gone"));
        bundle.add("versions.txt", "a second one", "x");
        bundle.lacks("activity profile", "no time was left");
        let (path, size) = bundle.write(&folder, 1 << 20).unwrap();
        assert_eq!(path, folder.join("incident-7-..-x.tar.gz"));
        assert_eq!(size, fs::metadata(&path).unwrap().len());
        let files = unpack(&path);
        let names: Vec<&str> = files.keys().map(|name| &name["incident-7-..-x/".len()..]).collect();
        let wanted = [
            "2-versions.txt",
            "README.txt",
            "memopt.toml",
            "profiles/unnamed/heap.pb",
            "series.csv",
            "versions.txt",
        ];
        assert_eq!(names, wanted);
        let get = |name: &str| &files[&format!("incident-7-..-x/{name}")];
        assert!(get("memopt.toml").contains("token = \"***\""));
        assert!(files.values().all(|text| !text.contains("hunter2") && !text.contains("s3cret")));
        assert_eq!(
            get("series.csv").lines().nth(1).unwrap(),
            "site.live,site,\"a,\"\"b\"\"\",1,2,3,1.5"
        );
        assert_eq!(get("profiles/unnamed/heap.pb"), "a profile");
        let readme = get("README.txt");
        assert!(readme.contains("profiles/unnamed/heap.pb\n    a heap profile\n"), "{readme}");
        assert!(readme.contains("Not in it:\n\nactivity profile: no time was left\ngone.pb: "));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_nothing_is_left_half() {
        let folder = folder("size");
        let mut bundle = Bundle::new("b", 0);
        bundle.add("large", "too large", vec![0; 2_000]);
        bundle.add("small", "fits", vec![0; 500]);
        let (path, _) = bundle.write(&folder, 1_000).unwrap();
        let files = unpack(&path);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["b/README.txt", "b/small"]);
        assert!(files["b/README.txt"].contains("large: 2000 bytes more than the bundle may have"));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn series_are_asked_for_one_by_one_until_one_does_not_fit() {
        let folder = folder("series");
        let keys: Vec<Key> = (10..90).map(|name| Key::new(format!("metric.{name}"))).collect();
        let asked = Cell::new(0);
        let mut bundle = Bundle::new("b", 0);
        // A line is `metric.10,,,0,0,0,7`: 20 bytes. The heading has 59.
        let of = |_: &Key| {
            asked.set(asked.get() + 1);
            Series::new(vec![Point { at: Stamp::default(), value: 7.0 }; 10])
        };
        bundle.add_series(&folder, 59 + 3 * 200, &keys, of).unwrap();
        assert_eq!(asked.get(), 4);
        let (path, _) = bundle.write(&folder, 10_000).unwrap();
        let files = unpack(&path);
        assert_eq!(files["b/series.csv"].lines().count(), 1 + 3 * 10);
        assert!(files["b/README.txt"].contains("series.csv: 77 more series, which do not fit"));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "the archive alone");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn names_of_bundles_are_known_by_their_time() {
        let long = "r".repeat(200);
        let names = [1, 2].map(|at| Bundle::new(&name(&long, at), at).name);
        assert_ne!(names[0], names[1], "the second does not overwrite the first");
        for (file, own, whole) in [
            ("incident-7-heap.tar.gz", true, true),
            (".incident-7-heap.tar.gz.42", true, false),
            (".incident-7-heap.series.42", true, false),
            ("incident-7-heap.txt", false, false),
            ("incident-notes.tar.gz", false, false),
            ("incident-of-may.tar.gz", false, false),
            ("vendor.tar.gz", false, false),
        ] {
            assert_eq!((is_own(file), is_whole(file)), (own, whole), "{file}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_laid_in_its_way_is_not_followed() {
        let folder = folder("link");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("victim"), "kept").unwrap();
        let pid = std::process::id();
        for passing in [format!(".b.tar.gz.{pid}"), format!(".b.series.{pid}")] {
            std::os::unix::fs::symlink("victim", folder.join(passing)).unwrap();
        }
        let mut bundle = Bundle::new("b", 0);
        let of = |_: &Key| Series::new(Vec::new());
        bundle.add_series(&folder, 1_000, &[Key::new("metric")], of).unwrap();
        bundle.write(&folder, 1_000).unwrap();
        assert_eq!(fs::read_to_string(folder.join("victim")).unwrap(), "kept");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_told() {
        let folder = folder("file");
        fs::write(&folder, "a file").unwrap();
        assert!(Bundle::new("b", 0).write(&folder.join("below"), 1_000).is_err());
        fs::remove_file(&folder).unwrap();
    }
}
