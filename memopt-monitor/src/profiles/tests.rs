use super::*;
use memopt_report::{CallPath, HeapReport, Report, Status};
use std::sync::atomic::{AtomicU32, Ordering};

const DAY_MS: i64 = 86_400_000;

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("memopt-profiles-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A process that ended may have had the same number.
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn profiles(&self, limits: Limits) -> Profiles {
        Profiles::new(&self.0, limits)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A moment on a clock that nobody sets, of a run that began an hour before.
fn at(ms: i64) -> Stamp {
    let monotonic_ns = (3_600_000 + ms).cast_unsigned() * 1_000_000;
    Stamp { run: 2, monotonic_ns, unix_ms: 1_800_000_000_000 + ms }
}

/// A heap in which these sites hold so many bytes.
fn heap(live: &[(&str, u64)]) -> Profile {
    let path = |(site, bytes): &(&str, u64)| {
        let mut path = CallPath::default();
        path.scopes = vec!["main".to_owned(), (*site).to_owned()];
        path.live.bytes = *bytes;
        path
    };
    Profile::Heap(Box::new(HeapReport::new(live.iter().map(path).collect())))
}

fn allocation() -> Profile {
    Profile::Allocation(Box::new(Report::empty(Status::Counting)))
}

#[test]
fn what_is_kept_is_listed_and_read() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    assert_eq!(profiles.list(), []);
    let why = "resident memory rose by half";
    let first = profiles.keep(&heap(&[("a", 7)]), at(0), why, &[("rule", "growth")]);
    let first = first.expect("the folder is made");
    let second = profiles.keep(&allocation(), at(5), "asked for", &[]).expect("it is kept");
    assert_eq!(profiles.list(), [second.clone(), first.clone()]);
    assert_eq!((first.kind, first.run, &*first.why), (Kind::Heap, 2, why));
    assert_eq!(first.labels["rule"], "growth");
    assert_eq!(profiles.read(&first.id).expect("it is there"), heap(&[("a", 7)]));
    assert_eq!(profiles.read(&second.id).expect("it is there").kind(), Kind::Allocation);
    assert!(profiles.remove(&first.id) && !profiles.remove(&first.id));
    let error = profiles.read(&first.id).expect_err("it is gone");
    assert!(error.is_missing() && error.to_string().starts_with("there is no profile \""));
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    let kept = profiles.keep(&allocation(), at(0), "", &[]).expect("it is kept");
    profiles.set_baseline("good", &kept.id).expect("it is there");
    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode();
    let modes: Vec<u32> = profiles.files().iter().map(|path| mode(path) & 0o777).collect();
    assert_eq!(modes, [0o600, 0o600]);
}

#[test]
fn an_id_leads_nowhere_else() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    profiles.keep(&allocation(), at(0), "", &[]).expect("it is kept");
    fs::write(folder.0.with_extension("toml"), "secret").expect("it is written");
    let name = folder.0.file_name().and_then(|name| name.to_str()).expect("a name");
    for id in ["", "..", &format!("../{name}"), "/etc/passwd", "a.b", "A"] {
        assert!(profiles.meta(id).is_err_and(|error| error.is_missing()), "{id}");
        assert!(!profiles.remove(id), "{id}");
    }
    fs::remove_file(folder.0.with_extension("toml")).expect("nobody removed it");
}

#[test]
fn the_oldest_go_by_count_age_and_bytes_and_baselines_stay() {
    let folder = Folder::new();
    let size = heap(&[("a", 1)]).to_json().len() as u64;
    let limits = Limits { count: 3, age: Duration::from_secs(2 * 86_400), bytes: size * 9 / 2 };
    let profiles = folder.profiles(limits);
    let keep = |ms: i64| profiles.keep(&heap(&[("a", 1)]), at(ms), "", &[]).expect("it is kept");
    let first = keep(0);
    profiles.set_baseline("release", &first.id).expect("it is there");
    let times = || -> Vec<i64> {
        profiles.list().iter().map(|meta| meta.unix_ms - at(0).unix_ms).collect()
    };
    (1..=5).for_each(|ms| drop(keep(ms)));
    assert_eq!(times(), [5, 4, 3, 0], "three and the baseline");
    profiles.keep(&allocation(), at(6), "", &[]).expect("it is kept");
    assert!(times().starts_with(&[6, 5]) && times().ends_with(&[0]), "{:?}", times());
    keep(3 * DAY_MS);
    assert_eq!(times(), [3 * DAY_MS, 0], "the others are too old");
    let error = folder.profiles(Limits { bytes: 10, ..limits }).keep(&allocation(), at(0), "", &[]);
    assert!(error.expect_err("it is too large").to_string().ends_with("raise the limit"));
}

