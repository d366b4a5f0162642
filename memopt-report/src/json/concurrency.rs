//! A concurrency profile.

use super::Format;
use crate::{Concurrency, Error};

const FORMAT: Format =
    Format { name: "memopt-concurrency", version: 1, writer: "Concurrency::to_json" };

impl Concurrency {
    /// The profile as one line of JSON: an object with `format`, `version` and the members of
    /// [`Concurrency`].
    ///
    /// Quantities are integers (bytes, blocks, nanoseconds), rates numbers.
    pub fn to_json(&self) -> String {
        FORMAT.write(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If the text is not JSON or not a concurrency profile of memopt, or if a later memopt wrote
    /// it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        FORMAT.read(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::text::concurrency::tests::sample;
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
