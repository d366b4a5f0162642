//! Reports that are kept by name, to compare later ones with.

use super::policy::Policy;
use crate::error::Error;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::input;
use memopt_report::Report;
use memopt_units::did_you_mean;
use std::fs;
use std::path::{Path, PathBuf};

/// Where named baselines are kept.
#[derive(Clone, Debug)]
pub(crate) struct Baselines(PathBuf);

impl Baselines {
    /// The folder that the command line names, else the one of `memopt.toml`, else
    /// `target/memopt/baselines`.
    pub(crate) fn find(named: Option<&Path>, policy: &Policy) -> Result<Self, Error> {
        if let Some(folder) = named {
            return Ok(Self(folder.to_owned()));
        }
        if let Some(folder) = &policy.baselines {
            let file = policy.file.as_deref().and_then(Path::parent);
            return Ok(Self(file.map_or_else(|| folder.clone(), |beside| beside.join(folder))));
        }
        Ok(Self(Folder::find(None, None)?.path().join("baselines")))
    }

    /// Reads a baseline.
    pub(crate) fn load(&self, name: &str) -> Result<Report, Error> {
        let path = self.0.join(format!("{}.json", checked(name)?));
        if path.is_file() {
            return input::report(&path);
        }
        let names = self.names();
        let near = did_you_mean(name, names.iter().map(String::as_str));
        let next = match names.len() {
            _ if !near.is_empty() => near.trim_start_matches("; ").to_owned(),
            0 => format!("`cargo memopt check --save-baseline {name}` makes one of a report"),
            _ => format!("there are {}; --save-baseline {name} makes one", names.join(", ")),
        };
        let folder = self.0.display();
        let what = format!("no baseline `{name}` in `{folder}`");
        Err(Error::new(Exit::BaselineMissing, what, next))
    }

    /// Keeps a report under a name; what had the name before is replaced as a whole.
    pub(crate) fn save(&self, name: &str, report: &Report) -> Result<PathBuf, Error> {
        let path = self.0.join(format!("{}.json", checked(name)?));
        fs::create_dir_all(&self.0).map_err(|error| Error::file("create", &self.0, &error))?;
        let draft = self.0.join(format!(".{name}.{}.tmp", std::process::id()));
        let mut text = report.to_json();
        text.push('\n');
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
        if let Err(error) = written {
            // What is left of it is of no use; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&draft);
            return Err(Error::file("write", &path, &error));
        }
        Ok(path)
    }

    fn names(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter_map(|file| file.strip_suffix(".json").map(str::to_owned))
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }
}

/// Whether what stands for a baseline is the path of a file and no name.
pub(crate) fn is_path(text: &str) -> bool {
    let is_json = Path::new(text).extension().is_some_and(|end| end.eq_ignore_ascii_case("json"));
    text == "-" || text.contains(['/', '\\']) || is_json
}

fn checked(name: &str) -> Result<&str, Error> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(fits) {
        return Ok(name);
    }
    Err(Error::usage(
        format_args!("`{name}` is no name of a baseline"),
        "use letters, digits, `-`, `_` and `.`, and no `.` in front",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::Status;

    #[test]
    fn a_baseline_is_kept_and_found_by_name() {
        let folder = std::env::temp_dir().join(format!("memopt-baselines-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = std::fs::remove_dir_all(&folder);
        let baselines = Baselines(folder.clone());
        let error = baselines.load("main").unwrap_err();
        assert_eq!(error.exit(), Exit::BaselineMissing);
        assert!(error.to_string().contains("--save-baseline main"), "{error}");

        let report = Report::empty(Status::Counting).with_threads(3);
        let path = baselines.save("main", &report).unwrap();
        assert_eq!(path, folder.join("main.json"));
        assert_eq!(baselines.load("main").unwrap(), report);
        let error = baselines.load("mian").unwrap_err();
        assert!(error.to_string().contains("did you mean `main`?"), "{error}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for name in ["../x", "a b", ".x", ""] {
            assert!(checked(name).is_err(), "{name}");
        }
        assert!(checked("v1.2_main-x").is_ok());
        assert!(is_path("a/b") && is_path("x.json") && !is_path("main"));
    }
}
