//! A concurrency profile as JSON, and back.

use super::Concurrency;
use crate::Error;
use crate::json::check_head;
use serde::Serialize;

const FORMAT: &str = "memopt-concurrency";
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    profile: &'a Concurrency,
}

impl Concurrency {
    /// The profile as one line of JSON: an object with `format`, `version` and the members of [`Concurrency`].
    ///
    /// Quantities are integers (bytes, blocks, nanoseconds), rates numbers.
    pub fn to_json(&self) -> String {
        match serde_json::to_string(&Written { format: FORMAT, version: VERSION, profile: self }) {
            Ok(text) => text,
            // Only a map with keys that are no strings can fail, and a profile holds none.
            Err(error) => unreachable!("a profile holds only strings, numbers and lists: {error}"),
        }
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or no concurrency profile of memopt, and where a later memopt wrote it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        check_head(text, FORMAT, VERSION, "Concurrency::to_json")?;
        crate::untracked(|| serde_json::from_str(text)).map_err(Error::corrupt)
    }
}

#[cfg(test)]
mod tests {
    use crate::concurrency::text::tests::sample;
    use crate::{Concurrency, Status};

    #[test]
    fn what_is_written_reads_back_equal() {
        let profile = sample();
        assert_eq!(Concurrency::from_json(&profile.to_json()).unwrap(), profile);
        assert!(profile.to_json().starts_with("{\"format\":\"memopt-concurrency\",\"version\":1,"));
    }

    #[test]
    fn another_text_is_refused() {
        assert!(Concurrency::from_json("").unwrap_err().is_format());
        let other = crate::Report::empty(Status::Off).to_json();
        let error = Concurrency::from_json(&other).unwrap_err();
        assert!(
            error.to_string().contains("`format` is `memopt-report`, not `memopt-concurrency`"),
            "{error}"
        );
        let newer = sample().to_json().replacen("\"version\":1", "\"version\":9", 1);
        assert!(Concurrency::from_json(&newer).unwrap_err().is_newer_version());
    }
}
