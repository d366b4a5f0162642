//! What a text claims to be, read before all else.

use super::Format;
use super::read::{Failure, Reader, from_str};
use crate::Error;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Default)]
struct Head {
    format: Option<String>,
    version: Option<u64>,
    /// Of a program that could not write the rest.
    missing_feature: Option<String>,
}

impl Head {
    /// Reads members until both are known: in our own texts they are the first.
    fn read(&mut self, text: &str) -> Result<(), Failure> {
        let mut reader = Reader::new(text);
        reader.take(b'{')?;
        let mut first = true;
        while (self.format.is_none() || self.version.is_none()) && !reader.ends(b'}', first)? {
            first = false;
            let name = reader.string()?;
            reader.take(b':')?;
            match &*name {
                "format" => self.format = Deserialize::deserialize(&mut reader)?,
                "version" => self.version = Deserialize::deserialize(&mut reader)?,
                "missing_feature" => {
                    self.missing_feature = Deserialize::deserialize(&mut reader)?;
                }
                _ => _ = IgnoredAny::deserialize(&mut reader)?,
            }
        }
        Ok(())
    }
}

/// Whether a text claims to be of this format, in a version not above the one known; else why it is
/// not.
pub(super) fn check(format: &Format, text: &str) -> Result<(), Error> {
    let not_ours = |reason: String| Error::not_a_report(reason, format.writer);
    let mut head = Head::default();
    let read = head.read(text);
    match (&head.format, read) {
        (Some(found), _) if found != format.name => {
            return Err(not_ours(format!("`format` is `{found}`, not `{}`", format.name)));
        }
        // Cut or mangled, but recognisably ours: say so.
        (Some(_), Err(failure)) => return Err(Error::corrupt(failure.locate(text))),
        (None, Ok(())) => return Err(not_ours("the member `format` is missing".to_owned())),
        (None, Err(failure)) => {
            return Err(not_ours(match from_str::<IgnoredAny>(text) {
                Ok(_) => format!("the JSON is of another kind: {}", failure.locate(text)),
                Err(fault) => format!("the text is not JSON: {fault}"),
            }));
        }
        (Some(_), Ok(())) => {}
    }
    match head.version {
        _ if head.missing_feature.is_some() => Err(not_ours(
            "it was written by a program built without the feature `json` of `memopt-report`"
                .to_owned(),
        )),
        None => Err(Error::corrupt("the member `version` is missing")),
        Some(version) if version > u64::from(format.version) => {
            Err(Error::newer_version(version, format.version))
        }
        // Versions begin with 1, and all up to the known one are read.
        Some(0) => Err(Error::corrupt("the member `version` is 0, which none has")),
        Some(_) => Ok(()),
    }
}
