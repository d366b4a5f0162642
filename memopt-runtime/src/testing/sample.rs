//! `MEMOPT_HEAP`: which blocks are sampled from the start of `main` on.

use crate::heap;
use crate::report::error::{Error, Kind};
use memopt_units::parse_size;

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

fn parse(wanted: &str) -> Result<Choice, Error> {
    let wrong = || {
        Error::new(
            Kind::Setting,
            format!("`{wanted}` in MEMOPT_HEAP is not a setting; expected {FORMS}"),
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
    use super::{Choice, parse};

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
