//! Reports made here, and a folder in which the command runs.

use memopt_report::{
    CallPath, Estimate, HeapReport, Report, SiteKind, SiteReport, Status, Totals, Tree, TreeNode,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder of its own for a test, removed at its end.
pub(crate) struct Folder(PathBuf);

/// What a command printed.
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reading-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        // The settings of this repository are not looked for beyond it.
        std::fs::create_dir_all(path.join(".git")).unwrap();
        let folder = Self(path);
        folder.write("before.json", &run(3, 1).to_json());
        folder.write("after.json", &run(5, 2).to_json());
        folder.write("heap.json", &heap().to_json());
        folder.write("off.json", &Report::empty(Status::NotInstalled).to_json());
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str], code: i32) -> Output {
        self.run_with(args, b"", code)
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &[u8], code: i32) -> Output {
        self.checked(args, &[], input, code)
    }

    pub(crate) fn run_in(&self, args: &[&str], environment: &[(&str, &str)], code: i32) -> Output {
        self.checked(args, environment, b"", code)
    }

    /// The exit code, whatever it is.
    pub(crate) fn try_run(&self, args: &[&str], input: &[u8]) -> Option<i32> {
        self.start(args, &[], input).status.code()
    }

    fn checked(
        &self,
        args: &[&str],
        environment: &[(&str, &str)],
        input: &[u8],
        code: i32,
    ) -> Output {
        let out = self.start(args, environment, input);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(out.stdout), text(out.stderr));
        assert_eq!(out.status.code(), Some(code), "{args:?}\n{stdout}\n{stderr}");
        Output { stdout, stderr }
    }

    fn start(
        &self,
        args: &[&str],
        environment: &[(&str, &str)],
        input: &[u8],
    ) -> std::process::Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-memopt"))
            .arg("memopt")
            .args(args)
            .current_dir(&self.0)
            .env("COLUMNS", "80")
            .env_remove("CARGO_TERM_COLOR")
            .env_remove("NO_COLOR")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || {
            // A command that reads nothing closes the stream.
            let _ = stdin.write_all(&input);
        });
        let out = child.wait_with_output().unwrap();
        writer.join().unwrap();
        out
    }

    /// Runs the command and compares what it prints with a golden file.
    pub(crate) fn golden(&self, name: &str, args: &[&str], code: i32) {
        golden(name, &self.run(args, code).stdout);
    }

    /// The same of the standard error stream.
    pub(crate) fn golden_error(&self, name: &str, args: &[&str], code: i32) {
        let out = self.run(args, code);
        assert_eq!(out.stdout, "");
        golden(name, &out.stderr);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left does not change the next run, which begins with a removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Compares a text with a golden file, or writes it.
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var("MEMOPT_GOLDEN").is_ok_and(|value| value == "overwrite") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{}; MEMOPT_GOLDEN=overwrite renews it", path.display());
}

/// The text without the escapes of a terminal.
pub(crate) fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    out
}

/// `main` reads a file and parses its lines into tokens; a token takes so many blocks.
fn run(token: u64, retained: u64) -> Report {
    let make = |name: &str, line: u32, calls: u64, allocs: u64, own: u64| {
        let mut site = SiteReport::empty(name, SiteKind::Function);
        (site.file, site.line, site.column) = ("src/main.rs".to_owned(), line, 4);
        site.calls = calls;
        site.allocs.record(allocs, calls);
        site.bytes.record(allocs * 48, calls);
        site.peak.record(allocs * 48, calls);
        site.retained.record(0, calls);
        site.inclusive = Totals::allocated(allocs * calls, allocs * calls * 48);
        site.own = Totals::allocated(own * calls, own * calls * 48);
        (site.inclusive.frees, site.inclusive.freed_bytes) =
            (site.inclusive.allocs, site.inclusive.bytes);
        (site.own.frees, site.own.freed_bytes) = (site.own.allocs, site.own.bytes);
        (site.self_allocs, site.self_bytes) = (own * calls, own * calls * 48);
        site.size_classes = vec![memopt_report::SizeClass::new(48, 48, own * calls)];
        site
    };
    let parse = token * 1000 + 1;
    let mut sites = vec![
        make("app::main", 3, 1, parse + 12, 2),
        make("app::parse", 20, 1, parse, 1),
        make("app::token", 31, 1000, token, token),
        make("app::read", 12, 5, 2, 2),
    ];
    if retained > 1 {
        sites.push(make("app::cache::fill", 50, 10, 1, 1));
        sites[4].retained = memopt_report::Stat::new();
        sites[4].retained.record(48, 10);
    } else {
        sites.push(make("app::legacy", 60, 10, 1, 1));
    }
    sites.sort_by_key(|site| std::cmp::Reverse(site.inclusive.bytes));
    let at = |name: &str| sites.iter().position(|site| site.name == name).unwrap();
    let mut nodes = vec![
        TreeNode::new(None, at("app::main")),
        TreeNode::new(Some(0), at("app::parse")),
        TreeNode::new(Some(1), at("app::token")),
        TreeNode::new(Some(0), at("app::read")),
    ];
    for node in &mut nodes {
        let site = &sites[node.site];
        (node.calls, node.own, node.inclusive) = (site.calls, site.own, site.inclusive);
    }
    let mut total = sites[at("app::main")].inclusive;
    total.add(&Totals::allocated(10, 4800));
    total.reallocs = 7;
    Report::empty(Status::Counting)
        .with_elapsed_ns(1_500_000_000 + token * 1_000_000)
        .with_threads(2)
        .with_total(total, Totals::allocated(10, 4800))
        .with_sites(sites, Tree::new(nodes))
}

fn heap() -> HeapReport {
    let path = |scopes: &[&str], blocks, bytes| {
        let live = Estimate::exact(blocks, bytes);
        CallPath::new(scopes.iter().map(|scope| (*scope).to_owned()).collect(), live, live)
    };
    HeapReport::new(vec![
        path(&["app::main", "app::parse"], 40, 65_536),
        path(&["app::main", "app::cache::fill"], 1000, 1 << 20),
    ])
}