#[test]
fn what_a_wrong_clock_dated_ahead_goes_first_and_what_is_new_stays() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits { count: 3, ..Limits::default() });
    let keep = |at: Stamp| profiles.keep(&heap(&[("a", 1)]), at, "", &[]).expect("it is kept");
    // A year ahead, until somebody sets the clock right.
    (0..3).for_each(|ms| drop(keep(at(ms + 365 * DAY_MS))));
    let right = |ms: i64| Stamp { monotonic_ns: at(ms + 366 * DAY_MS).monotonic_ns, ..at(ms) };
    for ms in 10..20 {
        let kept = keep(right(ms));
        assert!(profiles.path(&kept.id).exists(), "its path was given away");
    }
    let times = profiles.list().iter().map(|meta| meta.unix_ms - at(0).unix_ms).collect::<Vec<_>>();
    assert_eq!(times, [19, 18, 17]);
}

#[test]
fn a_clock_that_jumps_ahead_removes_nothing_for_a_while() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    let keep = |at: Stamp| profiles.keep(&heap(&[("a", 1)]), at, "", &[]).expect("it is kept");
    (0..3).for_each(|hour| drop(keep(at(hour * 3_600_000))));
    let ahead = |minutes: i64| {
        let true_time = at((3 * 60 + minutes) * 60_000);
        Stamp { unix_ms: true_time.unix_ms + 365 * DAY_MS, ..true_time }
    };
    keep(ahead(0));
    keep(ahead(9));
    assert_eq!(profiles.list().len(), 5);
    keep(ahead(10));
    assert_eq!(profiles.list().len(), 3, "it stays so, and the three are a year old");
}

#[test]
fn a_profile_that_was_just_kept_stays_beside_large_baselines() {
    let folder = Folder::new();
    let size = heap(&[("a", 1)]).to_json().len() as u64;
    let profiles = folder.profiles(Limits { bytes: size * 3 / 2, ..Limits::default() });
    let keep = |ms: i64| profiles.keep(&heap(&[("a", 1)]), at(ms), "", &[]).expect("it is kept");
    profiles.set_baseline("release", &keep(0).id).expect("it is there");
    let is_there = |kept: &Meta| profiles.list().iter().any(|meta| meta.id == kept.id);
    let second = keep(1);
    assert!(is_there(&second));
    let third = keep(2);
    assert!(is_there(&third) && !is_there(&second), "there is no room for both");
}

#[test]
fn a_baseline_is_found_and_its_name_moves_on() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    let old = profiles.keep(&heap(&[("a", 100), ("b", 50)]), at(0), "", &[]).expect("kept");
    let new = profiles.keep(&heap(&[("a", 900), ("b", 50), ("c", 1)]), at(1), "", &[]);
    let new = new.expect("kept");
    let report = profiles.keep(&allocation(), at(2), "", &[]).expect("kept");
    assert_eq!(profiles.baseline(Kind::Heap, "good"), None);
    profiles.set_baseline("good", &old.id).expect("it is there");
    profiles.set_baseline("good", &report.id).expect("of another kind");
    let good = profiles.baseline(Kind::Heap, "good").expect("it was named");
    let diff = profiles.diff(&good.id, &new.id).expect("both are there");
    let rows: Vec<(&str, f64)> = diff.rows.iter().map(|row| (&*row.name, row.grown())).collect();
    assert_eq!(rows, [("main > a", 800.0), ("main > c", 1.0)]);
    assert_eq!(diff.same, 1);
    assert!(diff.to_string().contains("+800  main > a\n"), "{diff}");
    profiles.set_baseline("good", &new.id).expect("it is there");
    assert_eq!(profiles.baseline(Kind::Heap, "good").map(|meta| meta.id), Some(new.id.clone()));
    assert_eq!(profiles.meta(&old.id).expect("it is there").baseline, None);
    let error = profiles.diff(&new.id, &report.id).expect_err("of two kinds");
    assert!(error.to_string().ends_with("compare two of one kind"), "{error}");
}

#[test]
fn what_a_killed_process_left_is_cleaned_up() {
    let folder = Folder::new();
    let profiles = folder.profiles(Limits::default());
    let kept = profiles.keep(&allocation(), at(0), "", &[]).expect("it is kept");
    let old = std::time::SystemTime::now() - Duration::from_secs(120);
    for name in ["0000000000001-heap-1-0.json", "0000000000002-heap-1-0.new", "Notes.json"] {
        let file = fs::File::create(folder.0.join(name)).expect("a file is made");
        file.set_modified(old).expect("its time is set");
    }
    fs::File::create(folder.0.join("0000000000003-heap-1-0.json")).expect("a fresh one");
    assert_eq!(profiles.clean(at(1)), 0);
    let mut names: Vec<String> = profiles
        .files()
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let (json, toml) = (format!("{}.json", kept.id), format!("{}.toml", kept.id));
    assert_eq!(names, ["0000000000003-heap-1-0.json", &json, &toml, "Notes.json"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_that_says_so() {
    let folder = Folder::new();
    fs::write(&folder.0, "a file").expect("it is written");
    let error = folder.profiles(Limits::default()).keep(&allocation(), at(0), "", &[]);
    let text = error.expect_err("it is no folder").to_string();
    assert!(text.starts_with("cannot keep a profile in "), "{text}");
    fs::remove_file(&folder.0).expect("it is there");
}
