//! Files that change while the program runs.

use super::*;

#[test]
fn a_change_is_taken_up_once_it_was_seen_twice() {
    let folder = Folder::new("reload");
    let path = folder.write("[monitoring]\ntop = 1\n");
    let mut watched = Watched::new(Layers::new().file(&path)).unwrap();
    assert_eq!(watched.poll(), None);
    // Half a write, then all of it.
    folder.write("[monit");
    assert_eq!(watched.poll(), None);
    folder.write("[monitoring]\ntop = 2\n[storage]\npath = \"x\"\n");
    assert_eq!(watched.poll(), None);
    let taken = Reloaded::Taken {
        changed: vec!["monitoring.top".into(), "storage.path".into()],
        at_start: vec!["monitoring.top".into(), "storage.path".into()],
    };
    assert_eq!(watched.poll(), Some(taken));
    assert_eq!(watched.config().monitoring.top, 2);
    assert_eq!(watched.poll(), None);
    folder.write("# a comment\n[monitoring]\ntop = 2\n[storage]\npath = \"x\"\n");
    assert_eq!((watched.poll(), watched.poll(), watched.poll()), (None, None, None));
}

#[test]
fn it_is_known_what_the_next_start_takes_up() {
    for path in ["monitoring.without", "storage.memory", "retention.raw", "retention.profiles"] {
        assert!(Config::is_at_start(path), "{path}");
    }
    for path in ["monitoring.memory_budget", "profiling.heap", "alerts.interval"] {
        assert!(!Config::is_at_start(path), "{path}");
    }
}

#[test]
fn a_broken_file_keeps_the_old_settings_and_says_so_once() {
    let folder = Folder::new("broken");
    let path = folder.write("[monitoring]\ntop = 1\n");
    let mut watched = Watched::new(Layers::new().file(&path)).unwrap();
    folder.write("[monitoring]\ntop = \"many\"\n");
    assert_eq!(watched.poll(), None);
    let Some(Reloaded::Refused(error)) = watched.poll() else { panic!("it is refused") };
    assert!(
        error
            .to_string()
            .ends_with(":2:7: `monitoring.top`: a whole number belongs here, not a text"),
        "{error}"
    );
    assert_eq!(watched.fault(), Some(&error));
    assert_eq!((watched.poll(), watched.config().monitoring.top), (None, 1));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(watched.poll(), None);
    assert!(matches!(watched.poll(), Some(Reloaded::Refused(_))));
    assert_eq!(watched.config().monitoring.top, 1);
    // The same settings as before: mended, and nothing changed.
    folder.write("[monitoring]\ntop = 1\n");
    assert_eq!(watched.poll(), None);
    let mended = Reloaded::Taken { changed: vec![], at_start: vec![] };
    assert_eq!(watched.poll(), Some(mended));
    assert_eq!(watched.fault(), None);
}

/// As Kubernetes lays a `ConfigMap`: the file is a link through a link that is exchanged.
#[cfg(unix)]
#[test]
fn exchanged_links_are_seen() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    let root = &folder.0;
    for (version, text) in [("one", "[monitoring]\ntop = 1"), ("two", "[monitoring]\ntop = 2")] {
        std::fs::create_dir(root.join(version)).unwrap();
        std::fs::write(root.join(version).join("memopt.toml"), text).unwrap();
    }
    symlink("one", root.join("data")).unwrap();
    symlink(Path::new("data").join("memopt.toml"), root.join("memopt.toml")).unwrap();
    let mut watched = Watched::new(Layers::new().file(root.join("memopt.toml"))).unwrap();
    assert_eq!(watched.config().monitoring.top, 1);
    symlink("two", root.join("next")).unwrap();
    std::fs::rename(root.join("next"), root.join("data")).unwrap();
    assert_eq!(watched.poll(), None);
    assert!(matches!(watched.poll(), Some(Reloaded::Taken { .. })));
    assert_eq!(watched.config().monitoring.top, 2);
}

#[test]
fn a_reload_keeps_what_the_program_set() {
    let folder = Folder::new("builder");
    let path = folder.write("[monitoring]\ntop = 1\n");
    let layers = Layers::new().file(&path).with(|config| config.monitoring.top = 9);
    let mut watched = Watched::new(layers).unwrap();
    folder.write("[monitoring]\ntop = 2\ninterval = \"2 s\"\n");
    assert_eq!(watched.poll(), None);
    let Some(Reloaded::Taken { changed, .. }) = watched.poll() else { panic!("it is taken") };
    assert_eq!(changed, ["monitoring.interval"]);
    assert_eq!(watched.config().monitoring.top, 9);
}
