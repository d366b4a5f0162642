//! The triple that cargo builds for where no flag names one: the environment, or a file of cargo's
//! settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The triple of `build.target`, where it is set and is one.
pub(crate) fn configured(here: &Path) -> Option<String> {
    let set = env::var("CARGO_BUILD_TARGET").ok().filter(|triple| !triple.is_empty());
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let own = || Some(PathBuf::from(env::var_os("HOME").or_else(user_profile)?).join(".cargo"));
    set.or_else(|| in_files(here, home.or_else(own).as_deref()))
}

fn user_profile() -> Option<OsString> {
    env::var_os("USERPROFILE")
}

/// The nearest file that names one wins, and that of cargo's home is the last.
fn in_files(here: &Path, home: Option<&Path>) -> Option<String> {
    let folders = here.ancestors().map(|folder| folder.join(".cargo"));
    let folders = folders.chain(home.map(Path::to_owned));
    let files = folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)));
    files.filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| triple(&text))
}

fn triple(text: &str) -> Option<String> {
    let settings = toml_span::parse(text).ok()?;
    let target = settings.pointer("/build/target")?;
    match (target.as_str(), target.as_array()) {
        (Some(one), _) => Some(one.to_owned()),
        (None, Some(several)) if several.len() == 1 => several[0].as_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{in_files, triple};
    use std::{env, fs};

    #[test]
    fn the_nearest_file_wins() {
        let folder = env::temp_dir().join(format!("memopt-target-{}", std::process::id()));
        for (place, text) in [
            (".cargo", "[build]\ntarget = \"a-b-c\"\n"),
            ("in/.cargo", "[build]\njobs = 1\n"),
            ("home", "build.target = [\"d-e-f\"]"),
        ] {
            fs::create_dir_all(folder.join(place)).unwrap();
            fs::write(folder.join(place).join("config.toml"), text).unwrap();
        }
        let found = |at: &str| in_files(&folder.join(at), Some(&folder.join("home")));
        assert_eq!(found("in").as_deref(), Some("a-b-c"));
        fs::remove_dir_all(folder.join(".cargo")).unwrap();
        assert_eq!(found("in").as_deref(), Some("d-e-f"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn several_triples_are_none() {
        assert_eq!(triple("[build]\ntarget = [\"a\", \"b\"]"), None);
        assert_eq!(triple("[build]\njobs = 1"), None);
        assert_eq!(triple("[build"), None);
    }
}
