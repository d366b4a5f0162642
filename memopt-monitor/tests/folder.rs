//! A program that changes its current folder, as one does that goes to the background.

use memopt_monitor::config::{Layers, Reloaded, Watched};
use std::path::{Path, PathBuf};
use std::{env, fs};

#[test]
fn another_current_folder_leaves_settings_and_store_where_they_are() {
    let folder = env::temp_dir().join(format!("memopt-folder-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let folder: PathBuf = fs::canonicalize(folder).unwrap();
    let file = folder.join("memopt.toml");
    let settings = |top| {
        format!(
            "[monitoring]\ntop = {top}\n[storage]\npath = \"data/h.redb\"\n\
             [server]\nread_token_file = \"token\"\n[[alerts.sinks]]\nname = \"hook\"\n\
             kind = \"webhook\"\nurl = \"http://h/\"\ntoken_file = \"/run/token\"\n"
        )
    };
    fs::write(&file, settings(7)).unwrap();
    env::set_current_dir(&folder).unwrap();
    let mut watched = Watched::new(Layers::of_process()).unwrap();
    let store = folder.join("data/h.redb");
    assert_eq!(watched.path(), Some(&*file));
    assert_eq!(watched.config().storage.path.as_ref(), Some(&store));
    let config = watched.config().clone();
    assert_eq!(config.server.read_token_file, Some(folder.join("token")));
    assert_eq!(config.alerts.sinks[0].token_file, Some("/run/token".into()));
    env::set_current_dir(Path::new("/")).unwrap();
    for _ in 0..3 {
        assert_eq!(watched.poll(), None);
    }
    assert_eq!(watched.config(), &config);
    fs::write(&file, settings(8)).unwrap();
    assert_eq!(watched.poll(), None);
    let changed = vec!["monitoring.top".to_owned()];
    let taken = Reloaded::Taken { changed: changed.clone(), at_start: changed };
    assert_eq!(watched.poll(), Some(taken));
    assert_eq!(watched.config().storage.path.as_ref(), Some(&store));
    fs::remove_dir_all(folder).unwrap();
}
