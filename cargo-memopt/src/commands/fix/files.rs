//! Files of the user: whether they may change, and how they do.

use crate::instrument::settings::replace;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// Changes a file of the user, whole or not at all. Who may read it stays so, and a link goes on to
/// lead to it. The text is written to `fresh` first, so that nothing is left beside the file by a
/// command that is killed.
pub(super) fn change(file: &Path, text: &str, fresh: &Path) -> io::Result<()> {
    let file = fs::canonicalize(file)?;
    let permissions = fs::metadata(&file)?.permissions();
    fs::write(fresh, text)?;
    fs::set_permissions(fresh, permissions)?;
    match fs::rename(fresh, &file) {
        // The target folder lies on another disk.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            let permissions = fs::metadata(&file)?.permissions();
            replace(&file, text.as_bytes())?;
            fs::set_permissions(&file, permissions)
        }
        done => done,
    }
}

/// Whether git knows the file with other content, or does not keep it. Without git there is nothing
/// to go back to, so it counts as changed. The file that a link leads to counts.
pub(super) fn is_dirty(file: &Path) -> bool {
    let Ok(file) = fs::canonicalize(file) else { return true };
    let Some(folder) = file.parent() else { return true };
    let mut git = Command::new("git");
    // The user's index is not written, and no setting of the user says less.
    git.arg("-C").arg(folder).args(["--no-optional-locks", "--literal-pathspecs", "status"]);
    git.args(["--porcelain", "--ignored", "--untracked-files=all", "--"]).arg(file);
    elsewhere(&mut git);
    git.output().map_or(true, |said| !said.status.success() || !said.stdout.is_empty())
}

/// Lets git find the repository by the folder: a hook that runs this command names another.
fn elsewhere(git: &mut Command) {
    for named in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX"] {
        git.env_remove(named);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{elsewhere, is_dirty};
    use std::process::Command;
    use std::{env, fs};

    #[test]
    fn a_file_that_git_does_not_keep_is_dirty() {
        let folder = env::temp_dir().join(format!("memopt-dirty-{}", std::process::id()));
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        let git = |args: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
            elsewhere(&mut git);
            git.args(["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]);
            assert!(git.args(args).output().unwrap().status.success(), "{args:?}");
        };
        fs::write(folder.join("src/a.rs"), "a").unwrap();
        git(&["init", "--quiet"]);
        git(&["config", "status.showUntrackedFiles", "no"]);
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", "a"]);
        fs::write(folder.join("src/[a].rs"), "new").unwrap();
        std::os::unix::fs::symlink("[a].rs", folder.join("src/led.rs")).unwrap();
        assert!(!is_dirty(&folder.join("src/a.rs")));
        assert!(is_dirty(&folder.join("src/[a].rs")), "no pattern, and not kept by git");
        git(&["add", "src/led.rs"]);
        git(&["commit", "--quiet", "--message", "led"]);
        assert!(is_dirty(&folder.join("src/led.rs")), "what it leads to is not kept");
        fs::write(folder.join("src/a.rs"), "b").unwrap();
        assert!(is_dirty(&folder.join("src/a.rs")));
        fs::remove_dir_all(folder).unwrap();
    }
}
