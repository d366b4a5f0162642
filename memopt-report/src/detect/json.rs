//! Findings and the verdicts of a leak watch as JSON, and back.

use super::findings::Findings;
use super::leak::Verdicts;
use crate::Error;
use crate::json::Format;

const FINDINGS: Format =
    Format { name: "memopt-findings", version: Findings::VERSION, writer: "Findings::to_json" };
const VERDICTS: Format =
    Format { name: "memopt-verdicts", version: Verdicts::VERSION, writer: "Verdicts::to_json" };

impl Findings {
    /// The findings as one line of JSON, with their figures as numbers; names of members end in
    /// their unit.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Findings;
    ///
    /// # fn main() -> Result<(), memopt::Error> {
    /// let findings = memopt::report().findings();
    /// assert_eq!(Findings::from_json(&findings.to_json())?, findings);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        FINDINGS.write(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or holds no findings of memopt, and where a later memopt wrote
    /// it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        FINDINGS.read(text)
    }
}

impl Verdicts {
    /// The verdicts as one line of JSON, with their figures as numbers.
    pub fn to_json(&self) -> String {
        VERDICTS.write(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// Where the text is not JSON or holds no verdicts of memopt, and where a later memopt wrote
    /// it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        VERDICTS.read(text)
    }
}
