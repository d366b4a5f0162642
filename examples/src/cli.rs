//! What the commands of these programs have in common: how they begin and end, how much they read,
//! and from where.

use crate::input::{self, Packages};
use memopt_units::parse_size;
use std::env;
use std::io::{self, ErrorKind, StdoutLock};
use std::path::PathBuf;
use std::process::ExitCode;

/// A program: reads its command line with `parse` and runs with what was said there. A wrong
/// command line is answered with `usage`, and a reader who has seen enough (`| head`) is no
/// failure.
pub fn main<A>(
    usage: &str,
    parse: impl FnOnce(Vec<String>) -> Result<A, String>,
    run: impl FnOnce(&A, &mut StdoutLock<'static>) -> io::Result<()>,
) -> ExitCode {
    let args =
        match parse(env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect())
        {
            Ok(args) => args,
            Err(message) => {
                eprintln!("error: {message}\n\n{usage}");
                return ExitCode::from(2);
            }
        };
    match run(&args, &mut io::stdout().lock()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// What the command line said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// Most bytes of input.
    pub bytes: u64,
    /// Folders or files to read instead of the registry.
    pub paths: Vec<PathBuf>,
    /// Only the usage was asked for.
    pub help: bool,
}

impl Args {
    /// The paths given, else the registry's packages.
    pub fn packages(&self) -> Packages {
        if self.paths.is_empty() { input::packages() } else { input::named(&self.paths) }
    }
}

/// Reads `[--bytes N] [--help] [PATH..]`; without `--bytes` it is `bytes`.
///
/// # Errors
///
/// For an unknown flag or a wrong number, with what to write instead.
pub fn parse(args: impl IntoIterator<Item = String>, bytes: u64) -> Result<Args, String> {
    let mut parsed = Args { bytes, paths: Vec::new(), help: false };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bytes" => {
                let value = args.next().ok_or("`--bytes` needs a number after it, such as 16M")?;
                parsed.bytes = parse_bytes(&value)?;
            }
            "--help" | "-h" => parsed.help = true,
            flag if flag.starts_with("--bytes=") => {
                parsed.bytes = parse_bytes(&flag["--bytes=".len()..])?;
            }
            flag if flag.starts_with('-') => return Err(format!("unknown flag `{flag}`")),
            path => parsed.paths.push(PathBuf::from(path)),
        }
    }
    Ok(parsed)
}

/// `4096`, `64K`, `64 KiB`, `1.5 MB`, as everywhere in memopt.
fn parse_bytes(text: &str) -> Result<u64, String> {
    parse_size(text)
        .ok()
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("`{text}` is not a number of bytes; write 1000000, 64K, 64M or 1G"))
}

#[cfg(test)]
mod tests {
    use super::{Args, parse};
    use std::path::PathBuf;

    fn args(line: &str) -> Result<Args, String> {
        parse(line.split_whitespace().map(str::to_owned), 7)
    }

    #[test]
    fn numbers_and_paths_are_understood() {
        assert_eq!(args(""), Ok(Args { bytes: 7, paths: Vec::new(), help: false }));
        let given = args("--bytes 64K src").unwrap();
        assert_eq!((given.bytes, given.paths), (65_536, vec![PathBuf::from("src")]));
        assert_eq!(args("--bytes=2MiB").unwrap().bytes, 2_097_152);
        assert!(args("-h").unwrap().help);
    }

    #[test]
    fn mistakes_name_the_rule_and_the_remedy() {
        assert_eq!(args("--al").unwrap_err(), "unknown flag `--al`");
        assert_eq!(args("--bytes").unwrap_err(), "`--bytes` needs a number after it, such as 16M");
        for wrong in ["many", "-1", "0", "4X", "99999999999G"] {
            let message = args(&format!("--bytes {wrong}")).unwrap_err();
            assert_eq!(
                message,
                format!("`{wrong}` is not a number of bytes; write 1000000, 64K, 64M or 1G")
            );
        }
    }
}
