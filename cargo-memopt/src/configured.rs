//! What cargo is told where no flag says it: by the environment, or by a file of its settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The triple of `build.target`, where it is set and is one.
pub(crate) fn target(here: &Path) -> Option<String> {
    let set = env::var("CARGO_BUILD_TARGET").ok().filter(|triple| !triple.is_empty());
    set.or_else(|| in_files(here, home().as_deref(), |_, settings| triple(settings)))
}

/// The wrapper around all calls of rustc, such as a cache: `RUSTC_WRAPPER`, which may be empty to
/// have none, or `build.rustc-wrapper`.
pub(crate) fn wrapper(here: &Path) -> Option<PathBuf> {
    let set = env::var_os("RUSTC_WRAPPER").or_else(|| env::var_os("CARGO_BUILD_RUSTC_WRAPPER"));
    let path = match set {
        Some(word) => PathBuf::from(word),
        None => in_files(here, home().as_deref(), program)?,
    };
    (!path.as_os_str().is_empty()).then_some(path)
}

/// The folder of cargo's own settings.
fn home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    let own = || Some(PathBuf::from(env::var_os("HOME").or_else(user_profile)?).join(".cargo"));
    set.or_else(own)
}

fn user_profile() -> Option<OsString> {
    env::var_os("USERPROFILE")
}

/// The nearest file that says it wins, and that of cargo's home is the last. What is asked gets the
/// folder of the file's folder too, which paths in it begin at.
fn in_files<T>(
    here: &Path,
    home: Option<&Path>,
    ask: impl Fn(&Path, &toml_span::Value<'_>) -> Option<T>,
) -> Option<T> {
    let folders = here.ancestors().map(|folder| folder.join(".cargo"));
    let folders = folders.chain(home.map(Path::to_owned));
    let mut files =
        folders.flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)));
    files.find_map(|file| {
        let text = fs::read_to_string(&file).ok()?;
        let settings = toml_span::parse(&text).ok()?;
        ask(file.parent()?.parent().unwrap_or(Path::new("")), &settings)
    })
}

fn triple(settings: &toml_span::Value<'_>) -> Option<String> {
    let target = settings.pointer("/build/target")?;
    match (target.as_str(), target.as_array()) {
        (Some(one), _) => Some(one.to_owned()),
        (None, Some(several)) if several.len() == 1 => several[0].as_str().map(str::to_owned),
        _ => None,
    }
}

/// A name alone is looked for where programs are; a path begins beside the folder of the settings.
fn program(beside: &Path, settings: &toml_span::Value<'_>) -> Option<PathBuf> {
    let name = settings.pointer("/build/rustc-wrapper")?.as_str()?;
    let is_path = name.contains('/') || cfg!(windows) && name.contains('\\');
    Some(if is_path { beside.join(name) } else { PathBuf::from(name) })
}

#[cfg(test)]
mod tests {
    use super::{in_files, program, triple};
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    /// A folder with files of settings, and with `in` in it and the home `home`.
    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = env::temp_dir().join(format!("memopt-{name}-{}", std::process::id()));
        for (place, text) in files {
            fs::create_dir_all(folder.join(place)).unwrap();
            fs::write(folder.join(place).join("config.toml"), text).unwrap();
        }
        folder
    }

    #[test]
    fn the_nearest_file_wins() {
        let folder = folder(
            "target",
            &[
                (".cargo", "[build]\ntarget = \"a-b-c\"\n"),
                ("in/.cargo", "[build]\njobs = 1\n"),
                ("home", "build.target = [\"d-e-f\"]"),
            ],
        );
        let home = folder.join("home");
        let found = |at: &str| in_files(&folder.join(at), Some(&home), |_, found| triple(found));
        assert_eq!(found("in").as_deref(), Some("a-b-c"));
        fs::remove_dir_all(folder.join(".cargo")).unwrap();
        assert_eq!(found("in").as_deref(), Some("d-e-f"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn several_triples_are_none() {
        let of = |text: &str| triple(&toml_span::parse(text).unwrap());
        assert_eq!(of("[build]\ntarget = [\"a\", \"b\"]"), None);
        assert_eq!(of("[build]\njobs = 1"), None);
    }

    #[test]
    fn a_wrapper_is_a_name_or_a_path_beside_the_settings() {
        let folder = folder(
            "wrapper",
            &[
                ("in/.cargo", "[build]\nrustc-wrapper = \"tools/cache\"\n"),
                ("home", "[build]\nrustc-wrapper = \"sccache\"\n"),
                ("broken/.cargo", "[build"),
            ],
        );
        let home = folder.join("home");
        let found = |at: &str| in_files(&folder.join(at), Some(&home), program);
        assert_eq!(found("in"), Some(folder.join("in/tools/cache")));
        assert_eq!(found("broken").as_deref(), Some(Path::new("sccache")));
        fs::remove_dir_all(folder).unwrap();
    }
}
