//! What the command line may say. Nothing here reads files or prints.

use std::path::PathBuf;

/// Shown for `--help`, and below the message when a flag is wrong.
pub(crate) const USAGE: &str = "\
usage: quickstart [--all | --bytes N] [--threads N] [--optimize] [--heap] [--out DIR] [PATH..]

  --bytes N     read at most N bytes of source; K, M, G (or KiB, MiB, GiB) may follow  [default: \
  96M]
  --all         read everything there is
  --threads N   threads of the second pass  [default: one per core, at least 2]
  --optimize    let memopt try its suggestions while the program runs, and keep what helps
  --heap        sample the blocks by site and stack: what is live, how long it lives
  --out DIR     folder for the report files  [default: target/memopt]
  PATH..        folders to index instead of the cargo registry
  --help        this text";

/// What a run of about 15 s gets through; see `--all` for more.
const DEFAULT_BYTES: u64 = 96 << 20;
/// More threads than this help nobody, and each costs a stack.
const MOST_THREADS: usize = 1024;

/// The choices made on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Args {
    /// Most bytes of source to read; `None` for everything.
    pub(crate) bytes: Option<u64>,
    /// Threads of the second pass.
    pub(crate) threads: Option<usize>,
    /// Whether memopt may apply what it suggests.
    pub(crate) optimize: bool,
    /// Whether a sample of the blocks is followed.
    pub(crate) heap: bool,
    /// Where the report files go.
    pub(crate) out: PathBuf,
    /// Folders to index instead of the registry.
    pub(crate) paths: Vec<PathBuf>,
    /// Only the usage was asked for.
    pub(crate) help: bool,
}

impl Default for Args {
    fn default() -> Self {
        let out = PathBuf::from("target/memopt");
        Self {
            bytes: Some(DEFAULT_BYTES),
            threads: None,
            optimize: false,
            heap: false,
            out,
            paths: Vec::new(),
            help: false,
        }
    }
}

/// Reads the arguments that follow the program's name.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Args, String> {
    let mut parsed = Args::default();
    let mut limited = false;
    let mut all = false;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let (flag, attached) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => {
                (flag.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        let mut value = |what: &str| {
            attached
                .clone()
                .or_else(|| args.next())
                .ok_or_else(|| format!("`{flag}` needs {what} after it"))
        };
        match flag.as_str() {
            "--bytes" => {
                parsed.bytes = Some(parse_bytes(&value("a number of bytes, such as 64M,")?)?);
                limited = true;
            }
            "--threads" => parsed.threads = Some(parse_threads(&value("a number")?)?),
            "--out" => parsed.out = PathBuf::from(value("a folder")?),
            "--all" | "--optimize" | "--heap" | "--help" | "-h" if attached.is_some() => {
                return Err(format!("`{flag}` takes no value; write it alone"));
            }
            "--all" => all = true,
            "--optimize" => parsed.optimize = true,
            "--heap" => parsed.heap = true,
            "--help" | "-h" => parsed.help = true,
            unknown if unknown.starts_with('-') => return Err(format!("unknown flag `{unknown}`")),
            path => parsed.paths.push(PathBuf::from(path)),
        }
    }
    match (all, limited) {
        (true, true) => {
            Err("`--all` and `--bytes` contradict each other; give one of them".to_owned())
        }
        (true, false) => Ok(Args { bytes: None, ..parsed }),
        _ => Ok(parsed),
    }
}

fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=MOST_THREADS).contains(&count) => Ok(count),
        _ => Err(format!("`{text}` is not a number of threads; give one from 1 to {MOST_THREADS}")),
    }
}

/// `4096`, `64K`, `64M`, `64MiB`, `1G`.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err(format!("`{text}` has no unit of bytes; use K, M or G")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("`{text}` is not a number of bytes; write 1000000 or 64M"))?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(|| {
        format!("`{text}` is out of range; give at least 1 byte and less than 16 EiB, or `--all`")
    })
}

#[cfg(test)]
mod tests {
    use super::{Args, parse};
    use std::path::PathBuf;

    fn args(line: &str) -> Result<Args, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_given_means_the_defaults() {
        assert_eq!(args(""), Ok(Args::default()));
    }

    #[test]
    fn every_flag_is_understood_in_both_spellings() {
        let given = args("--bytes 64K --threads=3 --out=reports src").unwrap();
        assert_eq!((given.bytes, given.threads), (Some(65_536), Some(3)));
        assert_eq!(
            (given.out, given.paths),
            (PathBuf::from("reports"), vec![PathBuf::from("src")])
        );
        assert_eq!(args("--bytes=2MiB").unwrap().bytes, Some(2_097_152));
        assert_eq!(args("--all").unwrap().bytes, None);
        assert!(args("-h").unwrap().help);
        assert!(args("--optimize").unwrap().optimize);
    }

    #[test]
    fn mistakes_name_the_rule_and_the_remedy() {
        let message = |line| args(line).unwrap_err();
        assert_eq!(message("--al"), "unknown flag `--al`");
        assert_eq!(message("--bytes"), "`--bytes` needs a number of bytes, such as 64M, after it");
        assert_eq!(message("--bytes many"), "`many` has no unit of bytes; use K, M or G");
        assert_eq!(message("--bytes -1"), "`-1` is not a number of bytes; write 1000000 or 64M");
        assert_eq!(message("--bytes 4T"), "`4T` has no unit of bytes; use K, M or G");
        assert!(message("--bytes 99999999999G").contains("out of range"));
        assert!(message("--bytes 0").contains("out of range"));
        assert_eq!(
            message("--threads 0"),
            "`0` is not a number of threads; give one from 1 to 1024"
        );
        assert!(message("--all --bytes 1M").contains("contradict"));
        assert_eq!(message("--all=yes"), "`--all` takes no value; write it alone");
    }
}
