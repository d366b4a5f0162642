//! `MEMOPT_HEAP`: which blocks are sampled from the start of `main` on.

use crate::heap;
use crate::report::Status;
use crate::report::error::{Error, Kind};
use memopt_units::{did_you_mean, parse_size};

/// What `MEMOPT_HEAP` may say.
const FORMS: &str = "`off`, `exact`, `exact-stacks`, or the mean bytes between two samples: `512 \
                     KiB`, `1MiB`, `65536`";

/// Which blocks are sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Off,
    Exact,
    ExactWithStacks,
    Sampled(u64),
}

/// What came of the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Started {
    /// It is not set.
    NotAsked,
    /// It is set, and samples nothing.
    Nothing,
    /// Blocks are sampled or tracked.
    Sampling,
}

/// Starts what `MEMOPT_HEAP` says, if it is set.
pub(super) fn start() -> Result<Started, Error> {
    let Some(wanted) = std::env::var_os("MEMOPT_HEAP") else { return Ok(Started::NotAsked) };
    match parse(&wanted.to_string_lossy())? {
        Choice::Off => return Ok(Started::Nothing),
        // A program that is built without tracking runs as it is.
        _ if cfg!(not(feature = "track")) => return Ok(Started::Nothing),
        Choice::Exact => heap::start_exact()?,
        #[cfg(feature = "track")]
        Choice::ExactWithStacks if !heap::TAKES_STACKS => {
            let message =
                format!("{}; MEMOPT_HEAP=exact tells blocks by site without it", heap::NO_STACKS);
            return Err(Error::new(Kind::Setting, message));
        }
        Choice::ExactWithStacks => heap::start_exact_with_stacks()?,
        Choice::Sampled(bytes) => heap::start_sampling(bytes)?,
    }
    Ok(Started::Sampling)
}

/// Why nothing is known of any block, where this came of the variable and nobody else started.
pub(super) fn why_nothing(started: &Result<Started, Error>, status: Status) -> String {
    const HOW: &str = "set MEMOPT_HEAP=512KiB or MEMOPT_HEAP=exact";
    match (started, status) {
        (Err(error), _) => format!("what MEMOPT_HEAP asks for did not start: {error}"),
        (Ok(_), Status::NotInstalled | Status::Off) => {
            let notice = status.notice().unwrap_or_default().replace('\n', "; ");
            format!("no block was sampled: {notice}; then {HOW}")
        }
        (Ok(Started::Nothing), _) => format!("MEMOPT_HEAP is off, so no block was sampled; {HOW}"),
        (Ok(_), _) => format!("no block was sampled; {HOW}"),
    }
}

fn parse(wanted: &str) -> Result<Choice, Error> {
    let wrong = || {
        Error::new(
            Kind::Setting,
            format!(
                "`{wanted}` in MEMOPT_HEAP is not a setting; expected {FORMS}{}",
                did_you_mean(wanted, ["off", "exact", "exact-stacks"])
            ),
        )
    };
    Ok(match wanted.trim() {
        "" | "off" => Choice::Off,
        "exact" => Choice::Exact,
        "exact-stacks" => Choice::ExactWithStacks,
        text => {
            Choice::Sampled(parse_size(text).ok().filter(|bytes| *bytes > 0).ok_or_else(wrong)?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Choice, Started, Status, parse, why_nothing};

    #[test]
    fn choices_are_read() {
        assert_eq!(parse("exact").unwrap(), Choice::Exact);
        assert_eq!(parse("exact-stacks").unwrap(), Choice::ExactWithStacks);
        assert_eq!(parse("512KiB").unwrap(), Choice::Sampled(524_288));
        assert_eq!(parse("2 MiB").unwrap(), Choice::Sampled(2 << 20));
        assert_eq!(parse("65536").unwrap(), Choice::Sampled(65_536));
        assert_eq!(parse("1.5 MB").unwrap(), Choice::Sampled(1_500_000));
        assert_eq!(parse("64k").unwrap(), Choice::Sampled(65_536));
        assert_eq!(parse("off").unwrap(), Choice::Off);
    }

    #[test]
    fn a_misspelt_choice_is_met_with_the_nearest() {
        let error = parse("exact-stack").unwrap_err().to_string();
        assert!(error.ends_with("`65536`; did you mean `exact-stacks`?"), "{error}");
    }

    #[test]
    fn without_the_allocator_that_is_the_cause() {
        let why = why_nothing(&Ok(Started::NotAsked), Status::NotInstalled);
        let start = "no block was sampled: memopt::Alloc is not the global allocator: bytes and";
        assert!(why.starts_with(start), "{why}");
        assert!(why.ends_with("; then set MEMOPT_HEAP=512KiB or MEMOPT_HEAP=exact"), "{why}");
    }

    #[test]
    fn what_is_no_choice_is_named() {
        for wrong in ["all", "0", "12 apples", "-5", "99999999999999GiB"] {
            let error = parse(wrong).unwrap_err();
            assert!(error.is_setting());
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("`{wrong}` in MEMOPT_HEAP is not a setting; expected"))
            );
        }
    }
}
